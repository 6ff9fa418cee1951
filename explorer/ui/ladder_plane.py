"""A section of β comparison for codes of two numbers: every posterior is an ellipse that one can see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import datasets, ladder
from explorer.figures.ellipses import posteriors
from explorer.figures.finished import Finished
from explorer.ui import load, widgets
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

EACH = 4  # images of each class
COLUMNS = ("beta", "image", "class", "mean1", "mean2", "std1", "std2")


def section(rungs: Sequence[ModelCard]) -> None:
    """The ellipses of forty images for every β, if the code has two numbers; nothing else."""
    if rungs[0].arguments["latent_dim"] != 2:
        return
    st.subheader("The posteriors of the same images", anchor=False)
    ids = tuple(card.id for card in rungs)
    widgets.chart(_figure(ids), "beta-ellipses", "Ellipses of the posteriors, one panel for each β")
    widgets.data_button("beta-ellipses", COLUMNS, lambda: rows(ids), "posteriors.csv")
    widest, narrowest = (spreads(ids[i]) for i in (-1, 0))
    st.markdown(
        f"β = {ladder.name(rungs[0])}: std **{number(narrowest[0])}** on average, and the means scatter by "
        f"**{number(narrowest[1])}**. β = {ladder.name(rungs[-1])}: std **{number(widest[0])}**, means "
        f"**{number(widest[1])}**."
    )
    st.caption(
        "One standard deviation of q(z|x) around its mean, two dimensions; colour: class. Dashed: one "
        "standard deviation of the prior. The reconstruction term wants small ellipses far apart; the KL "
        "term wants each to be the circle, and then they say nothing of their image."
    )


def spreads(model_id: str) -> tuple[float, float]:
    """Over the whole gallery: root mean square of the posteriors' std, and the means' own std."""
    gallery = load.gallery(model_id)
    within = float(np.sqrt(np.exp(gallery.logvar.astype(np.float64)).mean()))
    return within, float(np.sqrt(gallery.z.astype(np.float64).var(axis=0).mean()))


def drawn(model_id: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices (N,) of the images drawn, and mean (N, 2) and std (N, 2) of their posteriors."""
    gallery = load.gallery(model_id)
    first = [np.flatnonzero(gallery.labels == label)[:EACH] for label in np.unique(gallery.labels)]
    index = np.concatenate(first)
    return index, gallery.z[index], np.exp(0.5 * gallery.logvar[index])


@st.cache_resource(max_entries=16, show_spinner=False)
def _figure(ids: tuple[str, ...]) -> Finished:
    cards = [load.cards()[model_id] for model_id in ids]
    names = datasets.get(cards[0].dataset).label_names
    found = [drawn(model_id) for model_id in ids]
    labels = load.gallery(ids[0]).labels[found[0][0]]
    panels = {f"β = {ladder.name(c)}": (mean, std) for c, (_, mean, std) in zip(cards, found, strict=True)}
    title = "Small and apart, or all alike"
    return Finished(posteriors(panels, labels, names, title))


def rows(ids: Sequence[str]) -> list[list]:
    """The ellipses as a table of `COLUMNS`."""
    found = []
    for model_id in ids:
        card, gallery = load.cards()[model_id], load.gallery(model_id)
        names = datasets.get(card.dataset).label_names
        for i, mean, std in zip(*drawn(model_id), strict=True):
            found.append([ladder.beta(card), i, names[gallery.labels[i]], *mean.tolist(), *std.tolist()])
    return found
