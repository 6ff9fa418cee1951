"""Latent map: the gallery's codes on a plane, one point an image."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images, latent, projection, zoo
from explorer.figures import codes
from explorer.live.latent_map import Lattice, MapEvent, Pin, latent_map
from explorer.projection import ProjectionError
from explorer.ui import inputs, jobs, load, maps, selection, sidebar, widgets
from explorer.ui.state import View

LATTICE = 24
COLOURS = {"class": "class", "error": "squared error", "kl": "KL"}
OWN = ("None", "Draw", "Upload")

chosen = sidebar.current()
view = View("latent_map")
shown = [chosen.model_id] + ([chosen.second_id] if chosen.second_id else [])
widgets.header(
    "Which pictures does the model think are alike?",
    "Every point is one held-out image, placed by its code. "
    "Look for classes that touch: hover where they meet.",
)
for model_id in shown:
    widgets.model_or_stop(model_id)
gallery = load.gallery(chosen.model_id)
names = chosen.dataset.label_names
count = len(gallery.z)


def heard(event: MapEvent) -> None:
    """A click or lasso on either map: one selection for both."""
    if event.kind == "click" and event.index is not None:
        view.put("at", event.index)
        view.put("place", [])
    elif event.kind == "click":
        view.put("place", [round(event.x, 4), round(event.y, 4)])
    else:
        view.put("picked", selection.to_text(event.indices, count))


def parameters(method: str) -> tuple[tuple[str, float], ...]:
    """Sliders of a method's parameters; their defaults are what the stored maps were made with."""
    if method == "tsne":
        largest = min(100.0, (count - 1) // 3)
        return (("perplexity", view.slider("perplexity", "Perplexity", 2.0, largest, 30.0, 1.0)),)
    if method == "umap":
        neighbours = view.slider("neighbours", "Neighbours", 2, min(200, count - 1), 15, 1)
        return (
            ("min_dist", view.slider("min_dist", "Minimal distance", 0.0, 1.0, 0.1, 0.05)),
            ("n_neighbors", neighbours),
        )
    return ()


def recompute(method: str) -> tuple[tuple[str, float], ...]:
    """The recomputation's controls; returns the parameters that are asked for."""
    if method in ("plane", "pca"):
        return ()
    with st.expander("Compute this map anew"):
        asked = parameters(method)
        if dict(asked) == projection.DEFAULTS[method]:
            st.caption("These are the stored map's parameters: move a slider, then compute.")
            return asked
        keys = [(model_id, method, asked) for model_id in shown]
        waiting = [key for key in keys if points_or_none(key) is None]
        running = [key for key in waiting if jobs.registry().progress(key) is not None]
        if running:
            jobs.watch(running)
        elif waiting and st.button("Compute"):
            try:
                for key in waiting:
                    jobs.registry().start(key)
            except (jobs.Busy, ValueError) as error:
                st.error(str(error))
            else:
                st.rerun()
        st.caption(
            "Computed." if not waiting else "Until it is done, the stored map stays. It takes about a minute."
        )
    return asked


def points_or_none(key: jobs.Key) -> np.ndarray | None:
    """A recomputed map, if there is one; what went wrong is said once."""
    try:
        return jobs.registry().points(key)
    except ProjectionError as error:
        st.error(str(error))
        return None


def gallery_map(model_id: str, method: str, asked: tuple[tuple[str, float], ...]) -> maps.GalleryMap:
    """The map to show: recomputed if it was asked for and is there, else the stored one."""
    usable = method if method in maps.methods(model_id) else "umap"
    if asked and usable == method and dict(asked) != projection.DEFAULTS[method]:
        points = points_or_none((model_id, method, asked))
        if points is not None:
            return maps.of_points(method, load.gallery(model_id).z, points)
    return maps.stored(model_id, usable)


@st.cache_resource(max_entries=16, show_spinner=False)
def lattice(model_id: str) -> Lattice:
    """What the decoder draws over the whole plane of a two-dimensional code."""
    z = load.gallery(model_id).z
    low, high = np.quantile(z, 0.002, axis=0), np.quantile(z, 0.998, axis=0)
    middle, reach = (low + high) / 2, float((high - low).max()) * 0.55
    x, y = (middle[0] - reach, middle[0] + reach), (middle[1] - reach, middle[1] + reach)
    step = 2 * reach / LATTICE
    lattice_codes = latent.grid(
        (x[0] + step / 2, x[1] - step / 2), (y[0] + step / 2, y[1] - step / 2), LATTICE
    )
    decoded = images.to_uint8(latent.decode(load.model(model_id), lattice_codes))
    cells = decoded.reshape(LATTICE, LATTICE, *decoded.shape[1:])
    return Lattice.from_image(images.tile(cells, scale=1, gap=0), (*x, *y))


def own_input() -> inputs.Input | None:
    """A drawing or an upload to place on the map."""
    source = view.choice("own_from", "Your own image", OWN, "None", kind="segmented")
    return None if source == "None" else inputs.own(view, chosen.dataset, source)


def show_map(model_id: str, found: maps.GalleryMap, own: inputs.Input | None, height: int) -> None:
    """One map with everything that is pinned to it."""
    stored = load.gallery(model_id)
    coloured = {"class": None, "error": stored.error, "kl": stored.kl}[colour]
    pins = []
    if own is not None:
        x, y = found.place(inputs.encode(model_id, own)[0][None])[0]
        pins.append(Pin(float(x), float(y), own.name))
    if place and found.method == "plane":
        pins.append(Pin(place[0], place[1], "here", hollow=True))
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
        selected=picked if len(picked) else [at],
        pins=pins,
        lattice=lattice(model_id) if found.method == "plane" and behind else None,
        height=height,
        axis_names=("z1", "z2") if found.method == "plane" else ("", ""),
        empty_clicks=found.method == "plane",
        aria_label=f"{load.cards()[model_id].title}: {maps.NAMES[found.method]} of {count:,} codes",
        on_event=heard,
    )
    st.caption(f"**{load.cards()[model_id].title}.** {found.sentence}")


def check_index(value: int) -> str | None:
    return (
        None if isinstance(value, int) and 0 <= value < count else f"the gallery has images 0 to {count - 1}"
    )


def check_place(value: list) -> str | None:
    fine = len(value) in (0, 2) and all(np.isfinite(float(v)) for v in value)
    return None if fine else "a place on the plane is two numbers"


def check_picked(text: str) -> str | None:
    try:
        selection.from_text(text, count)
    except ValueError as error:
        return str(error)
    return None


# The opening state: an image that the model finds hard, since that is where one learns most.
at = view.get("at", int(np.argsort(gallery.error)[-count // 50]), check_index)
place = view.get("place", [], check_place)
picked = selection.from_text(view.get("picked", "", check_picked), count)

map_column, control_column = st.columns([2, 1] if len(shown) == 1 else [3, 1], gap="medium")
with control_column:
    method = maps.choose(view, chosen.model_id)
    possible = tuple(c for c in COLOURS if c != "kl" or gallery.kl is not None)
    colour = view.choice(
        "colour", "Colour", possible, "class", kind="segmented", format_func=COLOURS.__getitem__
    )
    behind = method == "plane" and view.toggle("lattice", "Decoded pictures behind the points", True)
    asked = recompute(method)
    own = own_input()
    st.caption("Drag to move, wheel to zoom, click a point to open it; the lasso selects many at once.")
with map_column:
    columns = st.columns(len(shown))
    for column, model_id in zip(columns, shown, strict=True):
        with column:
            show_map(
                model_id, gallery_map(model_id, method, asked), own, height=600 if len(shown) == 1 else 420
            )
    if load.images(chosen.dataset.id) is None:
        widgets.fetch_offer(chosen.dataset)


def open_image(
    model_id: str, code: np.ndarray, logvar: np.ndarray | None, original: np.ndarray | None, what: str
) -> None:
    """Input, reconstruction, code and five nearest neighbours of one image."""
    stored, thumbs = load.gallery(model_id), load.thumbnails(chosen.dataset.id, model_id)
    indices, distances = latent.nearest(stored.z, code, 6)
    others = [i for i in indices if not (own is None and i == at)][:5]
    first, second, third = st.columns([2, 3, 3])
    with first.container(horizontal=True):
        if original is not None:
            widgets.picture(original, f"Input: {what}", 112, "input")
        widgets.picture(
            latent.decode(load.model(model_id), code[None])[0], "Reconstruction", 112, "reconstruction"
        )
    std = None if logvar is None else np.exp(0.5 * logvar)
    with second:
        order = load.dimension_order(model_id)[0]
        widgets.chart(codes.code_bars(code, std, order), f"code-{model_id}", "The code as bars")
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
    opened = own or inputs.from_gallery(chosen.dataset, gallery.labels, at)
    code, logvar = inputs.encode(model_id, opened)
    open_image(model_id, code, logvar, None if opened.image is None else opened.image[0], opened.name)

if place and method == "plane":
    code = np.array([place], np.float32)
    st.subheader(f"Decoded at z = ({place[0]:.2f}, {place[1]:.2f})", anchor=False)
    widgets.picture(latent.decode(load.model(chosen.model_id), code)[0], "Decoded place", 196)
    far = latent.nearest(gallery.z, code[0], 1)[1][0]
    typical = load.typical_distance(chosen.model_id)
    st.caption(
        f"Distance to the nearest gallery code: {widgets.number(float(far))}, "
        f"{far / typical:.0f} × the median in the gallery."
    )

if len(picked):
    st.subheader("The lasso", anchor=False)
    left, right = st.columns([1, 2])
    with left.container(horizontal=True):
        mean = gallery.z[picked].mean(axis=0, keepdims=True)
        widgets.picture(
            latent.decode(load.model(chosen.model_id), mean)[0],
            "Decoded mean of the selection",
            112,
            "mean code, decoded",
        )
        split = load.images(chosen.dataset.id)
        if split is not None:
            widgets.picture(
                split.pixels(picked).mean(axis=0), "Mean of the selected images", 112, "mean of the pixels"
            )
        st.button("Clear the lasso", on_click=lambda: view.put("picked", ""))
    with right:
        counts = np.bincount(gallery.labels[picked], minlength=len(names))
        widgets.chart(codes.class_counts(counts, names), "lasso-counts", "Classes in the selection")

widgets.try_this(
    "Lasso the border between two classes and read which classes it holds. Then colour by error: are "
    "the hard "
    "images at the borders? Draw something that is no digit and see where it lands, and how far from "
    "all data."
)
widgets.formula(
    r"p(x_{\text{new}}) = \frac{\sum_{i \in N_{15}} w_i\, p_i}{\sum_i w_i}, \qquad w_i = "
    r"\frac{\exp(-(d_i - d_1)/s)}{d_i}",
    r"$p_i$ the map position of gallery image $i$, $d_i$ the distance between its code and the new one, "
    r"$d_1$ the "
    r"smallest of them, $s$ their standard deviation, $N_{15}$ the 15 nearest codes. t-SNE and UMAP "
    r"keep neighbourhoods, "
    "not distances: the size of a cluster and the gap between two clusters mean nothing.",
)
widgets.show_code(__file__, projection.place, latent.nearest)
for model_id in shown:
    card: zoo.ModelCard = load.cards()[model_id]
    widgets.card_panel(card)
