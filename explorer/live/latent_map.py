"""The latent map: points on a square, with pictures on hover, classes, a lasso, pins, paths and a live point.

Python's state is the truth and the component shows it: a click or a lasso calls `on_event` before the script
runs again, the page stores what it wants in its own state, and hands it back as `selected`, `pins`, `paths`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import streamlit as st

from explorer.live.component import component, mount_asset, send_again, sending
from explorer.live.map_parts import LivePoint, MapEvent, PathPin, Pin, decode_event, pack_live
from explorer.live.pack import digest, pack
from explorer.live.sprites import SpriteSheet


def latent_map(
    points: np.ndarray,
    *,
    key: str,
    labels: np.ndarray | None = None,
    label_names: Sequence[str] = (),
    colour: Literal["label", "value"] = "label",
    values: np.ndarray | None = None,
    value_name: str = "",
    value_unit: str = "",
    value_range: tuple[float, float] | None = None,
    sheet: SpriteSheet | None = None,
    selected: Sequence[int] | np.ndarray = (),
    pins: Sequence[Pin] = (),
    paths: Sequence[np.ndarray] = (),
    path_pins: Sequence[PathPin] = (),
    live: LivePoint | None = None,
    lattice: bool = False,
    height: int = 600,
    equal_axes: bool = True,
    axis_names: tuple[str, str] = ("", ""),
    empty_clicks: bool = False,
    aria_label: str = "Map of codes",
    on_event: Callable[[MapEvent], None] | None = None,
) -> None:
    """Show `points`, float (N, 2), as a square map, as wide as its column and at most `height` CSS pixels.

    Args:
        labels: int (N,), a class per point, -1 for none; `label_names[label]` is its name, else its number.
        colour: by class, in Petroff's ten colours (arXiv 2107.02270; from the eleventh class on they repeat),
            or by `values`, float (N,), in viridis. Without labels and values all points are grey.
        value_range: the values at the two ends of the colour bar; without it the 0.5 % and 99.5 % quantiles.
            Where values lie beyond an end, the bar says ≤ or ≥.
        sheet: thumbnails for hovering; image i belongs to point i.
        selected: indices that are ringed (up to 60 rings); with two or more, the other points step back.
        paths: polylines, each float (M, 2), with a dot per row unless they are closed.
        path_pins: pins that follow cursors along `paths`.
        live: the place of a cursor's code; the cursor itself is mounted by `cursor.cursor`.
        lattice: behind the points, what the live point's decoder makes of the visible plane: with a live
            point of method "plane" only.
        equal_axes: one unit is as long in x as in y (t-SNE, UMAP, PCA, raw codes); else each axis fills the
            square.
        axis_names: shown with ticks where not empty.
        empty_clicks: also report clicks where there is no point.
        on_event: called with a `MapEvent` before the script runs again.

    Raises:
        ValueError: an argument has the wrong shape, is not finite, or does not fit `points`.
    """
    points, labels, values = _plane(points, labels, values, colour)
    if sheet is not None and sheet.n < len(points):
        raise ValueError(
            f"The sheet holds {sheet.n} images for {len(points)} points; make it of the same ones."
        )
    plane = {"points": points, "labels": labels}
    plane_name = digest(points, labels)
    values_name = None if values is None else digest(values)
    live_meta, live_arrays = pack_live(live)
    if lattice and (live is None or live.method != "plane"):
        raise ValueError("A lattice needs a live point on the plane of a two-dimensional code.")
    meta = {
        "points": plane_name,
        "labelNames": _label_names(labels, label_names),
        "values": values_name,
        "value": None if values is None else _value_scale(values, value_name, value_unit, value_range),
        "colour": colour,
        "sheet": None if sheet is None else _sheet_layout(sheet),
        "live": live_meta,
        "lattice": bool(lattice),
        "pins": [_pin(pin) for pin in pins],
        "paths": len(paths),
        "pathPins": [_path_pin(pin, len(paths)) for pin in path_pins],
        "height": int(height),
        "equalAxes": bool(equal_axes),
        "axisNames": list(axis_names),
        "emptyClicks": bool(empty_clicks),
        "ariaLabel": aria_label,
    }
    arrays = {"selected": _indices(selected, len(points))}
    arrays |= {f"path{i}": _path(path) for i, path in enumerate(paths)} | live_arrays
    # The map first: it keeps its place, and so its zoom, when assets come and go.
    with st.container(gap=None):
        component("latent_map")(
            key=key,
            data=pack(meta, arrays),
            on_event_change=_deliver(key, len(points), on_event),
            on_retry_change=lambda: send_again(key),
        )
        mount_asset(plane_name, pack({"asset": plane_name}, plane), sending(key))
        if values_name is not None:
            mount_asset(values_name, pack({"asset": values_name}, {"values": values}), sending(key))
        if sheet is not None:
            mount_asset(sheet.digest, sheet.packed, sending(key))


def _deliver(key: str, count: int, on_event: Callable[[MapEvent], None] | None) -> Callable[[], None]:
    """Return Streamlit's callback: it takes the message out of the component's state and decodes it."""

    def deliver() -> None:
        event = st.session_state[key].get("event")
        if event is not None and on_event is not None:
            on_event(decode_event(event, count))

    return deliver


def _plane(
    points: np.ndarray, labels: np.ndarray | None, values: np.ndarray | None, colour: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return points float32 (N, 2), labels int32 (N,), -1 for none, values float32 (N,) or None: checked."""
    with np.errstate(over="ignore"):
        points = np.asarray(points).astype(np.float32)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(
            f"A map shows points of shape (N, 2) with N ≥ 1, not {points.shape}; project the codes first."
        )
    if not np.isfinite(points).all():
        raise ValueError("Some points are NaN or infinite; leave them out or look why they are.")
    count = len(points)
    labels = np.full(count, -1) if labels is None else np.asarray(labels)
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer) or labels.min() < -1:
        raise ValueError(
            f"Labels are integers ≥ -1, one a point ({count}), not {labels.dtype} {labels.shape}."
        )
    if colour not in ("label", "value") or (colour == "value" and values is None):
        raise ValueError(
            f"colour={colour!r} is not possible here; use 'label', or 'value' together with values."
        )
    if values is not None:
        values = np.asarray(values).astype(np.float32)
        if values.shape != (count,) or not np.isfinite(values).all():
            raise ValueError(
                f"Values are finite numbers, one for each of {count} points; got {values.shape}."
            )
    return points, labels.astype(np.int32), values


def _indices(selected: Sequence[int] | np.ndarray, count: int) -> np.ndarray:
    picked = np.asarray(selected, dtype=np.int64).reshape(-1)
    if picked.size and (picked.min() < 0 or picked.max() >= count):
        raise ValueError(
            f"selected holds {picked.min()} … {picked.max()}, but the map has points 0 … {count - 1}."
        )
    return picked.astype(np.int32)


def _label_names(labels: np.ndarray, names: Sequence[str]) -> list[str]:
    """Return a name per class, up to the largest label that occurs."""
    classes = int(labels.max()) + 1
    if names and len(names) < classes:
        raise ValueError(
            f"label_names has {len(names)} names, but the labels go up to {classes - 1}; name them all."
        )
    return [str(name) for name in names] if names else [str(i) for i in range(classes)]


def _value_scale(
    values: np.ndarray, name: str, unit: str, limits: tuple[float, float] | None
) -> dict[str, Any]:
    low, high = (
        float(limit) for limit in (np.quantile(values, (0.005, 0.995)) if limits is None else limits)
    )
    if not (np.isfinite([low, high]).all() and low <= high):
        raise ValueError(f"value_range is {limits}; give two finite numbers, the smaller first.")
    below, above = bool(values.min() < low), bool(values.max() > high)
    return {"name": name, "unit": unit, "low": low, "high": high, "below": below, "above": above}


def _sheet_layout(sheet: SpriteSheet) -> dict[str, Any]:
    return {"asset": sheet.digest, "columns": sheet.columns, "width": sheet.cell_w, "height": sheet.cell_h}


def _pin(pin: Pin) -> dict[str, Any]:
    if not np.isfinite([pin.x, pin.y]).all():
        raise ValueError(f"The pin {pin.label!r} lies at ({pin.x}, {pin.y}); leave it out.")
    return {"x": float(pin.x), "y": float(pin.y), "label": pin.label, "hollow": bool(pin.hollow)}


def _path_pin(pin: PathPin, paths: int) -> dict[str, Any]:
    if not 0 <= pin.path < paths:
        raise ValueError(f"The pin {pin.label!r} is on path {pin.path}, but there are {paths} paths.")
    return {"cursor": pin.cursor, "path": int(pin.path), "label": pin.label, "hollow": bool(pin.hollow)}


def _path(path: np.ndarray) -> np.ndarray:
    path = np.asarray(path, dtype=np.float32)
    if path.ndim != 2 or path.shape[1] != 2 or not np.isfinite(path).all():
        raise ValueError(f"A path is finite and of shape (M, 2), not {path.shape}; pass places on the map.")
    return path
