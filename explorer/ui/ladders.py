"""The β ladder as a page uses it: its usable models, their charts and pictures.

Charts and pictures are made once for all visitors: they follow from the models' ids and a few values, and a
class looks at the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import streamlit as st

from explorer import images, ladder, latent, zoo
from explorer.datasets import Dataset
from explorer.figures import beta as figures
from explorer.ui import inputs, load, widgets
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


#: Ids and values are hashed as one text: Streamlit would hash each of them by itself.
_AS_TEXT = {tuple: repr}


def charts(rungs: Sequence[zoo.ModelCard], highlight: str) -> figures.Charts:
    """Every chart of the ladder with the β named `highlight` marked."""
    return _charts(_ids(rungs), highlight)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_AS_TEXT)
def _charts(ids: tuple[str, ...], highlight: str) -> figures.Charts:
    return figures.charts([load.cards()[model_id] for model_id in ids], highlight)


def prior_samples(rungs: Sequence[zoo.ModelCard], count: int, seed: int) -> np.ndarray:
    """uint8 (count, models, C, H, W): what each model makes of the same noise. Not to be written to."""
    return _prior_samples(_ids(rungs), count, seed)


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=_AS_TEXT)
def _prior_samples(ids: tuple[str, ...], count: int, seed: int) -> np.ndarray:
    def decoded(model_id: str) -> np.ndarray:
        model = load.model(model_id)
        return images.to_uint8(latent.decode(model, latent.prior_samples(count, model.latent_dim, seed)))

    return np.stack([decoded(model_id) for model_id in ids], axis=1)


def of_input(
    rungs: Sequence[zoo.ModelCard], given: inputs.Input, values: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """The input's reconstructions and its traversals along each model's dimension with the largest KL.

    Returns uint8 (models, C, H, W) and uint8 (len(values), models, C, H, W). Not to be written to.
    """
    decoded = _of_input(_ids(rungs), given, tuple(float(v) for v in values))
    return decoded[0], decoded[1:]


def _what_is_shown(given: inputs.Input) -> bytes:
    return f"{given.index} ".encode() + (b"" if given.image is None else given.image.tobytes())


@st.cache_resource(max_entries=512, show_spinner=False, hash_funcs=_AS_TEXT | {inputs.Input: _what_is_shown})
def _of_input(ids: tuple[str, ...], given: inputs.Input, values: tuple[float, ...]) -> np.ndarray:
    def decoded(model_id: str) -> np.ndarray:
        z, _ = inputs.encode(model_id, given)
        largest, _ = ladder.largest_dimension(load.cards()[model_id])
        steps = latent.traverse(z, largest, np.array(values))
        return images.to_uint8(latent.decode(load.model(model_id), np.concatenate([z[None], steps])))

    return np.stack([decoded(model_id) for model_id in ids], axis=1)


def _ids(rungs: Sequence[zoo.ModelCard]) -> tuple[str, ...]:
    return tuple(card.id for card in rungs)
