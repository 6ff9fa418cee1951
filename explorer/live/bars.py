"""A code as bars: light enough for a page that is the first one a visitor opens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.live.component import component
from explorer.live.pack import pack

MOST = 32  # bars that can be told apart in a column; see js/code_bars.js


def bars(mean: np.ndarray, std: np.ndarray | None, order: Sequence[int], *, key: str) -> None:
    """Show the numbers of a code with whiskers of one standard deviation; hovering reads one of them.

    Args:
        mean: float (L,), the code, or its posterior's mean.
        std: float (L,), the posterior's standard deviations; None where there is no posterior.
        order: dimensions from left to right; the first 32 are shown.

    Raises:
        ValueError: shapes that do not fit each other, or an order that names no dimension.
    """
    mean = np.asarray(mean, np.float32)
    if mean.ndim != 1 or (std is not None and np.shape(std) != mean.shape):
        raise ValueError(f"A code (L,) and as many deviations are needed, not {mean.shape}, {np.shape(std)}.")
    order = [int(i) for i in order]
    if not order or not all(0 <= i < len(mean) for i in order):
        raise ValueError(f"The order names dimensions 0 to {len(mean) - 1}, at least one of them.")
    title = "The code" if std is None else "The code: mean ± std of q(z|x)"
    if len(order) > MOST:
        title += f"; the {MOST} most informative of {len(order)} dimensions"
    words = {"title": title, "value": "{name} = {value}", "posterior": "{name} = {value} ± {std}"}
    arrays = {"mean": mean} | ({} if std is None else {"std": np.asarray(std, np.float32)})
    component("bars")(key=key, data=pack({"order": order, "words": words}, arrays))
