"""Cached loading: models, galleries and data, once for all sessions. Pages ask here, by id."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import datasets, latent, projection, zoo
from explorer.datasets import Dataset, DatasetUnavailable, Split
from explorer.live import network
from explorer.live.cursor import LiveModel
from explorer.metrics.neighbours import nearest, spread
from explorer.models import Autoencoder


@st.cache_resource(max_entries=1, show_spinner=False)
def _survey() -> tuple[dict[str, zoo.ModelCard], dict[str, str]]:
    return zoo.cards(), zoo.broken()


def cards() -> dict[str, zoo.ModelCard]:
    """All readable cards, by id."""
    return _survey()[0]


def broken() -> dict[str, str]:
    """Id -> sentence of every checkpoint folder without a readable card."""
    return _survey()[1]


@st.cache_resource(max_entries=256, show_spinner=False)  # more than there are: what is in use stays
def model(model_id: str) -> Autoencoder:
    """The model, ready for inference. Raises zoo.CheckpointError; nothing may be written to it."""
    return zoo.load(model_id)


@st.cache_resource(max_entries=256, show_spinner=False)
def gallery(model_id: str) -> zoo.Gallery:
    """The model's stored codes, errors and maps. Raises zoo.CheckpointError."""
    return zoo.gallery(model_id)


def problem(model_id: str, with_class: bool = False) -> str | None:
    """Why a page cannot use a model, as a sentence: file and cause, or a class that it would have to be told
    (`with_class`: the page asks for one, see `ui/classes.py`). None if it can be used."""
    try:
        gallery(model_id)
        found = model(model_id)
    except zoo.CheckpointError as error:
        return str(error)
    if found.label_count and not with_class:
        title = cards()[model_id].title
        return f"{title} is told the class of its picture, which this page does not ask for."
    return None


def images(dataset_id: str) -> Split | None:
    """The gallery's originals, or None where their files are not on this machine."""
    try:
        return datasets.get(dataset_id).split("gallery")
    except DatasetUnavailable:
        return None


def live(model_id: str, label: int | None = None) -> LiveModel:
    """The model for the browser, a conditional one for images of class `label`. Raises CheckpointError."""
    return _live(model_id, label)


@st.cache_resource(max_entries=64, show_spinner=False)
def _live(model_id: str, label: int | None) -> LiveModel:
    found, stored = model(model_id), gallery(model_id)
    encoder = decoder = None
    refused = ""
    try:
        encoder, decoder = network.of_model(found, zoo.stored(model_id), label)
    except network.UnknownLayer as error:
        refused = str(error)
    codes = None
    if sends_codes(model_id):
        codes = network.codes(stored.z, stored.labels, typical_distance(model_id))
    if found.autoregressive:
        refused = "The decoder draws row after row, each after the rows above it, which the browser cannot."
    return LiveModel(decoder, encoder, codes, found.image_shape, found.latent_dim, found.variational, refused)


def wide(model_id: str) -> bool:
    """Whether the codes have too many numbers for the gallery's to be sent to the browser."""
    return cards()[model_id].arguments["latent_dim"] > network.WIDEST


def sends_codes(model_id: str) -> bool:
    """Whether the browser gets the gallery's codes: not where they are wide, or where most are the same code
    (a collapsed model's), because distances mean nothing there."""
    return not wide(model_id) and typical_distance(model_id) > 0


def without_codes(model_id: str, *lacking: str) -> str:
    """A sentence that names what a page lacks where the browser has no codes; "" where it has them."""
    if sends_codes(model_id):
        return ""
    size = cards()[model_id].arguments["latent_dim"]
    why = "Most codes of the gallery are one and the same"
    if wide(model_id):
        why = f"The gallery's codes have {size:,} numbers each and stay on the server"
    return f"{why}: {' and '.join(lacking)}."


def decoded(model_id: str, z: np.ndarray, label: int | None = None) -> np.ndarray:
    """Pictures (B, C, H, W) in [0, 1] of codes (B, L), of class `label` where the model is told one.

    A decoder that draws part by part takes a tenth of a second for any number of pictures, so what it drew is
    kept.
    """
    z = np.asarray(z, np.float32)
    return (_kept if model(model_id).autoregressive else _decode)(model_id, z, label)


def _decode(model_id: str, z: np.ndarray, label: int | None) -> np.ndarray:
    return latent.decode(model(model_id), z, labels=None if label is None else np.full(len(z), label))


@st.cache_data(max_entries=128, show_spinner=False)
def _kept(model_id: str, z: np.ndarray, label: int | None) -> np.ndarray:
    return _decode(model_id, z, label)


def dataset(dataset_id: str) -> Dataset:
    """The data set's facts."""
    return datasets.get(dataset_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def thumbnails(dataset_id: str, model_id: str) -> np.ndarray:
    """The gallery as uint8 (N, C, H, W): originals where they are, else the model's own decodings."""
    split = images(dataset_id)
    if split is not None:
        return split.images
    stored = gallery(model_id)
    decoded = latent.decode(model(model_id), stored.z, labels=stored.labels)
    return np.round(decoded * 255).astype(np.uint8)


@st.cache_data(max_entries=64, show_spinner=False)
def code_statistics(model_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the gallery's codes, (L,) each."""
    z = gallery(model_id).z
    return z.mean(axis=0), z.std(axis=0)


@st.cache_data(max_entries=64, show_spinner=False)
def typical_image(model_id: str, label: int) -> int:
    """Gallery index of the image of class `label` whose code is nearest to the mean code of its class."""
    stored = gallery(model_id)
    members = np.flatnonzero(stored.labels == label)
    z = stored.z[members]
    return int(members[np.argmin(np.linalg.norm(z - z.mean(axis=0), axis=1))])


@st.cache_data(max_entries=64, show_spinner=False)
def dimension_order(model_id: str) -> tuple[list[int], list[float], list[bool]]:
    """Dimensions by what they carry, largest first; their measure; and whether each carries anything.

    With a posterior the measure is the KL in nats, and a dimension is alive if its posterior mean varies over
    the gallery by more than 0.01 (Burda et al. 2016). Without, the measure is the variance of the code.
    """
    stored = gallery(model_id)
    variance = stored.z.var(axis=0)
    measure = variance
    if stored.logvar is not None:
        measure = latent.kl_per_dimension(stored.z, stored.logvar).mean(axis=0)
    order = np.argsort(-measure, kind="stable")
    return (
        [int(i) for i in order],
        [float(measure[i]) for i in order],
        [bool(variance[i] > 0.01) for i in order],
    )


@st.cache_data(max_entries=64, show_spinner=False)
def typical_distance(model_id: str) -> float:
    """Median distance of gallery codes to their nearest other one."""
    return projection.typical_distance(gallery(model_id).z)


@st.cache_data(max_entries=64, show_spinner=False)
def code_ranges(model_id: str) -> dict[str, tuple[float, float, float]]:
    """5 %, 50 % and 95 % quantiles of the gallery's codes: "length" |z|, "distance" to the nearest other."""
    z = gallery(model_id).z
    some = spread(len(z), projection.placement.SAMPLE)
    measured = {"length": np.linalg.norm(z, axis=1), "distance": nearest(z[some], z, 1, exclude=some)[1]}
    return {name: tuple(map(float, np.quantile(each, (0.05, 0.5, 0.95)))) for name, each in measured.items()}
