"""Models of one class: twenty small VAEs, each of which has seen one kind of picture only.

Chosen on the gallery's 8s and 2s, the hardest ones: a small beta, many epochs and a little noise on the input
raise the AUROC, much noise lowers it, and a longer code hardly changes it.
"""

from explorer import datasets
from training.recipes.base import Corruption, Recipe
from training.recipes.mnist import IMAGE


def slug(label: str) -> str:
    """A class as part of an id: "Ankle boot" -> "ankle-boot", "T-shirt/top" -> "t-shirt"."""
    return label.partition("/")[0].lower().replace(" ", "-")


RECIPES = [
    Recipe(
        id=f"{dataset}-oneclass-{slug(label)}",
        title=f"One class: {label}",
        dataset=dataset,
        family="vae",
        arguments=dict(image_shape=IMAGE, latent_dim=8, widths=[96, 64], activation="silu", beta=0.05),
        epochs=300,
        learning_rate=3e-3,
        corruptions=(Corruption("gaussian", 0.0, 0.3),),
        classes=(index,),
        levels=7,
    )
    for dataset in ("mnist", "fashion")
    for index, label in enumerate(datasets.get(dataset).label_names)
]
