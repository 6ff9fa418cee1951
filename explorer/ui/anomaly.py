"""Scores of normal images and of anomalies as the page on anomalies needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.datasets import Split
from explorer.metrics.complexity import png_nats
from explorer.models import families
from explorer.studies import alarm, anomaly
from explorer.ui import inputs, load

ERROR, BOUND, CORRECTED = "error", "elbo", "complexity"
SCORES = {ERROR: "reconstruction error", BOUND: "−ELBO", CORRECTED: "−ELBO − PNG size"}
UNITS = {
    ERROR: "summed squared error",
    BOUND: "cross-entropy + KL (nats)",
    CORRECTED: "cross-entropy + KL − PNG size (nats)",
}
OTHERS = "every other class"
MOST = 2000  # images of a set that are scored here; what a gallery file holds is taken whole
DRAWS = 1  # of the posterior, for scores that no file holds


@dataclass(frozen=True)
class Images:
    """Images of one set: their data set, gallery indices (N,), labels (N,), and scores (N,) by name."""

    dataset_id: str
    index: np.ndarray
    labels: np.ndarray
    scores: dict[str, np.ndarray]

    def only(self, which: np.ndarray) -> Images:
        """Some of them: a mask or positions."""
        scores = {name: each[which] for name, each in self.scores.items()}
        return Images(self.dataset_id, self.index[which], self.labels[which], scores)


@dataclass(frozen=True)
class Trial:
    """Normal images that the threshold is chosen on, and normal images and anomalies that are shown."""

    validation: Images
    normal: Images
    anomalous: Images


def one_class(card: zoo.ModelCard) -> list[int]:
    """The classes that a model has seen, [] for all."""
    return list(card.recipe.get("classes") or [])


def one_class_models(dataset_id: str | None = None) -> list[zoo.ModelCard]:
    """The usable models of one class, of one data set or of all, by class."""
    found = [card for card in load.cards().values() if dataset_id in (None, card.dataset) and card.group]
    found = [card for card in found if load.problem(card.id) is None]
    return sorted(found, key=lambda card: (one_class(card), card.id))


def against(card: zoo.ModelCard) -> dict[str, str]:
    """What may be the anomalies, by the name that the link carries: key -> "class" or a data set's id."""
    options = {}
    seen, here = one_class(card), load.dataset(card.dataset)
    if seen:
        others = [name for i, name in enumerate(here.label_names) if i not in seen]
        options |= {OTHERS: "class"} | {name: "class" for name in others}
    for other in sorted({c.dataset for c in load.cards().values()} - {card.dataset}):
        found = load.dataset(other)
        if found.image_shape == here.image_shape and load.images(other) is not None:
            if seen or load.images(card.dataset) is not None:
                options[found.title] = other
    return options


def missing(card: zoo.ModelCard) -> list[str]:
    """Ids of data sets with images of the same size, the model's own among them, that are not here."""
    shape = load.dataset(card.dataset).image_shape
    known = sorted({each.dataset for each in load.cards().values()})
    return [each for each in known if load.dataset(each).image_shape == shape and load.images(each) is None]


def possible(card: zoo.ModelCard) -> list[str]:
    """The scores that can be computed of this model here."""
    if not families()[card.family].variational:
        return [ERROR]
    return [ERROR, BOUND] + [CORRECTED] * (load.images(card.dataset) is not None)


@st.cache_resource(max_entries=64, show_spinner="Scoring the images")
def scored(model_id: str, dataset_id: str) -> Images:
    """Up to `MOST` gallery images of a data set with every score; as the gallery file holds them, all."""
    card, split = load.cards()[model_id], load.images(dataset_id)
    stored = load.gallery(model_id)
    if dataset_id == card.dataset and stored.cross_entropy is not None:
        found = {ERROR: stored.error.astype(np.float64)}
        found[BOUND] = stored.cross_entropy.astype(np.float64) + stored.kl
        index, labels = np.arange(len(stored.labels)), stored.labels
    else:
        index = np.sort(np.random.default_rng(alarm.SEED).permutation(len(split))[:MOST])
        measured = anomaly.scores(load.model(model_id), split.images[index], DRAWS)
        found = {ERROR: measured.error}
        if measured.kl is not None:
            found[BOUND] = measured.negative_elbo
        labels = split.labels[index]
    if split is not None and BOUND in found:
        found[CORRECTED] = found[BOUND] - _png_nats(dataset_id)[index]
    return Images(dataset_id, index, labels, found)


@st.cache_resource(max_entries=8, show_spinner=False)
def _png_nats(dataset_id: str) -> np.ndarray:
    return png_nats(load.images(dataset_id).images)


def trial(model_id: str, chosen: str) -> Trial:
    """The two halves of the gallery, with what `chosen` (one of `against`) calls anomalies."""
    card = load.cards()[model_id]
    seen, here, kind = one_class(card), load.dataset(card.dataset), against(card)[chosen]
    own = scored(model_id, card.dataset)
    first, second = (own.only(half) for half in alarm.halves(len(own.index)))
    normal = np.array([not seen or i in seen for i in range(len(here.label_names))])
    validation, shown = (each.only(normal[each.labels]) for each in (first, second))
    if kind != "class":
        other = scored(model_id, kind)
        return Trial(validation, shown, other.only(alarm.halves(len(other.index))[1]))
    strange = ~normal[second.labels]
    if chosen != OTHERS:
        strange = second.labels == here.label_names.index(chosen)
    return Trial(validation, shown, second.only(strange))


def score_one(model_id: str, given: inputs.Input) -> dict[str, float]:
    """Every score of one image; of a gallery image whose original is missing, as stored."""
    if given.image is None:
        known = scored(model_id, load.cards()[model_id].dataset)
        return {name: float(each[known.index == given.index][0]) for name, each in known.scores.items()}
    x = images.to_uint8(given.image)
    found = anomaly.scores(load.model(model_id), x)
    scores = {ERROR: float(found.error[0])}
    if found.kl is not None:
        scores[BOUND] = float(found.negative_elbo[0])
        scores[CORRECTED] = scores[BOUND] - float(png_nats(x)[0])
    return scores


def rows(model_id: str, shown: Images) -> np.ndarray:
    """Images and their reconstructions, uint8 (2, N, C, H, W); without originals the latter alone."""
    split: Split | None = load.images(shown.dataset_id)
    if split is None:
        z = load.gallery(model_id).z[shown.index]
        return images.to_uint8(load.decoded(model_id, z))[None]
    x = split.pixels(shown.index)
    return np.stack([images.to_uint8(x), images.to_uint8(latent.reconstruct(load.model(model_id), x))])
