"""Data for `live_app.py`, known to the tests as well."""

from __future__ import annotations

import numpy as np

CLASSES = 10


def cloud(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten blobs: places float32 (N, 2), labels (N,), a value per point (N,)."""
    random = np.random.default_rng(7)
    labels = random.integers(0, CLASSES, n)
    centres = random.normal(0, 6, (CLASSES, 2))
    points = centres[labels] + random.normal(0, 1.2, (n, 2)) * (1 + 0.5 * (labels[:, None] % 3))
    return points.astype(np.float32), labels, random.gamma(2.0, 8.0, n)


def grey_levels(i: int) -> tuple[int, int]:
    """What the left and the right of image i's upper half show."""
    return i % 16 * 17, i // 16 % 16 * 17


def thumbnails(n: int) -> np.ndarray:
    """uint8 (N, 1, 28, 28): above, two grey levels that tell images apart; below, incompressible noise."""
    images = np.random.default_rng(0).integers(0, 16, (n, 1, 28, 28), dtype=np.uint8) * 17
    for i in range(n):
        images[i, 0, :14, :14], images[i, 0, :14, 14:] = grey_levels(i)
    return images
