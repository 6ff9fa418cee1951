"""How complex a picture is in itself, whatever a model thinks of it: how short a file holds it."""

from __future__ import annotations

import math

import numpy as np

from explorer import images as pictures


def png_nats(images: np.ndarray) -> np.ndarray:
    """The length of each image's PNG file in nats, (N,) float64, of images uint8 (N, C, H, W).

    A bit is ln 2 nats. Serrà et al. 2020 (arXiv:1909.11480), eq. 1, subtract such a length from -log p(x):
    a simple picture is likely under every model.
    """
    if images.dtype != np.uint8:
        raise ValueError(f"the images are {images.dtype}: pass uint8, as a file holds them.")
    return np.array([8 * len(pictures.png(each)) * math.log(2) for each in images], np.float64)
