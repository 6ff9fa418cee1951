"""A section of Traversal: the code's axes against axes turned by a random rotation."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import binary, images, latent
from explorer.studies import rotation
from explorer.studies.rotation import Terms
from explorer.ui import load
from explorer.ui.number_table import number_table
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number

IMAGES, DRAWS = 100, 4
COLUMNS = np.linspace(-3, 3, 9)
NAMES = {
    "own": "own axes",
    "turned": "turned, posterior turned with it",
    "kept diagonal": "turned, posterior kept diagonal",
}


def section(view: View, model_id: str, code: list[float], label: int | None, order: list[int]) -> None:
    """A switch; below it one number of the code moved, one of the turned code, and the loss of each."""
    if not view.toggle("rotate", "Rotate the code: would other axes do as well?", False):
        return
    model = load.model(model_id)
    if model.autoregressive or model.latent_dim < 2:
        st.info("This needs a code of two numbers or more and a decoder that draws all pixels at once.")
        return
    left, right = st.columns(2)
    known = [f"z{i + 1}" for i in order[:8]]
    axis = known.index(
        view.choice("axis", "Number that moves", known, known[0], kind="segmented", place=left)
    )
    seed = int(view.slider("turn", "Rotation", 0, 99, 0, 1, place=right))
    turn = rotation.rotation(model.latent_dim, seed)
    strips(model_id, np.array(code), turn, order[axis], label)
    losses(model_id, seed)


def strips(model_id: str, z: np.ndarray, turn: np.ndarray, axis: int, label: int | None) -> None:
    """The same code, moved along one axis of its own and along one of the turned ones."""
    gallery = load.gallery(model_id).z
    rows = []
    for name, basis in (("z", np.eye(len(z))), ("w", turn)):
        coordinates = gallery @ basis
        width = coordinates[:, axis].std()
        steps = (z @ basis)[axis] + width * COLUMNS - z @ basis[:, axis]
        codes = z + steps[:, None] * basis[:, axis]
        pictures = images.to_uint8(load.decoded(model_id, codes, label))
        what = f"{name}{axis + 1}\n" + ("own axis" if name == "z" else "turned axis")
        alts = [f"{name}{axis + 1} moved by {v:+.2g} deviations" for v in COLUMNS]
        rows.append(Pictures(what, list(pictures), alts))
    titles = [f"{v:+.2g}".replace("-", "−") if v else "0" for v in COLUMNS]
    label_of = "One number of the code moved, and one of the turned code"
    picture_table(titles, rows, key="turned", label=label_of, marked=None)
    st.caption(
        "Columns in standard deviations of the gallery along each axis; the middle column is the code itself."
    )


def losses(model_id: str, seed: int) -> None:
    """The loss in own and in turned axes, of the same images with the same noise."""
    found, on = _terms(model_id, seed)
    plain = found["own"].kl is None
    term = "squared error" if plain else "cross-entropy"
    heads, rows = ["Axes", f"{term} per image ↓"] + ["KL (nats) ↓", "sum (nats) ↓"] * (not plain), []
    for name, each in found.items():
        row = [NAMES[name], number(each.reconstruction, 5)]
        rows.append(row if plain else [*row, number(each.kl or 0.0, 4), number(each.loss, 5)])
    number_table(heads, rows, label="The loss in each set of axes")
    if plain:
        said = (
            "The loss is the same: nothing in it prefers these axes, so single numbers of this code need "
            "mean nothing."
        )
    else:
        cost = found["kept diagonal"].loss - found["own"].loss
        said = (
            "Reconstruction and KL stay the same when the posterior turns along: the round prior looks the "
            "same from every direction. Kept diagonal, as this encoder must, it costs "
            f"**{number(cost)} nats** more: the diagonal posterior is what prefers axes."
        )
    st.markdown(f"{said} ({on}.)")


@st.cache_data(max_entries=64, show_spinner=False)
def _terms(model_id: str, seed: int) -> tuple[dict[str, Terms], str]:
    model, card = load.model(model_id), load.cards()[model_id]
    split = load.images(card.dataset)
    if split is None:  # without the originals the model's own decodings are what it sees
        gallery = load.gallery(model_id)
        labels, x = gallery.labels[:IMAGES], None
        x = latent.decode(model, gallery.z[:IMAGES], labels=labels)
        on = f"{IMAGES} of the model's own decodings"
    else:
        x, labels, on = split.pixels(slice(0, IMAGES)), split.labels[:IMAGES], f"{IMAGES} gallery images"
    if model.binary:
        x = binary.draw_array(x, 0)
    turn = rotation.rotation(model.latent_dim, seed)
    found = rotation.terms(model, x, turn, labels, seed=0, draws=DRAWS)
    return found, on if found["own"].kl is None else f"{on}, {DRAWS} draws each"
