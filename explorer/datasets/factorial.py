"""What data sets with known factors share: splitting a complete factorial by a fixed seed."""

from __future__ import annotations

import numpy as np

GALLERY_SIZE = 5000
TEST_SIZE = 5000
_SEED = 20240229


def factor_table(sizes: tuple[int, ...]) -> np.ndarray:
    """All combinations of factor values, the last factor running fastest: int64 (prod(sizes), F)."""
    return np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1).astype(np.int64)


def split_indices(n: int, name: str) -> np.ndarray:
    """Indices of a split: 5,000 gallery and 5,000 test images by a fixed seed, the rest for training."""
    order = np.random.default_rng(_SEED).permutation(n)
    parts = {
        "gallery": order[:GALLERY_SIZE],
        "test": order[GALLERY_SIZE : GALLERY_SIZE + TEST_SIZE],
        "train": np.sort(order[GALLERY_SIZE + TEST_SIZE :]),
    }
    return parts[name]
