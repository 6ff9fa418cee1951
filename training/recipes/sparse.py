"""MNIST: the linear autoencoder, the overcomplete ones and the sparse ones."""

from training.recipes.base import Recipe
from training.recipes.mnist import IMAGE

ONE_LAYER = dict(image_shape=IMAGE, widths=[], output="identity")
WIDE = ONE_LAYER | dict(latent_dim=1024, penalty="l1")

RECIPES = [
    Recipe(
        id="mnist-linear",
        title="Linear autoencoder, code 32",
        dataset="mnist",
        family="autoencoder",
        arguments=ONE_LAYER | dict(latent_dim=32),
        epochs=60,
        batch_size=512,
        learning_rate=3e-3,
        precision="float32",
    ),
    Recipe(
        id="mnist-overcomplete",
        title="Overcomplete autoencoder, code 1024, no penalty",
        dataset="mnist",
        family="sparse",
        arguments=WIDE | dict(weight=0.0),
        epochs=30,
        batch_size=256,
    ),
    Recipe(
        id="mnist-overcomplete-sparse",
        title="Overcomplete autoencoder, code 1024, L1 penalty",
        dataset="mnist",
        family="sparse",
        arguments=WIDE | dict(weight=0.5),
        epochs=30,
        batch_size=256,
        levels=15,
    ),
    Recipe(
        id="mnist-sparse-l1",
        title="Sparse autoencoder, code 256, L1 penalty",
        dataset="mnist",
        family="sparse",
        arguments=ONE_LAYER | dict(latent_dim=256, penalty="l1", weight=0.75),
        epochs=60,
        batch_size=256,
    ),
    Recipe(
        id="mnist-sparse-kl",
        title="Sparse autoencoder, code 256, KL to a mean of 0.05",
        dataset="mnist",
        family="sparse",
        arguments=ONE_LAYER | dict(latent_dim=256, penalty="kl", weight=10.0, rho=0.05, bound=4.0),
        epochs=80,
        batch_size=512,
        learning_rate=2e-3,
    ),
]
