"""One data set a file; a `Dataset` subclass in any file of this folder is found by its `id`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from explorer.datasets.base import Dataset, DatasetUnavailable, Split

__all__ = ["Dataset", "DatasetUnavailable", "Split", "get", "ids"]


@cache
def _all() -> dict[str, Dataset]:
    found: dict[str, Dataset] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for cls in vars(module).values():
            if inspect.isclass(cls) and issubclass(cls, Dataset) and not inspect.isabstract(cls):
                found[cls.id] = cls()
    return dict(sorted(found.items(), key=lambda item: (not item[1].embedded, item[0])))


def ids() -> tuple[str, ...]:
    """Ids of all data sets, those that need no file first."""
    return tuple(_all())


def get(dataset_id: str) -> Dataset:
    """The data set of that id.

    Raises
    ------
    ValueError
        If there is none.
    """
    try:
        return _all()[dataset_id]
    except KeyError:
        raise ValueError(f"data set {dataset_id!r} is not known: choose from {', '.join(ids())}.") from None
