"""The experiments of the Models page: one image through the open models, and what their codes make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from explorer import importance
from explorer.models import Autoencoder
from explorer.studies import code_scale
from explorer.ui import bound_panel, classes, column_panel, inputs, load, scale_panel, widgets
from explorer.ui.metric_table import LETTERS
from explorer.ui.state import View
from explorer.ui.subject import Subject
from explorer.zoo import ModelCard

#: Name in the link -> title.
TITLES = {
    "columns": "Decoder columns as pictures",
    "activations": "Activations",
    "scale": "Scale of the code",
    "bound": "Tightness of the bound",
}
#: What to predict before looking.
_ASK = {
    "columns": "Before you look: whole figures, strokes, or noise? How many of them does one image use?",
    "activations": "Before you look: in which model are more activations exactly zero?",
    "scale": "Before you move it: what happens to the picture, and what to the penalty?",
    "bound": "Before you average more codes: does the estimate rise, fall or stay? And for the image turned?",
}
_FITS: dict[str, Callable[[Autoencoder], bool]] = {
    "columns": lambda model: not model.autoregressive,
    "activations": lambda model: True,
    "scale": code_scale.can_change,
    "bound": importance.can_weigh,
}
_DRAW = {
    "columns": column_panel.drawn,
    "activations": column_panel.at_work,
    "scale": scale_panel.other_units,
    "bound": bound_panel.tightness,
}
FIRST = {"mnist": 3673}  # a clean seven


@st.fragment
def experiments(view: View, cards: Sequence[ModelCard]) -> None:
    """The switches of what the open models can be tried on, the image, and what is switched on."""
    usable = [
        (letter, card)
        for letter, card in zip(LETTERS, cards, strict=False)
        if load.problem(card.id, with_class=True) is None
    ]
    if not usable:
        return
    models = [load.model(card.id) for _, card in usable if card.dataset == usable[0][1].dataset]
    offered = [name for name, fits in _FITS.items() if any(map(fits, models))]
    st.subheader("Experiments with the code", anchor=False)
    chosen = view.several(
        "try", "Open one or more", offered, kind="pills", format_func=TITLES.__getitem__
    )  # fmt: skip
    if not chosen:
        return
    subjects = _subjects(view, usable)
    for name in TITLES:
        if name in chosen:
            st.subheader(TITLES[name], anchor=False, divider="gray")
            st.markdown(_ASK[name])
            _DRAW[name](view, [one for one in subjects if _FITS[name](one.model) or name == "scale"])


def _subjects(view: View, usable: Sequence[tuple[str, ModelCard]]) -> list[Subject]:
    """Draw the picker of the image; return the models of its data set with their codes of it."""
    letter, card = usable[0]
    dataset = load.dataset(card.dataset)
    same = [(each, other) for each, other in usable if other.dataset == card.dataset]
    left, right = st.columns([1, 3], gap="medium")
    with right:
        labels = load.gallery(card.id).labels
        first = FIRST.get(dataset.id, 0)
        given = inputs.pick(view, dataset, card.id, first=first if first < len(labels) else 0)
        told = dict.fromkeys(other.id for _, other in same)
        if given.index is None:
            told = classes.choose(view, dataset, list(told), "The drawing stays.")
    with left:
        if given.image is not None:
            widgets.picture(given.image[0], f"The image: {given.name}", size=168, caption=given.name)
    if len(same) < len(usable):
        st.caption(f"{letter} alone: the other model is of other images.")
    return [_subject(each, other, given, told[other.id]) for each, other in same]


def _subject(letter: str, card: ModelCard, given: inputs.Input, told: int | None) -> Subject:
    model = load.model(card.id)
    if model.label_count and given.index is not None:
        told = int(load.gallery(card.id).labels[given.index])
    return Subject(letter, card, model, given, told, inputs.encode(card.id, given, told)[0])
