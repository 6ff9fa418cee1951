"""What the field of a denoiser's corrections shows, computed once for all visitors: arrows on a plane of
images, and the denoiser applied again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from explorer import latent
from explorer.datasets import Dataset
from explorer.figures import field as figures
from explorer.figures.finished import Finished
from explorer.metrics.neighbours import nearest, spread
from explorer.metrics.principal import PrincipalComponents
from explorer.studies import field
from explorer.studies.field import Field, Plane
from explorer.ui import correction_text as said
from explorer.ui import load

TIMES, PLACES, SHADES = 10, 11, 61  # applications; arrows and shades of grey along each axis of the plane
SAMPLE, AXES = 300, 784  # images whose distance to others is measured; components of the linear denoiser
SPACINGS = 1.3  # how many places a long arrow crosses
PICTURE, ALL = PLANES = ("picture", "components")
MODEL, LINEAR, IMAGES = WHOSE = ("model", "linear", "images")


@dataclass(frozen=True)
class Scene:
    """What the arrows are about: a denoiser, the pictures of its data set as `source_id` would decode them
    where originals are missing, a clean and a noisy picture float32 (1, C, H, W), and their noise."""

    dataset: Dataset
    model_id: str
    source_id: str
    clean: np.ndarray
    noisy: np.ndarray
    index: int | None
    kind: str
    level: float

    @property
    def ids(self) -> tuple[str, str, str]:
        """Data set, source of pictures, denoiser."""
        return self.dataset.id, self.source_id, self.model_id

    def key(self) -> tuple:
        """What a cache knows it by."""
        return *self.ids, self.clean.tobytes(), self.noisy.tobytes(), self.index, self.kind, self.level


@dataclass(frozen=True)
class Real:
    """The gallery's pictures, flat float32 (N, D), the same less their mean, their components, and the median
    distance of one to the nearest other."""

    flat: np.ndarray
    centred: np.ndarray
    components: PrincipalComponents
    typical: float

    @cached_property
    def squares(self) -> np.ndarray:
        """Squared distance (N,) to the mean."""
        return np.einsum("nd,nd->n", self.centred, self.centred)

    def cast(self, plane: Plane) -> tuple[np.ndarray, float]:
        """Where the pictures fall on a plane through their mean, (N, 2), and their mean distance to it."""
        places = self.centred @ plane.axes.T.astype(np.float32)
        apart = np.sqrt(np.maximum(self.squares - (places**2).sum(axis=1), 0))
        return places.astype(np.float64), float(apart.mean())

    def nearest_to(self, x: np.ndarray) -> np.ndarray:
        """The picture (M, D) nearest to each of x (M, D)."""
        products = (x - self.components.mean).astype(np.float32) @ self.centred.T
        return self.flat[np.argmin(self.squares - 2 * products, axis=1)]


@st.cache_resource(max_entries=4, show_spinner="Computing principal components")
def real_pictures(dataset_id: str, source_id: str) -> Real:
    """The gallery's originals, or without them what `source_id` makes of its codes."""
    pictures = load.thumbnails(dataset_id, source_id)
    flat = pictures.reshape(len(pictures), -1).astype(np.float32) / 255
    components = PrincipalComponents.fit(pictures, min(AXES, len(flat) - 1, flat.shape[1]))
    some = spread(len(flat), SAMPLE)
    typical = float(np.median(nearest(flat[some], flat, 1, exclude=some)[1]))
    return Real(flat, flat - components.mean.astype(np.float32), components, typical)


def _denoiser(model_id: str) -> field.Denoiser:
    """The model on flat images."""
    model = load.model(model_id)

    def denoise(x: np.ndarray) -> np.ndarray:
        given = x.reshape(-1, *model.image_shape).astype(np.float32)
        return latent.reconstruct(model, given).reshape(x.shape)

    return denoise


def _plane(real: Real, name: str, clean: np.ndarray | None, noisy: np.ndarray | None) -> Plane:
    """Of the first two components, or of the mean, the clean and the noisy picture."""
    mean, first = real.components.mean, list(real.components.axes[:2])
    if name == ALL:
        return Plane(mean, np.stack(first))
    x, noise = clean.ravel().astype(np.float64), noisy.ravel().astype(np.float64) - clean.ravel()
    return Plane.along(mean, [x - mean, noise, *first])


@st.cache_resource(max_entries=64, show_spinner=False)
def _field(
    dataset_id: str,
    source_id: str,
    model_id: str,
    name: str,
    whose: str,
    sigma: float,
    clean: np.ndarray | None,
    noisy: np.ndarray | None,
) -> tuple[Plane, Field, np.ndarray, np.ndarray]:
    """The plane, the arrows on it, and its axes' ends: x and y (PLACES,)."""  # fmt: skip
    real = real_pictures(dataset_id, source_id)
    plane = _plane(real, name, clean, noisy)
    if name == ALL:
        around = np.quantile(plane.place(real.flat), (0.01, 0.99), axis=0)
    else:
        around = plane.place(np.stack([real.components.mean, clean.ravel(), noisy.ravel()]))
    xs, ys = plane.grid(around, PLACES)
    grid = np.stack([each.ravel() for each in np.meshgrid(xs, ys)], axis=1)
    places = np.concatenate([grid, [[0.0, 0.0]]])  # the mean of all images too
    best = {
        MODEL: _denoiser(model_id),
        LINEAR: lambda x: field.best_of_gaussian(x, real.components, sigma),
        IMAGES: lambda x: field.best_of_images(x, real.flat, sigma),
    }
    return plane, field.field(plane, places, best[whose]), xs, ys


@dataclass(frozen=True)
class Drawn:
    """Arrows on a plane and their picture: the factor that they are drawn at, the mean cosine to what they
    may point to, and the real pictures' mean distance to the plane."""

    plane: Plane
    arrows: Field
    figure: Finished
    scale: float
    cosines: dict[str, float]
    apart: float


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Scene: Scene.key})
def drawn(scene: Scene, name: str, whose: str) -> Drawn:
    """The arrows of one of `WHOSE` on one of `PLANES`."""
    pair = (scene.clean, scene.noisy) if name == PICTURE else (None, None)
    sigma = 0.0 if whose == MODEL else scene.level
    plane, arrows, *ends = _field(*scene.ids, name, whose, sigma, *pair)
    real, labels = real_pictures(*scene.ids[:2]), load.gallery(scene.model_id).labels
    xs, ys = (np.linspace(each[0], each[-1], SHADES) for each in ends)
    (casts, apart), names = real.cast(plane), scene.dataset.label_names
    classes = {names[c]: casts[labels == c].mean(axis=0) for c in np.unique(labels)} if name == ALL else {}
    long = np.quantile(np.linalg.norm(arrows.arrows, axis=1), 0.9)
    scale = float(SPACINGS * (ends[0][1] - ends[0][0]) / max(long, 1e-9))
    figure = figures.plane(
        xs, ys, field.density(casts, xs, ys), classes,
        figures.Arrows(arrows.places, arrows.arrows, arrows.lengths, arrows.shares), scale,
        {"clean picture": plane.place(scene.clean.ravel()), "mean of all": np.zeros(2)},
        said.title(arrows), said.AXES[name],
    )  # fmt: skip
    x = plane.images(arrows.places)
    goals = {
        "the mean of all": real.components.mean,
        "the nearest real image": real.nearest_to(x),
        "the clean picture": scene.clean.ravel(),
    }
    cosines = {goal: field.cosine(arrows.corrections, to - x) for goal, to in goals.items()}
    return Drawn(plane, arrows, Finished(figure), scale, cosines, apart)


@dataclass(frozen=True)
class Walk:
    """The denoiser applied again and again: images (TIMES + 1, D); distances (TIMES + 1,) to the nearest real
    image, its own apart, and to the clean one; those real images' indices; lengths (TIMES,) of the steps;
    cosines of the first one to the ways to the clean picture and to the mean of all."""

    path: np.ndarray
    real: np.ndarray
    clean: np.ndarray
    neighbours: np.ndarray
    lengths: np.ndarray
    cosines: tuple[float, float]


@st.cache_resource(max_entries=64, show_spinner=False)
def walk_from(
    dataset_id: str, source_id: str, model_id: str, start: np.ndarray, clean: np.ndarray, index: int | None
) -> Walk:
    """The denoiser applied to the flat image start (D,), `TIMES` times."""
    path = field.repeated(_denoiser(model_id), start, TIMES)
    own = None if index is None else np.full(len(path), index)
    neighbours, real = nearest(path, real_pictures(dataset_id, source_id).flat, 1, exclude=own)
    to_clean = np.linalg.norm(path - clean.ravel(), axis=1)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    goals = clean.ravel(), real_pictures(dataset_id, source_id).components.mean
    cosines = tuple(field.cosine(path[1:2] - path[:1], goal - path[:1]) for goal in goals)
    return Walk(path, real[:, 0], to_clean, neighbours[:, 0], lengths, cosines)
