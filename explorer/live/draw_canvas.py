"""A canvas to draw on with a finger, a pen or a mouse. The drawing reaches Python when the pen lifts.

With a cursor the page shows what a model makes of it while the pen moves: `Sight` says how a drawing becomes
an image of the data set.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from explorer.intake import MNIST_FILL, STYLES
from explorer.live.component import component
from explorer.live.pack import digest, pack

SIDE = 112  # pixels of the drawing: 4 × 28, enough to centre and scale it as MNIST's are

Polarity = Literal["bright", "dark"]

#: The canvas' words; `labels` replaces some.
WORDS = {
    "hint": "Draw here",
    "tools": "Drawing",
    "undo": "Undo",
    "clear": "Clear",
    "seen": "The model sees",
    "rebuilt": "Reconstruction",
    "code": "Code z",
    "code and spread": "Code μ, whiskers ± σ",
}


@dataclass(frozen=True)
class Sight:
    """How a model sees a drawing: as `explorer.intake.fit` makes it, with polarity "as is", and encodes it.

    Args:
        image_shape: (C, H, W) of the model's images.
        order: dimensions of the code as bars show them, from left to right; the first 32 are shown.
        variational: the encoder gives mean and logvar, not the code alone.
        style: "mnist" or "whole", with `fill`: the data set's `intake_style` and `intake_fill`.
    """

    image_shape: tuple[int, int, int]
    order: Sequence[int]
    variational: bool = False
    style: str = "whole"
    fill: float = MNIST_FILL

    def __post_init__(self) -> None:
        if len(self.image_shape) != 3 or min(self.image_shape) < 1:
            raise ValueError(f"image_shape is {self.image_shape}; give (channels, height, width).")
        if self.style not in STYLES or not 0 < self.fill <= 1:
            raise ValueError(
                f"style={self.style!r} with fill={self.fill!r} fits no drawing; choose one of "
                f"{', '.join(STYLES)} and a share in (0, 1]."
            )
        if sorted(self.order) != sorted(set(self.order)) or not self.order or min(self.order) < 0:
            raise ValueError(f"order={list(self.order)} must name dimensions of the code, each once.")


def draw_canvas(
    *,
    key: str,
    ink: Polarity = "bright",
    height: int = 280,
    aria_label: str = "Drawing area",
    on_change: Callable[[np.ndarray | None], None] | None = None,
    cursor: str | None = None,
    sight: Sight | None = None,
    labels: Mapping[str, str] | None = None,
    bare: bool = False,
) -> np.ndarray | None:
    """Show a square canvas, at most `height` CSS pixels wide; return the drawing, or None while it is empty.

    The drawing is grey, uint8 (112, 112), as it is on screen: bright ink on black, or with `ink="dark"` black
    on white, as the data set has it. It is kept in `st.session_state` under `drawing_key(key)`, the one place
    where it lives: it outlasts a change of page, which a component's own state does not, and is not sent
    along with every other message of the page, which that would be. `set_drawing` changes or clears it.

    With `cursor`, a cursor mounted by `explorer.live.cursor.cursor(…, with_encoder=True)`, and `sight`, the
    drawing is encoded in every frame: the cursor goes to its code, and beside the canvas stand the image that
    the model sees, what it makes of it, and the code. Python hears of the drawing alone, once, when the pen
    lifts; the page encodes it again and gives the cursor that code. After "Clear" the cursor goes back to
    where it stood. Without an encoder in the browser the canvas is what it is without a cursor.

    Args:
        on_change: called with the new drawing (None after the last stroke is gone) before the script runs
            again.
        labels: words to show in place of `WORDS`.
        bare: nothing stands beside the canvas but on a telephone: the page shows itself what the model makes
            of the drawing.

    Raises:
        ValueError: ink or a label is not known, or one of cursor and sight is missing.
    """
    if ink not in ("bright", "dark"):
        raise ValueError(f"ink={ink!r} is neither 'bright' (on black) nor 'dark' (on white); choose one.")
    if (cursor is None) != (sight is None):
        raise ValueError("A canvas with a cursor needs to know how its model sees: give both, or neither.")

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
    meta |= {"cursor": cursor, "words": _words(sight, labels or {}), "bare": bare} | _sight(sight)
    arrays = {} if image is None else {"image": image}
    component("draw_canvas")(key=key, data=pack(meta, arrays), on_drawing_change=deliver)
    return image


def _words(sight: Sight | None, labels: Mapping[str, str]) -> dict[str, str]:
    unknown = set(labels) - set(WORDS)
    if unknown:
        raise ValueError(f"No label is called {', '.join(sorted(unknown))}; there are {', '.join(WORDS)}.")
    words = WORDS | dict(labels)
    spread = words.pop("code and spread")
    return words | ({"code": spread} if sight is not None and sight.variational else {})


def _sight(sight: Sight | None) -> dict[str, Any]:
    if sight is None:
        return {}
    facts = {"variational": bool(sight.variational), "style": sight.style, "fill": float(sight.fill)}
    return facts | {"imageShape": list(map(int, sight.image_shape)), "order": list(map(int, sight.order))}


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
