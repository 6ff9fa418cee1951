"""A canvas to draw on with a finger, a pen or a mouse. The drawing reaches Python when the pen lifts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import streamlit as st

from explorer.live.component import component
from explorer.live.pack import digest, pack

SIDE = 112  # pixels of the drawing: 4 × 28, enough to centre and scale it as MNIST's are

Polarity = Literal["bright", "dark"]


def draw_canvas(
    *,
    key: str,
    ink: Polarity = "bright",
    height: int = 280,
    aria_label: str = "Drawing area",
    on_change: Callable[[np.ndarray | None], None] | None = None,
) -> np.ndarray | None:
    """Show a square canvas, at most `height` CSS pixels wide; return the drawing, or None while it is empty.

    The drawing is grey, uint8 (112, 112), as it is on screen: bright ink on black, or with `ink="dark"` black
    on white, as the data set has it. It is kept in `st.session_state` under `drawing_key(key)`, the one place
    where it lives: it outlasts a change of page, which a component's own state does not, and is not sent
    along with every other message of the page, which that would be. `set_drawing` changes or clears it.

    Args:
        on_change: called with the new drawing (None after the last stroke is gone) before the script runs
            again.
    """
    if ink not in ("bright", "dark"):
        raise ValueError(f"ink={ink!r} is neither 'bright' (on black) nor 'dark' (on white); choose one.")

    def deliver() -> None:
        message = st.session_state[key].get("drawing")
        if message is None:
            return
        drawing = decode_drawing(message)
        st.session_state[drawing_key(key)] = {"image": drawing, "stamp": str(message.get("stamp", ""))}
        if on_change is not None:
            on_change(drawing)

    kept = st.session_state.get(drawing_key(key), {"image": None, "stamp": ""})
    image = kept["image"]
    meta = {"stamp": kept["stamp"], "ink": ink, "height": int(height), "side": SIDE, "ariaLabel": aria_label}
    arrays = {} if image is None else {"image": image}
    component("draw_canvas")(key=key, data=pack(meta, arrays), on_drawing_change=deliver)
    return image


def drawing_key(key: str) -> str:
    """Return the session state's key under which the drawing of canvas `key` is kept."""
    return f"{key}.drawing"


def set_drawing(key: str, image: np.ndarray | None) -> None:
    """Put `image`, uint8 (112, 112), on the canvas `key`, or clear it with None, before `draw_canvas`.

    Raises:
        ValueError: wrong dtype or shape.
    """
    if image is None:
        st.session_state.pop(drawing_key(key), None)
        return
    if image.dtype != np.uint8 or image.shape != (SIDE, SIDE):
        raise ValueError(
            f"A drawing is uint8 ({SIDE}, {SIDE}), not {image.dtype} {image.shape}; resize it first."
        )
    st.session_state[drawing_key(key)] = {"image": image.copy(), "stamp": digest(image)}


def decode_drawing(message: dict[str, Any]) -> np.ndarray | None:
    """Return the drawing in the browser's message: uint8 (112, 112), or None where nothing is drawn.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    try:
        if message["image"] is None:
            return None
        grey = np.frombuffer(base64.b64decode(message["image"], validate=True), np.uint8)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError(f"The drawing cannot be read ({error}); draw it again.") from error
    if grey.size != SIDE * SIDE:
        raise ValueError(f"The drawing has {grey.size} pixels, not {SIDE} × {SIDE}; draw it again.")
    return grey.reshape(SIDE, SIDE)
