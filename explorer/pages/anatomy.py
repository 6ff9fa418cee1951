"""Anatomy: one image on its way through a model, box by box, with the numbers of the moment."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import catalogue, latent, loss_terms
from explorer.gaussian import Gaussian
from explorer.live.anatomy import ROWS, anatomy
from explorer.live.cursor import cursor, rounded
from explorer.live.sliders import Dimension, sliders
from explorer.models import families
from explorer.studies.anatomy import BOXES
from explorer.ui import anatomy as anatomy_ui
from explorer.ui import (
    anatomy_boxes,
    anatomy_files,
    anatomy_nudge,
    anatomy_panels,
    inputs,
    load,
    sidebar,
    widgets,
)
from explorer.ui.state import View

MEAN, CODE = "anatomy-mean", "anatomy-code"  # where the encoder puts the image; where z stands
DRAWS = 9999

chosen = sidebar.current()
view = View("anatomy")
card = chosen.card
widgets.header(
    "What happens to an image inside an autoencoder?",
    "Follow one image from left to right, press “Draw again”, and look which numbers stay."
    if families()[card.family].variational
    else "Follow one image from left to right, press another model, and look which boxes change.",
)
model = widgets.model_or_stop(card.id, with_class=True)
charge = loss_terms.charge(card.family, card.arguments)
before = anatomy_ui.model_row(view, chosen.dataset, card)


def check_seed(value: int) -> str | None:
    return None if 0 <= value <= DRAWS else f"draws are numbered from 0 to {DRAWS}"


def check_count(value: int) -> str | None:
    return None if 1 <= value <= 10**6 else "it is a count from 1 on"


def check_box(name: str) -> str | None:
    return None if name in ("", *BOXES) else f"the diagram has {', '.join(BOXES)}"


def open_box(name: str) -> None:
    """A click on a box opens it, a second one closes it."""
    view.put("open", "" if view.get("open", "") == name else name)


def encode_again() -> None:
    view.put("encoded", view.get("encoded", 1, check_count) + 1)


def draw_again() -> None:
    view.put("seed", (view.get("seed", 0, check_seed) + 1) % (DRAWS + 1))
    view.put("noise", True)
    view.put("z", [])


def let_go(z: list[float]) -> None:
    view.put("z", z)


diagram = st.container(key="anatomy-diagram", gap=None)
hands = st.container(horizontal=True, vertical_alignment="center")
box_place = st.container()
input_column, code_column = st.columns([2, 3], gap="large")
with input_column:
    opening = load.typical_image(card.id, len(chosen.dataset.label_names) // 3)
    given = inputs.pick(view, chosen.dataset, card.id, first=opening, cursor=MEAN, bare=True)
    label = anatomy_ui.told(view, chosen.dataset, model, given.index)
    if given.image is None:
        widgets.fetch_offer(chosen.dataset)
noise, seed = bool(model.variational), view.get("seed", 0, check_seed)
with hands:
    if model.variational:
        st.button("Draw again", on_click=draw_again, help="New noise ε for the same image")
        st.button("Encode again", on_click=encode_again, help="The same image through the encoder")
        noise = view.toggle("noise", "Noise ε on", True)
    found = anatomy_ui.passage(view, card.id, given, label, noise, seed)
    if model.variational:
        st.caption(anatomy_ui.again(found, view.get("encoded", 1, check_count)))
with code_column:
    order = anatomy_ui.rows(found)
    mean, std = load.code_statistics(card.id)
    centre = np.zeros(model.latent_dim) if model.variational else mean
    width = np.ones(model.latent_dim) if model.variational else np.maximum(std, 1e-3)
    start = rounded(found.drawn)
    st.markdown("Move z by hand")
    low, high = (centre - 3 * width).tolist(), (centre + 3 * width).tolist()
    shown = [Dimension(i, f"z{i + 1}", f"z{i + 1}", low[i], high[i], start[i]) for i in order[:ROWS]]
    sliders(CODE, shown, key="anatomy-sliders")
    with st.container(horizontal=True):
        st.button("Back to the draw" if noise else "Back to the code", on_click=lambda: view.put("z", []))
        anatomy_files.downloads(found)

live = load.live(card.id, found.label)
rendered = found.picture if live.refused else None
opened = view.get("open", "", check_box)
with diagram:
    some = np.abs(load.gallery(card.id).z[:, order[:ROWS]])
    anatomy(
        "anatomy",
        mean=MEAN,
        code=CODE,
        boxes=anatomy_ui.box_words(card, before),
        opened=opened,
        shape=model.image_shape,
        size=model.latent_dim,
        order=order,
        active=model.family == "sparse",
        reach=max(float(np.quantile(some, 0.99)), 1e-3),
        positive=float(load.gallery(card.id).z.min()) >= 0,
        image=None if given.image is None else given.image[0],
        std=found.std,
        eps=found.eps,
        noise=found.noise,
        bernoulli=model.variational,
        second=anatomy_ui.second_term(model),
        weight=loss_terms.weight(model),
        floor=0.0 if charge is None else charge.floor,
        capacity=0.0 if charge is None else charge.capacity,
        unit=anatomy_ui.unit(card),
        words=dict(
            input=f"Input: {given.name}", output="Reconstruction of the code",
            noise=f"z is draw {seed} of q(z|x): every number is μ + σ · ε.",
            still="The noise is off: z is the mean, and the same image gives the same picture every time.",
            moved="z was moved by hand: ε = (z − μ) / σ is the noise that would lead there, {length} long.",
            plain="Nothing is drawn: the same image gives the same code and the same picture every time.",
        ),
        stored=anatomy_ui.stored_terms(found, live),
        on_open=open_box,
    )  # fmt: skip
    drawing = inputs.drawing(view)
    cursor(MEAN, rounded(found.mean), live, with_encoder=drawing)
    cursor(CODE, rounded(found.code), live, rendered=rendered, on_release=let_go)

if opened:
    with box_place:
        anatomy_boxes.open_box(opened, found, before)

other = "Autoencoder" if model.variational else "VAE"
widgets.try_this(
    (
        "Guess before you press: which numbers change when the same image is **encoded again**, and which "
        "when z is **drawn again**? Then switch the noise off. "
        if model.variational
        else "Move one number of z: does one property of the picture change, or several? "
    )
    + f"Choose *{other}* above: which boxes change? " * (other in anatomy_ui.offered(card.dataset))
    + "Draw something that is not in the data, such as a letter among digits: does it come back as drawn?"
)


def formula_text() -> str:
    """The path of this image in its own numbers."""
    j = order[0]
    text = (
        r"$x$ the image, $f$ the encoder, $z$ the code, $g$ the decoder, $\hat x$ its picture, $L$ the loss. "
        rf"Here $z_{{{j + 1}}} = {found.code[j]:.3f}$"
    )
    if found.std is None:
        return text + "; there is nothing random on the way."
    eps = (found.code[j] - found.mean[j]) / found.std[j]
    kl = latent.kl_per_dimension(found.mean[None], found.logvar[None]).sum()
    pixels = (
        r"The pixels are drawn black or white, so $-\ln p(x|z)$ is a likelihood."
        if model.binary
        else r"These pixels are grey, so $-\ln p(x|z)$ is a cross-entropy, not a likelihood."
    )
    return (
        text
        + rf" $= {found.mean[j]:.3f} + {found.std[j]:.3f} \cdot ({eps:.3f})$: mean $\mu$, standard deviation "
        rf"$\sigma$ and noise $\varepsilon$ from a standard normal distribution. KL $= {kl:.2f}$ nats. "
        + f"{charged_text()} {pixels}"
    )


def charged_text() -> str:
    """How the model's own loss charges the KL, with the symbols of the formula."""
    if charge is None:
        return f"This family's own loss has another form: {catalogue.kind(card).loss}."
    text = r"$\gamma" if charge.capacity else r"$\beta"
    text += f" = {charge.weight:g}$ is the weight at the end of the training"
    if charge.capacity:
        text += f", $C = {charge.capacity:g}$ nats what the code may carry then"
    if charge.floor:
        text += rf", $\lambda = {charge.floor:g}$ nats the floor below which a dimension is free"
    return text + "."


widgets.formula(
    r"x \to f \to (\mu, \sigma) \to z = \mu + \sigma \cdot \varepsilon \to g \to \hat x, \quad "
    r"L = -\ln p(x \mid z) + " + (r"\ldots" if charge is None else charge.symbols())
    if model.variational
    else r"x \to f \to z \to g \to \hat x, \qquad L = \lVert x - \hat x \rVert^2 + \text{penalty, if any}",
    formula_text,
)
st.subheader("Look closer", anchor=False)
panels, nudge = anatomy_panels, anatomy_nudge
FOLDS = {
    "draws": ("Draw again fifty times: which term moves?", lambda: panels.many_draws(found, seed)),
    "kl": ("The KL of one dimension, by hand", lambda: panels.kl_by_hand(view)),
    "pixel": ("One pixel, three losses: which of them can be zero?", lambda: panels.one_pixel(view, found)),
    "matter": ("Which pixels matter?", lambda: nudge.pixels_that_matter(view, found)),
    "nudge": ("What is held still when the input moves?", lambda: nudge.what_is_held_still(view, found)),
    "sample": ("Is the picture a sample?", lambda: panels.true_sample(view, found)),
}
for name in anatomy_panels.FOLDS:
    anatomy_panels.fold(view, name, *FOLDS[name])
widgets.show_code(__file__, Gaussian, latent.encode, latent.decode, loss_terms.reconstruction)
widgets.card_panel(card)
