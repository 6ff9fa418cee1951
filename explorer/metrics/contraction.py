"""How far codes move when images move a little."""

from __future__ import annotations

import numpy as np

from explorer.metrics import _arrays

#: One pixel down, up, right and left.
STEPS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def shifted(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """Images (N, C, H, W) moved by whole pixels; what comes in is black, what leaves is lost.

    Raises
    ------
    ValueError
        If nothing of the images would be left.
    """
    height, width = images.shape[2:]
    if abs(down) >= height or abs(right) >= width:
        raise ValueError(f"a shift by {down} and {right} leaves nothing of {height}x{width}: take less.")
    moved = np.zeros_like(images)
    rows, columns = images.shape[2] - abs(down), images.shape[3] - abs(right)
    moved[:, :, max(down, 0) :, max(right, 0) :][:, :, :rows, :columns] = images[
        :, :, max(-down, 0) :, max(-right, 0) :
    ][:, :, :rows, :columns]
    return moved


def spread(codes: np.ndarray) -> float:
    """Root mean square distance of codes (N, L) from their mean, in the codes' unit."""
    codes = _arrays.matrix("codes", codes).astype(np.float64)
    return float(np.sqrt(codes.var(axis=0).sum()))


def relative_shift(codes: np.ndarray, moved: np.ndarray) -> float:
    """Root mean square distance from codes (N, L) to those of the moved images (K, N, L), over `spread`.

    0 for codes that do not move; sqrt(2) where a code moves as far as to that of any other image. A scale of
    the codes does not change it.
    """
    distances = np.square(np.asarray(moved, np.float64) - codes).sum(axis=2)
    return float(np.sqrt(distances.mean())) / spread(codes)
