"""Figures drawn once for all visitors: a class that opens a page sees the same charts, thirty times."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.figures.finished import Finished


def figure_of(make: Callable[..., Any], *args: Any, **named: Any) -> Finished:
    """The figure that `make`, a function of a module, draws of these arguments; not to be changed.

    Drawing takes Plotly some hundredths of a second, finding a drawn one less than a thousandth.
    """
    given = hashlib.sha256(pickle.dumps((args, named))).digest()
    return _drawn(f"{make.__module__}.{make.__qualname__}", given, lambda: make(*args, **named))


@st.cache_resource(max_entries=128, show_spinner=False)
def _drawn(name: str, given: bytes, _make: Callable[[], Any]) -> Finished:
    return Finished(_make())
