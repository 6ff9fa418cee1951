"""A map of 70,000 points, for the benchmark: it tells when Python heard of a lasso."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from explorer.live.component import mount_runtime
from explorer.live.latent_map import latent_map
from explorer.live.map_parts import MapEvent

COUNT = 70_000

st.set_page_config(layout="wide")
mount_runtime()


@st.cache_resource
def points() -> tuple[np.ndarray, np.ndarray]:
    """Ten clouds, as a map of codes has them."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, COUNT)
    angle = 2 * np.pi * labels / 10
    centres = 8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (centres + random.normal(scale=2.0, size=(COUNT, 2))).astype(np.float32), labels


def heard(event: MapEvent) -> None:
    """When it reached Python, in milliseconds since 1970, as `performance.timeOrigin` counts."""
    st.session_state.heard = 1000 * time.time()
    st.session_state.count = len(event.indices)


places, classes = points()
latent_map(places, key="map", labels=classes, height=600, on_event=heard)
st.html(f"<p id=heard>{st.session_state.get('heard', 0)} {st.session_state.get('count', 0)}</p>")
