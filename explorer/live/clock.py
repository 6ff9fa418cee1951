"""A clock that counts down to a moment and then up, in the browser alone."""

from __future__ import annotations

from explorer.live.component import component
from explorer.live.pack import pack


def clock(until: float, words: dict[str, str], *, key: str) -> None:
    """Show the time left.

    Args:
        until: the moment, seconds since the epoch.
        words: "left" and "over", each with a place {time} for minutes and seconds.
    """
    component("clock")(key=key, data=pack({"until": float(until), "words": words}))
