"""The losses of one pixel: target and prediction in [0, 1], element by element."""

from __future__ import annotations

import numpy as np

#: Beside a half the continuous Bernoulli's constant is 0 / 0: there its series is used.
_NEAR_HALF = 1e-3


def squared(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """(target - prediction)²."""
    return np.square(np.asarray(target, np.float64) - prediction)


def absolute(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """|target - prediction|."""
    return np.abs(np.asarray(target, np.float64) - prediction)


def cross_entropy(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """-t ln p - (1 - t) ln (1 - p) in nats, with 0 ln 0 = 0: infinite where a certain prediction is wrong."""
    t, p = np.broadcast_arrays(np.asarray(target, np.float64), np.asarray(prediction, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        ink = np.where(t > 0, -t * np.log(p), 0.0)
        ground = np.where(t < 1, -(1 - t) * np.log1p(-p), 0.0)
    return ink + ground


def entropy(target: np.ndarray) -> np.ndarray:
    """The lowest cross-entropy that a target allows, in nats: that of a prediction equal to it."""
    return cross_entropy(target, target)


def log_normaliser(prediction: np.ndarray) -> np.ndarray:
    """ln C(p) of the continuous Bernoulli, C(p) = 2 artanh(1 - 2p) / (1 - 2p), for p in (0, 1).

    Cross-entropy minus ln C is a density's -ln p(t) for grey t in [0, 1] (Loaiza-Ganem & Cunningham 2019,
    arXiv:1907.06845, eq. 6); C is 2 at p = 1/2.
    """
    odd = 1 - 2 * np.asarray(prediction, np.float64)
    near = np.abs(odd) < _NEAR_HALF
    safe = np.where(near, 0.5, odd)
    return np.where(near, np.log(2) + np.log1p(np.square(odd) / 3), np.log(2 * np.arctanh(safe) / safe))


LOSSES = {"squared error": squared, "absolute error": absolute, "cross-entropy": cross_entropy}
