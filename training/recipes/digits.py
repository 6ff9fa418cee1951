"""scikit-learn's digits: seconds of training, for tests and for trying things out."""

from training.recipes.base import Recipe

SMALL = dict(image_shape=[1, 8, 8], widths=[128, 64], activation="silu")

RECIPES = [
    Recipe(
        id="digits-vae",
        title="VAE on 8×8 digits",
        dataset="digits",
        family="vae",
        arguments=SMALL | dict(latent_dim=6),
        epochs=120,
        batch_size=64,
        learning_rate=2e-3,
        precision="float32",
    ),
    *(
        Recipe(
            id=f"digits-2d-b{beta:g}",
            title=f"β-VAE on 8×8 digits, 2-D code, β = {beta:g}",
            dataset="digits",
            family="vae",
            arguments=SMALL | dict(latent_dim=2, beta=beta),
            epochs=300,
            batch_size=64,
            learning_rate=2e-3,
            precision="float32",
            seeds=(0, 1, 2),
        )
        for beta in (0.05, 0.25, 1.0, 2.0, 4.0)
    ),
    *(
        Recipe(  # the wider network of the two: enough weights to remember 300 images
            id=f"digits-few{name}",
            title=f"300 digits seen, {title}",
            dataset="digits",
            family=family,
            arguments=dict(image_shape=[1, 8, 8], latent_dim=16, widths=[256, 128], activation="relu") | own,
            epochs=1500,
            batch_size=50,
            learning_rate=1e-3,
            precision="float32",
            subset=300,
        )
        for name, title, family, own in (
            ("", "nothing against memorising", "autoencoder", {}),
            ("-dropout", "dropout", "dropout", dict(rate=0.2)),
        )
    ),
]
