"""A map with two pins that follow one cursor along a path, for the browser tests."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from explorer.live.component import mount_runtime
from explorer.live.cursor import cursor
from explorer.live.latent_map import latent_map
from explorer.live.map_parts import PathPin
from tests.browser.apps import live_data

PATHS = [np.array([[-8.0, -8], [0, -6], [8, 8]]), np.array([[-8.0, 8], [8, -8]])]


def released(value: list[float]) -> None:
    st.session_state.told = [*st.session_state.get("told", []), value]


st.set_page_config(page_title="Paths", layout="wide")
mount_runtime()
points, labels, _ = live_data.cloud(400)
cursor("t", st.session_state.get("told", [[0.25]])[-1], on_release=released)
pins = [PathPin("t", 0, "there"), PathPin("t", 1, "back", hollow=True)]
latent_map(points, key="map", labels=labels, paths=PATHS, path_pins=pins, height=500)
st.html(f"<pre id='told'>{json.dumps(st.session_state.get('told', []))}</pre>")
