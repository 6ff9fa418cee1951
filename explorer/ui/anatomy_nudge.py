"""Two folds of the Anatomy page: which pixels a number listens to, and what stays when the input moves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.figures import anatomy as figures
from explorer.metrics.neighbours import spread
from explorer.studies import sensitivity
from explorer.ui import load, widgets
from explorer.ui.anatomy import Passage, kind_of, offered
from explorer.ui.state import View

SOME = 100  # gallery images that ratios and errors are averaged over
SHIFTS = range(0, 7)
WAYS = ("gradient", "occlusion")
NUDGES = ("noise of std 0.05", "shift by one pixel")
OUTPUT = "error"


def pixels_that_matter(view: View, found: Passage) -> None:
    """The map of one number's gradient, or of what covering a part of the image does to it."""
    if found.given.image is None:
        st.markdown("It needs the original, which is not on this machine.")
        return
    order = load.dimension_order(found.model_id)[0]
    names = {f"z{i + 1}": i for i in order[:32]}
    if not found.model.autoregressive:
        names[OUTPUT] = sensitivity.ERROR
    left, right = st.columns([1, 2], gap="large")
    with left:
        what = view.choice("whose", "Number", tuple(names), next(iter(names)),
                           format_func=lambda n: "error of the output" if n == OUTPUT else n)  # fmt: skip
        way = view.choice("way", "By", WAYS, WAYS[0], kind="segmented")
    x, side = found.given.image, max(1, found.model.image_shape[1] // 7)
    if way == "gradient":
        found_map = sensitivity.gradient(found.model, x, names[what], found.label).sum(axis=0)
    else:
        found_map = sensitivity.occlusion(found.model, x, names[what], side, found.label)
    said = "the error" if what == OUTPUT else what
    title = f"∂ {said} / ∂ pixel" if way == "gradient" else f"Change of {said} when a square turns black"
    with right:
        figure = figures.pixel_map(x[0].mean(axis=0), found_map, title, "")
        widgets.chart(figure, "anatomy-map", f"{title}, a map of the image's pixels")
    ink = x[0].mean(axis=0) > 0.1
    share = float(np.abs(found_map)[~ink].sum() / max(np.abs(found_map).sum(), 1e-12))
    st.markdown(
        ("The gradient is the answer to an infinitely small change, of every pixel, also of black ones: "
         if way == "gradient" else f"Squares of {side} × {side} pixels are covered one after the other: ")
        + f"{100 * share:.0f} % of the map's total size lies where this image has no ink. Red raises the "
        "number, blue lowers it."
    )  # fmt: skip
    rows = lambda: [(*place, value) for place, value in np.ndenumerate(found_map)]  # noqa: E731
    widgets.data_button("anatomy-map", ("row", "column", "value"), rows, "map.csv")


def compared(found: Passage) -> dict[str, str]:
    """Model id -> title of those that stand side by side: plain, denoising, contractive, ours."""
    cards = load.cards()
    usual = offered(found.card.dataset)
    ids = [usual[name] for name in ("Autoencoder", "Denoising") if name in usual]
    able = [c for c in cards.values() if c.dataset == found.card.dataset and c.gallery_sha256 and not c.group]
    dense = [c.id for c in able if kind_of(c) == "Autoencoder" and c.arguments["trunk_kind"] == "mlp"]
    slopes = [c.id for c in able if c.family == "contractive"]
    ids = [*dense[:1], *ids, *slopes[:1], found.model_id]
    return {i: cards[i].title for i in dict.fromkeys(ids) if load.problem(i, with_class=True) is None}


def what_is_held_still(view: View, found: Passage) -> None:
    """Bars of ‖Δz‖/‖Δx‖ and ‖Δx̂‖/‖Δx‖, and the error of the reconstruction while the input moves."""
    if load.images(found.card.dataset) is None:
        st.markdown("It needs the gallery's originals, which are not on this machine.")
        return
    nudge = view.choice("nudge", "The input moves by", NUDGES, NUDGES[0], kind="segmented")
    models = compared(found)
    ratios = {i: _ratios(found.card.dataset, i, nudge) for i in models}
    names = [_two_lines(title) for title in models.values()]
    bars = figures.held_still(names, [r[0] for r in ratios.values()], [r[1] for r in ratios.values()], nudge)
    said = ", ".join(f"{models[i]} {r[0].mean():.3g} and {r[1].mean():.3g}" for i, r in ratios.items())
    widgets.chart(bars, "anatomy-nudge", f"Ratios of code and output to the input: {said}")
    spreads = ", ".join(f"{models[i]} {r[2]:.2g}" for i, r in ratios.items())
    still = [min(ratios, key=lambda i, k=k: ratios[i][k].mean()) for k in (0, 1)]
    st.markdown(
        f"The code moves least in **{models[still[0]]}**, the output in **{models[still[1]]}**. A "
        "contractive penalty acts on the encoder's slope at the data. A denoiser is trained as a whole: "
        "its code may move, its output should not under noise; a shift is no noise, and the output has to "
        "follow it."
    )
    st.caption(
        f"Means over {SOME} gallery images, whiskers: the middle half of them; codes without noise. Codes "
        f"have different units: relative to the spread of the model's own codes, ‖Δz‖ is {spreads}."
    )
    rows = lambda: [(i, r[0].mean(), r[1].mean()) for i, r in ratios.items()]  # noqa: E731
    widgets.data_button("anatomy-nudge", ("model", "code_ratio", "output_ratio"), rows, "nudge.csv")
    curves = {models[i]: _shift_curve(found.card.dataset, i) for i in models}
    said = ", ".join(f"{name} {v[0]:.1f} to {v[-1]:.1f}" for name, v in curves.items())
    lines = figures.against_shift(SHIFTS, curves)
    widgets.chart(lines, "anatomy-shift", f"Squared error against shift: {said}")
    st.caption(
        "Convolutions move with the input; the dense layer around the code has learned where things sit, "
        f"so every curve rises. Means over the same {SOME} images; the target moves along."
    )
    shifted = lambda: zip(SHIFTS, *curves.values(), strict=True)  # noqa: E731
    widgets.data_button("anatomy-shift", ("shift", *models), shifted, "shift.csv")


def _two_lines(title: str) -> str:
    """A title that stands beside a bar on a telephone as well."""
    words = title.split()
    half = (len(words) + 1) // 2
    return "<br>".join(filter(None, (" ".join(words[:half]), " ".join(words[half:]))))


def _some(dataset_id: str, model_id: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Images spread over the gallery, and their labels for a model that is told them."""
    split = load.images(dataset_id)
    labels = load.gallery(model_id).labels
    picked = spread(len(labels), SOME)
    return split.pixels(picked), labels[picked] if load.model(model_id).label_count else None


@st.cache_data(max_entries=64, show_spinner=False)
def _ratios(dataset_id: str, model_id: str, nudge: str) -> tuple[np.ndarray, np.ndarray, float]:
    x, labels = _some(dataset_id, model_id)
    if nudge == NUDGES[1]:
        moved = sensitivity.shifted(x, 1, 0)
    else:
        moved = x + 0.05 * np.random.default_rng(0).standard_normal(x.shape, dtype=np.float32)
    code, output = sensitivity.responses(load.model(model_id), x, moved, labels)
    _, std = load.code_statistics(model_id)
    steps = np.linalg.norm((moved - x).reshape(len(x), -1), axis=1)
    return code, output, float(np.mean(code * steps) / np.linalg.norm(std))


@st.cache_data(max_entries=64, show_spinner=False)
def _shift_curve(dataset_id: str, model_id: str) -> np.ndarray:
    x, labels = _some(dataset_id, model_id)
    return sensitivity.shift_errors(load.model(model_id), x, SHIFTS, labels).mean(axis=1)
