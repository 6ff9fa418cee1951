"""Generation and holes: which codes give pictures that could be real, and where the plane has none."""

from __future__ import annotations

import streamlit as st

from explorer import ladder
from explorer.live.cursor import rounded
from explorer.metrics import aggregate
from explorer.metrics import samples as metrics
from explorer.studies import generation
from explorer.ui import conditional, holes, load, posterior, sidebar, widgets
from explorer.ui import generation as made
from explorer.ui.generation import GAUSSIAN, MIXTURE, NOISY, NORMAL, PRIOR, REBUILT
from explorer.ui.picture_table import Pictures, Texts, picture_table
from explorer.ui.state import SHARED, View
from explorer.ui.widgets import number

CURSOR = "generation-code"
COOL = 0.7
TABLE_ROWS, TABLE_COUNT = 4, 100
HOW = (
    f"Numbers are means over {made.MEASURED} pictures. Distance: Euclidean over pixels, to the nearest image "
    "of the held-out gallery. Agree: of the ten nearest real images, the share with their most frequent "
    "class; a blend of two classes has little. A smoother picture lies nearer to everything, so a distance "
    "below that of real images is no victory."
)

chosen = sidebar.current()
view = View("generation")
names = chosen.dataset.label_names
widgets.header(
    "Can a model draw what nobody drew?",
    "A decoder makes a picture of any code: what matters is which codes it is given. Look for strokes that "
    "belong to nothing.",
)


def lacking(sentence: str) -> None:
    """What this section needs, and the data set that has it."""
    st.info(sentence)
    key = f"mnist-{sentence[:24]}"
    st.button("Show MNIST", on_click=View(SHARED).put, args=("data", "mnist"), key=key)


plain_id, vae_id = made.pair(chosen)
if plain_id is None and vae_id is None:
    lacking("No model of this data set draws a picture from a code alone.")
    widgets.stop()
reference = made.reference(chosen.dataset.id)


@st.fragment
def four_sources() -> None:
    """One noise, four ways to make codes of it."""
    left, right = st.columns([5, 3], gap="large")
    with right:
        seed = int(view.slider("seed", "Noise (seed)", 0, widgets.SHARED_SEEDS, 0, 1))
        temperature = view.slider("temperature", "Temperature", 0.1, 1.5, 1.0, 0.1)
        parts = view.choice("parts", "Gaussians in the mixture", ("5", "10", "30"), "30", kind="segmented")
    base = plain_id or vae_id
    sources = {
        "N(0, I) into the decoder": (base, NORMAL, temperature, 0),
        "Own mean and covariance": (base, GAUSSIAN, temperature, 0),
        f"Mixture of {parts} Gaussians": (base, MIXTURE, temperature, int(parts)),
    }
    if plain_id and vae_id:
        sources["The VAE's prior, N(0, I)"] = (vae_id, PRIOR, temperature, 0)
    found = made.drawn(list(sources.values()), seed)
    made.show_grids(sources, found, "generation-sources", left)
    with right:
        made.show_classes(dict(zip(sources, found, strict=True)), chosen.dataset)
        if reference is not None:
            st.caption(HOW)


@st.fragment
def same_noise() -> None:
    """The same draws of N(0, I) through every model of the β ladder."""
    st.subheader("The same N(0, I) draws through other models", anchor=False)
    found = ladder.find(load.cards().values(), chosen.dataset.id)
    rungs = [card for card in found.rungs if made.usable(card)] if found else []
    models = {name: each for name, each in (("No prior", plain_id), ("VAE", vae_id)) if each}
    models |= {f"β = {ladder.name(card)}": card.id for card in rungs if card.id not in models.values()}
    seed = int(view.slider("seed_all", "Noise (seed) of this table", 0, widgets.SHARED_SEEDS, 0, 1))
    drawn = made.drawn([(each, NORMAL, 1.0, 0) for each in models.values()], seed, TABLE_COUNT)
    rows = []
    for i in range(TABLE_ROWS):
        alts = [f"{title}: draw {i + 1}" for title in models]
        rows.append(Pictures(f"draw {i + 1}", [each.pictures[i] for each in drawn], alts))
    likes = [each.likeness for each in drawn]
    if reference is not None:
        rows.append(Texts("distance\nto real ↓", [number(float(each.distance.mean())) for each in likes]))
        rows.append(Texts("neighbours\nagree ↑", [f"{100 * each.agreement.mean():.0f} %" for each in likes]))
    sizes = [load.cards()[each].arguments["latent_dim"] for each in models.values()]
    rows.append(Texts("numbers\nin the code", [str(size) for size in sizes]))
    label = "Pictures of the same noise; columns are models"
    picture_table(list(models), rows, key="noise", label=label, marked=None)
    made.files(list(models), drawn, "generation-same-noise")
    named = [f"{title}: {load.cards()[each].title}" for title, each in models.items() if "β" not in title]
    st.caption(
        f"{'; '.join(named)}. Models whose codes have as many numbers get the very same z; the others draw "
        f"theirs by the same seed. Numbers: means over {TABLE_COUNT} pictures, one training seed."
    )


@st.fragment
def four_of_one() -> None:
    """Reconstructions against samples, one model."""
    st.subheader("Why do reconstructions look better than samples?", anchor=False)
    if vae_id is None:
        lacking("These grids need a model with a posterior and a prior: a VAE.")
        return
    sources = {
        "Reconstructions": (vae_id, REBUILT, 1.0, 0),
        "Codes of real images + σ·ε": (vae_id, NOISY, 1.0, 0),
        "Prior samples": (vae_id, PRIOR, 1.0, 0),
        f"Prior at temperature {COOL}": (vae_id, PRIOR, COOL, 0),
    }
    left, right = st.columns([5, 3], gap="large")
    with right:
        seed = int(view.slider("seed_one", "Noise (seed) of these grids", 0, widgets.SHARED_SEEDS, 0, 1))
    found = made.drawn(list(sources.values()), seed)
    made.show_grids(sources, found, "generation-one-model", left)
    if reference is not None:
        right.caption(made.variety_said(dict(zip(sources, found, strict=True)), reference, len(names)))


@st.fragment
def into_a_hole() -> None:
    """The plane: a point to drag, the densities, and the walk to the point."""
    st.subheader("What is decoded where no code lies?", anchor=False)
    planes = {card.id: card.title for card in holes.planes(chosen.dataset.id)}
    if not planes:
        lacking("The plane needs a model whose code has two numbers.")
        return
    first = chosen.model_id if chosen.model_id in planes else next(iter(planes))
    model_id = view.choice(
        "plane", "Plane of", list(planes), first, kind="segmented", format_func=planes.__getitem__
    )
    stored, found = load.gallery(model_id), holes.plane(model_id)
    at = int(view.get("at", load.typical_image(model_id, 0), holes.check_index(len(stored.z))))
    here = rounded(view.get("z", list(found.hole), holes.check_place))
    if view.get("of", model_id) != model_id:  # another plane has other holes
        here = rounded(found.hole)
        view.put("z", here)
    view.put("of", model_id)
    start = tuple(map(float, stored.z[at]))
    the_map, beside = st.columns([5, 3], gap="large")
    with the_map:
        holes.live_map(CURSOR, model_id, chosen.dataset, start, lambda index: view.put("at", index))
        st.caption(
            "Drag the point out of a dense region; the dashed line leads back to the start. Circles: 1, 2 "
            f"and 3 σ of {found.name}. A click on an image starts the walk there (now gallery image {at}, "
            f"{names[stored.labels[at]]})."
        )
    with beside:
        holes.live_picture(CURSOR, model_id, here, lambda z: view.put("z", z))
        st.button("Go to the deepest hole", on_click=lambda: view.put("z", rounded(found.hole)))
        st.markdown(holes.densities_said(found, here))
    holes.show_walk(model_id, start, tuple(here), names, stored.labels)
    chart, beside = st.columns([5, 3], gap="large")
    with beside:
        what = view.choice("shown", "Colour", (holes.RATIO, holes.DENSITY), holes.RATIO, kind="segmented")
        st.markdown(holes.plane_said(found))
    holes.show_plane(model_id, what, here, lambda place: view.put("z", rounded(place)), chart)


@st.fragment
def parts_of_the_kl() -> None:
    """Dimension by dimension, and the two parts of the KL."""
    st.subheader("Is the KL term the information in the code?", anchor=False)
    if vae_id is None:
        lacking("A plain autoencoder has no KL term to split: take a VAE.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        posterior.each_dimension(vae_id)
    with right:
        own = posterior.parts(chosen.dataset.id, vae_id)
        st.markdown(posterior.split_said(own, len(load.gallery(vae_id).z)))


@st.fragment
def name_the_class() -> None:
    """Conditional models: a row is one z, a column one class."""
    st.subheader("Name the class: what is left for z?", anchor=False)
    usable = conditional.models(chosen.dataset.id)
    if not usable:
        others = conditional.models()
        st.info("This needs a model that is told the class, and this data set has none.")
        if others:
            data = load.cards()[others[0]].dataset
            label = f"Show {load.dataset(data).title}"
            st.button(label, on_click=View(SHARED).put, args=("data", data), key="to-told")
        return
    model_id = chosen.model_id if chosen.model_id in usable else usable[0]
    seed = int(view.slider("seed_told", "Noise (seed) of the rows", 0, 99, 0, 1))
    conditional.show_grid(model_id, chosen.dataset, seed)
    st.markdown(conditional.class_in_code(model_id, vae_id))
    st.markdown("**A wrong label for the encoder**")
    conditional.show_wrong_label(view, model_id, chosen.dataset)


for section in (four_sources, same_noise, four_of_one, into_a_hole, parts_of_the_kl, name_the_class):
    section()

widgets.try_this(
    "Before you move anything, order the first four grids from best to worst. Then lower the temperature: "
    "which grid gains most, and what do the class bars pay for it? On the plane, guess what lies half-way "
    "into the hole (noise, a blend, a digit), then drag there."
)
widgets.formula(
    r"\frac1N\sum_j \mathrm{KL}\big(q(z|x_j)\,\|\,p(z)\big) = I(x; z) + "
    r"\mathrm{KL}\big(q(z)\,\|\,p(z)\big), \qquad q(z) = \frac1N\sum_j q(z|x_j)",
    lambda: posterior.formula_said(vae_id),
)
widgets.show_code(__file__, generation.fit, metrics.likeness, aggregate.kl_split, aggregate.log_density)
for model_id in filter(None, (plain_id, vae_id)):
    widgets.card_panel(load.cards()[model_id])
