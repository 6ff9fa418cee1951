"""Sliders and a pad that move a cursor's code in the browser, over histograms of the gallery's codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from explorer.live.component import component
from explorer.live.pack import pack

HOW = "Arrow keys move, with Shift in larger steps. Backspace or a double click goes back to the start."
PAD_WORDS = {
    "across": "Across",
    "up": "Up",
    "label": "{across} across, {up} up",
    "role": "two-dimensional slider",
    "how": HOW,
}


@dataclass(frozen=True)
class Dimension:
    """One number of a code, for a slider or a row of the strip.

    `index` is its place in the code, `name` short ("z15"), `label` whole ("z15 · KL 2.54 nats"); it runs from
    `low` to `high`, and `start` is what Backspace and a double click go back to. A code outside of low and
    high widens the range in the browser.
    """

    index: int
    name: str
    label: str
    low: float
    high: float
    start: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.name} runs from {self.low} to {self.high}; give a low below its high.")


def sliders(
    cursor: str,
    dimensions: Sequence[Dimension],
    *,
    key: str,
    folded: Sequence[Dimension] = (),
    fold: str = "More dimensions",
) -> None:
    """Show a slider for each dimension, in order; those of `folded` under a fold with the title `fold`.

    Each moves its number of the cursor's code with the pointer; the cursor's `on_release` hears of it once.
    """
    meta = {"cursor": cursor, "fold": fold, "how": HOW}
    meta |= {"alive": [asdict(each) for each in dimensions], "folded": [asdict(each) for each in folded]}
    component("sliders")(key=key, data=pack(meta))


def pad2d(
    cursor: str,
    dimensions: Sequence[Dimension],
    axes: Sequence[int],
    *,
    key: str,
    size: int = 280,
    on_axes: Callable[[list[int]], None] | None = None,
) -> None:
    """Show a square pad, at most `size` CSS pixels wide, that moves two numbers of the cursor's code.

    Args:
        dimensions: at least two, among which the reader chooses.
        axes: two of their indices: across, and upwards.
        on_axes: called with other axes that the reader has chosen, before the script runs again.

    Raises:
        ValueError: axes are not two of the dimensions.
    """
    known = {each.index for each in dimensions}
    if len(axes) != 2 or axes[0] == axes[1] or not set(axes) <= known:
        raise ValueError(f"A pad has two different axes out of {sorted(known)}, not {list(axes)}.")
    meta = {"cursor": cursor, "axes": list(axes), "size": int(size), "words": PAD_WORDS}
    meta |= {"dimensions": [asdict(each) for each in dimensions]}

    def deliver() -> None:
        message = st.session_state[key].get("axes")
        if message is not None and on_axes is not None:
            on_axes(decode_axes(message, known))

    component("pad2d")(key=key, data=pack(meta), on_axes_change=deliver)


def decode_axes(message: Any, known: set[int]) -> list[int]:
    """The two axes in the browser's message.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    try:
        across, up = (int(axis) for axis in message["axes"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The pad's axes cannot be read ({error}); reload the page.") from error
    if across == up or not {across, up} <= known:
        raise ValueError(f"The pad sent the axes {across} and {up}, which it does not have; reload the page.")
    return [across, up]
