"""From one picture to another in one model, by hand: strips, a bar beneath them, large pictures at t."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.live.component import component
from explorer.live.pack import pack


def walk(
    key: str,
    *,
    t: str,
    model: str,
    codes: np.ndarray,
    ends: np.ndarray | None,
    shape: tuple[int, int, int],
    exclude: Sequence[int],
    words: Mapping[str, Any],
    sizes: tuple[int, int, int],
    frames: int,
    rendered: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Show the linear path, the spherical path and the blend of the pixels from A to B.

    Args:
        t: the cursor of one number in [0, 1] that the bar moves, in steps of 0.01.
        model: a cursor that has the decoder and the gallery's codes; where it stands does not matter.
        codes: float (2, L), of A and B.
        ends: float (2, C, H, W) in [0, 1], the pictures A and B; None for the decoded ends.
        exclude: indices of gallery codes that do not count as near: A's and B's own.
        words: titles and sentences; see `explorer/ui/walks.py`.
        sizes: CSS pixels for a large picture on a phone, beside a sidebar, on a wide screen.
        frames: how many frames a strip has.
        rendered: where the browser cannot run the model, Python's pictures: "frames" (2 frames, C, H, W),
            linear before spherical, and "now" (2, C, H, W) at the current t; `ends` is then needed.
    """
    meta = {"t": t, "model": model, "shape": list(shape), "exclude": list(map(int, exclude))}
    meta |= {"words": dict(words), "sizes": list(sizes), "frames": int(frames)}
    arrays = {"zA": codes[0], "zB": codes[1], **(rendered or {})}
    arrays |= {} if ends is None else {"a": ends[0], "b": ends[1]}
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    component("walk")(key=key, data=pack(meta, arrays))
