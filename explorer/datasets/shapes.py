"""Shapes rendered here, with every factor known: the data set that tells what a latent follows."""

from __future__ import annotations

from functools import cache

import numpy as np

from explorer.datasets.base import Dataset, Split
from explorer.datasets.factorial import factor_table, split_indices

SIZE = 32
POSITIONS = 16  # a step is exactly one pixel, so one sprite serves all its places
SCALES = np.linspace(3.5, 7.5, 6)  # half a width in pixels
ORIENTATIONS = np.arange(10) * (np.pi / 20)  # a quarter turn: a square repeats after it, the others do not
_SUPERSAMPLING = 8


class Shapes(Dataset):
    """46,080 images 32x32: 3 shapes x 6 scales x 10 orientations x 16 x 16 positions, each once."""

    id = "shapes"
    title = "Shapes (rendered)"
    image_shape = (1, SIZE, SIZE)
    label_names = ("square", "ellipse", "heart")
    factor_names = ("shape", "scale", "orientation", "x", "y")
    factor_sizes = (3, len(SCALES), len(ORIENTATIONS), POSITIONS, POSITIONS)
    source = "rendered by this project's own code, after the design of dSprites (Matthey et al. 2017)"
    terms = "MIT, as this project"
    embedded = True

    def _load(self, name: str) -> Split:
        table = factor_table(self.factor_sizes)
        factors = table[split_indices(len(table), name)]
        return Split(render(factors), factors[:, 0], factors)


def render(factors: np.ndarray) -> np.ndarray:
    """Images uint8 (N, 1, 32, 32) of factor values (N, 5): shape, scale, orientation, x, y.

    Raises
    ------
    ValueError
        If a factor value is out of range.
    """
    factors = np.asarray(factors)
    if ((factors < 0) | (factors >= np.array(Shapes.factor_sizes))).any():
        raise ValueError(f"factor values must lie below {Shapes.factor_sizes}, and at 0 or above.")
    sprites = _sprites()
    images = np.zeros((len(factors), SIZE, SIZE), np.uint8)
    side = sprites.shape[-1]
    for i, (shape, scale, turn, x, y) in enumerate(factors):
        images[i, y : y + side, x : x + side] = sprites[shape, scale, turn]
    return images[:, None]


@cache
def _sprites() -> np.ndarray:
    """Every shape, scale and orientation once, uint8 (3, 6, 10, 17, 17), by averaging finer samples."""
    side = SIZE - POSITIONS + 1
    fine = side * _SUPERSAMPLING
    axis = (np.arange(fine) + 0.5) / _SUPERSAMPLING - side / 2
    column, row = np.meshgrid(axis, axis)
    sprites = np.zeros((3, len(SCALES), len(ORIENTATIONS), side, side), np.uint8)
    for t, angle in enumerate(ORIENTATIONS):
        u = np.cos(angle) * column + np.sin(angle) * row
        v = -np.sin(angle) * column + np.cos(angle) * row
        for s, radius in enumerate(SCALES):
            for k, inside in enumerate(_inside(u / radius, v / radius)):
                blocks = inside.reshape(side, _SUPERSAMPLING, side, _SUPERSAMPLING)
                sprites[k, s, t] = np.round(255 * blocks.mean(axis=(1, 3)))
    return sprites


def _inside(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, ...]:
    """Square, ellipse and heart in a frame of unit half-width; each fits into the unit circle or nearly."""
    square = np.maximum(np.abs(u), np.abs(v)) <= 0.72
    ellipse = u**2 + (v / 0.5) ** 2 <= 1
    a, b = 1.2 * u, -1.2 * v + 0.1  # (a² + b² - 1)³ = a² b³
    heart = (a**2 + b**2 - 1) ** 3 <= a**2 * b**3
    return square, ellipse, heart
