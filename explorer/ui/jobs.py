"""Recomputed maps: one subprocess a map, shared by all sessions, a bounded number at a time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from threading import Lock
from uuid import uuid4

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


@dataclass
class Running:
    """A map that is being computed, and the readers who wait for it."""

    job: ProjectionJob
    readers: set[str]


class Registry:
    """Finished maps and running jobs by what they compute, so that thirty students share one computation.

    Each reader who asks for a map waits for it by name, and a job ends early only when none of them does.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[Key, Running] = {}
        self._finished: OrderedDict[Key, np.ndarray] = OrderedDict()
        self._failed: dict[Key, str] = {}

    def points(self, key: Key) -> np.ndarray | None:
        """The finished map (N, 2), or None; what ended in an error is `failed` until it is started again."""
        with self._lock:
            running = self._running.get(key)
            if running is not None and running.job.done:
                del self._running[key]
                try:
                    self._finished[key] = running.job.result()
                except ProjectionError as error:
                    self._failed[key] = str(error)
                while len(self._finished) > KEPT:
                    self._finished.popitem(last=False)
            return self._finished.get(key)

    def failed(self, key: Key) -> str:
        """Why the last computation of a map failed; "" if it did not."""
        return self._failed.get(key, "")

    def progress(self, key: Key, reader: str) -> tuple[float, str] | None:
        """Share done and what is being done, or None if this map is not being computed for this reader."""
        with self._lock:
            running = self._running.get(key)
            return running.job.poll() if running is not None and reader in running.readers else None

    def start(self, key: Key, reader: str) -> None:
        """Begin to compute a map for a reader, who joins those who wait if it is under way.

        Raises
        ------
        Busy
            If too many are under way.
        ValueError
            If a parameter is out of range.
        """
        model_id, method, parameters = key
        with self._lock:
            if key in self._running:
                self._running[key].readers.add(reader)
            if key in self._running or key in self._finished:
                return
            if sum(not running.job.done for running in self._running.values()) >= AT_ONCE:
                raise Busy(
                    f"{AT_ONCE} maps are being computed already: wait for one to end, then press again."
                )
            job = ProjectionJob(method, load.gallery(model_id).z, **dict(parameters))
            self._running[key] = Running(job.start(), {reader})
            self._failed.pop(key, None)

    def leave(self, key: Key, reader: str) -> None:
        """This reader waits no longer; a map that nobody waits for is not computed any further."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                return
            running.readers.discard(reader)
            if running.readers:
                return
            del self._running[key]
        running.job.cancel()


@cache  # not Streamlit's: that one is cleared when originals have been fetched, and jobs go on
def registry() -> Registry:
    """The server's one registry."""
    return Registry()


def reader() -> str:
    """A name for this visit."""
    return st.session_state.setdefault("_reader", uuid4().hex)


@st.fragment(run_every=0.5)
def watch(keys: list[Key]) -> None:
    """Show the progress of maps under way, with a way to stop them; rerun the page when they are done."""
    shown = False
    for key in keys:
        state = registry().progress(key, reader())
        registry().points(key)  # takes what is done
        if state is not None:
            shown = True
            st.progress(min(1.0, state[0]), f"{load.cards()[key[0]].title}: {state[1]}")
    if shown:
        if st.button("Stop", key="stop-maps"):
            for key in keys:
                registry().leave(key, reader())
            st.rerun()
    if all(registry().progress(key, reader()) is None for key in keys):
        st.rerun()
