"""Interpolation: from one picture to another, through the codes or through the pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.live import walk as live
from explorer.live.cursor import cursor
from explorer.live.latent_map import MapEvent, PathPin, Pin, latent_map
from explorer.ui import classes, inputs, load, maps, sidebar, walks, widgets
from explorer.ui.state import View
from explorer.ui.walks import WAYS, T, Walk

HEROES = (84, 196, 280)
SHARE = "interpolation-t"  # the cursor that strips, pictures and map follow
#: Class and example stand side by side only where a class name fits.
ENDS = "<style>.st-key-ends [data-testid=stColumn] { min-width: 8.5rem; }</style>"
#: Gallery images to open on: so unlike that a mix of their pixels shows two things at once.
OPENING = {"mnist": (1746, 4432), "digits": (166, 73), "fashion": (2727, 807), "shapes": (1193, 1884)}

chosen = sidebar.current()
view = View("interpolation")
top = st.container()
widgets.model_or_stop(chosen.model_id, with_class=True)
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


def show_walk(model_id: str, found: Walk) -> None:
    """The strips, the bar and the large pictures of one model; its networks come with a cursor."""
    shown = load.live(model_id, found.label)
    heading = load.cards()[model_id].title if len(found_walks) > 1 else ""
    with st.container(gap=None):
        model = cursor(f"interpolation-{model_id}", found.ends[0], shown)
        live.walk(
            f"walk-{model_id}",
            t=SHARE,
            model=model,
            codes=found.ends,
            ends=found.shown_ends(),
            shape=chosen.dataset.image_shape,
            exclude=found.own,
            words=walks.words(found, called(a), called(b), heading, animate=model_id == chosen.model_id),
            sizes=HEROES,
            frames=len(T),
            rendered=found.rendered(t),
        )
    notes = [f"{shown.refused} So the server decodes: the large pictures follow when you let go."]
    notes = notes * bool(shown.refused) + [load.without_codes(model_id, "no distance under the pictures")]
    if any(notes):
        st.caption(" ".join(filter(None, notes)))


def offer_files(model_id: str, found: Walk) -> None:
    """A film of each strip, there and back, and (once) a picture of all strips."""
    for title, way in zip(found.titles, (*WAYS, "pixels"), strict=True):

        def animated(title: str = title) -> bytes:
            large = np.stack([images.enlarge(frame, 280) for frame in found.strips[title]])
            return images.gif(large, fps=8, bounce=True)

        name = f"{model_id}-{way}"
        widgets.download(f"GIF: {way}", animated, f"{name}.gif", "image/gif", f"gif-{name}")
    if model_id == chosen.model_id:
        widgets.download("PNG of all strips", all_strips, f"{model_id}-strips.png", "image/png", "strips-png")


def all_strips() -> bytes:
    """Every strip on the page as one labelled PNG."""
    strips = {
        f"{title}, {load.cards()[model_id].title}": frames
        for model_id, found in found_walks.items()
        for title, frames in found.strips.items()
    }
    columns = [f"{t:.1f}" for t in T]
    heading = f"From {called(a)} to {called(b)}, by t"
    return images.labelled_grid(np.stack(list(strips.values())), list(strips), columns, title=heading)


def heard(event: MapEvent) -> None:
    """A click on a gallery point sets the end that the choice beside the map names."""
    if event.kind == "click" and event.index is not None:
        name = order["AB".index(view.current("next"))]
        view.put(f"{name}index", event.index)
        view.put(f"{name}from", inputs.SOURCES[0])


def show_map(model_id: str, found: Walk) -> None:
    """The stored map with both paths, their ends and the current frame."""
    usable = maps.methods(model_id)
    plane = maps.stored(model_id, method if method in usable else usable[0])
    paths = {way: plane.place(codes) for way, codes in found.codes(T).items()}
    pins = [Pin(*map(float, paths["linear"][at]), label) for at, label in ((0, "A"), (-1, "B"))]
    apart = np.linalg.norm(paths["linear"] - paths["spherical"], axis=1).max()
    together = apart < 0.03 * np.ptp(plane.points, axis=0).max()
    names_of = ("t",) if together else tuple(WAYS)
    moving = [PathPin(SHARE, i, name, hollow=True) for i, name in enumerate(names_of)]
    latent_map(
        plane.points,
        key=f"paths-{model_id}-{plane.method}",
        labels=load.gallery(model_id).labels,
        label_names=names,
        sheet=maps.sheet_for(chosen.dataset.id, model_id),
        pins=pins,
        paths=list(paths.values()),
        path_pins=moving,
        height=700,
        axis_names=("z1", "z2") if plane.method == "plane" else ("", ""),
        aria_label=f"{load.cards()[model_id].title}: {maps.NAMES[plane.method]} with both paths",
        on_event=heard,
    )
    said = f"{plane.sentence} {classes.gallery_sentence(model_id)}"
    st.caption(f"**{load.cards()[model_id].title}.** {said}")


def show_charts() -> None:
    """What the two ways differ in, marked at t, and what ties t to the link."""
    now = view.get("t", t)
    with st.container(gap=None):
        cursor(SHARE, [now], on_release=lambda value: view.put("t", round(value[0], 2)))
        for model_id, found in found_walks.items():
            if len(found_walks) > 1:
                st.markdown(f"**{load.cards()[model_id].title}**")
            length, distance = walks.charts_at(found, now)
            widgets.chart(
                length, f"length-{model_id}", "Length of the code along both paths", file=f"{model_id}-length"
            )
            st.caption(
                f"From the origin, A and B lie {found.degrees():.0f}° apart: a wide angle makes a deep dip. "
                "Grey: nine in ten gallery codes; dotted: their median."
            )
            alt = "Distance to the nearest gallery code along both paths"
            widgets.chart(distance, f"distance-{model_id}", alt, file=f"{model_id}-distance")


swapped = view.get("swapped", False)
order = "ba" if swapped else "ab"
picture_column, end_column = st.columns([3, 1], gap="medium")
with end_column.container(key="ends"):
    st.html(ENDS)
    a, b = pick_ends()
    told = classes.choose(
        view,
        chosen.dataset,
        [chosen.model_id, *filter(None, [chosen.second_id])],
        "Every frame is decoded as this class: what goes from A to B is what the code holds besides.",
    )
with top:
    drawn = "" if told[chosen.model_id] is None else f", both drawn as {names[told[chosen.model_id]]}"
    widgets.header(
        f"What lies between {called(a)} and {called(b)}{drawn}?",
        "Look at the middle frames: does one thing change its shape, or do you see two things at once?",
    )
found_walks = {chosen.model_id: walks.walk(chosen.model_id, a, b, told[chosen.model_id])}
if chosen.second_id:
    try:
        found_walks[chosen.second_id] = walks.walk(chosen.second_id, a, b, told[chosen.second_id])
    except zoo.CheckpointError as error:
        top.error(str(error))

t = view.get("t", 0.5, lambda share: None if 0 <= share <= 1 else "it must lie between 0 and 1")
with picture_column:
    for model_id, found in found_walks.items():
        show_walk(model_id, found)
        with st.container(horizontal=True):
            offer_files(model_id, found)
    if found_walks[chosen.model_id].originals is None:
        widgets.fetch_offer(chosen.dataset)

st.subheader("Where the paths run", anchor=False)
with st.container(horizontal=True, gap="large"):
    method = maps.choose(view, chosen.model_id)
    view.choice("next", "A click on the map sets", ("A", "B"), "B", kind="segmented")
map_column, chart_column = st.columns([2, 1], gap="medium")
with map_column:
    for model_id, found in found_walks.items():
        show_map(model_id, found)
with chart_column:
    # All that a release runs, but where the server has to draw the pictures.
    by_server = any(load.live(each.model_id, each.label).refused for each in found_walks.values())
    (show_charts if by_server else st.fragment(show_charts))()

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
for model_id in found_walks:
    widgets.card_panel(load.cards()[model_id])
