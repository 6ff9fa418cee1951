"""scikit-learn's digits: seconds of training, for tests and for trying things out."""

from training.recipes.base import Recipe

RECIPES = [
    Recipe(
        id="digits-vae",
        title="VAE on 8×8 digits",
        dataset="digits",
        family="vae",
        arguments=dict(image_shape=[1, 8, 8], latent_dim=6, widths=[128, 64], activation="silu"),
        epochs=120,
        batch_size=64,
        learning_rate=2e-3,
        precision="float32",
    )
]
