"""The class that a conditional model is told: one picker, and which of a page's models hear it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.datasets import Dataset
from explorer.ui import load
from explorer.ui.state import View


def choose(view: View, dataset: Dataset, model_ids: Sequence[str], said: str) -> dict[str, int | None]:
    """Draw the picker where one of the models is told the class; return what each is told, None for nothing.

    `said` is what stays as it is when the class changes. The view holds the class's name as `told`.
    """
    if not any(map(conditional, model_ids)):
        return dict.fromkeys(model_ids)
    names = dataset.label_names
    told = names.index(view.choice("told", "Class of the picture", names, names[0]))
    st.caption(said)
    return {model_id: told if conditional(model_id) else None for model_id in model_ids}


def conditional(model_id: str) -> bool:
    """Whether the model can be used and is told the class."""
    return load.problem(model_id, with_class=True) is None and load.model(model_id).label_count > 0


def gallery_sentence(model_id: str) -> str:
    """Of which classes a conditional model's gallery codes were computed; "" for the others."""
    if not conditional(model_id):
        return ""
    return "Each gallery code was computed given the image's own class."
