"""What the Anatomy page gives to take along: the numbers of its diagram and charts, and its pictures."""

from __future__ import annotations

import numpy as np

from explorer import images, latent
from explorer.ui import widgets
from explorer.ui.anatomy import Passage


def downloads(found: Passage) -> None:
    """The diagram's numbers as CSV, and its two pictures as PNG."""
    columns = {"dimension": [f"z{i + 1}" for i in range(len(found.mean))], "mean": found.mean}
    if found.std is not None:
        kl = latent.kl_per_dimension(found.mean[None], found.logvar[None])[0]
        columns |= {"std": found.std, "eps": (found.code - found.mean) / found.std, "kl_nats": kl}
    columns["z"] = found.code

    def pictures() -> bytes:
        shown = {
            "input x": None if found.given.image is None else found.given.image[0],
            "output": found.picture,
        }
        there = {name: picture for name, picture in shown.items() if picture is not None}
        cells = images.to_uint8(np.stack(list(there.values())))[None]
        return images.labelled_grid(cells, [found.given.name], list(there), title=found.card.title, scale=6)

    name = found.model_id
    rows = lambda: zip(*columns.values(), strict=True)  # noqa: E731
    widgets.data_button("anatomy-code", list(columns), rows, f"{name}-code.csv")
    widgets.download("PNG of the images", pictures, f"{name}-images.png", "image/png", "anatomy-png")
