"""A map computed anew with other parameters: its controls, its progress, and which points are shown."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import projection
from explorer.projection import ProjectionError
from explorer.ui import jobs, load, maps
from explorer.ui.state import View

Parameters = tuple[tuple[str, float], ...]


def controls(view: View, method: str, model_ids: list[str]) -> Parameters:
    """Draw the controls for maps of these models; returns the parameters that are asked for, () for none."""
    if method not in ("tsne", "umap"):
        return ()
    with st.expander("Compute this map anew"):
        asked = _parameters(view, method, len(load.gallery(model_ids[0]).z))
        if dict(asked) == projection.DEFAULTS[method]:
            st.caption("These are the stored map's parameters: move a slider, then compute.")
            return asked
        waiting = [key for m in model_ids if _points_or_none(key := (m, method, asked)) is None]
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


def gallery_map(model_id: str, method: str, asked: Parameters) -> maps.GalleryMap:
    """The map to show: recomputed if it was asked for and is there, else the stored one."""
    usable = method if method in maps.methods(model_id) else "umap"
    if asked and usable == method and dict(asked) != projection.DEFAULTS[method]:
        points = _points_or_none((model_id, method, asked))
        if points is not None:
            return maps.of_points(method, load.gallery(model_id).z, points)
    return maps.stored(model_id, usable)


def _parameters(view: View, method: str, count: int) -> Parameters:
    """Sliders of a method's parameters; their defaults are what the stored maps were made with."""
    if method == "tsne":
        largest = min(100.0, (count - 1) // 3)
        return (("perplexity", view.slider("perplexity", "Perplexity", 2.0, largest, 30.0, 1.0)),)
    neighbours = view.slider("neighbours", "Neighbours", 2, min(200, count - 1), 15, 1)
    return (
        ("min_dist", view.slider("min_dist", "Minimal distance", 0.0, 1.0, 0.1, 0.05)),
        ("n_neighbors", neighbours),
    )


def _points_or_none(key: jobs.Key) -> np.ndarray | None:
    """A recomputed map, if there is one; what went wrong is said once."""
    try:
        return jobs.registry().points(key)
    except ProjectionError as error:
        st.error(str(error))
        return None
