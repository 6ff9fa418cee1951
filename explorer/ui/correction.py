"""Which way a denoiser's correction points: its arrows on a plane of images, and the step taken again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import field, images, latent
from explorer.datasets import Dataset
from explorer.field import Field, Plane
from explorer.figures import field as figures
from explorer.figures.finished import Finished
from explorer.metrics.neighbours import nearest
from explorer.metrics.principal import PrincipalComponents
from explorer.ui import correction_text as said
from explorer.ui import load, widgets
from explorer.ui.generation import data_button
from explorer.ui.picture_table import Pictures, Texts, picture_table
from explorer.ui.state import View

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
    """The gallery's pictures, flat float32 (N, D), their components, and the median distance of one to the
    nearest other."""

    flat: np.ndarray
    components: PrincipalComponents
    typical: float


@st.cache_resource(max_entries=4, show_spinner="Computing principal components")
def _real(dataset_id: str, source_id: str) -> Real:
    pictures = load.thumbnails(dataset_id, source_id)
    flat = pictures.reshape(len(pictures), -1).astype(np.float32) / 255
    components = PrincipalComponents.fit(pictures, min(AXES, len(flat) - 1, flat.shape[1]))
    some = np.linspace(0, len(flat) - 1, min(SAMPLE, len(flat))).astype(np.int64)
    typical = float(np.median(nearest(flat[some], flat, 1, exclude=some)[1]))
    return Real(flat, components, typical)


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
    real = _real(dataset_id, source_id)
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
def _drawn(scene: Scene, name: str, whose: str) -> Drawn:
    pair = (scene.clean, scene.noisy) if name == PICTURE else (None, None)
    sigma = 0.0 if whose == MODEL else scene.level
    plane, arrows, *ends = _field(*scene.ids, name, whose, sigma, *pair)
    real, labels = _real(*scene.ids[:2]), load.gallery(scene.model_id).labels
    xs, ys = (np.linspace(each[0], each[-1], SHADES) for each in ends)
    casts, names = plane.place(real.flat), scene.dataset.label_names
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
        "the nearest real image": real.flat[nearest(x, real.flat, 1)[0][:, 0]],
        "the clean picture": scene.clean.ravel(),
    }
    cosines = {goal: field.cosine(arrows.corrections, to - x) for goal, to in goals.items()}
    return Drawn(plane, arrows, Finished(figure), scale, cosines, float(plane.apart(real.flat).mean()))


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
def _walk(
    dataset_id: str, source_id: str, model_id: str, start: np.ndarray, clean: np.ndarray, index: int | None
) -> Walk:
    path = field.repeated(_denoiser(model_id), start, TIMES)
    own = None if index is None else np.full(len(path), index)
    neighbours, real = nearest(path, _real(dataset_id, source_id).flat, 1, exclude=own)
    to_clean = np.linalg.norm(path - clean.ravel(), axis=1)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    goals = clean.ravel(), _real(dataset_id, source_id).components.mean
    cosines = tuple(field.cosine(path[1:2] - path[:1], goal - path[:1]) for goal in goals)
    return Walk(path, real[:, 0], to_clean, neighbours[:, 0], lengths, cosines)


def check_start(value: list) -> str | None:
    """A check of the path's start in a link: nothing, or a place on the plane."""
    fine = value == [] or len(value) == 2 and all(abs(float(each)) < 1000 for each in value)
    return None if fine else "a place on the plane has two finite numbers"


@st.fragment
def fold(view: View, scene: Scene) -> None:
    """The fold; `field`, `plane`, `arrows`, `times` and `start` in the view."""
    if not view.toggle("field", "Which way does the correction point?", False):
        return
    widgets.explained(said.GUESS)
    left, right = st.columns([3, 2], gap="large")
    with right:
        name = view.choice(
            "plane", "Plane", PLANES, PICTURE, kind="segmented", format_func=said.PLANES.get,
            on_change=lambda: view.put("start", []),
        )  # fmt: skip
        gaussian = scene.kind == "gaussian" and scene.level > 0
        whose = view.choice(
            "arrows", "Arrows of", WHOSE if gaussian else (MODEL,), MODEL, format_func=said.WHOSE.get
        )
        start = view.get("start", [], check_start)
        times = int(view.slider("times", "Times applied", 0, TIMES, 1, 1))
        with st.container(horizontal=True):
            st.button(f"Apply {said.COUNTED} times", on_click=lambda: view.put("times", TIMES))
            if start:
                st.button("Start from the noisy picture", on_click=lambda: view.put("start", []))
    shown, ours = (_drawn(scene, name, each) for each in (whose, MODEL))
    begin = shown.plane.images(np.array(start)) if start else scene.noisy.ravel()
    walk = _walk(*scene.ids, begin, scene.clean, scene.index)
    with left:
        _show_plane(view, shown, walk, times, f"denoising-field-{name}-{start}")
    with right:
        st.markdown(said.arrows(scene, whose, shown.arrows, ours.arrows))
        st.markdown(said.towards(shown.arrows, shown.cosines))
        st.caption(said.where(shown.plane, scene, shown.apart))
    _show_walk(scene, walk, times)
    st.latex(said.LATEX)
    widgets.explained(said.formula(scene, float(walk.lengths[0])))


def _show_plane(view: View, shown: Drawn, walk: Walk, times: int, key: str) -> None:
    """The arrows with the path so far, to tap; and the arrows as a file."""
    line = shown.plane.place(walk.path[: times + 1])
    text = [str(step) if step in (0, times) else "" for step in range(times + 1)]
    figure = shown.figure.changed("path", x=line[:, 0].tolist(), y=line[:, 1].tolist(), text=text)
    widgets.chart_to_tap(figure, key, said.title(shown.arrows), lambda place: view.put("start", place))
    st.caption(said.scale(shown.scale))
    arrows = shown.arrows
    columns = (arrows.places, arrows.arrows, arrows.lengths[:, None], arrows.shares[:, None])
    heads = ["x", "y", "dx", "dy", "length in all pixels", "share in plane"]
    data_button("denoising-arrows", heads, np.concatenate(columns, axis=1).tolist())


def _show_walk(scene: Scene, walk: Walk, times: int) -> None:
    """The frames in a row, the nearest real image to each, and how far each step goes."""
    st.markdown(said.walk(walk, times))
    shape, real = scene.clean.shape[1:], _real(*scene.ids[:2])
    shown = np.clip(walk.path, 0, 1)  # a start on the plane may be blacker than black
    frames = images.to_uint8(shown.reshape(-1, *shape).astype(np.float32))
    near = images.to_uint8(real.flat[walk.neighbours].reshape(-1, *shape))
    steps = range(times + 1)
    picture_table(
        said.columns(times),
        [
            Pictures("Picture", list(frames[: times + 1]), [f"After {step}" for step in steps]),
            Pictures(
                "Nearest real", list(near[: times + 1]), [f"Nearest to {step}" for step in steps]
            ),
            Texts("Its distance", [widgets.number(walk.real[step]) for step in steps]),
            Texts("To the clean one", [widgets.number(walk.clean[step]) for step in steps]),
            Texts("Last step's length", ["", *(widgets.number(each) for each in walk.lengths[:times])]),
        ],
        key="denoising-walk", label="The denoiser applied again and again", marked=None,
    )  # fmt: skip
    if times:
        upto = slice(times + 1)
        figure = figures.steps(walk.lengths[:times], walk.real[upto], walk.clean[upto], real.typical)
        widgets.chart(figure, "denoising-steps", "Distances over the times applied")
    st.caption(said.distances(real.typical, len(real.flat)))
    rows = [
        [step, float(walk.lengths[step - 1]) if step else "", float(walk.real[step]),
         int(walk.neighbours[step]), float(walk.clean[step])]
        for step in range(TIMES + 1)
    ]  # fmt: skip
    with st.container(horizontal=True):
        heads = ["times", "step", "to nearest real", "nearest real image", "to clean"]
        data_button("denoising-path", heads, rows)
        large = np.stack([images.enlarge(each, 280) for each in frames])
        widgets.download(
            f"GIF of {said.COUNTED} steps", lambda: images.gif(large, fps=3), f"{scene.model_id}-steps.gif",
            "image/gif", "denoising-gif",
        )  # fmt: skip
