"""Maps of a model's gallery as pages use them: points, where a new code lies, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import projection
from explorer.live.sprites import SpriteSheet
from explorer.ui import load
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
        if self.method == "plane":
            return "The code has two numbers: the map is the code itself, and every place on it is exact."
        if self.pca is not None:
            share = 100 * float(np.sum(self.pca.explained))
            return f"PCA places every code exactly; the plane shows {share:.0f} % of the codes' variance."
        error = 100 * self.accuracy.median_share
        return (
            f"{NAMES[self.method]} has no exact place for a new code: it is put at the weighted mean of "
            f"its 15 "
            f"nearest codes (leave-one-out error: median {error:.1f} % of the map's diameter)."
        )


def methods(model_id: str) -> tuple[str, ...]:
    """Maps that a model has; the plane itself first where the code is two-dimensional."""
    stored = load.gallery(model_id)
    known = tuple(m for m in ("umap", "tsne", "pca") if m in stored.maps)
    return ("plane", *known) if stored.z.shape[1] == 2 else known


def choose(view: View, model_id: str, name: str = "map", place: object = st) -> str:
    """Draw the method's picker."""
    options = methods(model_id)
    return view.choice(
        name, "Map", options, options[0], kind="segmented", place=place, format_func=NAMES.__getitem__
    )


@st.cache_resource(max_entries=64, show_spinner=False)
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
    approximate = method != "plane" and pca is None
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
