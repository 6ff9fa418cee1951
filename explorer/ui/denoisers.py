"""Which denoiser a page shows, which plain model stands beside it, and the cached curve of one image."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import streamlit as st

from explorer import denoiser, zoo
from explorer.ui import load, widgets
from explorer.ui.sidebar import Choice
from explorer.ui.state import SHARED, View

#: What a denoiser's card must hold besides the usual.
NEEDED = {"denoising_curves", "classical_settings"}


def is_denoiser(card: zoo.ModelCard) -> bool:
    """A denoiser is a model whose recipe has corruptions."""
    return bool(card.recipe["corruptions"])


def choose_or_stop(view: View, chosen: Choice) -> tuple[zoo.ModelCard, zoo.ModelCard | None]:
    """The denoiser and the plain model to compare it with, if the data set has one; else a way to another.

    The denoiser is the sidebar's model if it is one, else the data set's. The plain model is the sidebar's if
    that is no denoiser; else an autoencoder before a VAE, the same kind of network, a code of similar length.
    A plain model that cannot be loaded is named, and the next one taken.
    """
    cards = [c for c in load.cards().values() if c.dataset == chosen.dataset.id]
    able = {c.id: c for c in cards if is_denoiser(c)}
    if not able:
        _offer_another(chosen)
    name = chosen.model_id if is_denoiser(chosen.card) else next(iter(able))
    if not is_denoiser(chosen.card) and len(able) > 1:
        name = view.choice("denoiser", "Denoiser", tuple(able), name, format_func=lambda i: able[i].title)
    ours = _complete(able[name])
    plain = sorted(
        (c for c in cards if not is_denoiser(c) and c.gallery_sha256),
        key=lambda c: (
            c.id != chosen.model_id,
            c.family != "autoencoder",
            c.arguments.get("trunk_kind") != ours.arguments.get("trunk_kind"),
            abs(c.arguments["latent_dim"] - ours.arguments["latent_dim"]),
        ),
    )
    return ours, next((c for c in plain if _loads(c)), None)


def _loads(card: zoo.ModelCard) -> bool:
    problem = load.problem(card.id)
    if problem:
        st.warning(f"{problem} The page goes on without it.")
    return problem is None


def _complete(card: zoo.ModelCard) -> zoo.ModelCard:
    if not NEEDED <= set(card.metrics):
        st.error(f"{card.id} has no denoising curves yet: run `python -m training.evaluate {card.id}`.")
        widgets.stop()
    return card


def _offer_another(chosen: Choice) -> NoReturn:
    """Say that nothing here undoes noise, with a button to a data set where something does."""
    others = [c for c in load.cards().values() if is_denoiser(c)]
    st.info(f"No model of {chosen.dataset.title} in this collection was trained to undo noise.")
    if not others:
        st.markdown("Train one with `make train RECIPE=mnist-dae`.")
        widgets.stop()
    card = min(others, key=lambda c: (c.dataset != "mnist", c.id))

    def go() -> None:
        View(SHARED).put("data", card.dataset)
        View(SHARED).put("model", card.id)

    st.button(f"Open the denoiser of {load.dataset(card.dataset).title}", on_click=go)
    widgets.stop()


@st.cache_data(max_entries=256, show_spinner=False)
def image_curve(
    ours_id: str, plain_id: str | None, clean: np.ndarray, kind: str, seed: int, index: int | None
) -> denoiser.Curve:
    """The curve of one clean image (1, C, H, W), at the levels of the card's averaged curve and at 0.

    `index` is its place in the gallery, whose code then does not vote, or None.
    """
    metrics, stored = load.cards()[ours_id].metrics, load.gallery(ours_id)
    return denoiser.curve(
        load.model(ours_id),
        load.model(plain_id) if plain_id else None,
        clean,
        kind,
        [0.0, *(row[0] for row in metrics["denoising_curves"]["value"][kind])],
        seed,
        metrics["classical_settings"]["value"][kind],
        stored.z,
        stored.labels,
        index,
    )
