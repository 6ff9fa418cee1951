"""Posterior collapse on binarised MNIST, a ladder: one data set, one encoder, one length, seed 0."""

from training.recipes.base import Recipe
from training.recipes.mnist import IMAGE

ENCODER = dict(image_shape=IMAGE, latent_dim=12, widths=[256, 128], activation="silu", binary=True)
#: A decoder that can do without some of its code, and one that can do without all of it.
ROWS = ENCODER | dict(row_width=128)
PIXELS = ENCODER | dict(row_width=128, left=True)

RECIPES = [
    Recipe(
        id=f"mnist-collapse-{rung}",
        title=f"Collapse: {title}",
        dataset="mnist",
        family=family,
        arguments=arguments,
        epochs=20,
        levels=15,
    )
    for rung, title, family, arguments in (
        ("plain", "no cure", "rows", ROWS),
        ("linear", "linear warm-up", "rows", ROWS | dict(schedule="linear", rise=0.5)),
        ("cyclical", "four cycles", "rows", ROWS | dict(schedule="cyclical", cycles=4, rise=0.5)),
        ("freebits", "free bits", "rows", ROWS | dict(free_bits=0.5)),
        ("weak", "weak decoder", "scheduled", ENCODER),
        ("strong", "strong decoder", "rows", PIXELS),
        ("dead", "collapsed on purpose, β = 100", "scheduled", ENCODER | dict(beta=100.0)),
    )
]
