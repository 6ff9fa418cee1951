"""Probes of codes, PCA and pixels, computed once for all; all models of a data set in one scatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from scipy.stats import spearmanr

from explorer import latent, zoo
from explorer.figures import representation as figures
from explorer.figures.representation import Spot
from explorer.metrics.principal import PrincipalComponents
from explorer.studies import alarm, few_labels
from explorer.ui import load, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.number_table import number_table
from explorer.ui.state import View

PIXELS, NET = "Raw pixels", "Small net on raw pixels"
PROBES = {"linear": "Linear probe", "knn": "Nearest neighbours"}
CARDS, COMPUTED = "5 nearest neighbours, all labels", "Linear probe"
WIDEST = 64  # numbers of PCA
SHOWN = 5  # models with a curve
SHIFTS, SAMPLES = "Shifted copies", "Samples of the conditional model"
EACH = 50  # samples a class


def usable(dataset_id: str) -> dict[str, zoo.ModelCard]:
    """The data set's models whose codes are here, by id."""
    found = [card for card in load.cards().values() if card.dataset == dataset_id and not card.group]
    return {card.id: card for card in found if load.problem(card.id, with_class=True) is None}


def labels(dataset_id: str) -> np.ndarray:
    """The gallery's labels (N,)."""
    return load.gallery(next(iter(usable(dataset_id)))).labels


def _curves(features: np.ndarray, y: np.ndarray, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    first, second = alarm.halves(len(y))
    return few_labels.curves(features[first], y[first], features[second], y[second], seeds, int(y.max()) + 1)


@st.cache_data(max_entries=256, show_spinner="Probing the codes")
def of_model(model_id: str, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Accuracies (counts, draws) of a model's codes, posterior means where there is a posterior."""
    stored = load.gallery(model_id)
    return _curves(stored.z, stored.labels, seeds)


@st.cache_data(max_entries=32, show_spinner="Probing the pixels")
def of_pixels(dataset_id: str, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The same of the raw pixels."""
    split = load.images(dataset_id)
    return _curves(split.pixels().reshape(len(split), -1), split.labels, seeds)


@st.cache_data(max_entries=32, show_spinner="Probing the principal components")
def of_pca(dataset_id: str, size: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The same of PCA, fitted without labels on the half that the labels are drawn from."""
    split = load.images(dataset_id)
    first, _ = alarm.halves(len(split))
    found = PrincipalComponents.fit(split.pixels(first), size)
    return _curves(found.project(split.pixels()), split.labels, seeds)


@st.cache_data(max_entries=16, show_spinner="Training small nets on the pixels")
def of_net(dataset_id: str, seeds: tuple[int, ...]) -> np.ndarray:
    """Accuracies (counts, draws) of a small net that sees the labelled pixels alone."""
    split = load.images(dataset_id)
    first, second = alarm.halves(len(split))
    x, y = split.pixels().reshape(len(split), -1), split.labels
    found = []
    for count in few_labels.counts(len(first)):
        drawn = [first[few_labels.draw(y[first], count, seed)] for seed in seeds]
        said = [
            few_labels.net(x[i], y[i], x[second], seed, int(y.max()) + 1)
            for i, seed in zip(drawn, seeds, strict=True)
        ]
        found.append([float(np.mean(each == y[second])) for each in said])
    return np.array(found)


@st.cache_data(max_entries=16, show_spinner="Probing the pixels with more examples")
def of_more(dataset_id: str, model_id: str | None, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The curves of the pixels with shifted copies of what is labelled, or with a model's samples."""
    split = load.images(dataset_id)
    first, second = alarm.halves(len(split))
    x, y = split.pixels(), split.labels
    classes = int(y.max()) + 1
    if model_id is not None:
        told = np.tile(np.arange(classes), EACH)
        z = latent.prior_samples(len(told), load.cards()[model_id].arguments["latent_dim"], 0)
        made = latent.decode(load.model(model_id), z, labels=told).reshape(len(told), -1)

    def grow(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if model_id is not None:
            return made, told
        copies = few_labels.shifted(x[first[drawn]])
        return copies.reshape(len(copies), -1), np.tile(y[first[drawn]], 4)

    flat = x.reshape(len(x), -1)
    return few_labels.grown_curves(flat[first], y[first], flat[second], y[second], seeds, classes, grow)


def conditional(able: dict[str, zoo.ModelCard]) -> str | None:
    """A model that draws a class that one names, or None."""
    return next((i for i, card in able.items() if "label_count" in card.arguments), None)


def more_examples(view: View, able: dict[str, zoo.ModelCard]) -> dict[str, str | None]:
    """The control of what is added to the labelled pixels: name -> conditional model, None for shifts."""
    options: dict[str, str | None] = {SHIFTS: None}
    if (model_id := conditional(able)) is not None:
        options[SAMPLES] = model_id
    chosen = view.several("more", "Added to the labelled pixels", list(options), kind="pills")
    if SAMPLES in chosen:
        seen = load.cards()[options[SAMPLES]].images_seen // max(load.cards()[options[SAMPLES]].epochs, 1)
        st.caption(
            f"{EACH} samples a class of {able[options[SAMPLES]].title}. It was trained on the labels of "
            f"{seen:,} images an epoch: what its samples add was bought with those, not with yours."
        )
    return {name: options[name] for name in chosen}


def contrast(able: dict[str, zoo.ModelCard], chosen_id: str, second_id: str | None) -> list[str]:
    """The models with curves on arrival: the sidebar's, else that of the lowest error beside it."""
    picked = [each for each in (chosen_id, second_id) if each in able]
    if len(picked) < 2:
        narrow = [i for i in able if able[i].arguments["latent_dim"] <= WIDEST and i not in picked]
        rest = sorted(narrow, key=lambda i: able[i].metrics.get("mse", {}).get("value", 1.0))
        picked += rest[: 2 - len(picked)]
    return picked


def label_curves(view: View, dataset_id: str, able: dict[str, zoo.ModelCard], picked: list[str]) -> None:
    """Accuracy over labels: what is shown, its controls, and its numbers."""
    left, right = st.columns([2, 1])
    with right:
        probe = view.choice(
            "probe", "Read by", list(PROBES), "linear", kind="segmented", format_func=PROBES.__getitem__
        )
        models = view.several(
            "models",
            "Codes of",
            list(able),
            picked,
            format_func=lambda i: able[i].title,
            max_selections=SHOWN,
        )
        seed = int(view.slider("seed", "Draws of labels (first seed)", 0, widgets.SHARED_SEEDS, 0, 1))
        seeds = tuple(range(seed, seed + few_labels.DRAWS))
        here = load.images(dataset_id) is not None
        trains = here and view.toggle("net", NET, False, help="Some seconds the first time")
        more = more_examples(view, able) if here else {}
    found = {}
    if here:
        found[PIXELS] = of_pixels(dataset_id, seeds)[probe]
        wanted = min((able[i].arguments["latent_dim"] for i in models[:1]), default=32)
        size = min(wanted, WIDEST, int(np.prod(load.dataset(dataset_id).image_shape)))
        found[f"PCA, {size} numbers"] = of_pca(dataset_id, size, seeds)[probe]
    colours = dict(zip(found, (figures.PIXELS, figures.PCA), strict=False))
    for colour, each in zip(figures.MODELS, models, strict=False):
        found[able[each].title] = of_model(each, seeds)[probe]
        colours[able[each].title] = colour
    for name, model_id in more.items():
        found[f"{PIXELS} + {name.lower()}"] = of_more(dataset_id, model_id, seeds)[probe]
        colours[f"{PIXELS} + {name.lower()}"] = figures.MORE[model_id is not None]
    if trains:
        found[NET], colours[NET] = of_net(dataset_id, seeds), figures.NET
    numbers = few_labels.counts(len(alarm.halves(len(labels(dataset_id)))[0]))
    counts = {name: numbers for name in found}
    with left:
        figure = figure_of(
            figures.few_labels, counts, found, colours, f"{PROBES[probe]}: what few labels give"
        )
        widgets.chart(figure, "representation-labels", "Accuracy against the number of labels")
        widgets.data_button(
            "representation-labels",
            ["features", "labels", "seed", "accuracy"],
            lambda: [
                [name, count, seeds[i], float(value)]
                for name, each in found.items()
                for count, draws in zip(numbers, each, strict=True)
                for i, value in enumerate(draws)
            ],
        )
    table(numbers, found)


def table(numbers: Sequence[int], found: dict[str, np.ndarray]) -> None:
    """Mean ± sd of the accuracy at each number of labels, in %."""
    rows = [
        [name, *(f"{100 * draws.mean():.1f} ± {100 * draws.std(ddof=1):.1f}" for draws in each)]
        for name, each in found.items()
    ]
    heads = ["% right ↑", *(f"{count:,} labels" for count in numbers)]
    number_table(heads, rows, label="Accuracy at each number of labels")


def error_against_accuracy(view: View, able: dict[str, zoo.ModelCard], marked: list[str]) -> None:
    """Every model of the data set by error and by what a classifier reads off its code."""
    what = view.choice("accuracy", "Accuracy of", (CARDS, COMPUTED), CARDS, kind="segmented")
    if what == CARDS:
        spots = [spot for card in able.values() if (spot := from_card(card))]
        how = "Both as the models' cards state them, on images that no model was trained on"
    else:
        spots, count = computed(able)
        how = (
            f"Errors as the cards state them; a linear probe of {count:,} labels, computed here over 5 draws"
        )
    if len(spots) < 3:
        st.info("Too few models of this data set are measured for an order: choose another data set.")
        return
    agreement = spearmanr([-s.error for s in spots], [s.accuracy for s in spots]).statistic
    best = min(spots, key=lambda s: s.error)
    place = 1 + sum(s.accuracy > best.accuracy for s in spots)
    titles = [able[marked[0]].title, best.title] + [max(spots, key=lambda s: s.accuracy).title]
    figure = figure_of(
        figures.scatter, spots, titles, "% right", "The best copier need not have the best features"
    )
    widgets.chart(figure, "representation-scatter", "Reconstruction error against accuracy of every model")
    heads = ["model", "mse", "mse sd", "accuracy", "accuracy sd"]
    rows = lambda: [[s.title, s.error, s.error_sd, s.accuracy, s.accuracy_sd] for s in spots]  # noqa: E731
    widgets.data_button("representation-scatter", heads, rows)
    st.markdown(
        f"**{best.title}** has the lowest error and is **{ordinal(place)} of {len(spots)}** by accuracy. "
        f"Rank correlation of the two orders: **{agreement:.2f}** (1: the same order, 0: unrelated)."
    )
    told = any("label_count" in card.arguments for card in able.values())
    st.caption(
        f"{how}. Bars: standard deviation over seeds, where a model was trained with several."
        + " A conditional model is told the class, so its code need not carry it." * told
    )


def ordinal(place: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th") if place % 100 not in (11, 12, 13) else "th"
    return f"{place}{ending}"


def from_card(card: zoo.ModelCard) -> Spot | None:
    """Error and accuracy as the card states them."""
    error, accuracy = card.metrics.get("mse"), card.metrics.get("knn_accuracy")
    if error is None or accuracy is None or not error["value"] > 0:
        return None
    return Spot(card.title, error["value"], error.get("sd", 0.0), accuracy["value"], accuracy.get("sd", 0.0))


def computed(able: dict[str, zoo.ModelCard]) -> tuple[list[Spot], int]:
    """The same with a linear probe of the most labels that the curves have; a bar shows the first time."""
    seeds, spots, bar = tuple(range(few_labels.DRAWS)), [], st.progress(0.0, "Probing every model")
    measured = [card for card in able.values() if from_card(card)]
    for done, card in enumerate(measured):
        stated, found = from_card(card), of_model(card.id, seeds)["linear"][-1]
        spots.append(
            Spot(card.title, stated.error, stated.error_sd, float(found.mean()), float(found.std(ddof=1)))
        )
        bar.progress((done + 1) / len(measured), f"Probing every model: {card.title}")
    bar.empty()
    half = len(alarm.halves(len(labels(measured[0].dataset)))[0]) if measured else 0
    return spots, few_labels.counts(half)[-1] if half else 0
