"""How few units are at work at a time, and whether what they stand for looks like something."""

from __future__ import annotations

import numpy as np

from explorer.metrics import _arrays


def activity_ratio(codes: np.ndarray) -> np.ndarray:
    """Treves-Rolls sparseness of each unit over the set: codes (N, L), at least 0 -> (L,) in [0, 1].

    (mean z)² / mean z² (Treves & Rolls 1991; Vinje & Gallant 2000): the share of images a unit works for, if
    it does so at one level; 1 if it says the same for every image. It does not change with the unit's scale,
    so a code that was only made small is not called sparse. NaN for a unit that is 0 throughout.
    """
    codes = _arrays.matrix("codes", codes).astype(np.float64)
    if codes.min() < 0.0:
        raise ValueError("codes has values under 0: a ratio of activity needs units that are on or off.")
    square = (codes**2).mean(axis=0)
    return np.divide(codes.mean(axis=0) ** 2, square, out=np.full(len(square), np.nan), where=square > 0.0)


def relative_variation(images: np.ndarray) -> np.ndarray:
    """Total variation of each image over that of its own pixels in random order: (N, H, W) -> (N,), >= 0.

    Mean |difference| of pixels that touch, horizontally or vertically, over the mean |difference| of all
    pairs of pixels, which is what touching pixels would have after a shuffle, exactly. Noise has 1, a smooth
    stroke far less; neither offset, nor scale, nor sign changes it. NaN for an image of one value.
    """
    images = np.asarray(images, np.float64)
    if images.ndim != 3 or min(images.shape) < 1 or images[0].size < 2 or not np.isfinite(images).all():
        raise ValueError(
            f"images has shape {images.shape}: pass finite images (N, H, W) of two pixels at least."
        )
    _, height, width = images.shape
    touching = sum(np.abs(np.diff(images, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    touching = touching / (height * (width - 1) + (height - 1) * width)
    # sum over pairs i < j of |p_i - p_j| = sum over the sorted pixels p_(k) of (2k - n + 1) p_(k)
    count = height * width
    pairs = np.sort(images.reshape(len(images), -1)) @ (2.0 * np.arange(count) - count + 1)
    apart = pairs / (count * (count - 1) / 2)
    return np.divide(touching, apart, out=np.full(len(images), np.nan), where=apart > 0.0)
