"""Parts of the page on anomalies: the worst of both kinds as pictures, a picture of one's own, all scores."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images
from explorer.datasets import Dataset
from explorer.figures import anomaly as figures
from explorer.metrics.anomaly import auroc
from explorer.ui import anomaly, inputs, load, widgets
from explorer.ui.anomaly import SCORES, UNITS, Images, Trial
from explorer.ui.figure_cache import figure_of
from explorer.ui.state import View

WORST = 8
CARD = {"elsewhere_auroc_error": "reconstruction error", "elsewhere_auroc_elbo": "−ELBO"}


def number(value: float) -> str:
    """Three digits, with a minus sign instead of a hyphen."""
    return widgets.number(value).replace("-", "−")


def worst(model_id: str, trial: Trial, score: str, line: float) -> None:
    """The normal images that look strangest, and the anomalies that look most normal."""
    left, right = st.columns(2, gap="large")
    with left:
        order = np.argsort(-trial.normal.scores[score], kind="stable")[:WORST]
        some = trial.normal.only(order)
        wrong = int((some.scores[score] >= line).sum())
        title = "Normal images with the highest score"
        _film(model_id, title, some, score, f"{wrong} of these raise a false alarm")
    with right:
        order = np.argsort(trial.anomalous.scores[score], kind="stable")[:WORST]
        some = trial.anomalous.only(order)
        wrong = int((some.scores[score] < line).sum())
        _film(model_id, "Anomalies with the lowest score", some, score, f"{wrong} of these are missed")


def _film(model_id: str, title: str, some: Images, score: str, verdict: str) -> None:
    pictures = anomaly.rows(model_id, some)
    names = load.dataset(some.dataset_id).label_names
    values = zip(some.labels, some.scores[score], strict=True)
    said = ", ".join(f"{names[label]} {number(value)}" for label, value in values)
    scale = max(1, widgets.CELL // max(pictures.shape[3:]))
    st.markdown(f"**{title}**")
    st.image(images.png(images.tile(pictures, scale, 2, background=128)), alt=f"{title}: {said}")
    rows = "Above the images, below their reconstructions" if len(pictures) == 2 else "Reconstructions"
    st.caption(f"{rows}. {said}. At this line {verdict}.")


def own_picture(view: View, dataset: Dataset, model_id: str, score: str, line: float, trial: Trial) -> None:
    """A drawing, an upload or a gallery image, scored and placed among the others."""
    left, middle, right = st.columns([3, 2, 4], gap="large")
    with left:
        seen = anomaly.one_class(load.cards()[model_id])
        strange = next(i for i in range(len(dataset.label_names)) if i not in seen[:1])
        first = load.typical_image(model_id, strange)
        given = inputs.pick(view, dataset, model_id, first=first, label="Picture")
    value = anomaly.score_one(model_id, given).get(score)
    if value is None:
        st.caption("This score needs the original of the picture.")
        return
    with middle:
        z, _ = inputs.encode(model_id, given)
        if given.image is not None:
            widgets.picture(given.image[0], f"Input: {given.name}", 112, "input")
        widgets.picture(load.decoded(model_id, z[None])[0], "Reconstruction", 112, "reconstruction")
    with right:
        normal, anomalous = trial.normal.scores[score], trial.anomalous.scores[score]
        st.markdown(
            f"Score **{number(value)}**, the line {number(line)}: "
            f"**{'an anomaly' if value >= line else 'normal'}**. As high or higher score "
            f"{100 * (normal >= value).mean():.1f} % of the normal images and "
            f"{100 * (anomalous >= value).mean():.1f} % of the anomalies."
        )
        given = (normal, anomalous, line, UNITS[score], score == anomaly.ERROR, value)
        figure = figure_of(figures.small_histogram, *given)
        widgets.chart(figure, "anomaly-own", "Where your picture lies", file="anomaly-own")


def all_scores(model_id: str, trial: Trial) -> None:
    """The area under the ROC by every score, on the same images, and what the card states."""
    card = load.cards()[model_id]
    found = {
        name: (trial.normal.scores[name], trial.anomalous.scores[name])
        for name in anomaly.possible(card)
        if name in trial.anomalous.scores
    }
    rows = [
        [SCORES[name], f"{auroc(*each):.3f}", *(number(float(side.mean())) for side in each)]
        for name, each in found.items()
    ]
    header = ["Score", "Area under the ROC ↑", "Normal images, mean", "Anomalies, mean"]
    st.table([dict(zip(header, row, strict=True)) for row in rows])
    widgets.data_button("anomaly-scores", header, lambda: rows)
    for metric, name in CARD.items():
        if metric in card.metrics:
            stated = card.metrics[metric]
            st.caption(f"Measured for the card, by {name}: {stated['value']:.3f} ({stated['on']}).")


def verdict(trial: Trial) -> str:
    """One sentence on likelihood against error, by this very pair of sets."""
    if anomaly.BOUND not in trial.normal.scores:
        return "This model has no posterior, so there is no ELBO to compare with: take a VAE."
    known = [name for name in SCORES if name in trial.normal.scores and name in trial.anomalous.scores]
    area = {name: auroc(trial.normal.scores[name], trial.anomalous.scores[name]) for name in known}
    by_error, by_bound = area[anomaly.ERROR], area[anomaly.BOUND]
    corrected = ""
    if anomaly.CORRECTED in area:
        does = "helps" if area[anomaly.CORRECTED] > by_bound else "spoils it"
        corrected = f" Taking off the PNG size {does}: {area[anomaly.CORRECTED]:.3f}."
    if by_bound < 0.5:
        return (
            f"Here the −ELBO knows the opposite (area {by_bound:.2f}): the strangers need fewer nats than "
            f"the kind that was learnt, while the error tells them apart ({by_error:.2f}).{corrected}"
        )
    better = "the −ELBO" if by_bound > by_error else "the error"
    return f"Here {better} is ahead: area {by_error:.3f} by error, {by_bound:.3f} by −ELBO.{corrected}"
