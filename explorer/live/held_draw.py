"""A parameter of q(z|x) under the finger, with the noise held or drawn anew at every move."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.live.component import component
from explorer.live.pack import pack


def held_draw(
    key: str,
    *,
    cursor: str,
    what: str,
    parameter: str,
    other: float,
    noise: np.ndarray,
    fresh: bool,
    thetas: np.ndarray,
    expected: np.ndarray,
    grid: np.ndarray,
    loss: np.ndarray,
    slope: np.ndarray,
    words: Mapping[str, str],
) -> None:
    """Show f(z) against the parameter: a dot a move, the slope at the last one, and the mean over all draws.

    Args:
        cursor: the cursor of one number, the parameter, that the slider moves over the range of `thetas`.
        what: what the picture is of; a change clears the dots.
        parameter: "mean" or "log_std"; `other` is the one of the two that stays.
        noise: float (N,): the first is the noise that is held, all of them in turn are the fresh ones.
        thetas, expected: float (T,), rising, and E[f(z)] there.
        grid, loss, slope: float (G,), equally spaced values of z, f(z) in nats and df/dz.
        words: sentences with {theta}, {eps}, {z}, {loss}, {slope}.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    if not len(thetas) == len(expected) or not len(grid) == len(loss) == len(slope):
        raise ValueError("Each theta needs its expected loss, and each z its loss and its slope.")
    meta = {"cursor": cursor, "what": what, "parameter": parameter}
    meta |= {"other": float(other), "fresh": bool(fresh)}
    arrays = dict(noise=noise, thetas=thetas, expected=expected, grid=grid, loss=loss, slope=slope)
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    component("held_draw")(key=key, data=pack(meta | {"words": dict(words)}, arrays))
