"""Contractive, stacked and dropout autoencoders on MNIST, each with the twin that it is compared with."""

from dataclasses import replace

from training.recipes.base import Recipe
from training.recipes.mnist import IMAGE

SHAPE = dict(image_shape=IMAGE, latent_dim=32, widths=[256], activation="silu")

RECIPES = [
    Recipe(
        id="mnist-contractive",
        title="Contractive autoencoder, code 32",
        dataset="mnist",
        family="contractive",
        arguments=SHAPE | dict(weight=0.1),
        epochs=60,
        batch_size=256,
        learning_rate=2e-3,
        precision="float32",
    ),
    Recipe(
        id="mnist-stacked",
        title="Stacked denoising autoencoder 784-512-256-128-32",
        dataset="mnist",
        family="stacked",
        arguments=SHAPE | dict(widths=[512, 256, 128], pretraining=0.5, noise=0.25),
        epochs=60,
        batch_size=256,
        learning_rate=2e-3,
        levels=63,
    ),
    Recipe(
        id="mnist-dropout",
        title="Autoencoder with dropout, code 32",
        dataset="mnist",
        family="dropout",
        arguments=SHAPE | dict(rate=0.2),
        epochs=60,
        batch_size=256,
        learning_rate=2e-3,
        levels=15,
    ),
]


def _twin(recipe: Recipe, **changes: object) -> Recipe:
    return replace(recipe, id=f"{recipe.id}-twin", arguments=recipe.arguments | changes)


#: id -> the same recipe without what its family adds: trained by the same code, measured, not shipped.
TWINS = {
    recipe.id: _twin(recipe, **changes)
    for recipe, changes in zip(
        RECIPES, (dict(weight=0.0), dict(pretraining=0.0), dict(rate=0.0)), strict=True
    )
}
