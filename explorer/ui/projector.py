"""Projector mode: large type, no sidebar, the link as a QR code; for the third row of a class."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.content import say
from explorer.ui.state import SHARED, View

STYLE = Path(__file__).parent / "assets" / "projector.css"


def on() -> bool:
    """True while the mode is on; a link carries it."""
    return View(SHARED).get("projector", None, _check) is True  # None: other links need not say so


def switch() -> None:
    """The button that turns the mode on, for the sidebar."""
    st.button(say("projector.on"), on_click=_put, args=(True,), key="projector-on")


def bar() -> st.delta_generator.DeltaGenerator:
    """The page's style, and the corner with the way back; returns the place beside it for the link."""
    st.html(STYLE)
    corner = st.container(horizontal=True, key="projector")
    corner.button(say("projector.off"), on_click=_put, args=(None,), key="projector-off")
    return corner


def _check(value: object) -> str | None:
    return None if value in (True, None) else "it is either true or left out"


def _put(value: bool | None) -> None:
    View(SHARED).put("projector", value)
