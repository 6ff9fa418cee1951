"""One family a file; a class with a `family` name in any file of this folder is found by that name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from explorer.models.base import Autoencoder, Code, Loss, Paper

__all__ = ["Autoencoder", "Code", "Loss", "Paper", "build", "families"]


@cache
def families() -> dict[str, type[Autoencoder]]:
    """Family name -> class, of every concrete `Autoencoder` in this folder."""
    found: dict[str, type[Autoencoder]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for cls in vars(module).values():
            if inspect.isclass(cls) and issubclass(cls, Autoencoder) and not inspect.isabstract(cls):
                found[cls.family] = cls
    return found


def build(family: str, arguments: dict) -> Autoencoder:
    """A fresh model of `family` with its constructor's arguments.

    Raises
    ------
    ValueError
        If there is no such family.
    """
    try:
        cls = families()[family]
    except KeyError:
        raise ValueError(f"model family {family!r} is not known: choose from {sorted(families())}.") from None
    return cls(**arguments)
