"""A page on which a drawing is encoded while the pen moves, and what Python knows of it.

Query parameters: `model` (of the zoo), `width` of the column in CSS pixels, `from=Draw` (see `inputs.pick`),
`page=pick|dark|two` (dark: black ink on white; two: choose pick or another page), `linked=no` (no cursor).
"""

from __future__ import annotations

import base64
import json

import numpy as np
import streamlit as st

from explorer import intake, latent, zoo
from explorer.live.component import mount_runtime
from explorer.live.cursor import cursor, picture
from explorer.live.draw_canvas import Sight, draw_canvas, drawing_key
from explorer.ui import inputs, load, state
from explorer.ui.state import View

st.set_page_config(page_title="Draw", layout="wide")
mount_runtime()
asked = st.query_params.to_dict()
state.begin("draw")
view = View("draw")
model_id = asked.get("model", "mnist-vae")
dataset = load.dataset(zoo.card(model_id).dataset)
linked = None if asked.get("linked") == "no" else "code"
shown = asked.get("page", "pick")


def tell(name: str, value: object) -> None:
    st.html(f"<pre id='{name}' style='height: 40px; overflow: auto'>{json.dumps(value)}</pre>")


def moved(value: list[float]) -> None:
    st.session_state.moves = st.session_state.get("moves", 0) + 1


def canvas_key() -> str:
    return "dark" if shown == "dark" else view.key("canvas")


def pick() -> np.ndarray:
    return inputs.encode(model_id, inputs.pick(view, dataset, model_id, cursor=linked))[0]


def dark() -> np.ndarray:
    """A data set of dark ink on white would have such a page."""
    facts = load.live(model_id)
    order = load.dimension_order(model_id)[0]
    sight = Sight(facts.image_shape, order, facts.variational, dataset.intake_style, dataset.intake_fill)
    drawn = draw_canvas(key="dark", ink="dark", height=224, cursor="code", sight=sight)
    if drawn is None:
        return load.gallery(model_id).z[0]
    bright = intake.fit(
        255 - drawn,
        facts.image_shape,
        polarity="as is",
        style=dataset.intake_style,
        fill=dataset.intake_fill,
    )
    return latent.encode(load.model(model_id), (255 - bright[None]).astype(np.float32) / 255)[0][0]


runs = st.session_state.runs = st.session_state.get("runs", 0) + 1
if shown == "two":
    shown = st.radio("Page", ["pick", "other"], horizontal=True)
if shown in ("pick", "dark"):
    with st.container(width=int(asked.get("width", 330))):
        z = dark() if shown == "dark" else pick()
    with st.container(width=220):
        cursor("code", z, load.live(model_id), with_encoder=True, on_release=moved)
        picture("code", key="picture", size=196)
    drawn = st.session_state.get(drawing_key(canvas_key()), {"image": None})["image"]
    tell("drawing", None if drawn is None else base64.b64encode(drawn).decode())
    tell("z", [round(float(number), 4) for number in z])
tell("moves", st.session_state.get("moves", 0))
tell("runs", runs)
