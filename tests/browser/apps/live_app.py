"""A page with our two components and what Python knows of them, for the browser tests and for trying things
out.

Query parameters: `n` points, `page=map|draw|both|two|bad` (two: choose one), `ink=dark`.
"""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from explorer.live.component import component, mount_runtime
from explorer.live.draw_canvas import draw_canvas, set_drawing
from explorer.live.latent_map import latent_map
from explorer.live.map_parts import MapEvent, Pin
from explorer.live.sprites import SpriteSheet
from tests.browser.apps import live_data

st.set_page_config(page_title="Live", layout="wide")
mount_runtime()
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@st.cache_resource
def thumbnails(n: int) -> SpriteSheet:
    return SpriteSheet.from_images(live_data.thumbnails(n))


def on_event(event: MapEvent) -> None:
    st.session_state.events = st.session_state.get("events", 0) + 1
    if event.kind == "click":
        st.session_state.selected = [] if event.index is None else [event.index]
        st.session_state.clicked = [event.x, event.y]
    else:
        st.session_state.selected = event.indices.tolist()


def on_change(drawing: np.ndarray | None) -> None:
    st.session_state.changes = st.session_state.get("changes", 0) + 1


def tell(name: str, value: object) -> None:
    st.html(f"<pre id='{name}' style='white-space:pre-wrap;overflow-wrap:anywhere'>{json.dumps(value)}</pre>")


def show_map() -> None:
    n = int(st.query_params.get("n", 400))
    points, labels, values = live_data.cloud(n)
    left, right = st.columns([2, 1])
    with right:
        colour = st.radio("Colour", ["label", "value"], horizontal=True)
        marks = st.checkbox("Pins and a path")
        more = st.checkbox("Other points")
    selected = st.session_state.get("selected", [])
    angle = np.linspace(0, 2, 11)
    with left:
        latent_map(
            -points if more else points,
            key="map",
            labels=labels,
            label_names=NAMES,
            colour=colour,
            values=values,
            value_name="Error",
            value_unit="nats",
            sheet=thumbnails(n),
            selected=selected,
            pins=[Pin(0, 0, "clean"), Pin(5, 5, "noisy", hollow=True), Pin(60, 3, "far away")]
            if marks
            else [],
            paths=[np.stack([8 * np.cos(angle), 8 * np.sin(angle)], 1)] if marks else [],
            axis_names=("z₁", "z₂") if marks else ("", ""),
            on_event=on_event,
        )
    with right:
        tell("selected", selected)
        tell("clicked", st.session_state.get("clicked"))
        tell("events", st.session_state.get("events", 0))


def show_canvas() -> None:
    if st.button("Put a square"):
        square = np.zeros((112, 112), np.uint8)
        square[40:72, 40:72] = 255
        set_drawing("canvas", square)
    if st.button("Take it away"):
        set_drawing("canvas", None)
    polarity = st.query_params.get("ink", "bright")
    drawing = draw_canvas(key="canvas", ink=polarity, on_change=on_change)
    facts = None
    if drawing is not None:
        ink = drawing if polarity == "bright" else 255 - drawing
        ys, xs = np.nonzero(ink > 128)
        box = [int(v) for v in (xs.min(), xs.max(), ys.min(), ys.max())]
        facts = {"shape": drawing.shape, "dtype": str(drawing.dtype), "box": box, "sum": int(ink.sum())}
    tell("drawing", facts)
    tell("changes", st.session_state.get("changes", 0))
    if drawing is not None:
        st.image(drawing, width=112)


shown = st.query_params.get("page", "map")
tell("runs", st.session_state.setdefault("runs", 0) + 1)
st.session_state.runs += 1
if shown == "two":
    shown = st.radio("Page", ["map", "draw"], horizontal=True)
if shown == "bad":
    component("latent_map")(key="bad", data=b"LXP1 and then nothing that could be read")
if shown in ("map", "both"):
    show_map()
if shown in ("draw", "both"):
    show_canvas()
