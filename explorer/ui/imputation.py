"""Missing data on the page Representation: a hole filled in by chains, by the denoiser, by the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import images, zoo
from explorer.datasets import Dataset
from explorer.figures import representation as figures
from explorer.studies import alarm, imputation
from explorer.ui import classes, inputs, load, widgets
from explorer.ui.denoisers import is_denoiser
from explorer.ui.figure_cache import figure_of
from explorer.ui.picture_table import Pictures, Texts, picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number

CHAINS, MANY, PASSES = 4, 40, 20
#: Corruptions that a denoiser must have been trained on for a hole to be nothing new to it.
HOLES = {"masking", "block"}


def masked_denoiser(dataset_id: str) -> zoo.ModelCard | None:
    """A model of this data set that was trained to fill holes of black, or None."""
    cards = [card for card in load.cards().values() if card.dataset == dataset_id and is_denoiser(card)]
    cards = [card for card in cards if HOLES & {c["kind"] for c in card.recipe["corruptions"]}]
    for card in cards:
        try:
            load.model(card.id)
        except zoo.CheckpointError:
            continue
        return card
    return None


@st.cache_resource(max_entries=8, show_spinner=False)
def mean_image(dataset_id: str) -> np.ndarray:
    """The pixel-wise mean (C, H, W) of one half of the gallery."""
    split = load.images(dataset_id)
    return split.pixels(alarm.halves(len(split))[0]).mean(axis=0)


@dataclass(frozen=True)
class Filled:
    """Every answer: one pass (N, C, H, W), the chains' last pass (S, N, C, H, W), denoiser or None, mean.

    errors (S, passes, N) are those of the hidden pixels after each pass.
    """

    one: np.ndarray
    last: np.ndarray
    errors: np.ndarray
    denoised: np.ndarray | None
    mean: np.ndarray


@st.cache_resource(max_entries=32, show_spinner=False)
def fill_in(
    model_id: str,
    x: np.ndarray,
    hidden: np.ndarray,
    fill: str,
    passes: int,
    seed: int,
    labels: np.ndarray | None = None,
) -> Filled:
    """Every method on images (N, C, H, W)."""  # fmt: skip
    dataset_id, model = load.cards()[model_id].dataset, load.model(model_id)
    mean = mean_image(dataset_id)
    start = imputation.filled(x, hidden, fill, mean, seed)
    seeds = range(seed, seed + (CHAINS if model.variational else 1))
    chains = imputation.chains(model, start, x, hidden, passes, seeds, labels)
    denoiser = masked_denoiser(dataset_id)
    denoised = None
    if denoiser is not None:  # the hole as it was trained: black
        black = imputation.filled(x, hidden, "black", mean)
        denoised = imputation.one_pass(load.model(denoiser.id), black, x, hidden)
    one = imputation.one_pass(model, start, x, hidden, labels)
    filled = imputation.filled(x, hidden, "mean image", mean)
    return Filled(one, chains[:, -1], imputation.error(x, chains, hidden), denoised, filled)


@st.cache_data(max_entries=64, show_spinner=False)
def over_many(model_id: str, region: str, fill: str) -> tuple[dict[str, float], int]:
    """Mean error on the hidden pixels of held-out images by method, and how many images."""
    dataset_id = load.cards()[model_id].dataset
    split = load.images(dataset_id)
    second = np.random.default_rng(0).permutation(alarm.halves(len(split))[1])[:MANY]
    x, hidden = split.pixels(second), imputation.region(region, *split.images.shape[2:])
    found = fill_in(model_id, x, hidden, fill, PASSES, 0, split.labels[second])
    answers = {
        "pixel-wise mean": found.mean,
        "one pass": found.one,
        f"{PASSES} passes, one chain": found.last[0],
    }
    if len(found.last) > 1:
        answers[f"mean of {len(found.last)} chains"] = found.last.mean(axis=0)
    if found.denoised is not None:
        answers["masked denoiser"] = found.denoised
    return {k: float(imputation.error(x, each, hidden).mean()) for k, each in answers.items()}, len(x)


def section(view: View, model_id: str, dataset_id: str) -> None:
    """Hide a region; every method's answer, with its error."""
    split, dataset = load.images(dataset_id), load.dataset(dataset_id)
    if split is None:
        st.info("Filling in needs originals, and those of this data set are not on this machine.")
        return
    top = st.container()
    left, right = st.columns([5, 2], gap="large")
    with right:
        region = view.choice("region", "Hidden", imputation.REGIONS, "lower half")
        fill = view.choice("fill", "The hole begins as", imputation.FILLS, "black", kind="segmented")
        passes = int(view.slider("passes", "Passes", 1, 30, 20, 1))
        seed = int(view.slider("chain", "Chains (first seed)", 0, widgets.SHARED_SEEDS, 0, 1))
        first = load.typical_image(model_id, min(8, len(dataset.label_names) - 1))
        given = inputs.pick(view, dataset, model_id, first=first, label="Image")
        told = given_class(view, dataset, model_id, given)
    x, hidden = given.image, imputation.region(region, *dataset.image_shape[1:])
    found = fill_in(model_id, x, hidden, fill, passes, seed, told)
    with top:
        pictures(x, hidden, found, passes)
    with left:
        errors = found.errors[:, :, 0]
        levels = {"pixel-wise mean": float(imputation.error(x, found.mean, hidden)[0])}
        if found.denoised is not None:
            levels["masked denoiser"] = float(imputation.error(x, found.denoised, hidden)[0])
        figure = figure_of(figures.passes, errors, levels)
        widgets.chart(figure, "representation-passes", "Error on the hidden pixels after each pass")
        widgets.data_button(
            "representation-passes",
            ["chain", "pass", "mse of hidden pixels"],
            lambda: [[s + 1, p + 1, float(e)] for s, each in enumerate(errors) for p, e in enumerate(each)],
        )
    in_words(x, hidden, found)
    if view.toggle("many", f"Measure on {MANY} held-out images", False, help="Some seconds the first time"):
        measured, count = over_many(model_id, region, fill)
        said = " · ".join(f"{name} **{number(value)}**" for name, value in measured.items())
        st.markdown(f"Mean squared error of the hidden pixels over {count} images ↓: {said}.")


def given_class(view: View, dataset: Dataset, model_id: str, given: inputs.Input) -> np.ndarray:
    """The class (1,) that a conditional model is told: a gallery image's own, else the one that is chosen."""
    if given.index is not None:
        return load.gallery(model_id).labels[[given.index]]
    told = classes.choose(view, dataset, [model_id], "Your own picture: the model is told this class.")
    return np.array([told[model_id] or 0])


def pictures(x: np.ndarray, hidden: np.ndarray, found: Filled, passes: int) -> None:
    """One column a method."""
    hole = imputation.put_back(x, np.full_like(x, 0.5), hidden)
    columns = {"Original": x, "Given": hole, "Mean image": found.mean, "One pass": found.one}
    columns |= {f"Chain {i + 1}": each for i, each in enumerate(found.last)}
    if found.denoised is not None:
        columns["Denoiser"] = found.denoised
    errors = [
        "" if name in ("Original", "Given") else number(float(imputation.error(x, each, hidden)[0]))
        for name, each in columns.items()
    ]
    alts = [f"{name}: hidden pixels filled in" for name in columns]
    rows = [
        Pictures("picture", [images.to_uint8(each)[0] for each in columns.values()], alts),
        Texts("MSE ↓\nhidden pixels", errors),
        Texts("passes", passes_of(found, passes)),
    ]
    picture_table(list(columns), rows, key="imputed", label="The hole as each method fills it", marked=None)


def passes_of(found: Filled, passes: int) -> list[str]:
    """The passes behind each picture."""
    return ["", "", "", "1", *[str(passes)] * len(found.last), *["1"] * (found.denoised is not None)]


def in_words(x: np.ndarray, hidden: np.ndarray, found: Filled) -> None:
    """How far the chains are apart, and what a model without a posterior cannot say."""
    if len(found.last) == 1:
        st.markdown(
            "This model has no posterior to draw from: its passes go one way, so there is one chain and "
            "nothing that tells how sure it is. A VAE gives several."
        )
        return
    last = found.last
    apart = float(last.std(axis=0)[0][..., hidden].mean())
    average = float(imputation.error(x, last.mean(axis=0), hidden)[0])
    each = imputation.error(x, last, hidden)[:, 0]
    st.markdown(
        f"The chains differ by **{number(apart)}** a hidden pixel (standard deviation): that is what the "
        f"model does not know. Their errors run from {number(float(each.min()))} to "
        f"{number(float(each.max()))}; the average of their pictures, which is no likely picture, has "
        f"**{number(average)}**."
    )
    st.caption(
        "The squared error rewards an average: a denoiser gives one, a chain commits itself to one possible "
        "picture. The chains put the decoder's mean into the hole, not a draw of pixels."
    )
