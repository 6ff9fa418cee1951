"""Recomputed maps: one subprocess a map, shared by all sessions, a bounded number at a time."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from threading import Lock

import numpy as np
import streamlit as st

from explorer.projection import ProjectionError, ProjectionJob
from explorer.ui import load

AT_ONCE = 2
KEPT = 64

#: model id, method, and its parameters as sorted pairs
Key = tuple[str, str, tuple[tuple[str, float], ...]]


class Busy(RuntimeError):
    """As many maps are being computed as the server allows; the message says what to do."""


class Registry:
    """Finished maps and running jobs by what they compute, so that thirty students share one computation."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[Key, ProjectionJob] = {}
        self._finished: OrderedDict[Key, np.ndarray] = OrderedDict()
        self._failed: dict[Key, str] = {}

    def points(self, key: Key) -> np.ndarray | None:
        """The finished map (N, 2), or None; what ended in an error is `failed` until it is started again."""
        with self._lock:
            job = self._running.get(key)
            if job is not None and job.done:
                del self._running[key]
                try:
                    self._finished[key] = job.result()
                except ProjectionError as error:
                    self._failed[key] = str(error)
                while len(self._finished) > KEPT:
                    self._finished.popitem(last=False)
            return self._finished.get(key)

    def failed(self, key: Key) -> str:
        """Why the last computation of a map failed; "" if it did not."""
        return self._failed.get(key, "")

    def progress(self, key: Key) -> tuple[float, str] | None:
        """Share done and what is being done, or None if this map is not being computed."""
        with self._lock:
            job = self._running.get(key)
            return None if job is None else job.poll()

    def start(self, key: Key) -> None:
        """Begin to compute a map, unless that is under way or done.

        Raises
        ------
        Busy
            If too many are under way.
        ValueError
            If a parameter is out of range.
        """
        model_id, method, parameters = key
        with self._lock:
            if key in self._running or key in self._finished:
                return
            if sum(not job.done for job in self._running.values()) >= AT_ONCE:
                raise Busy(
                    f"{AT_ONCE} maps are being computed already: wait for one to end, then press again."
                )
            job = ProjectionJob(method, load.gallery(model_id).z, **dict(parameters))
            self._running[key] = job.start()
            self._failed.pop(key, None)

    def cancel(self, key: Key) -> None:
        """End the computation of a map, if it is under way."""
        with self._lock:
            job = self._running.pop(key, None)
        if job is not None:
            job.cancel()


@cache  # not Streamlit's: that one is cleared when originals have been fetched, and jobs go on
def registry() -> Registry:
    """The server's one registry."""
    return Registry()


@st.fragment(run_every=0.5)
def watch(keys: list[Key]) -> None:
    """Show the progress of maps under way, with a way to stop them; rerun the page when they are done."""
    shown = False
    for key in keys:
        state = registry().progress(key)
        registry().points(key)  # takes what is done
        if state is not None:
            shown = True
            st.progress(min(1.0, state[0]), f"{load.cards()[key[0]].title}: {state[1]}")
    if shown:
        if st.button("Stop", key="stop-maps"):
            for key in keys:
                registry().cancel(key)
            st.rerun()
    if all(registry().progress(key) is None for key in keys):
        st.rerun()
