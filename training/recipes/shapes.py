"""Rendered shapes with known factors: does a larger β give one latent to each factor?"""

from training.recipes.base import Recipe

RECIPES = [
    Recipe(
        id=f"shapes-beta-b{beta:g}",
        title=f"β-VAE on shapes, β = {beta:g}",
        dataset="shapes",
        family="vae",
        arguments=dict(
            image_shape=[1, 32, 32],
            latent_dim=10,
            trunk_kind="conv",
            widths=[16, 32, 32, 128],
            activation="relu",
            beta=beta,
        ),  # fmt: skip
        epochs=15,
        batch_size=128,
        seeds=(0, 1, 2),
    )
    for beta in (1.0, 4.0, 16.0)
]
