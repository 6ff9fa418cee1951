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
        epochs=260,
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
    Recipe(  # 50 codes an image: for a GPU, on one CPU core five epochs take twenty minutes
        id="mnist-iwae",
        title="Importance-weighted autoencoder, k = 50",
        dataset="mnist",
        family="iwae",
        arguments=NETWORK | dict(samples=50),
        epochs=800,
        levels=15,
    ),
]
