"""MNIST: the autoencoders, the denoiser, the VAEs and the β ladder."""

from training.recipes.base import Corruption, Recipe

IMAGE = [1, 28, 28]
PAIR = dict(image_shape=IMAGE, latent_dim=2, widths=[256, 128], activation="silu")
CONV = dict(image_shape=IMAGE, trunk_kind="conv", activation="silu")

RECIPES = [
    Recipe(
        id="mnist-ae-2d",
        title="Autoencoder, 2-D code",
        dataset="mnist",
        family="autoencoder",
        arguments=PAIR,
        epochs=40,
    ),
    Recipe(
        id="mnist-vae-2d",
        title="VAE, 2-D code",
        dataset="mnist",
        family="vae",
        arguments=PAIR,
        epochs=40,
    ),
    Recipe(
        id="mnist-ae",
        title="Autoencoder 784-128-64-32",
        dataset="mnist",
        family="autoencoder",
        arguments=dict(image_shape=IMAGE, latent_dim=32, widths=[128, 64], activation="silu"),
        epochs=200,
        learning_rate=3e-3,
    ),
    Recipe(
        id="mnist-conv-ae",
        title="Convolutional autoencoder, code 30",
        dataset="mnist",
        family="autoencoder",
        arguments=CONV | dict(latent_dim=30, widths=[32, 48, 256]),
        epochs=80,
        learning_rate=2e-3,
        levels=126,
    ),
    Recipe(
        id="mnist-dae",
        title="Convolutional denoising autoencoder",
        dataset="mnist",
        family="autoencoder",
        arguments=CONV | dict(latent_dim=64, widths=[32, 48, 256]),
        epochs=30,
        corruptions=(
            Corruption("gaussian", 0.0, 1.0),
            Corruption("gaussian", 0.3, 0.7),
            Corruption("salt_pepper", 0.0, 0.6),
            Corruption("masking", 0.0, 0.75),
            Corruption("block", 0.0, 0.5),
        ),
        levels=15,
    ),
    Recipe(
        id="mnist-vae",
        title="Convolutional VAE, code 16",
        dataset="mnist",
        family="vae",
        arguments=CONV | dict(latent_dim=16, widths=[32, 48, 128]),
        epochs=25,
        levels=15,
    ),
    *(
        Recipe(
            id=f"mnist-beta-b{beta:g}",
            title=f"β-VAE, β = {beta:g}",
            dataset="mnist",
            family="vae",
            arguments=dict(image_shape=IMAGE, latent_dim=10, widths=[128, 128], activation="silu", beta=beta),
            epochs=20,
            seeds=(0, 1, 2),
        )
        for beta in (0.25, 1.0, 2.0, 4.0, 8.0, 16.0)
    ),
]
