"""Traversal: one slider a dimension. What does each number of the code do to the picture?"""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.live.cursor import cursor, picture
from explorer.ui import film, inputs, load, sidebar, widgets
from explorer.ui.state import View

STEPS = 9
REACH = 3.0
FEW = 8
STARTS = ("An input", "The mean", "A random code")

chosen = sidebar.current()
view = View("traversal")
card = chosen.card
widgets.header(
    "What does each number of the code do?",
    "Move one slider: look for the one property of the picture that changes while the others stay.",
)
model = widgets.model_or_stop(card.id)
stored = load.gallery(card.id)
order, measure, alive = load.dimension_order(card.id)
mean, std = load.code_statistics(card.id)
# Values that a code takes: the prior's ±3 where there is a prior, else the gallery's own spread.
centre = np.zeros(model.latent_dim) if model.variational else mean
width = np.ones(model.latent_dim) if model.variational else np.maximum(std, 1e-3)

picture_column, slider_column = st.columns([2, 3], gap="large")


def starting_code() -> tuple[np.ndarray, str]:
    """The code (L,) that the sliders start from, and a digest that tells one start from another."""
    begin = view.choice("start", "Start from", STARTS, STARTS[0], kind="segmented")
    if begin == STARTS[0]:
        opening = load.typical_image(card.id, len(chosen.dataset.label_names) // 3)
        z, _ = inputs.encode(card.id, inputs.pick(view, chosen.dataset, card.id, first=opening))
    elif begin == STARTS[1]:
        z = centre
    else:
        seed = int(view.slider("seed", "Random code", 0, 99, 0, 1))
        z = centre + width * latent.prior_samples(1, model.latent_dim, seed)[0]
    z = z.astype(np.float32)
    return z, hashlib.sha256(card.id.encode() + z.tobytes()).hexdigest()[:8]


def current_code(z: np.ndarray, digest: str) -> list[float]:
    """The code on screen: what the sliders made of this start, or the start itself."""
    limit = f"{model.latent_dim} numbers"

    def check(values: list) -> str | None:
        fine = len(values) in (0, model.latent_dim) and all(np.isfinite(float(v)) for v in values)
        return None if fine else f"this model's code has {limit}"

    moved, base = view.get("z", [], check), view.get("base", "")
    if len(moved) != model.latent_dim or base not in ("", digest):
        moved = [round(float(v), 4) for v in z]
        view.put("z", moved)
    view.put("base", digest)
    return list(moved)


def slider(dimension: int, code: list[float]) -> None:
    """One dimension: the gallery's histogram above a slider that writes into the code."""
    key = view.key(f"d{dimension}")
    low = float(min(centre[dimension] - REACH * width[dimension], code[dimension]))
    high = float(max(centre[dimension] + REACH * width[dimension], code[dimension]))
    st.session_state[key] = float(code[dimension])

    def move() -> None:
        changed = list(code)
        changed[dimension] = round(float(st.session_state[key]), 4)
        view.put("z", changed)

    st.slider(name(dimension), low, high, step=(high - low) / 200, key=key, on_change=move, format="%.2f")
    widgets.histogram(stored.z[:, dimension], low, high, code[dimension])


def name(dimension: int) -> str:
    """What a dimension is called, with how much it carries."""
    carried = measure[order.index(dimension)]
    what = (
        f"KL {widgets.number(carried)} nats" if model.variational else f"variance {widgets.number(carried)}"
    )
    return f"z{dimension + 1} · {what}"


with picture_column:
    hero = st.container()  # the picture stands first, though its code is chosen below it
    start, digest = starting_code()
with hero:
    code = current_code(start, digest)
    cursor("traversal-code", code, load.live(card.id), on_release=lambda z: view.put("z", z))
    picture("traversal-code", key="traversal-picture", distance="Distance {far}, {times} times", alt="Decoded picture of the code on the sliders")
    distance = latent.nearest(stored.z, np.array(code, np.float32), 1)[1][0]
    st.caption(
        f"Distance to the nearest of {len(stored.z):,} gallery codes: {widgets.number(float(distance))} "
        f"(between gallery codes: median {widgets.number(load.typical_distance(card.id))})."
    )
    st.button("Back to the start", on_click=lambda: view.put("z", []))

living = [d for d, a in zip(order, alive, strict=True) if a]
dead = [d for d, a in zip(order, alive, strict=True) if not a]
shown = living if len(living) <= FEW + 4 else living[:FEW]
with slider_column:
    st.markdown(f"**{len(living)} of {model.latent_dim} dimensions carry information**, largest first.")
    if len(shown) < len(living) and view.toggle("all", f"Show all {len(living)}", False):
        shown = living
    for place in range(0, len(shown), 2):
        for column, dimension in zip(st.columns(2), shown[place : place + 2], strict=False):
            with column:
                slider(dimension, code)
    if dead:
        with st.expander(f"{len(dead)} dimensions carry nothing: move them and see"):
            for dimension in dead:
                slider(dimension, code)

st.subheader("Each row moves one dimension", anchor=False)
values = {d: centre[d] + width[d] * np.linspace(-REACH, REACH, STEPS) for d in shown}
rows = np.stack([latent.decode(model, latent.traverse(np.array(code), d, values[d])) for d in shown])
pictures = images.to_uint8(rows.reshape(-1, *model.image_shape)).reshape(rows.shape)
unit = "σ of the prior" if model.variational else "standard deviations of the gallery's codes"
st.caption(f"Columns from −{REACH:g} to +{REACH:g} {unit}, the other dimensions as on the sliders.")
film.style(STEPS, model.image_shape[2])
for dimension, row in zip(shown, pictures, strict=True):
    film.strip(name(dimension), row, f"Nine decoded pictures as z{dimension + 1} grows")

with st.container(horizontal=True):
    titles = [f"{v:+.1f}" for v in np.linspace(-REACH, REACH, STEPS)]
    widgets.download(
        "PNG of the rows",
        lambda: images.labelled_grid(pictures, [name(d) for d in shown], titles, title=card.title),
        f"{card.id}-traversal.png",
        "image/png",
        "traversal-png",
    )
    widgets.download(
        "GIF of the first row",
        lambda: images.gif(np.stack([images.enlarge(x, 280) for x in pictures[0]]), fps=6, bounce=True),
        f"{card.id}-traversal.gif",
        "image/gif",
        "traversal-gif",
    )

widgets.try_this(
    "Find the slider that makes a digit lean, and the one that makes its stroke thick. Is there one for "
    "each, or do several share the work? Then move a dimension that carries nothing."
)
widgets.formula(
    r"\hat x = \mathrm{decoder}(z), \qquad z = z^{\text{start}} + (v - z^{\text{start}}_j)\, e_j",
    r"$\hat x$ the picture, $z$ the code, $z_j$ its $j$-th number, $e_j$ the unit vector of that "
    r"dimension, $v$ "
    r"the slider's value. The order is by $\mathrm{KL}_j = \tfrac12(\mu_j^2 + \sigma_j^2 - 1 - "
    r"\ln\sigma_j^2)$, "
    "averaged over the gallery; a plain autoencoder has no KL, there it is the variance of the code.",
)
widgets.show_code(__file__, latent.traverse, latent.decode)
widgets.card_panel(card)
