"""The β ladder as a page uses it: its usable models, or a sentence and the way to a data set that has one."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from explorer import ladder, zoo
from explorer.datasets import Dataset
from explorer.ui import load, widgets
from explorer.ui.state import SHARED, View


def rungs_or_stop(dataset: Dataset) -> list[zoo.ModelCard]:
    """The models of a data set's ladder that can be used, by rising β; with fewer than two the page stops.

    A model that is not measured yet, or whose files are damaged, is left out, and the page says so.
    """
    found = ladder.find(load.cards().values(), dataset.id)
    if found is None:
        _offer_others(
            dataset, f"{dataset.title} has no two models that differ in β alone: nothing to compare."
        )
    if found.waiting:
        ids = " ".join(card.id for card in found.waiting)
        st.info(
            f"Trained but not measured, so left out: `python -m training.evaluate {ids}` fills the cards."
        )
    rungs = [card for card in found.rungs if _usable(card)]
    if len(rungs) < 2:
        _offer_others(
            dataset, f"Of the models on {dataset.title} that differ in β alone, fewer than two can be used."
        )
    return rungs


def _usable(card: zoo.ModelCard) -> bool:
    problem = load.problem(card.id)
    if problem:
        st.error(f"{problem} The comparison goes on without β = {ladder.name(card)}.")
    return problem is None


def _offer_others(dataset: Dataset, sentence: str) -> NoReturn:
    st.info(sentence)
    cards = load.cards().values()
    for other in sorted({card.dataset for card in cards} - {dataset.id}):
        found = ladder.find(cards, other)
        if found and len(found.rungs) > 1:
            label = f"Compare β on {load.dataset(other).title}"
            st.button(label, on_click=View(SHARED).put, args=("data", other), key=f"to-{other}")
    widgets.stop()
