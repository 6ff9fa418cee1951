"""Latent map: the gallery's codes on a plane, one point an image, and what the decoder draws between them."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from explorer import latent, projection
from explorer.figures import codes
from explorer.live.bars import bars
from explorer.live.cursor import cursor, picture
from explorer.live.latent_map import MapEvent, Pin, latent_map
from explorer.ui import classes, inputs, load, maps, recompute, selection, sidebar, widgets
from explorer.ui.state import View

COLOURS = {"class": "class", "error": "squared error", "kl": "KL"}
OWN = ("None", "Draw", "Upload")
NO_DRAG = "no dragging on this map (on PCA there is); a click still opens an image"
SLOTS = ("z", "z2")  # of the view: where the first and the second map's cursor stands

chosen = sidebar.current()
view = View("latent_map")
shown = [chosen.model_id] + ([chosen.second_id] if chosen.second_id else [])
slot_of = dict(zip(shown, SLOTS, strict=False))
widgets.header(
    "Which pictures does the model think are alike?",
    "Every point is one held-out image, placed by its code. "
    "Drag across the map: the picture is what the model draws there.",
)
for model_id in shown:
    widgets.model_or_stop(model_id, with_class=True)
gallery = load.gallery(chosen.model_id)
names = chosen.dataset.label_names
count = len(gallery.z)


def heard(event: MapEvent) -> None:
    """A click or lasso on either map: one selection for both."""
    if event.kind == "click":
        view.put("at", event.index)
        view.put("own_from", "None")
        for slot in slot_of.values():
            view.put(slot, [])
    else:
        view.put("picked", selection.to_text(event.indices, count))


def cursor_of(model_id: str) -> str:
    """The name of a map's cursor, which its picture follows."""
    return f"map-code-{model_id}"


def own_input() -> inputs.Input | None:
    """A drawing or an upload to place on the map; the first map's cursor follows the pen."""
    source = view.choice("own_from", "Your own image", OWN, "None", kind="segmented")
    if source == "None":
        return None
    first = chosen.model_id
    return inputs.own(view, chosen.dataset, source, model_id=first, cursor=cursor_of(first))


def tie(model_id: str) -> None:
    """Tie a map's cursor to the view."""
    label = told[model_id]
    live = load.live(model_id, label)
    code, moved = maps.live_code(view, slot_of[model_id], model_id, opened, label)
    cursor(
        cursor_of(model_id),
        code,
        live,
        with_encoder=view.get("own_from", "None") == "Draw" and model_id == chosen.model_id,
        rendered=maps.decoded(model_id, tuple(code), label) if live.refused else None,
        alone=not live.refused,
        on_release=moved,
    )


def show_map(model_id: str, height: int) -> str:
    """One map with everything that is pinned to it; returns what is to be said of it."""
    stored, found = load.gallery(model_id), recompute.gallery_map(model_id, method, asked)
    coloured = {"class": None, "error": stored.error, "kl": stored.kl}[colour]
    code, logvar = maps.code_of(model_id, opened, told[model_id])
    refused, follows = load.live(model_id, told[model_id]).refused, maps.follows(found, model_id)
    latent_map(
        found.points,
        key=f"map-{model_id}-{found.method}",
        labels=stored.labels,
        label_names=names,
        colour="label" if coloured is None else "value",
        values=coloured,
        value_name=COLOURS[colour],
        value_unit="nats" if colour == "kl" else "",
        sheet=maps.sheet_for(chosen.dataset.id, model_id),
        selected=picked if len(picked) else [at] if own is None else [],
        pins=[] if own is None else [Pin(*map(float, found.place(code[None])[0]), own.name)],
        live=maps.live_point(found, cursor_of(model_id), spread=(code, logvar)) if follows else None,
        lattice=not refused and found.method == "plane" and behind,
        height=height,
        axis_names=("z1", "z2") if found.method == "plane" else ("", ""),
        aria_label=f"{load.cards()[model_id].title}: {maps.NAMES[found.method]} of {count:,} codes",
        on_event=heard,
    )
    spread = maps.spread_sentence(found, logvar is not None)
    return " ".join([
        f"**{load.cards()[model_id].title}.** {found.sentence} {spread} {classes.gallery_sentence(model_id)}",
        f"{refused} So the server decodes: the picture follows when you let go." * bool(refused),
        load.without_codes(model_id, "no distance to the nearest", *([] if follows else [NO_DRAG])),
    ])  # fmt: skip


def show_picture(model_id: str, size: int) -> None:
    """What the live point decodes to, and how far from real codes it is."""
    picture(
        cursor_of(model_id),
        key=f"map-picture-{model_id}",
        size=size,
        distance="{far} from the nearest of "
        f"{len(load.gallery(model_id).z):,} gallery codes: {{times}} times the usual distance.",
        alt=f"{load.cards()[model_id].title}: decoded picture of the live point",
    )


def check_index(value: int) -> str | None:
    fine = isinstance(value, int) and 0 <= value < count
    return None if fine else f"the gallery has images 0 to {count - 1}"


def check_picked(text: str) -> str | None:
    try:
        selection.from_text(text, count)
    except ValueError as error:
        return str(error)
    return None


# The opening state: an image that the model finds hard, since that is where one learns most.
at = view.get("at", int(np.argsort(gallery.error)[-count // 50]), check_index)
picked = selection.from_text(view.get("picked", "", check_picked), count)

map_column, control_column = st.columns([2, 1] if len(shown) == 1 else [3, 1], gap="medium")
with control_column:
    if len(shown) == 1:
        show_picture(chosen.model_id, 280)
    told = classes.choose(
        view, chosen.dataset, shown, "The code stays as it is: only the class of what is decoded changes."
    )
    method = maps.choose(view, chosen.model_id)
    possible = tuple(c for c in COLOURS if c != "kl" or gallery.kl is not None)
    colour = view.choice(
        "colour", "Colour", possible, "class", kind="segmented", format_func=COLOURS.__getitem__
    )
    behind = method == "plane" and view.toggle("lattice", "Decoded pictures behind the points", True)
    asked = recompute.controls(view, method, shown)
    own = own_input()
    st.caption(
        "Drag to decode, click a point to open its image, wheel to zoom; the lasso selects many at once."
    )
opened = own or inputs.from_gallery(chosen.dataset, gallery.labels, at)
said = []
with map_column:
    for column, model_id in zip(st.columns(len(shown)), shown, strict=True):
        with column:
            said.append(show_map(model_id, height=600 if len(shown) == 1 else 420))
            if len(shown) > 1:
                show_picture(model_id, 196)
    if load.images(chosen.dataset.id) is None:
        widgets.fetch_offer(chosen.dataset)
for column, model_id, sentences in zip(st.columns(len(shown)), shown, said, strict=True):
    with column:
        st.caption(sentences)
        found = recompute.gallery_map(model_id, method, asked)
        rows = partial(maps.rows, model_id, found.points)
        widgets.data_button(f"map-{model_id}", maps.columns(model_id), rows, f"{model_id}-{method}.csv")
        tie(model_id)


def open_image(model_id: str) -> None:
    """Input, reconstruction, code and five nearest neighbours of what is opened."""
    stored, thumbs = load.gallery(model_id), load.thumbnails(chosen.dataset.id, model_id)
    code, logvar = maps.code_of(model_id, opened, told[model_id])
    own_class = told[model_id] if own or told[model_id] is None else int(gallery.labels[at])
    indices, distances = latent.nearest(stored.z, code, 6)
    others = [i for i in indices if not (own is None and i == at)][:5]
    first, second, third = st.columns([2, 3, 3])
    side = max(112, 2 * chosen.dataset.image_shape[2])  # else a large image is not enlarged at all
    with first.container(horizontal=True):
        if opened.image is not None:
            widgets.picture(opened.image[0], f"Input: {opened.name}", side, "input")
        rebuilt = maps.decoded(model_id, tuple(code.tolist()), own_class)
        widgets.picture(rebuilt, "Reconstruction", side, "reconstruction")
    with second:
        std = None if logvar is None else np.exp(0.5 * logvar)
        bars(code, std, load.dimension_order(model_id)[0], key=f"code-{model_id}")
    with third:
        st.markdown("Nearest in code space")
        widgets.film(thumbs[others], "Five nearest gallery images", 56)
        far = distances[0] if own is not None else distances[1]
        st.caption(
            ", ".join(names[stored.labels[i]] for i in others)
            + f". Distance to the nearest: {widgets.number(float(far))} "
            f"(median in the gallery: {widgets.number(load.typical_distance(model_id))})."
        )


st.subheader("Opened: " + (own.name if own else f"{names[gallery.labels[at]]}, image {at}"), anchor=False)
for model_id in shown:
    if len(shown) > 1:
        st.markdown(f"**{load.cards()[model_id].title}**")
    open_image(model_id)

if len(picked):
    st.subheader("The lasso", anchor=False)
    left, right = st.columns([1, 2])
    with left.container(horizontal=True):
        code = tuple(gallery.z[picked].mean(axis=0).tolist())
        mean = maps.decoded(chosen.model_id, code, told[chosen.model_id])
        widgets.picture(mean, "Decoded mean of the selection", 112, "mean code, decoded")
        split = load.images(chosen.dataset.id)
        if split is not None:
            average = split.pixels(picked).mean(axis=0)
            widgets.picture(average, "Mean of the selected images", 112, "mean of the pixels")
        st.button("Clear the lasso", on_click=lambda: view.put("picked", ""))
    with right:
        counts = np.bincount(gallery.labels[picked], minlength=len(names))
        widgets.chart(
            codes.class_counts(counts, names), "lasso-counts", "Classes in the selection", file="selection"
        )

widgets.try_this(
    "Drag from one class into another and watch where the picture changes its mind. Then drag into a hole of "
    "the map: what does the model draw where it has seen nothing, and what does the number at the point say? "
    "Lasso the border between two classes and read which classes it holds. Draw something that is no digit."
)
widgets.formula(
    r"p(z) = \frac{\sum_{i \in N_{15}(z)} w_i\, p_i}{\sum_i w_i}, \quad "
    r"z(p) = \frac{\sum_{i \in N_{15}(p)} w_i\, z_i}{\sum_i w_i}, \quad "
    r"w_i = \frac{\exp(-(d_i - d_1)/s)}{d_i}",
    r"UMAP and t-SNE place a new code $z$ at the mean of the map positions $p_i$ of its 15 nearest gallery "
    r"codes $z_i$, and a place $p$ decodes the mean of the codes of its 15 nearest points. $d_i$ is the "
    r"distance, to the code or on the map, $d_1$ the smallest of them, $s$ their standard deviation. Both "
    "keep neighbourhoods, not distances: sizes of clusters and gaps between them mean nothing. "
    r"PCA is exact: $p = C(z - \mu)$, and dragging adds $C^\top \Delta p$ to the code.",
)
widgets.show_code(__file__, projection.place, latent.nearest)
for model_id in shown:
    widgets.card_panel(load.cards()[model_id])
