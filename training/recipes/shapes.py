"""Rendered shapes and dSprites, with known factors: does one latent follow one factor?"""

from training.recipes.base import Recipe

SHAPES = dict(
    image_shape=[1, 32, 32], latent_dim=10, trunk_kind="conv", widths=[16, 32, 32, 128], activation="relu"
)  # fmt: skip
DSPRITES = SHAPES | dict(image_shape=[1, 64, 64], widths=[16, 32, 32, 32, 128])

#: Four answers: a larger beta, a capacity that grows, a critic of the total correlation, its estimate.
FAMILIES = {
    "beta": ("β-VAE, β = 8", "vae", dict(beta=8.0)),
    "annealed": ("annealed capacity, 12 nats", "annealed", dict(gamma=50.0, capacity=12.0)),
    "factor": ("FactorVAE, γ = 20", "factor", dict(gamma=20.0)),
    "tc": ("β-TCVAE, β = 6", "tc", dict(beta=6.0)),
}
#: On dSprites, where these have published settings: Burgess et al. 2018 (arXiv:1804.03599), Kim & Mnih 2018.
ON_DSPRITES = FAMILIES | {
    "annealed": ("annealed capacity, 25 nats", "annealed", dict(gamma=1000.0, capacity=25.0)),
    "factor": ("FactorVAE, γ = 35", "factor", dict(gamma=35.0)),
}

RECIPES = [
    *(
        Recipe(
            id=f"shapes-beta-b{beta:g}",
            title=f"β-VAE on shapes, β = {beta:g}",
            dataset="shapes",
            family="vae",
            arguments=SHAPES | dict(beta=beta),
            epochs=15,
            batch_size=128,
            seeds=(0, 1, 2),
        )
        for beta in (1.0, 4.0, 16.0)
    ),
    *(
        Recipe(  # 2 million images
            id=f"shapes-{name}",
            title=f"Shapes: {title}",
            dataset="shapes",
            family=family,
            arguments=SHAPES | own,
            epochs=56,
            batch_size=128,
            seeds=(0, 1, 2, 3, 4),
            levels=15,
        )
        for name, (title, family, own) in FAMILIES.items()
    ),
    *(
        Recipe(  # for a CPU; on a GPU --epochs 533, the published length
            id=f"dsprites-{name}",
            title=f"dSprites: {title}",
            dataset="dsprites",
            family=family,
            arguments=DSPRITES | own,
            epochs=21,
            batch_size=128,
            seeds=(0, 1, 2),
            levels=15,
        )
        for name, (title, family, own) in ON_DSPRITES.items()
    ),
]
