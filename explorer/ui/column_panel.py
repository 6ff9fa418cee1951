"""Two experiments on the Models page: what each unit draws, and how many units are at work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import images
from explorer.figures import experiments as figures
from explorer.metrics.principal import PrincipalComponents
from explorer.metrics.sparsity import relative_variation
from explorer.models.sparse import SparseAutoencoder
from explorer.studies import columns
from explorer.ui import load, widgets
from explorer.ui.column_grid import Tile, column_grid
from explorer.ui.state import View
from explorer.ui.subject import Subject, gallery_codes
from explorer.ui.widgets import number

SHOWN = 64  # columns at a time
LARGEST_PCA = 256
ORDERS = {"use": "use over the gallery", "image": "what they add to this image"}


def drawn(view: View, subjects: Sequence[Subject]) -> None:
    """Decoder columns, or decoded unit steps, as pictures; the chosen image marks those it uses."""
    first, second, third = st.columns([4, 2, 2], gap="medium", vertical_alignment="bottom")
    order = view.choice(
        "order", "Sorted by", tuple(ORDERS), "use", kind="segmented", place=first,
        format_func=ORDERS.__getitem__,
    )  # fmt: skip
    most = max(len(one.z) for one in subjects)
    start = 1
    if most > SHOWN:
        last = 1 + SHOWN * ((most - 1) // SHOWN)
        start = int(view.slider("rank", f"From rank, {SHOWN} at a time", 1, last, 1, SHOWN, place=second))
    original = load.images(subjects[0].card.dataset)
    with_pca = original is not None and view.toggle("pca", "PCA beside them", False, place=third)
    places = st.columns(len(subjects) + with_pca, gap="medium")
    table: list[tuple] = []
    for one, place in zip(subjects, places, strict=False):
        with place:
            one.heading()
            shapes = shapes_of(one)
            used = columns.use(gallery_codes(one), shapes)
            table += _grid(one.letter, shapes, one.z, used, order, start)
            _said_of(one)
    if with_pca:
        with places[-1]:
            st.html("<b>Principal components</b>")
            table += _components(subjects[0], order, start)
    st.caption(
        "Blue takes light away, red adds it; one colour scale for each grid. The number is the unit's "
        "activation for the chosen image, and the stronger the ground, the more it adds. Use: the standard "
        "deviation of a unit's activation over the gallery, times the length of its column."
    )
    heads = ("model", "rank", "unit", "activation", "use")
    widgets.data_button("models-columns", heads, lambda: table, "columns.csv")


def shapes_of(one: Subject) -> np.ndarray:
    """The columns (L, C, H, W) of a linear decoder, else what a unit step adds at the image's code."""
    if columns.linear(one.model):
        return _columns(one.card.id)
    return _steps(one.card.id, one.z, one.label)


@st.cache_resource(max_entries=16, show_spinner=False)
def _columns(model_id: str) -> np.ndarray:
    return columns.of_decoder(load.model(model_id))


@st.cache_data(max_entries=32, show_spinner=False)
def _steps(model_id: str, z: np.ndarray, label: int | None) -> np.ndarray:
    return columns.unit_steps(load.model(model_id), z, label)


@st.cache_data(max_entries=64, show_spinner=False)
def _variation(model_id: str) -> float:
    """Median relative variation of a linear decoder's columns, as on the card of a sparse model."""
    return float(np.nanmedian(relative_variation(_columns(model_id).mean(axis=1))))


@st.cache_resource(max_entries=8, show_spinner="Finding the principal components")
def _pca(dataset_id: str) -> tuple[PrincipalComponents, np.ndarray]:
    """Components of the gallery and their standard deviations over it."""
    pixels = load.images(dataset_id).images
    fewest = min(len(pixels) - 1, int(np.prod(pixels.shape[1:])))
    found = PrincipalComponents.fit(pixels.astype(np.float32) / 255.0, min(LARGEST_PCA, fewest))
    return found, np.sqrt(found.variances)


def _components(one: Subject, order: str, start: int) -> list[tuple]:
    found, std = _pca(one.card.dataset)
    shapes = found.axes.reshape(len(found.axes), *one.model.image_shape)
    z = np.zeros(len(shapes)) if one.x is None else found.project(one.x)[0]
    rows = _grid("PCA", shapes, z, std, order, start)
    st.markdown(
        "Directions of largest variance, at right angles, each of length 1: whole figures first, then finer "
        f"and finer waves. Effective number for this image: **{number(float(columns.participation(z)))}**."
    )
    return rows


def _grid(
    name: str, shapes: np.ndarray, z: np.ndarray, used: np.ndarray, order: str, start: int
) -> list[tuple]:
    """Draw the columns of ranks `start` and on; returns their rows of the table."""
    adds = np.abs(z) * np.linalg.norm(shapes.reshape(len(shapes), -1), axis=1)
    ranked = np.argsort(-(used if order == "use" else adds), kind="stable")
    shown = ranked[start - 1 : start - 1 + SHOWN]
    rows = [(name, start + i, int(j) + 1, float(z[j]), float(used[j])) for i, j in enumerate(shown)]
    if not len(shown):
        st.markdown(f"There are only {len(shapes)}.")
        return rows
    limit = max(float(np.quantile(np.abs(shapes), 0.999)), 1e-9)
    tiles = []
    for j in shown:
        picture = images.diverging(shapes[j].mean(axis=0), limit)
        alt = f"{name}, unit {j + 1}, activation {z[j]:.2f}"
        text = "·" if z[j] == 0 else f"{z[j]:.2f}".replace("-", "−")
        tiles.append(Tile(picture, alt, text, float(adds[j] / max(adds.max(), 1e-9)) if z[j] else 0.0))
    column_grid(tiles, f"Columns of {name}, ranks {start} to {start + len(shown) - 1}")
    return rows


def _said_of(one: Subject) -> None:
    if not columns.linear(one.model):
        st.markdown(
            f"{one.at_work()}. The decoder has more than one layer, so **none of its columns is a "
            "picture**: shown is what a step of +1 in each unit changes at *this image's* code. At another "
            "image it may be something else: choose one and look."
        )
        return
    touching = _variation(one.card.id)
    st.markdown(
        f"{one.at_work()}. Neighbouring pixels of a column differ **{number(touching, 2)}** times as much "
        "as pixels in random order (noise: 1)."
    )


def at_work(view: View, subjects: Sequence[Subject]) -> None:
    """Activations of one image and mean activation of each unit, model by model."""
    table: list[tuple] = []
    for one in subjects:
        one.heading()
        mean = gallery_codes(one).mean(axis=0)
        rho = _target(one)
        left, right = st.columns(2, gap="medium")
        zeros = float((one.z == 0).mean())
        figure = figures.activations(one.z, one.colour, f"One image: {100 * zeros:.0f} % exactly zero")
        widgets.chart(figure, f"activations-{one.letter}", _spoken(one, zeros), left)
        low, high = np.quantile(mean, (0.05, 0.95))
        told = f"Gallery: nine units in ten at {number(low)} to {number(high)}".replace("-", "−")
        chart = figures.means(mean, one.colour, told, rho)
        widgets.chart(chart, f"means-{one.letter}", f"{one.letter}: {told}", right)
        st.markdown(_in_words(one, rho))
        pairs = enumerate(zip(one.z.tolist(), mean.tolist(), strict=True), 1)
        table += [(one.letter, unit, value, average) for unit, (value, average) in pairs]
    heads = ("model", "unit", "activation", "mean_over_gallery")
    widgets.data_button("models-activations", heads, lambda: table, "activations.csv")


def _target(one: Subject) -> float | None:
    """The mean activation that the penalty asks of each unit, if it asks for one."""
    model = one.model
    return model.rho if isinstance(model, SparseAutoencoder) and model.penalty == "kl" else None


def _spoken(one: Subject, zeros: float) -> str:
    return f"{one.letter}: histogram of {len(one.z)} activations, {100 * zeros:.0f} % of them exactly zero"


def _in_words(one: Subject, rho: float | None) -> str:
    """The figures of both charts, and what the penalty looks at."""
    z, said = one.z, one.at_work()
    if rho is not None:
        said += (
            f"; {100 * (z < 0.01).mean():.0f} % lie below 0.01, {int((z > 0.1).sum())} units above 0.1. The "
            f"penalty looks at the right-hand chart alone: each unit's *mean* is held near {rho:g}, whatever "
            "it does for one image."
        )
    elif isinstance(one.model, SparseAutoencoder) and one.model.weight > 0:
        said += (
            ". The penalty looks at the left-hand chart: every activation of every image is charged by its "
            "size, and a rectified unit can say exactly zero."
        )
    else:
        said += ". No penalty asks for zeros or for a mean here."
    silent = int((gallery_codes(one) == 0).all(axis=0).sum())
    return said + (f" {silent} units are silent for the whole gallery." if silent else "")
