"""What all posteriors together look like beside the prior, and the two parts of the average KL."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import ladder
from explorer.figures import generation as figures
from explorer.metrics import aggregate
from explorer.ui import load, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.generation import usable
from explorer.ui.widgets import number

SHOWN = 8  # dimensions that are drawn
OWN = "this model"


@st.cache_data(max_entries=64, show_spinner="Splitting the KL term")
def split(model_id: str) -> aggregate.Split:
    """The average KL of the gallery in its two parts."""
    stored = load.gallery(model_id)
    return aggregate.kl_split(stored.z, stored.logvar)


@st.cache_data(max_entries=64, show_spinner=False)
def marginals(model_id: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z (T,), the aggregate's density of each dimension there (L, T), and each one's mismatch (L,), nats."""
    stored, z = load.gallery(model_id), np.linspace(-4.0, 4.0, 121)
    densities = aggregate.marginals(stored.z, stored.logvar, z)
    return z, densities, aggregate.dimension_mismatch(stored.z, stored.logvar)


def each_dimension(model_id: str) -> None:
    """The aggregate of each of the dimensions that carry most, over N(0, 1)."""
    z, densities, mismatch = marginals(model_id)
    order = load.dimension_order(model_id)[0][:SHOWN]
    names = [f"z{i + 1}" for i in order]
    title = load.cards()[model_id].title
    figure = figure_of(figures.each_dimension, z, densities[order], names, mismatch[order])
    widgets.chart(figure, "generation-dimensions", f"{title}: aggregate posterior of each dimension")
    widgets.data_button(
        "generation-dimensions",
        ["z", *names],
        lambda: [list(row) for row in np.stack([z, *densities[order]], axis=1)],
    )
    found = split(model_id)
    st.markdown(
        f"**{title}.** One dimension at a time all posteriors together look nearly like the prior: the gaps "
        f"add up to **{number(float(mismatch.sum()))} nats**. Of all {densities.shape[0]} dimensions "
        f"together the gap is **{number(found.mismatch)} nats**: what differs are the combinations, which no "
        f"histogram of one dimension shows. (Of these {len(load.gallery(model_id).z):,} posteriors: part of "
        "the gap is that so few cannot fill so many dimensions.)"
    )


def parts(dataset_id: str, model_id: str) -> aggregate.Split:
    """The split of the model beside the models of the β ladder; returns the model's own."""
    ladder_of = ladder.find(load.cards().values(), dataset_id)
    rungs = [card for card in ladder_of.rungs if usable(card)] if ladder_of else []
    ids = {OWN: model_id} | {f"β = {ladder.name(card)}": card.id for card in rungs if card.id != model_id}
    found = {name: split(each) for name, each in ids.items()}
    information, mismatch = zip(*((each.information, each.mismatch) for each in found.values()), strict=True)
    figure = figure_of(figures.kl_parts, list(found), information, mismatch, found[OWN].bound)
    widgets.chart(figure, "generation-kl", "Average KL split into information and mismatch")
    widgets.data_button(
        "generation-kl",
        ["model", "information", "mismatch", "kl", "log N"],
        lambda: [[name, e.information, e.mismatch, e.kl, e.bound] for name, e in found.items()],
    )
    return found[OWN]


def split_said(found: aggregate.Split, count: int) -> str:
    """The split of one model in words."""
    near = (
        " It is near that bound, so of more images it might be more."
        if found.information > 0.9 * found.bound
        else ""
    )
    return (
        f"The average KL of **{number(found.kl)} nats** = **{number(found.information)}** of information "
        f"about which image it was + **{number(found.mismatch)}** of divergence of all posteriors "
        f"together from the prior. Among {count:,} images the information cannot exceed log {count:,} = "
        f"{number(found.bound)} nats.{near}"
    )


def formula_said(model_id: str | None) -> str:
    """Every symbol, and the model's own numbers."""
    symbols = (
        r"$q(z|x_j)$ the posterior of image $x_j$, $p(z)$ the prior $N(0, I)$, $q(z)$ the aggregate "
        r"posterior: all posteriors together. $I(x; z)$ is what a code tells of which of the $N$ images it "
        "was made from (Hoffman & Johnson 2016). The KL acts on each posterior alone; sampling is sound only "
        "if $q(z)$ matches $p(z)$. "
        r"A mixture draws $z = \mu_k + T\,F_k\,\varepsilon$ with $k$ by the weights, $F_kF_k^\top$ the "
        r"covariance of component $k$ and $T$ the temperature; the prior draws $z = T\,\varepsilon$ with the "
        r"same $\varepsilon$."
    )
    if model_id is None:
        return symbols
    found = split(model_id)
    own = rf"${found.kl:.2f} = {found.information:.2f} + {found.mismatch:.2f}$ nats"
    return f"{symbols} {load.cards()[model_id].title}: {own}."
