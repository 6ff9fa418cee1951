"""What a map is given besides its points, and what it says: pins, what follows a cursor, events."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from explorer.live.pack import unpack_bits


@dataclass(frozen=True)
class MapEvent:
    """What the reader did on a map.

    `click`: `index` is the point, None for an empty place (only with `empty_clicks=True`), and `x`, `y` the
    place in the map's own coordinates. `lasso`: `indices`, int64 (K,) ascending, are the points inside.
    `clear`: Escape was pressed.
    """

    kind: Literal["click", "lasso", "clear"]
    index: int | None = None
    x: float | None = None
    y: float | None = None
    indices: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True)
class Pin:
    """A labelled mark on top of the points, in the map's coordinates; `hollow` tells a second kind apart."""

    x: float
    y: float
    label: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class LivePoint:
    """The place of the code that `cursor` stands on. It follows the cursor; dragged, it moves the cursor.

    method: "plane" for a two-dimensional code that is the map itself; "pca" with the map's mean (L,) and
        orthonormal components (2, L), where a drag moves the code within their plane; "neighbours" for UMAP
        and t-SNE of the gallery's codes, where the point lies at the weighted mean of the 15 nearest codes'
        places, and a drag gives the weighted mean of the 15 nearest places' codes (`projection.place`).
    std: (L,), the σ of a posterior, drawn as ellipses at σ and 2 σ around its mean `centre` (L,), or without
        `centre` around the live point. Only where the map is linear: not with "neighbours".
    tether: a place on the map that a dashed line joins to the live point.
    name: what a screen reader calls it.
    """

    cursor: str
    method: Literal["plane", "pca", "neighbours"]
    mean: np.ndarray | None = None
    components: np.ndarray | None = None
    draggable: bool = True
    std: np.ndarray | None = None
    centre: np.ndarray | None = None
    tether: tuple[float, float] | None = None
    name: str = "Live point"


@dataclass(frozen=True)
class PathPin:
    """A pin on path number `path` at the fraction t in [0, 1] that `cursor` stands on; dragged, it moves t.

    t runs evenly over the path's rows, in a straight line from one to the next.
    """

    cursor: str
    path: int
    label: str = ""
    hollow: bool = False


_LEGEND = "How far from real codes"
_SCALE = "× the usual distance"
_BETWEEN = {
    "plane": "",
    "pca": "Dragging moves the code in this plane only; what the plane does not show stays.",
    "neighbours": "Between points: the mean of 15 neighbouring codes.",
}


def pack_live(live: LivePoint | None) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
    """The live point as the browser reads it: a header, and float32 arrays.

    Raises:
        ValueError: its arrays do not fit its method, or each other, or are not finite.
    """
    if live is None:
        return None, {}
    if live.method not in _BETWEEN:
        raise ValueError(f"method={live.method!r} is none of {', '.join(_BETWEEN)}.")
    if live.method == "neighbours" and live.std is not None:
        raise ValueError("UMAP and t-SNE have no direction for σ: leave `std` out, or show PCA.")
    if (live.method == "pca") != (live.mean is not None and live.components is not None):
        raise ValueError("A live point on a PCA map, and only there, has `mean` and `components`.")
    size = 2 if live.method == "plane" else None if live.mean is None else len(live.mean)
    given = {"Mean": live.mean, "Axes": live.components, "Std": live.std, "Centre": live.centre}
    arrays = {f"live{name}": np.asarray(a, np.float32) for name, a in given.items() if a is not None}
    for name, array in arrays.items():
        wanted = (2, size) if name == "liveAxes" else (size,)
        if size is not None and (array.shape != wanted or not np.isfinite(array).all()):
            raise ValueError(f"The live point's {name[4:].lower()} is {array.shape}, not finite {wanted}.")
    if live.tether is not None and not np.isfinite(live.tether).all():
        raise ValueError(f"The live point is tethered to {live.tether}; leave the tether out.")
    meta = {
        "cursor": live.cursor,
        "method": live.method,
        "draggable": bool(live.draggable),
        "tether": None if live.tether is None else [float(part) for part in live.tether],
        "words": {
            "name": live.name,
            "kind": "movable point",
            "legend": _LEGEND,
            "scale": _SCALE,
            "between": _BETWEEN[live.method] if live.draggable else "",
        },
    }
    return meta, arrays


def decode_event(event: Mapping[str, Any], count: int) -> MapEvent:
    """Turn the browser's message about a map of `count` points into a `MapEvent`.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    kind = event.get("kind") if isinstance(event, Mapping) else None
    try:
        if kind == "click":
            index = None if event["index"] is None else int(event["index"])
            x, y = float(event["x"]), float(event["y"])
            if (index is None or 0 <= index < count) and np.isfinite([x, y]).all():
                return MapEvent("click", index, x, y)
        elif kind == "lasso":
            packed = base64.b64decode(event["indices"], validate=True)
            return MapEvent("lasso", indices=unpack_bits(packed, count))
        elif kind == "clear":
            return MapEvent("clear")
    except (KeyError, TypeError, OverflowError, binascii.Error) as error:
        raise ValueError(f"The map sent a {kind} that cannot be read ({error}); reload the page.") from error
    raise ValueError(
        f"The map sent {str(event)[:80]}, which does not fit its {count} points; reload the page."
    )
