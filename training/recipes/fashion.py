"""Fashion-MNIST: a VAE and a denoiser, both convolutional."""

from training.recipes.base import Recipe
from training.recipes.mnist import CONV
from training.recipes.mnist import RECIPES as MNIST_RECIPES

_DENOISER = next(recipe for recipe in MNIST_RECIPES if recipe.id == "mnist-dae")

RECIPES = [
    Recipe(
        id="fashion-vae",
        title="Convolutional VAE, code 16",
        dataset="fashion",
        family="vae",
        arguments=CONV | dict(latent_dim=16, widths=[32, 48, 128]),
        epochs=20,
        levels=15,
    ),
    Recipe(
        id="fashion-dae",
        title="Convolutional denoising autoencoder",
        dataset="fashion",
        family="autoencoder",
        arguments=_DENOISER.arguments,
        epochs=20,
        corruptions=_DENOISER.corruptions,
        levels=15,
    ),
]
