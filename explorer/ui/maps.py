"""Maps of a model's gallery as pages use them: points, where a new code lies, and how well that is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import datasets, projection, zoo
from explorer.live.cursor import rounded
from explorer.live.map_parts import LivePoint
from explorer.live.sprites import SpriteSheet
from explorer.ui import inputs, load
from explorer.ui.state import View

NAMES = {"plane": "the code itself", "umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}


@dataclass(frozen=True)
class GalleryMap:
    """A fixed map of the gallery's codes: points (N, 2) of codes z (N, L)."""

    method: str
    z: np.ndarray
    points: np.ndarray
    pca: projection.PCAMap | None
    accuracy: projection.PlacementAccuracy | None
    typical: float

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Positions (B, 2) of new codes (B, L): exact for PCA and the plane, else a mean of neighbours."""
        codes = np.asarray(codes, np.float32)
        if self.method == "plane":
            return codes
        if self.pca is not None:
            return self.pca.place(codes)
        return projection.place(self.z, self.points, codes, typical=self.typical).points

    @property
    def sentence(self) -> str:
        """How a new point is placed here, and how far off that may be."""
        if not np.ptp(self.points, axis=0).any():
            return "All codes are one and the same, so the map is a single point."
        if self.method == "plane":
            return "The code has two numbers: the map is the code itself, and every place on it is exact."
        if self.pca is not None:
            share = 100 * float(np.sum(self.pca.explained))
            return f"PCA places every code exactly; the plane shows {share:.0f} % of the codes' variance."
        error = 100 * self.accuracy.median_share
        return (
            f"{NAMES[self.method]} has no exact place for a new code: it is put at the weighted mean of its "
            f"15 nearest codes (leave-one-out error: median {error:.1f} % of the map's diameter)."
        )


def methods(model_id: str) -> tuple[str, ...]:
    """Maps that a model has; the plane itself first where the code is two-dimensional."""
    stored = load.gallery(model_id)
    known = (*(m for m in ("umap", "tsne") if m in stored.maps), "pca")
    return ("plane", *known) if stored.z.shape[1] == 2 else known


def choose(view: View, model_id: str, name: str = "map", place: object = st) -> str:
    """Draw the method's picker; where only PCA can be dragged on (`follows`), it opens on PCA."""
    options = methods(model_id)
    first = "pca" if load.wide(model_id) and "pca" in options else options[0]
    return view.choice(
        name, "Map", options, first, kind="segmented", place=place, format_func=NAMES.__getitem__
    )


def _facts(gallery: zoo.Gallery) -> dict[str, np.ndarray]:
    """What is measured of each image: its error, and its KL where there is one."""
    return {"error": gallery.error} | ({} if gallery.kl is None else {"kl": gallery.kl})


def columns(model_id: str) -> list[str]:
    """Names of what `rows` holds."""
    gallery = load.gallery(model_id)
    codes = [f"z{i + 1}" for i in range(gallery.z.shape[1])]
    return ["image", "class", "x", "y", *_facts(gallery), *codes]


def rows(model_id: str, points: np.ndarray) -> list[tuple]:
    """The map (N, 2) as a table: a row an image, with class, place, what is measured of it, and code."""
    gallery = load.gallery(model_id)
    names = datasets.get(load.cards()[model_id].dataset).label_names
    values = np.column_stack([points, *_facts(gallery).values(), gallery.z]).tolist()
    return [(i, names[gallery.labels[i]], *row) for i, row in enumerate(values)]


@st.cache_resource(max_entries=256, show_spinner=False)
def stored(model_id: str, method: str) -> GalleryMap:
    """The stored map of a model by one of `methods`."""
    gallery = load.gallery(model_id)
    pca = projection.pca(gallery.z) if method == "pca" else None
    if method == "plane":
        points = gallery.z
    else:
        points = gallery.maps[method] if pca is None else pca.points
    return of_points(method, gallery.z, points, pca)


def of_points(
    method: str, z: np.ndarray, points: np.ndarray, pca: projection.PCAMap | None = None
) -> GalleryMap:
    """A map of given points, with its placement error measured where placement is approximate."""
    approximate = method != "plane" and pca is None and np.ptp(points, axis=0).any()
    accuracy = projection.leave_one_out_error(z, points) if approximate else None
    return GalleryMap(
        method, z, np.asarray(points, np.float32), pca, accuracy, projection.typical_distance(z)
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def sheet(dataset_id: str, model_id: str | None) -> SpriteSheet:
    """Thumbnails of the gallery: the originals where they are (`model_id` None), else decoded by a model."""
    split = load.images(dataset_id) if model_id is None else None
    return SpriteSheet.from_images(split.images if split else load.thumbnails(dataset_id, model_id))


def sheet_for(dataset_id: str, model_id: str) -> SpriteSheet:
    """One sheet a data set where the originals are here, so that two models share it; else one a model."""
    return sheet(dataset_id, None if load.images(dataset_id) is not None else model_id)


def code_of(
    model_id: str, opened: inputs.Input, label: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """mean (L,) and logvar (L,) or None: as stored for a gallery image, else encoded once, as an image of
    class `label` where the model is told one."""
    if opened.index is None:
        return _encoded(model_id, opened.image, label)
    stored = load.gallery(model_id)
    return stored.z[opened.index], None if stored.logvar is None else stored.logvar[opened.index]


@st.cache_data(max_entries=256, show_spinner=False)
def _encoded(model_id: str, image: np.ndarray, label: int | None) -> tuple[np.ndarray, np.ndarray | None]:
    return inputs.encode(model_id, inputs.Input(image, None, ""), label)


@st.cache_data(max_entries=1024, show_spinner=False)
def decoded(model_id: str, code: tuple[float, ...], label: int | None = None) -> np.ndarray:
    """The picture (C, H, W) in [0, 1] of one code, of class `label` where the model is told one: decoded by
    the server once."""
    return load.decoded(model_id, np.array([code]), label)[0]


def live_code(
    view: View, slot: str, model_id: str, opened: inputs.Input, label: int | None = None
) -> tuple[list[float], Callable[[list[float]], None]]:
    """Where a map's cursor stands, and the callback that takes where the hand has moved it.

    The view holds the code under `slot`, [] for the code of what is opened, and under `{slot}of` which model
    and image it was moved away from: another one takes the cursor to its own code. `label` as in `code_of`.
    """
    size = load.gallery(model_id).z.shape[1]

    def check(values: list) -> str | None:
        fine = len(values) in (0, size) and all(np.isfinite(float(value)) for value in values)
        return None if fine else f"this model's code has {size} finite numbers"

    def moved(z: list[float]) -> None:
        view.put(slot, z)
        view.put(f"{slot}of", here)

    picture = opened.image.tobytes() if opened.index is None else str(opened.index).encode()
    here = hashlib.sha256(model_id.encode() + b" " + picture).hexdigest()[:8]
    held, of = view.get(slot, [], check), view.get(f"{slot}of", "")
    if of not in ("", here):
        held = []
        view.put(slot, held)
        view.put(f"{slot}of", "")
    return rounded(held or code_of(model_id, opened, label)[0]), moved


def live_point(
    found: GalleryMap,
    cursor: str,
    *,
    spread: tuple[np.ndarray, np.ndarray | None] | None = None,
    draggable: bool = True,
    tether: tuple[float, float] | None = None,
) -> LivePoint:
    """The point of a code's cursor on this map; `spread` is the mean and logvar whose σ is drawn, where a
    map has a place for it."""
    method = {"plane": "plane", "pca": "pca"}.get(found.method, "neighbours")
    mean, logvar = spread or (None, None)
    drawn = logvar is not None and method != "neighbours"
    return LivePoint(
        cursor,
        method,
        mean=None if found.pca is None else found.pca.mean,
        components=None if found.pca is None else found.pca.axes,
        draggable=draggable,
        std=np.exp(0.5 * logvar) if drawn else None,
        centre=mean if drawn else None,
        tether=tether,
    )


def follows(found: GalleryMap, model_id: str) -> bool:
    """Whether the browser can move a live point on this map: among neighbours it needs their codes."""
    return found.method in ("plane", "pca") or load.sends_codes(model_id)


def spread_sentence(found: GalleryMap, variational: bool) -> str:
    """What the ellipses are, or why there are none."""
    if not variational:
        return ""
    if found.method in ("plane", "pca"):
        return "Ellipses: σ and 2σ of the opened image's posterior."
    return f"No σ ellipse: {NAMES[found.method]} bends distances, so a σ has no length here."
