"""Conditional models: one z as every class, and what a wrong label does to the code."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.datasets import Dataset
from explorer.ui import inputs, load, widgets
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View

ROWS = 5


def models(dataset_id: str | None = None) -> list[str]:
    """Ids of the usable models that are told the class, of one data set or of all."""
    return [
        card.id for card in load.cards().values()
        if "label_count" in card.arguments and dataset_id in (None, card.dataset)
        and load.problem(card.id, with_class=True) is None
    ]  # fmt: skip


@st.cache_resource(max_entries=128, show_spinner=False)
def grid(model_id: str, seed: int) -> np.ndarray:
    """uint8 (ROWS, classes, C, H, W): a row is one z of the prior, a column one class."""
    model = load.model(model_id)
    z = latent.prior_samples(ROWS, model.latent_dim, seed)
    labels = np.tile(np.arange(model.label_count), ROWS)
    decoded = latent.decode(model, z.repeat(model.label_count, axis=0), labels=labels)
    return images.to_uint8(decoded).reshape(ROWS, model.label_count, *model.image_shape)


def show_grid(model_id: str, dataset: Dataset, seed: int) -> None:
    """The grid as a table."""
    found = grid(model_id, seed)
    names = dataset.label_names
    rows = [
        Pictures(f"z {i + 1}", list(row), [f"z {i + 1} as {name}" for name in names], small=True)
        for i, row in enumerate(found)
    ]
    label = "One z in each row, one class in each column"
    picture_table(list(names), rows, key="told", label=label, marked=None)
    widgets.download(
        "PNG of the grid",
        lambda: images.labelled_grid(found, [row.label for row in rows], list(names), title=label),
        f"{model_id}-classes.png",
        "image/png",
        "generation-told-png",
    )


def wrong_label(model_id: str, given: inputs.Input, true: int, wrong: int) -> tuple[np.ndarray, float]:
    """Reconstructions float (4, C, H, W): encoder told the true and the wrong class, each decoded as the true
    and as the wrong one; and how far the wrong label moves the code, in usual distances."""
    model = load.model(model_id)
    x = np.repeat(given.image, 2, axis=0)
    z, _ = latent.encode(model, x, np.array([true, wrong]))
    decoded = latent.decode(model, z.repeat(2, axis=0), labels=np.array([true, wrong, true, wrong]))
    moved = float(np.linalg.norm(z[1] - z[0]))
    return decoded, moved / load.typical_distance(model_id)


def show_wrong_label(view: View, model_id: str, dataset: Dataset) -> None:
    """One gallery image, encoded with the right and with a wrong label."""
    names = dataset.label_names
    labels = load.gallery(model_id).labels
    index = load.typical_image(model_id, min(4, len(names) - 1))
    given = inputs.from_gallery(dataset, labels, index)
    if given.image is None:
        st.caption("A wrong label needs an original to encode, and the originals are not here.")
        return
    true = int(labels[index])
    others = [name for i, name in enumerate(names) if i != true]
    wrong = names.index(view.choice("wrong", "Tell the encoder", others, others[-1]))
    decoded, moved = wrong_label(model_id, given, true, wrong)
    with st.container(horizontal=True):
        widgets.picture(given.image[0], f"Input: {given.name}", 112, f"input, a {names[true]}")
        for i, image in enumerate(decoded):
            encoder, decoder = names[(true, wrong)[i // 2]], names[(true, wrong)[i % 2]]
            said = f"encoder told {encoder}, decoder {decoder}"
            widgets.picture(image, f"Reconstruction: {said}", 112, said)
    st.caption(
        f"The wrong label moves the code by {widgets.number(moved)} times the usual distance between two "
        "codes."
    )


def class_in_code(model_id: str, other_id: str | None) -> str:
    """How well a code's neighbours name its class, in a model that is told it and in one that is not."""
    said = "Along a row slant, width and stroke stay, and only the class changes."
    card = load.cards()[model_id]
    other = load.cards()[other_id] if other_id else None
    if "knn_accuracy" not in card.metrics or other is None or "knn_accuracy" not in other.metrics:
        return said
    told, untold = (100 * each.metrics["knn_accuracy"]["value"] for each in (card, other))
    return (
        f"{said} The code need not carry it: by its nearest neighbours among the codes the class is named "
        f"right for **{told:.0f} %** of the images, in {other.title}, which is told nothing, for "
        f"**{untold:.0f} %**."
    )
