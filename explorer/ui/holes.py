"""A plane of codes as the page on holes needs it: densities, its deepest hole, and a walk into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.datasets import Dataset
from explorer.figures import generation as figures
from explorer.live.cursor import cursor, picture
from explorer.live.latent_map import MapEvent, Pin, latent_map
from explorer.live.map_parts import LivePoint
from explorer.metrics import aggregate
from explorer.metrics.neighbours import nearest
from explorer.ui import generation as made
from explorer.ui import load, maps, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.generation import real, reference, usable

REACH = 2.0  # σ of the prior within which a hole counts: 86 % of its draws in the plane lie there
STEPS = 61  # places on each axis of the picture
RATIO, DENSITY = "prior against codes", "codes"
FRAMES, BETWEEN = 11, 4  # frames of a walk, and measured places from one to the next


@dataclass(frozen=True)
class Plane:
    """Posteriors on a plane, mean and logvar (N, 2); for a plain autoencoder Gaussians of one `width` around
    its codes. `centre` (2,) and `factor` (2, 2) are of the Gaussian that one would draw codes from: the
    prior, or without one the codes' own. Over xs, ys (STEPS,): the codes' density, ratio = log p - log q, and
    how many σ of the Gaussian from its centre, (STEPS, STEPS) each."""

    mean: np.ndarray
    logvar: np.ndarray
    width: float | None
    centre: np.ndarray
    factor: np.ndarray
    xs: np.ndarray
    ys: np.ndarray
    density: np.ndarray
    ratio: np.ndarray
    sigmas: np.ndarray

    @property
    def hole(self) -> tuple[float, float]:
        """Where, within `REACH`, the Gaussian is most too dense."""
        row, column = np.unravel_index(
            np.argmax(np.where(self.sigmas <= REACH, self.ratio, -np.inf)), self.ratio.shape
        )
        return float(self.xs[column]), float(self.ys[row])

    @property
    def share(self) -> float:
        """The share of the places within `REACH` where the Gaussian is more than ten times as dense."""
        return float((self.ratio[self.sigmas <= REACH] > np.log(10)).mean())

    @property
    def name(self) -> str:
        """What the Gaussian is."""
        return "the prior N(0, I)" if self.width is None else "the codes' own Gaussian"

    def densities(self, z: list[float]) -> tuple[float, float]:
        """The Gaussian's and the codes' log density at one place."""
        at = np.array([z], np.float64)
        p, _ = aggregate.log_normal(at, self.centre, self.factor)
        return float(p[0]), float(aggregate.log_density(at, self.mean, self.logvar)[0])

    def circles(self) -> list[np.ndarray]:
        """The Gaussian's 1, 2 and 3 σ, as paths on a map."""
        turns = {radius: np.linspace(0, 2 * np.pi, 12 * radius + 13) for radius in (1, 2, 3)}
        rings = [r * np.stack([np.cos(turn), np.sin(turn)], axis=1) for r, turn in turns.items()]
        return [self.centre + ring @ self.factor.T for ring in rings]


def planes(dataset_id: str) -> list[zoo.ModelCard]:
    """Models whose code has two numbers, those with a prior first."""
    found = [
        card for card in load.cards().values()
        if card.dataset == dataset_id and card.arguments["latent_dim"] == 2 and usable(card)
    ]  # fmt: skip
    return sorted(found, key=lambda card: (load.gallery(card.id).logvar is None, card.id))


@st.cache_resource(max_entries=16, show_spinner=False)
def plane(model_id: str) -> Plane:
    """The model's plane. Without a posterior each code gets the width of Scott's rule for a density estimate:
    the codes' standard deviation times N^(-1/6)."""
    stored = load.gallery(model_id)
    width, logvar, centre, factor = None, stored.logvar, np.zeros(2), np.eye(2)
    if logvar is None:
        own = made.density(model_id, 1)
        centre, factor = own.means[0], own.factors[0]
        width = float(stored.z.std(axis=0).mean() * len(stored.z) ** (-1 / 6))
        logvar = np.full(stored.z.shape, 2 * np.log(width), np.float32)
    spread = np.sqrt(np.diag(factor @ factor.T))
    xs, ys = (np.linspace(c - 3.5 * s, c + 3.5 * s, STEPS) for c, s in zip(centre, spread, strict=True))
    points = np.stack([each.ravel() for each in np.meshgrid(xs, ys)], axis=1)
    log_p, sigmas = aggregate.log_normal(points, centre, factor)
    log_q = aggregate.log_density(points, stored.z, logvar)
    grids = (each.reshape(STEPS, STEPS) for each in (np.exp(log_q), log_p - log_q, sigmas))
    return Plane(stored.z, logvar, width, centre, factor, xs, ys, *grids)


@dataclass(frozen=True)
class Walk:
    """From a code to another: t (T,), frames uint8 (FRAMES, C, H, W), distance (T,) in pixels and the nearest
    real images' indices (T,), None without originals; codes (T,) to the nearest gallery code."""

    t: np.ndarray
    frames: np.ndarray
    distance: np.ndarray | None
    nearest: np.ndarray | None
    codes: np.ndarray


def walk(model_id: str, a: tuple[float, ...], b: tuple[float, ...]) -> Walk:
    """The straight line from a to b."""
    return _walk(model_id, a, b)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={tuple: repr})
def _walk(model_id: str, a: tuple[float, ...], b: tuple[float, ...]) -> Walk:
    t = np.linspace(0, 1, (FRAMES - 1) * BETWEEN + 1)
    z = latent.lerp(np.array(a), np.array(b), t)
    pictures = images.to_uint8(load.decoded(model_id, z))
    to_code = nearest(z, load.gallery(model_id).z, 1)[1][:, 0]
    originals = real(load.cards()[model_id].dataset)
    if originals is None:
        return Walk(t, pictures[::BETWEEN], None, None, to_code)
    index, far = nearest(pictures.reshape(len(t), -1).astype(np.float32) / 255, originals[0], 1)
    return Walk(t, pictures[::BETWEEN], far[:, 0], index[:, 0], to_code)


def check_index(count: int) -> Callable[[object], str | None]:
    """A check of a gallery index in a link."""
    return lambda value: None if 0 <= value < count else f"the gallery has images 0 to {count - 1}"


def check_place(value: list) -> str | None:
    """A check of a place on the plane in a link."""
    fine = len(value) == 2 and all(np.isfinite(float(each)) for each in value)
    return None if fine else "a place on the plane has two finite numbers"


def live_map(
    cursor_name: str,
    model_id: str,
    dataset: Dataset,
    start: tuple[float, ...],
    on_start: Callable[[int], None],
) -> None:
    """The gallery's codes with the prior's circles, the walk's start and the point to drag."""
    stored = load.gallery(model_id)

    def heard(event: MapEvent) -> None:
        if event.kind == "click" and event.index is not None:
            on_start(event.index)

    latent_map(
        stored.z,
        key=f"holes-{model_id}",
        labels=stored.labels,
        label_names=dataset.label_names,
        sheet=maps.sheet_for(dataset.id, model_id),
        pins=[Pin(*start, "start")],
        paths=plane(model_id).circles(),
        live=LivePoint(cursor_name, "plane", tether=start),
        height=560,
        axis_names=("z1", "z2"),
        aria_label=f"{load.cards()[model_id].title}: codes, the prior's circles and a point to drag",
        on_event=heard,
    )


def live_picture(
    cursor_name: str, model_id: str, here: list[float], on_release: Callable[[list[float]], None]
) -> None:
    """What the point decodes to, in the hand."""
    facts = load.live(model_id)
    rendered = load.decoded(model_id, np.array([here]))[0] if facts.refused else None
    cursor(cursor_name, here, facts, rendered=rendered, on_release=on_release)
    count = len(load.gallery(model_id).z)
    near = f"{{far}} from the nearest of {count:,} gallery codes: {{times}} × the usual distance"
    picture(
        cursor_name,
        key="holes-picture",
        size=196,
        distance=near,
        alt="Decoded picture of the point on the plane",
    )


def densities_said(found: Plane, here: list[float]) -> str:
    """The Gaussian's and the codes' density at a place, in words."""
    p, q = found.densities(here)
    times = float(np.exp(min(abs(p - q), 14.0)))
    compared = f"{'more than ' * (abs(p - q) > 14)}{widgets.number(times)} times {'as' if p > q else 'less'}"
    codes = "all posteriors together" if found.width is None else "its codes"
    return (
        f"Here {found.name} has density **{widgets.number(float(np.exp(p)), 2)}** and {codes} "
        f"**{widgets.number(float(np.exp(q)), 2)}**: one draws codes here that the decoder was "
        f"{'hardly ever' if p - q > np.log(10) else 'also'} trained on ({compared} dense "
        f"{'as' if p > q else 'than'} the codes)."
    )


def show_walk(
    model_id: str, a: tuple[float, ...], b: tuple[float, ...], names: Sequence[str], labels: np.ndarray
) -> None:
    """The frames from the start to the point, and how far from real images each is."""
    found = walk(model_id, a, b)
    widgets.film(found.frames, f"{FRAMES} frames from the start to the point", 84)
    if found.distance is None:
        st.caption("No distance to real images: the originals are missing.")
        return
    typical = typical_distance(load.cards()[model_id].dataset)
    peak = int(found.distance.argmax())
    chart, said = st.columns([3, 2], gap="large")
    widgets.chart(
        figure_of(figures.along_walk, typical).moved("distance", found.t.tolist(), found.distance.tolist()),
        "generation-walk",
        "Distance along the walk",
        chart,
    )
    with said:
        st.markdown(
            f"At the start the picture is **{widgets.number(float(found.distance[0]))}** from the nearest "
            f"real image, at the point **{widgets.number(float(found.distance[-1]))}**, at most "
            f"**{widgets.number(float(found.distance[peak]))}** (t = {found.t[peak]:.2f}, nearest: a "
            f"{names[labels[found.nearest[peak]]]})."
        )
        st.caption("Euclidean over pixels. Grey: nine in ten real images to their nearest other one.")
        widgets.data_button(
            "generation-walk",
            ["t", "distance", "nearest image"],
            lambda: [
                [float(t), float(d), int(i)]
                for t, d, i in zip(found.t, found.distance, found.nearest, strict=True)
            ],
        )
        widgets.download(
            "GIF of the walk",
            lambda: images.gif(
                np.stack([images.enlarge(each, 280) for each in found.frames]), fps=6, bounce=True
            ),
            f"{model_id}-walk.gif",
            "image/gif",
            "generation-walk-gif",
        )


@st.cache_data(max_entries=16, show_spinner=False)
def typical_distance(dataset_id: str) -> tuple[float, float]:
    """5 % and 95 % quantiles of real images' distance to their nearest other one."""
    low, high = np.quantile(reference(dataset_id).distance, (0.05, 0.95))
    return float(low), float(high)


def show_plane(
    model_id: str, what: str, here: list[float], on_tap: Callable[[list[float]], None], place: object
) -> None:
    """Where the Gaussian and the codes differ; a tap takes the point there."""
    found = plane(model_id)
    # A tapped place stays selected, so another point is another chart.
    key = f"holes-plane-{model_id}-{what}-{here}"
    values = found.ratio if what == RATIO else found.density
    empty = figure_of(figures.plane, found.xs, found.ys, values, found.circles(), found.hole, what == RATIO)
    figure = empty.moved("here", [here[0]], [here[1]])
    widgets.chart_to_tap(figure, key, f"{what} over the plane", on_tap, place)

    def rows() -> list[list[float]]:
        return [
            [float(x), float(y), float(found.ratio[i, j]), float(found.density[i, j])]
            for i, y in enumerate(found.ys)
            for j, x in enumerate(found.xs)
        ]

    heads = ["z1", "z2", "log p - log q", "density of the codes"]
    widgets.data_button("generation-plane", heads, rows, place=place)


def plane_said(found: Plane) -> str:
    """What the colours mean, and how much of the plane is a hole."""
    return (
        f"Of the places within {REACH:g} σ of the middle, **{100 * found.share:.0f} %** are holes: "
        f"{found.name} is more than ten times as dense there as the codes. Cross: the deepest; ring: the "
        "point. Tap a place, and the point goes there."
    )
