"""Faces: colour, 64x64, a code of 64."""

from training.recipes.base import Recipe

RECIPES = [
    Recipe(
        id="faces-vae",
        title="VAE of faces, code 64",
        dataset="faces",
        family="vae",
        arguments=dict(
            image_shape=[3, 64, 64],
            latent_dim=64,
            trunk_kind="conv",
            widths=[12, 24, 40, 80, 256],
            activation="silu",
            beta=0.5,
        ),
        epochs=220,
        levels=15,
    )
]
