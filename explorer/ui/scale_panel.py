"""An experiment on the Models page: the code in other units, and what the penalty says of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import images
from explorer.metrics.neighbours import spread
from explorer.models.contractive import ContractiveAutoencoder
from explorer.models.sparse import SparseAutoencoder
from explorer.studies import code_scale, columns
from explorer.ui import load, widgets
from explorer.ui.number_table import number_table
from explorer.ui.picture_table import Pictures, Texts, picture_table
from explorer.ui.state import View
from explorer.ui.subject import Subject
from explorer.ui.widgets import number, panel

SOME = 500  # gallery images that a contraction is averaged over
SLACK = 1.005  # a column at its bound is stored rounded


def other_units(view: View, subjects: Sequence[Subject]) -> None:
    """The slider, the picture before and after, and a table of what changes and what does not."""
    able = [one for one in subjects if code_scale.can_change(one.model)]
    scale = view.slider("scale", "Scale of the code", 0.1, 2.0, 1.0, 0.1, width=360)
    st.caption("The code is multiplied by the scale, the decoder's first weights are divided by it.")
    rows, names = [], []
    for one in able:
        before, after = (_picture(one, s) for s in (1.0, scale))
        names += [f"{one.letter}, as trained", f"{one.letter}, scale {scale:g}"]
        rows += [before, after]
    moved = [int(np.abs(b.astype(int) - a).max()) for b, a in zip(rows[::2], rows[1::2], strict=True)]
    texts = [t for m in moved for t in ("", "no grey level differs" if not m else f"differs by {m} of 255")]
    picture_table(
        names, [Pictures("output", rows, names), Texts("", texts)], key="models-scale",
        label="Pictures before and after the change of scale", marked=None,
    )  # fmt: skip
    table = [("", *names), *zip(*(_facts(one, s) for one in able for s in (1.0, scale)), strict=True)]
    named = [(name, *cells) for name, cells in zip(_ROWS, table[1:], strict=True)]
    number_table(table[0], named, label="What the change of scale changes")
    for one in able:
        st.markdown(f"**{one.letter}**: {_in_words(one, scale)}")
    others = [one.letter for one in subjects if one not in able]
    if others:
        st.caption(f"{' and '.join(others)}: the prior fixes the code's scale, so it is not free to shrink.")
    widgets.data_button("models-scale", table[0], lambda: named, "scale.csv")
    _why(able, scale)


def _picture(one: Subject, scale: float) -> np.ndarray:
    found = code_scale.decode(one.model, one.z[None], scale)
    return images.to_uint8(np.clip(found, 0.0, 1.0))[0]


_ROWS = (
    "Penalty, this image", "Penalty, mean over the gallery", "Penalty / variance of the codes",
    "Activations exactly zero", "Effective number of units", "Lengths of the columns",
)  # fmt: skip


def _facts(one: Subject, scale: float) -> list[str]:
    """The cells under `_ROWS`."""
    z = one.z * scale
    low, high = (number(float(v)) for v in np.quantile(code_scale.lengths(one.model, scale), (0, 1)))
    own = None if _of_means(one) else code_scale.penalty(one.model, one.z[None], one.x, scale)
    mean = _mean_penalty(one.card.id, scale)
    free = _relative_slope(one.card.id) if isinstance(one.model, ContractiveAutoencoder) else None
    return [
        *("–" if each is None else number(each) for each in (own, mean, free)),
        f"{100 * (z == 0).mean():.0f} %",
        number(float(columns.participation(z))),
        f"{low} to {high}",
    ]


def _of_means(one: Subject) -> bool:
    return isinstance(one.model, SparseAutoencoder) and one.model.penalty == "kl"


@st.cache_data(max_entries=128, show_spinner=False)
def _mean_penalty(model_id: str, scale: float) -> float | None:
    split = load.images(load.cards()[model_id].dataset)
    x = None if split is None else split.pixels(spread(len(split.images), SOME))
    return code_scale.penalty(load.model(model_id), load.gallery(model_id).z, x, scale)


def _relative_slope(model_id: str) -> float | None:
    """The mean contraction over the total variance of the codes: both change with the scale's square."""
    mean = _mean_penalty(model_id, 1.0)
    return None if mean is None else mean / float(load.gallery(model_id).z.var(axis=0).sum())


def _in_words(one: Subject, scale: float) -> str:
    """What the scale does to this family, and what it is to be judged by."""
    if _of_means(one):
        return (
            "the target is a number in the code's own units, so shrinking pays nothing: the means leave it. "
            "Nor could a sigmoid shrink: its scale is fixed by 0 and 1."
        )
    if isinstance(one.model, ContractiveAutoencoder):
        return (
            f"the penalty changes with the square of the scale, by {scale**2:g}. Relative to the "
            "variance of the codes it stays. Tied weights stand against the trick: after it the decoder is "
            "no longer the encoder's transpose."
        )
    if isinstance(one.model, SparseAutoencoder) and one.model.weight > 0:
        longest = float(code_scale.lengths(one.model, scale).max())
        over = longest > SLACK * one.model.bound
        return (
            f"the penalty changes in proportion, by {scale:g}, and no activation more or less is at "
            f"work. The training allows columns of length {one.model.bound:g} at most: "
            + ("**these are longer, so it would shorten them**." if over else "these keep to it.")
        )
    return "it has no penalty that a scale could cheat; its pictures do not change either."


def _why(able: Sequence[Subject], scale: float) -> None:
    one = able[0]
    j = int(np.abs(one.z).argmax())
    length = float(code_scale.lengths(one.model)[j])

    def fill() -> None:
        st.latex(r"z' = s\,z, \qquad W' = W / s, \qquad W' z' = W z")
        st.markdown(
            f"With s = {scale:g} and the most active unit of {one.letter}: z = {one.z[j]:.3f} becomes "
            f"{scale * one.z[j]:.3f}, its column's length {length:.3f} becomes {length / scale:.3f}, and "
            f"what it adds has the length {abs(one.z[j]) * length:.3f} both times. L1 is Σ|z|, so s·Σ|z|; "
            "the contraction is ‖∂z/∂x‖², so s²·‖∂z/∂x‖². The effective number of units, (Σ|z|)² / Σz², has "
            "s² above and below."
        )

    panel("The formula of the scale", "panel-scale", fill)
