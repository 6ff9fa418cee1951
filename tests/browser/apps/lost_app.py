"""A picture and a map whose weights and points do not reach the browser before they are asked for again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.live import cursor as cursors
from explorer.live import latent_map as maps
from explorer.live.component import mount_asset, mount_runtime
from explorer.live.cursor import cursor, picture
from explorer.ui import load
from tests.browser.apps import live_data


def losing(send: Callable[..., None]) -> Callable[..., None]:
    """The first sending is lost on its way."""
    return lambda name, data, sending=0: send(name, data, sending) if sending else None


cursors.mount_asset = maps.mount_asset = losing(mount_asset)
st.set_page_config(layout="wide")
mount_runtime()
left, right = st.columns(2)
with left:
    cursor("lost", [0.5, -1.0, 0.25, 0.0, 1.0, -0.5], load.live("digits-vae"))
    picture("lost", key="picture", size=200)
with right:
    points, labels, _ = live_data.cloud(50)
    maps.latent_map(points, key="map", labels=labels, height=200)
