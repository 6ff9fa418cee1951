"""Named runs. Every `RECIPES` list in a file of this folder is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from training.recipes.base import Corruption, Recipe

__all__ = ["Corruption", "Recipe", "get", "recipes"]


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by id, in the order of the files and of their lists."""
    found: dict[str, Recipe] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for recipe in getattr(module, "RECIPES", ()):
            if recipe.id in found:
                raise ValueError(f"two recipes are called {recipe.id!r}: rename one of them.")
            found[recipe.id] = recipe
    return found


def get(recipe_id: str) -> Recipe:
    """The recipe of that id.

    Raises
    ------
    ValueError
        If there is none.
    """
    try:
        return recipes()[recipe_id]
    except KeyError:
        raise ValueError(
            f"recipe {recipe_id!r} is not known: `python -m training.train --list` shows all of them."
        ) from None
