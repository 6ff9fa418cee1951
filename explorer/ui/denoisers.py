"""Which denoiser a page shows, which plain model stands beside it, and the cached curve of one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import streamlit as st

from explorer import denoiser, latent, zoo
from explorer.figures.denoising import psnr_curve
from explorer.figures.finished import Finished
from explorer.ui import load, widgets
from explorer.ui.sidebar import Choice
from explorer.ui.state import SHARED, View

NAMES = {
    "noisy": "Noisy input",
    "denoiser": "Denoised",
    "plain": "Plain model",
    "median": "Median filter",
    "non_local_means": "Non-local means",
}
#: What a denoiser's card must hold besides the usual.
NEEDED = {"denoising_curves", "classical_settings"}


def is_denoiser(card: zoo.ModelCard) -> bool:
    """A denoiser is a model whose recipe has corruptions; one of a single class is none."""
    return bool(card.recipe["corruptions"]) and not card.group


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
            c.group,
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


def words(level: str, given: str, classes: Sequence[str]) -> dict[str, Any]:
    """What the live pictures say: names, and sentences with places in braces for the browser to fill."""
    vote = (
        f"Of the {denoiser.VOTERS} gallery codes nearest to the noisy image's code {{count}} are “{{class}}”:"
    )
    return {
        "level": level,
        "given": given,
        "classes": list(classes),
        "names": NAMES | {"clean": "Clean"},
        "better": "the better filter here",
        "above": "Denoised: {gain} dB above the better filter.",
        "below": "Denoised: {gain} dB below the better filter.",
        "harm": "Denoised: farther from the clean picture than the noisy input is.",
        "right": f"{vote} right.",
        "wrong": f"{vote} wrong, it is “{{truth}}”.",
        "far": "The noisy code lies {times} times as far from the nearest other gallery code as is usual "
        "between gallery codes: the farther, the less its place on the map says.",
    }


def rendered(ours_id: str, plain_id: str | None, noisy: np.ndarray) -> dict[str, np.ndarray]:
    """For models that the browser cannot run their results on noisy (1, C, H, W); without those, nothing."""
    found = {}
    for name, model_id in (("denoiser", ours_id), ("plain", plain_id)):
        if model_id is not None and load.live(model_id).refused:
            code = latent.encode(load.model(model_id), noisy)[0]
            found |= {name: latent.decode(load.model(model_id), code)[0], f"{name}Code": code[0]}
    return found


def settings_text(settings: Mapping[str, Mapping[str, float]]) -> str:
    """The tuned parameters of the classical methods in words."""
    sentences = []
    for method in denoiser.CLASSICAL:
        parts = (f"{k.replace('_', ' ')} {v:.3g}" for k, v in settings[method].items())
        sentences.append(f"{NAMES[method]}: {', '.join(parts)}.".replace(" -", " −"))
    return " ".join(sentences)


@st.cache_resource(max_entries=128, show_spinner=False)
def curve_figure(
    levels: np.ndarray,
    psnr: dict[str, np.ndarray],
    average: np.ndarray,
    title: str,
    level_name: str,
    fails: float | None,
    fails_on_average: float | None,
) -> Finished:
    """The figure of a curve, built once; `average` holds the card's averaged levels and dB, (T, 2)."""
    return Finished(
        psnr_curve(
            levels,
            psnr,
            (average[:, 0], average[:, 1]),
            title=title,
            level_name=level_name,
            fails=fails,
            fails_on_average=fails_on_average,
        )
    )


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
