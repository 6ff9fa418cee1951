"""Traversal: one slider a dimension. What does each number of the code do to the picture?"""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.live.cursor import cursor, picture, rounded
from explorer.live.sliders import Dimension, pad2d, sliders
from explorer.live.strip import strip
from explorer.studies import rotation
from explorer.ui import classes, inputs, load, sidebar, sweep, turned, widgets
from explorer.ui.state import View

CURSOR = "traversal-code"  # what the picture, the sliders, the pad and the strip show and move
REACH = 3.0
COLUMNS = np.linspace(-REACH, REACH, 9)
FEW, MOST = 8, 64  # sliders at first, and at most: a page with a thousand helps nobody
STARTS = ("An input", "The mean", "A random code")

chosen = sidebar.current()
view = View("traversal")
card = chosen.card
st.html(widgets.STYLE.with_name("traversal.css"))
widgets.header(
    "What does each number of the code do?",
    "Move one slider: does one property of the picture change, or several?",
)
model = widgets.model_or_stop(card.id, with_class=True)
gallery_size = len(load.gallery(card.id).z)
order, measure, alive = load.dimension_order(card.id)
mean, std = load.code_statistics(card.id)
# Values that a code takes: the prior's ±3 where there is a prior, else the gallery's own spread.
centre = np.zeros(model.latent_dim) if model.variational else mean
width = np.ones(model.latent_dim) if model.variational else np.maximum(std, 1e-3)


def starting_code() -> tuple[list[float], str, inputs.Input | None]:
    """The code (L,) that the sliders start from, a digest that tells starts apart, and the input if any."""
    picked = None
    begin = view.choice("start", "Start from", STARTS, STARTS[0], kind="segmented")
    if begin == STARTS[0]:
        opening = load.typical_image(card.id, len(chosen.dataset.label_names) // 3)
        picked = inputs.pick(view, chosen.dataset, card.id, first=opening, cursor=CURSOR)
        z, _ = inputs.encode(card.id, picked, label)
        which = picked.image.tobytes() if picked.index is None else str(picked.index).encode()
    elif begin == STARTS[1]:
        z, which = centre, b""
    else:
        seed = int(view.slider("seed", "Random code", 0, 99, 0, 1))
        z = centre + width * latent.prior_samples(1, model.latent_dim, seed)[0]
        which = str(seed).encode()
    digest = hashlib.sha256(f"{card.id} {begin} ".encode() + which).hexdigest()
    return rounded(z), digest[:8], picked


def current_code() -> list[float]:
    """The code on screen: what the sliders made of this start, or the start itself."""

    def check(values: list) -> str | None:
        fine = len(values) in (0, model.latent_dim) and all(np.isfinite(float(v)) for v in values)
        return None if fine else f"this model's code has {model.latent_dim} numbers"

    moved, base = view.get("z", [], check), view.get("base", "")
    if len(moved) != model.latent_dim or base not in ("", digest):
        moved = start
        view.put("z", moved)
    view.put("base", digest)
    return rounded(moved)


def dimension(index: int, carried: float) -> Dimension:
    """A dimension as its slider needs it: what it is called, how much it carries, where it runs."""
    what = "KL {} nats" if model.variational else "variance {}"
    label = f"z{index + 1} · {what.format(widgets.number(carried))}"
    low, high = (float(centre[index] + side * width[index]) for side in (-REACH, REACH))
    return Dimension(index, f"z{index + 1}", label, low, high, start[index])


def chosen_axes() -> list[int]:
    """The pad's two dimensions: at first the two that carry most."""

    def check(axes: list) -> str | None:
        known = order[:MOST]
        fine = len(axes) == 2 and axes[0] != axes[1] and all(type(a) is int and a in known for a in axes)
        if len(order) > MOST:
            return None if fine else f"the pad takes two different ones of the first {MOST} dimensions"
        return None if fine else f"the pad takes two different dimensions of 0 to {model.latent_dim - 1}"

    return view.get("axes", sorted(order[:2]), check)


def rows(shown: list[Dimension]) -> np.ndarray:
    """The strip as the server decodes it, uint8 (R, K, C, H, W): for files, and where the browser cannot."""
    codes = [latent.traverse(np.array(code), each.index, values[i]) for i, each in enumerate(shown)]
    decoded = images.to_uint8(load.decoded(card.id, np.concatenate(codes), label))
    return decoded.reshape(len(shown), len(COLUMNS), *model.image_shape)


def every_class() -> None:
    """The code on the sliders, decoded as each class that the model can be told."""
    st.subheader("The same code, every class", anchor=False)
    st.caption("Not one number of the code differs from picture to picture: what they share is in the code.")
    classes_told = np.arange(model.label_count)
    pictures = latent.decode(model, np.repeat([code], len(classes_told), 0), labels=classes_told)
    with st.container(horizontal=True, key="traversal-classes"):
        for name, each in zip(chosen.dataset.label_names, pictures, strict=True):
            widgets.picture(each, f"The same code as {name}", widgets.CELL, name)


def let_go(z: list[float]) -> None:
    """The hand has left the code: the link holds it, and files that are made later show it."""
    view.put("z", z)
    code[:] = z


picture_column, slider_column = st.columns([2, 3], gap="large")
with picture_column:
    hero = st.container(key="traversal-hero")  # the picture stands first, though its code is chosen below it
    with st.container(key="traversal-start"):
        said = "The code stays as it is: only the class changes."
        label = classes.choose(view, chosen.dataset, [card.id], said)[card.id]
        in_browser = load.live(card.id, label)
        start, digest, given = starting_code()
        drawn = given is not None and inputs.drawing(view)
        code = current_code()
        st.button("Back to the start", on_click=lambda: view.put("z", []))
with hero:
    rendered = load.decoded(card.id, np.array([code]), label)[0] if in_browser.refused else None
    alone = not in_browser.refused and label is None  # then all that shows the code follows it in the browser
    cursor(CURSOR, code, in_browser, with_encoder=drawn, rendered=rendered, alone=alone, on_release=let_go)
    near = f"{{far}} from the nearest of {gallery_size:,} gallery codes: {{times}} × the usual distance"
    picture(CURSOR, key="traversal-picture", distance=near, alt="Decoded picture of the code on the sliders")
    if in_browser.refused:
        st.caption(f"{in_browser.refused} So the server decodes it: the pictures follow when you let go.")
    if not load.sends_codes(card.id):
        st.caption(load.without_codes(card.id, "no distance here", "no histograms on the sliders"))

dimensions = [dimension(i, carried) for i, carried in zip(order, measure, strict=True)]
living = [each for each, lives in zip(dimensions, alive, strict=True) if lives]
dead = [each for each, lives in zip(dimensions, alive, strict=True) if not lives]
collapsed = not living  # then the sliders of what carries nothing are the page
if collapsed:
    living, dead = dead, []
shown = living if len(living) <= FEW + 4 else living[:FEW]
with slider_column:
    if collapsed:
        st.markdown(
            f"**None of {model.latent_dim} dimensions carries information**: the decoder does without its "
            "code. Move one and see."
        )
    else:
        st.markdown(f"**{len(living)} of {model.latent_dim} dimensions carry information**, largest first.")
    more = f"Show all {len(living)}" if len(living) <= MOST else f"Show {MOST} of {len(living)}"
    if len(shown) < len(living) and view.toggle("all", more, False):
        shown = living[:MOST]
    fold = f"{len(dead)} dimensions carry nothing: move {'them' if len(dead) <= MOST else MOST} and see"
    sliders(CURSOR, shown, key="traversal-sliders", folded=dead[:MOST], fold=fold)
    if model.latent_dim > MOST:
        ranked = "KL" if model.variational else "variance over the gallery"
        st.caption(
            f"Dimensions are ranked by their {ranked}. A list of sliders and the pad take the first {MOST}: "
            f"{len(living[MOST:])} that carry information and {len(dead[MOST:])} that do not are left out."
        )
    if model.latent_dim > 1:
        offered = dimensions[:MOST]
        pad2d(CURSOR, offered, chosen_axes(), key="traversal-pad", on_axes=partial(view.put, "axes"))

if label is not None:
    every_class()
st.subheader("Each row moves one dimension", anchor=False)
unit = "σ of the prior" if model.variational else "standard deviations of the gallery's codes"
st.caption(f"Columns from −{REACH:g} to +{REACH:g} {unit}, the other dimensions as on the sliders.")
values = np.stack([centre[each.index] + width[each.index] * COLUMNS for each in shown])
titles = [f"{v:+.3g}".replace("-", "−") if v else "0" for v in COLUMNS]
frames = rows(shown) if in_browser.refused else None
strip(
    CURSOR, shown, values, model.image_shape, columns=titles, key="traversal-strip", at=code, rendered=frames
)


def png_of_rows() -> bytes:
    return images.labelled_grid(rows(shown), [each.label for each in shown], titles, title=card.title)


def gif_of_first_row() -> bytes:
    return images.gif(np.stack([images.enlarge(x, 280) for x in rows(shown[:1])[0]]), fps=6, bounce=True)


with st.container(horizontal=True):
    png, gif = f"{card.id}-traversal.png", f"{card.id}-traversal.gif"
    widgets.download("PNG of the rows", png_of_rows, png, "image/png", "traversal-png")
    widgets.download("GIF of the first row", gif_of_first_row, gif, "image/gif", "traversal-gif")

turned.section(view, card.id, code, label, order)
sweep.section(view, card.id, given, label)
widgets.try_this(
    "Find the slider that makes a digit lean, and the one that makes its stroke thick. Is there one for "
    "each, or do several share the work? Then move a dimension that carries nothing. Last, predict from how "
    "many numbers on your digit is read as itself, and switch on “Fewer numbers”."
)
widgets.formula(
    r"\hat x = \mathrm{decoder}(z), \qquad z = z^{\text{start}} + (v - z^{\text{start}}_j)\, e_j",
    r"$\hat x$ the picture, $z$ the code, $z_j$ its $j$-th number, $e_j$ the unit vector of that dimension, "
    r"$v$ the slider's value. The order is by $\mathrm{KL}_j = \tfrac12(\mu_j^2 + \sigma_j^2 - 1 - "
    r"\ln\sigma_j^2)$, averaged over the gallery; a plain autoencoder has no KL, there it is the variance "
    "of the code.",
)
widgets.show_code(__file__, latent.traverse, latent.decode, latent.keep, rotation.terms)
widgets.card_panel(card)
