"""Interpolation: from one picture to another, through the codes or through the pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.figures import interpolation as figures
from explorer.live.latent_map import MapEvent, Pin, latent_map
from explorer.ui import film, inputs, load, maps, rows, sidebar, widgets
from explorer.ui.state import View
from explorer.ui.walks import WAYS, T, Walk, walk

HEROES = (84, 196, 280)
#: Class and example stand side by side only where a class name fits.
ENDS = "<style>.st-key-ends [data-testid=stColumn] { min-width: 8.5rem; }</style>"
#: Gallery images to open on: so unlike that a mix of their pixels shows two things at once.
OPENING = {"mnist": (1746, 4432), "digits": (166, 73), "fashion": (2727, 807), "shapes": (1193, 1884)}

chosen = sidebar.current()
view = View("interpolation")
top = st.container()
widgets.model_or_stop(chosen.model_id)
labels, names = load.gallery(chosen.model_id).labels, chosen.dataset.label_names


def opening() -> tuple[int, int]:
    """Where the page opens: as `OPENING` says, else on the first image and the first of another class."""
    a, b = OPENING.get(chosen.dataset.id, (0, int(np.argmax(labels != labels[0]))))
    return (a, b) if max(a, b) < len(labels) else (0, len(labels) - 1)


def called(end: inputs.Input) -> str:
    """An end in the title: "a 3", "an ankle boot", "your drawing"."""
    if end.index is None:
        return end.name
    name = names[labels[end.index]]
    name = name.lower() if name[1:2].isalpha() else name
    return f"{'an' if name[0] in '8aeiou' else 'a'} {name}"


def pick_ends() -> tuple[inputs.Input, inputs.Input]:
    """Both inputs; swapping exchanges the letters, so that a drawing or a file stays in its own picker."""
    first = dict(zip("ab", opening(), strict=True))
    a, b = (
        inputs.pick(view, chosen.dataset, chosen.model_id, name=name, label=label, first=first[name])
        for name, label in zip(order, ("A, the first frame", "B, the last frame"), strict=True)
    )
    st.button("Swap A and B", on_click=lambda: view.put("swapped", not swapped), width="stretch")
    return a, b


def show_strips(model_id: str, found: Walk) -> None:
    """The three strips of one model, one below the other."""
    if len(walks) > 1:
        st.markdown(f"**{load.cards()[model_id].title}**")
    for title, frames in found.strips().items():
        film.strip(title, frames, f"{title}, from {called(a)} to {called(b)}: eleven frames", now)


def show_heroes(model_id: str, found: Walk) -> None:
    """The current frame of each strip, large, with the numbers that belong to it."""
    typical = widgets.number(load.code_ranges(model_id)["distance"][1])
    columns = []
    for (title, frames), way in zip(found.strips().items(), (*WAYS, None), strict=True):
        if way is None:
            lines = [f"{100 * (1 - T[now]):.0f} % of A and {100 * T[now]:.0f} % of B in every pixel; no code"]
        else:
            far, length = (widgets.number(float(each[way][now])) for each in (found.distance, found.length()))
            lines = [f"{far} to the nearest gallery code (typical: {typical})", f"length |z| {length}"]
        columns.append(rows.Figure(title, [frames[now]], [f"{title} at t = {T[now]:.1f}"], lines))
    if len(walks) > 1:
        st.markdown(f"**{load.cards()[model_id].title}**, t = {T[now]:.1f}")
    rows.figure_row(columns, HEROES, f"heroes-{model_id}")


def offer_files(model_id: str, found: Walk) -> None:
    """A film of each strip, there and back, and (once) a picture of all strips."""
    for frames, way in zip(found.strips().values(), (*WAYS, "pixels"), strict=True):

        def animated(frames: np.ndarray = frames) -> bytes:
            return images.gif(np.stack([images.enlarge(frame, 280) for frame in frames]), fps=8, bounce=True)

        name = f"{model_id}-{way}"
        widgets.download(f"GIF: {way}", animated, f"{name}.gif", "image/gif", f"gif-{name}")
    if model_id == chosen.model_id:
        widgets.download("PNG of all strips", all_strips, f"{model_id}-strips.png", "image/png", "strips-png")


def all_strips() -> bytes:
    """Every strip on the page as one labelled PNG."""
    strips = {
        f"{title}, {load.cards()[model_id].title}": frames
        for model_id, found in walks.items()
        for title, frames in found.strips().items()
    }
    columns = [f"{t:.1f}" for t in T]
    heading = f"From {called(a)} to {called(b)}, by t"
    return images.labelled_grid(np.stack(list(strips.values())), list(strips), columns, title=heading)


def heard(event: MapEvent) -> None:
    """A click on a gallery point sets the end that the choice beside the map names."""
    if event.kind == "click" and event.index is not None:
        name = order["AB".index(clicked_end)]
        view.put(f"{name}index", event.index)
        view.put(f"{name}from", inputs.SOURCES[0])


def show_map(model_id: str, found: Walk) -> None:
    """The stored map with both paths, their ends and the current frame."""
    usable = maps.methods(model_id)
    plane = maps.stored(model_id, method if method in usable else usable[0])
    paths = {way: plane.place(codes) for way, codes in found.codes.items()}
    pins = [Pin(*map(float, paths["linear"][at]), label) for at, label in ((0, "A"), (-1, "B"))]
    if 0 < now < len(T) - 1:
        here = [paths[way][now] for way in WAYS]
        together = np.linalg.norm(here[0] - here[1]) < 0.03 * np.ptp(plane.points, axis=0).max()
        marks = {f"t = {T[now]:.1f}": here[0]} if together else dict(zip(WAYS, here, strict=True))
        pins += [Pin(float(x), float(y), name, hollow=True) for name, (x, y) in marks.items()]
    latent_map(
        plane.points,
        key=f"paths-{model_id}-{plane.method}",
        labels=load.gallery(model_id).labels,
        label_names=names,
        sheet=maps.sheet_for(chosen.dataset.id, model_id),
        pins=pins,
        paths=list(paths.values()),
        height=700,
        axis_names=("z1", "z2") if plane.method == "plane" else ("", ""),
        aria_label=f"{load.cards()[model_id].title}: {maps.NAMES[plane.method]} with both paths",
        on_event=heard,
    )
    st.caption(f"**{load.cards()[model_id].title}.** {plane.sentence}")


def show_charts(model_id: str, found: Walk) -> None:
    """What the two ways differ in: the length of the code, and how far other codes are."""
    ranges = load.code_ranges(model_id)
    figure = figures.along_path(
        T, found.length(), ranges["length"], now, title="The straight line dips", y="length of the code |z|"
    )
    widgets.chart(figure, f"length-{model_id}", "Length of the code along both paths")
    st.caption(
        f"From the origin, A and B lie {found.degrees():.0f}° apart: a wide angle makes a deep dip. "
        "Grey: nine in ten gallery codes; dotted: their median."
    )
    figure = figures.along_path(
        T, found.distance, ranges["distance"], now, title="How far from real codes", y="nearest gallery code"
    )
    widgets.chart(figure, f"distance-{model_id}", "Distance to the nearest gallery code along both paths")


swapped = view.get("swapped", False)
order = "ba" if swapped else "ab"
picture_column, end_column = st.columns([3, 1], gap="medium")
with end_column.container(key="ends"):
    st.html(ENDS)
    a, b = pick_ends()
with top:
    widgets.header(
        f"What lies between {called(a)} and {called(b)}?",
        "Look at the middle frames: does one thing change its shape, or do you see two things at once?",
    )
walks = {chosen.model_id: walk(chosen.model_id, a, b)}
if chosen.second_id:
    try:
        walks[chosen.second_id] = walk(chosen.second_id, a, b)
    except zoo.CheckpointError as error:
        top.error(str(error))

with picture_column:
    film.style(len(T), chosen.dataset.image_shape[2])
    strips, bar = st.container(), film.scrub()
    with bar:
        now = round(10 * view.slider("t", "t, from A to B", 0.0, 1.0, 0.5, 0.1, format="%.1f"))
    with strips:
        for model_id, found in walks.items():
            show_strips(model_id, found)
    for model_id, found in walks.items():
        show_heroes(model_id, found)
        with st.container(horizontal=True):
            offer_files(model_id, found)
    if not walks[chosen.model_id].of_originals:
        widgets.fetch_offer(chosen.dataset)

st.subheader("Where the paths run", anchor=False)
with st.container(horizontal=True, gap="large"):
    method = maps.choose(view, chosen.model_id)
    clicked_end = view.choice("next", "A click on the map sets", ("A", "B"), "B", kind="segmented")
for model_id, found in walks.items():
    map_column, chart_column = st.columns([2, 1], gap="medium")
    with map_column:
        show_map(model_id, found)
    with chart_column:
        show_charts(model_id, found)

widgets.try_this(
    "Choose two pictures of the same class, then two that share no ink, and compare the middle frames. Which "
    "of the three strips would you show to somebody as a picture that could be real? Then click far clusters "
    "on the map: through which classes does the path lead?"
)
widgets.formula(
    r"""\begin{aligned} z_{\text{linear}}(t) &= (1-t)\,z_A + t\,z_B \\ z_{\text{spherical}}(t) &=
    \big((1-t)\,|z_A| + t\,|z_B|\big)\left[\frac{\sin((1-t)\,\Omega)}{\sin\Omega}\,\frac{z_A}{|z_A|}
    + \frac{\sin(t\,\Omega)}{\sin\Omega}\,\frac{z_B}{|z_B|}\right] \\
    x_{\text{pixels}}(t) &= (1-t)\,x_A + t\,x_B \end{aligned}""",
    r"$x_A, x_B$ the two pictures, $z_A, z_B$ their codes (the posterior's mean), $t$ from 0 to 1, $|z|$ a "
    r"code's length, $\Omega$ the angle between the codes: $\cos\Omega = z_A \cdot z_B / (|z_A|\,|z_B|)$. "
    "On the spherical path the direction turns evenly (Shoemake 1985, *Animating rotation with quaternion "
    "curves*) and the length goes evenly from one to the other. White (2016, arXiv:1609.04468) proposed "
    r"spherical paths for latent codes: draws of $N(0, I)$ in $L$ dimensions lie near a sphere of radius "
    r"$\sqrt{L}$, and a straight line cuts through its inside, where hardly any draw lies. With few "
    "dimensions, or in a plain autoencoder, whose codes nothing ties to the origin, the arc has no such "
    "reason.",
)
widgets.show_code(__file__, latent.lerp, latent.slerp)
for model_id in walks:
    widgets.card_panel(load.cards()[model_id])
