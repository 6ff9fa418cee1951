"""The strip: rows of frames around a cursor's code, decoded in a second thread of the browser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.live.component import component
from explorer.live.cursor import rounded
from explorer.live.pack import pack
from explorer.live.sliders import Dimension


def strip(
    cursor: str,
    dimensions: Sequence[Dimension],
    values: np.ndarray,
    image_shape: tuple[int, int, int],
    *,
    columns: Sequence[str],
    key: str,
    at: Sequence[float] | np.ndarray,
    rendered: np.ndarray | None = None,
) -> None:
    """Show a row for each dimension: the cursor's code, with that number at each of its values.

    The frame nearest to the number's value is marked; a click on a frame sets the number to the frame's.

    Args:
        values: float (R, K), what the R dimensions take in the K frames, each row ascending.
        image_shape: (C, H, W) of a frame.
        columns: K titles.
        at: float (L,), where the cursor stands.
        rendered: uint8 (R, K, C, H, W), the frames there, for a model that the browser cannot run.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    values = np.asarray(values, np.float64)
    if values.shape != (len(dimensions), len(columns)):
        raise ValueError(f"values are {values.shape}, not ({len(dimensions)}, {len(columns)}).")
    if rendered is not None and rendered.shape != (*values.shape, *image_shape):
        raise ValueError(f"The frames {rendered.shape} do not fit {values.shape} pictures {image_shape}.")
    rows = [
        {"index": each.index, "name": each.name, "label": each.label, "values": rounded(row)}
        for each, row in zip(dimensions, values, strict=True)
    ]
    meta = {"cursor": cursor, "rows": rows, "columns": list(columns), "size": len(at), "shape": image_shape}
    if rendered is not None:  # else the code stays out: what does not change is not sent again
        meta["at"] = rounded(at)
    component("strip")(key=key, data=pack(meta, {} if rendered is None else {"rendered": rendered}))
