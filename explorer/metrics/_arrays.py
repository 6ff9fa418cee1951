"""Checks that every metric shares: the error names what is wrong and what to do."""

from __future__ import annotations

import numpy as np


def images(name: str, array: np.ndarray) -> np.ndarray:
    """Floating-point images (N, ...) with values in [0, 1]; ValueError otherwise."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        raise ValueError(
            f"{name} has dtype {array.dtype}: divide uint8 images by 255 to get floats in [0, 1]."
        )
    if array.ndim < 2 or len(array) == 0:
        raise ValueError(
            f"{name} has shape {array.shape}: pass a batch with the images along the first axis."
        )
    if not (array.min() >= 0.0 and array.max() <= 1.0):  # written so that NaN fails too
        raise ValueError(
            f"{name} has values outside [0, 1] or not finite: clip or check it before measuring."
        )
    return array


def image_pair(x: np.ndarray, x_hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two batches of images in [0, 1] of one shape; ValueError otherwise."""
    x, x_hat = images("x", x), images("x_hat", x_hat)
    if x.shape != x_hat.shape:
        raise ValueError(f"x has shape {x.shape} and x_hat {x_hat.shape}: pass both in the same shape.")
    return x, x_hat


def grey(name: str, array: np.ndarray) -> np.ndarray:
    """Grey images (N, H, W) with values in [0, 1]; ValueError otherwise."""
    array = images(name, array)
    if array.ndim != 3:
        raise ValueError(
            f"{name} has shape {array.shape}: pass grey images as (N, H, W), without a channel axis."
        )
    return array


def matrix(name: str, array: np.ndarray) -> np.ndarray:
    """A non-empty finite matrix (N, L) of numbers; ValueError otherwise."""
    array = np.asarray(array)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}: pass a matrix with one row an item.")
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite numbers: remove those rows first.")
    return array


def labels(name: str, array: np.ndarray, count: int) -> np.ndarray:
    """Integer labels (count,), not negative; ValueError otherwise."""
    array = np.asarray(array)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} is {array.dtype} {array.shape}: pass one integer for each of the {count} rows."
        )
    if array.min() < 0:
        raise ValueError(f"{name} holds negative values: number the classes from 0.")
    return array
