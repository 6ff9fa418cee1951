"""A button that opens the browser's print dialogue."""

from __future__ import annotations

from explorer.live.component import component
from explorer.live.pack import pack


def print_button(label: str, *, key: str) -> None:
    """Draw the button; what it prints is the page as it is."""
    component("print")(key=key, data=pack({"label": label}))
