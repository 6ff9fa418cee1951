"""An experiment on the Models page: the importance-weighted bound of an image, upright and turned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import binary, images, importance
from explorer.figures import experiments as figures
from explorer.importance import COUNTS, Estimate
from explorer.ui import load, widgets
from explorer.ui.number_table import number_table
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View
from explorer.ui.subject import Subject
from explorer.ui.widgets import panel

WAYS = ("upright", "turned by 90°")


def tightness(view: View, subjects: Sequence[Subject]) -> None:
    """The bound over the number of codes, for the image and for the same one turned."""
    able = [one for one in subjects if importance.can_weigh(one.model)]
    if able[0].x is None:
        st.markdown("The bound is of an image, and the original is not on this machine: draw one above.")
        return
    left, right = st.columns([3, 1], gap="large")
    options = tuple(map(str, COUNTS))
    count = int(view.choice(
        "codes", "Codes averaged", options, "1", kind="segmented", place=left,
        format_func=lambda n: f"{int(n):,}",
    ))  # fmt: skip
    drawn = int(view.slider("drawn", "Draw of the binary pixels", 0, 99, 0, 1, place=right))
    pixels = [binary.draw_array(each, drawn) for each in turned(able[0].x)]
    shown = images.to_uint8(np.concatenate(pixels))
    rows = [Pictures("binary", list(shown), WAYS)]
    picture_table(WAYS, rows, key="models-bound", label="The image, upright and turned", marked=None)
    found = {
        (one.letter, way): pool(one.card.id, x.astype(bool), one.label)
        for one in able for way, x in zip(WAYS, pixels, strict=True)
    }  # fmt: skip
    curves = {key: [importance.bound(w, k) for k in COUNTS] for key, w in found.items()}
    for way, place in zip(WAYS, st.columns(2, gap="medium"), strict=True):
        lines = {one.letter: curves[one.letter, way] for one in able}
        said = f"{way[:1].upper()}{way[1:]}: {_gain(lines)}"
        figure = figures.bounds(lines, count, said)
        widgets.chart(figure, f"bound-{way[:2]}", f"Bound over the number of codes. {said}", place)
    _table(able, curves, found, count)
    widgets.data_button(
        "models-bound",
        ("model", "image", "codes", "bound_nats", "sd_nats", "repetitions"),
        lambda: [
            (letter, way, e.count, e.mean, e.sd, e.repetitions)
            for (letter, way), each in curves.items() for e in each
        ],
        "bound.csv",
    )  # fmt: skip
    st.caption(
        f"{importance.POOL:,} codes of each image's q, cut into groups: the dot is the mean over the groups, "
        "the band their standard deviation; the last dot is one group. Higher is better."
    )
    _why(able[0], curves, count)


def turned(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An image (1, C, H, W) and the same one turned by 90° to the left."""
    return x, np.rot90(x, axes=(2, 3)).copy() if x.shape[2] == x.shape[3] else x[:, :, ::-1].copy()


@st.cache_data(max_entries=128, show_spinner="Drawing 5,000 codes")
def pool(model_id: str, x: np.ndarray, label: int | None) -> np.ndarray:
    """The log weights of a binary image."""
    return importance.pool(load.model(model_id), x.astype(np.float32), label)


def nats(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _gain(lines: dict[str, list[Estimate]]) -> str:
    each = [f"{letter} gains {nats(e[-1].mean - e[0].mean)} nats" for letter, e in lines.items()]
    return ", ".join(each)


def _table(able: Sequence[Subject], curves: dict, pools: dict, count: int) -> None:
    rows = []
    for (letter, way), found in curves.items():
        at = next(each for each in found if each.count == count)
        spread = f" ± {at.sd:.1f}" if at.repetitions > 1 else ""
        rows.append((
            f"{letter}, {way}", nats(found[0].mean), nats(at.mean) + spread, nats(found[-1].mean),
            nats(found[-1].mean - found[0].mean), f"{importance.effective(pools[letter, way]):,.0f}",
        ))  # fmt: skip
    heads = ("nats", "k = 1", f"k = {count:,}", f"k = {COUNTS[-1]:,}", "gain", "effective codes")
    number_table(heads, rows, label="The bound of each image")
    st.markdown(
        "k is the number of codes averaged. The **gain** is what the bound with one code left out, as far as "
        "5,000 codes show it: the KL from q(z|x) to the true posterior. **Effective codes** says how many of "
        "the 5,000 carry the estimate: where it is a handful, the curve is still rising."
    )
    if any(one.label is not None for one in able):
        st.caption("A model that is told the class gives log p(x | class): another quantity than log p(x).")


def _why(one: Subject, curves: dict, count: int) -> None:
    upright = curves[one.letter, WAYS[0]]
    at = next(each for each in upright if each.count == count)

    def fill() -> None:
        st.latex(
            r"\mathcal L_k = \mathbb E\Big[\ln \tfrac1k \sum_{i=1}^k w_i\Big], \quad "
            r"w_i = \frac{p(x|z_i)\,p(z_i)}{q(z_i|x)}, \quad "
            r"\mathcal L_1 = \ln p(x) - \mathrm{KL}\big(q(z|x)\,\Vert\,p(z|x)\big)"
        )
        st.markdown(
            f"For {one.letter}, upright, with k = {count:,}: {nats(at.mean)} nats, the mean over "
            f"{at.repetitions:,} groups of codes z drawn from q(z|x); with k = 1: {nats(upright[0].mean)}. "
            "p(z) is the prior N(0, I), p(x|z) the decoder's Bernoulli pixels. The bound never falls with k."
        )

    panel("The formula of the bound", "panel-bound", fill)
