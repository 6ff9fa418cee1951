"""Binarised MNIST, where a model has a likelihood: a VAE, one that is told the class, and the IWAE."""

from training.recipes.base import Recipe
from training.recipes.mnist import IMAGE

NETWORK = dict(image_shape=IMAGE, latent_dim=40, widths=[500, 500], activation="silu", binary=True)

RECIPES = [
    Recipe(
        id="mnist-vae-binary",
        title="VAE of binary pixels",
        dataset="mnist",
        family="vae",
        arguments=NETWORK,
        epochs=520,
    ),
    Recipe(
        id="mnist-cvae",
        title="Conditional VAE of binary pixels",
        dataset="mnist",
        family="conditional",
        arguments=NETWORK,
        epochs=260,
        levels=15,
    ),
    Recipe(  # 50 codes an image take one CPU core two minutes an epoch; on a GPU: --epochs 800
        id="mnist-iwae",
        title="Importance-weighted autoencoder, k = 50, begun as the VAE",
        dataset="mnist",
        family="iwae",
        arguments=NETWORK | dict(samples=50),
        epochs=8,
        learning_rate=3e-4,
        levels=31,
        start="mnist-vae-binary",
    ),
]
