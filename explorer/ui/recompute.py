"""A map computed anew with other parameters: its controls, its progress, and which points are shown."""

from __future__ import annotations

import streamlit as st

from explorer import projection
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
        keys = [(model_id, method, asked) for model_id in model_ids]
        waiting = [key for key in keys if jobs.registry().points(key) is None]
        for failure in filter(None, map(jobs.registry().failed, waiting)):
            st.error(failure)
        running = [key for key in waiting if jobs.registry().progress(key, jobs.reader()) is not None]
        if running:
            jobs.watch(running)
        elif waiting and st.button("Compute"):
            try:
                for key in waiting:
                    jobs.registry().start(key, jobs.reader())
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
        key = (model_id, method, asked)
        if jobs.registry().points(key) is not None:
            return _recomputed(key)
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


@st.cache_resource(max_entries=jobs.KEPT, show_spinner=False)
def _recomputed(key: jobs.Key) -> maps.GalleryMap:
    """A finished map, its placement error measured once."""
    model_id, method, _ = key
    return maps.of_points(method, load.gallery(model_id).z, jobs.registry().points(key))
