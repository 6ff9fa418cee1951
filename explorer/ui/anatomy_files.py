"""What the Anatomy page gives to take along: the numbers of its diagram and charts, and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from explorer import images, latent
from explorer.csv_file import csv_text
from explorer.ui import widgets
from explorer.ui.anatomy import Passage


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV."""
    return csv_text(columns, rows).encode()


def data(columns: Sequence[str], rows: Callable[[], Iterable[Sequence[Any]]], name: str) -> None:
    """The button that gives a figure's data."""
    key = f"anatomy-{name}-csv"
    widgets.download("Data (CSV)", lambda: table(columns, rows()), f"{name}.csv", "text/csv", key)


def downloads(found: Passage) -> None:
    """The diagram's numbers as CSV, and its two pictures as PNG."""

    def numbers() -> bytes:
        columns = {"dimension": [f"z{i + 1}" for i in range(len(found.mean))], "mean": found.mean}
        if found.std is not None:
            kl = latent.kl_per_dimension(found.mean[None], found.logvar[None])[0]
            columns |= {"std": found.std, "eps": (found.code - found.mean) / found.std, "kl_nats": kl}
        rows = zip(*columns.values(), found.code, strict=True)
        return table((*columns, "z"), rows)

    def pictures() -> bytes:
        shown = {
            "input x": None if found.given.image is None else found.given.image[0],
            "output": found.picture,
        }
        there = {name: picture for name, picture in shown.items() if picture is not None}
        cells = images.to_uint8(np.stack(list(there.values())))[None]
        return images.labelled_grid(cells, [found.given.name], list(there), title=found.card.title, scale=6)

    name = found.model_id
    widgets.download("Data (CSV)", numbers, f"{name}-code.csv", "text/csv", "anatomy-code-csv")
    widgets.download("PNG of the images", pictures, f"{name}-images.png", "image/png", "anatomy-png")
