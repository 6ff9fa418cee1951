"""Find the collapsed model: two without their names, sliders, reconstructions, an answer, and the reveal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import images
from explorer.datasets import Dataset
from explorer.studies import collapse
from explorer.ui import load, widgets
from explorer.ui.collapse_text import amount
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

SIDES = ("A", "B")
NOT_YET = "not yet"
ANSWERS = (NOT_YET, *SIDES, "neither")
MOVED = 3  # sliders for each model
RANKS = ("largest KL", "second largest", "third largest")


def inputs_of(labels: np.ndarray, seed: int, count: int = 10) -> np.ndarray:
    """Gallery places of `count` images: one a class where there are so many classes, else any."""
    random = np.random.default_rng(seed)
    kinds = np.unique(labels)
    if len(kinds) < count:
        return np.sort(random.choice(len(labels), count, replace=False))
    return np.array([random.choice(np.flatnonzero(labels == kind)) for kind in kinds[:count]])


@st.fragment
def duel(view: View, dataset: Dataset, runs: Sequence[ModelCard]) -> None:
    """The whole experiment; the view holds `pair`, `answer`, `revealed`, and `a1` … `b3` for the sliders."""
    pair = int(view.slider("pair", "Pair and inputs", 0, 99, 0, 1))
    if view.get("for", pair) != pair:  # another pair is another question
        for name in ("answer", "revealed", *(f"{side}{i + 1}" for side in "ab" for i in range(MOVED))):
            view.put(name, NOT_YET if name == "answer" else False if name == "revealed" else 0.0)
    view.put("for", pair)
    first, second, place = collapse.duel(runs, pair)
    shown = inputs_of(load.gallery(first.id).labels, pair)
    for side, card, column in zip(SIDES, (first, second), st.columns(2, gap="large"), strict=True):
        with column:
            _sliders(view, side, card)
    _reconstructions(dataset, (first, second), shown)
    _answer(view, (first, second), place)


def _sliders(view: View, side: str, card: ModelCard) -> None:
    """A model's picture of the code 0 with its largest dimensions moved."""
    code = np.zeros(card.arguments["latent_dim"], np.float32)
    moved = [index for index, _, _ in collapse.dimensions(card)][:MOVED]
    hero, knobs = st.columns([2, 3])
    with knobs:
        for rank, index in enumerate(moved):
            label = f"{side}: dimension with the {RANKS[rank]}"
            code[index] = view.slider(f"{side.lower()}{rank + 1}", label, -3.0, 3.0, 0.0, 0.1)
    with hero:
        st.markdown(f"**Model {side}**")
        widgets.picture(load.decoded(card.id, code[None])[0], f"Model {side}: decoded from the sliders", 168)


def _reconstructions(dataset: Dataset, cards: Sequence[ModelCard], shown: np.ndarray) -> None:
    """The same inputs through both models."""
    rows = []
    originals = load.images(dataset.id)
    names = [dataset.label_names[load.gallery(cards[0].id).labels[i]] for i in shown]
    if originals is not None:
        rows.append(Pictures("input", [originals.images[i] for i in shown], [f"input, {n}" for n in names]))
    for side, card in zip(SIDES, cards, strict=True):
        decoded = images.to_uint8(load.decoded(card.id, load.gallery(card.id).z[shown]))
        rows.append(Pictures(side, list(decoded), [f"Model {side}: reconstruction of {n}" for n in names]))
    picture_table(names, rows, key="duel", label="Reconstructions of the same inputs", marked=None)


def _answer(view: View, cards: Sequence[ModelCard], place: int) -> None:
    """Commit first, then see."""
    answer = view.choice("answer", "The collapsed one is", ANSWERS, NOT_YET, kind="segmented")
    revealed = view.get("revealed", False)
    if not revealed or answer == NOT_YET:
        st.button("Reveal", disabled=answer == NOT_YET, on_click=lambda: view.put("revealed", True))
        if answer == NOT_YET:
            st.caption("Commit to an answer; then the names can be revealed.")
        return
    right = SIDES[place]
    verdict = "That is right." if answer == right else f"You said {answer}; what they showed was missed."
    facts = [
        f"- **{side}** is “{collapse.name(card)}”: KL {amount(collapse.value(card, collapse.KL))} nats, of "
        f"which {amount(collapse.value(card, collapse.TOLD))} tell of the image; −ELBO "
        f"{number(collapse.value(card, collapse.BOUND))} nats."
        for side, card in zip(SIDES, cards, strict=True)
    ]
    told = collapse.value(cards[place], collapse.TOLD)
    empty = "its code says nothing of the image" if told < 0.1 else "its code says least, though not nothing"
    st.markdown(f"{verdict} {right} is the collapsed one: {empty}.\n" + "\n".join(facts))
    st.button("Another pair", on_click=lambda: view.put("pair", (int(view.get("pair", 0)) + 1) % 100))
