"""Attribute vectors: the difference of two groups of codes, added to the code of an image of neither.

Images float (N, C, H, W) in [0, 1] · codes z (N, L). White, arXiv:1609.04468, section 4; Larsen et al. 2016.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.metrics.neighbours import nearest

SHARE = 0.2  # of the images on either side of a measured attribute


def ink(images: np.ndarray) -> np.ndarray:
    """Mean brightness (N,) in [0, 1]; of bright strokes on black a measure of their thickness."""
    return images.reshape(len(images), -1).mean(axis=1, dtype=np.float64)


def slant(images: np.ndarray) -> np.ndarray:
    """How far the picture leans to the right, in degrees (N,): the shear that would stand it upright.

    atan(-cov(x, y) / var(y)) of the brightness as a density, y downwards; 0 of an image without ink.
    """
    weight = images.mean(axis=1, dtype=np.float64)
    height, width = weight.shape[1:]
    y, x = np.mgrid[:height, :width]
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-12)
    weight = weight / total[:, None, None]
    middle_x, middle_y = (weight * x).sum(axis=(1, 2)), (weight * y).sum(axis=(1, 2))
    covariance = (weight * x * y).sum(axis=(1, 2)) - middle_x * middle_y
    variance = (weight * y * y).sum(axis=(1, 2)) - middle_y**2
    return np.degrees(np.arctan2(-covariance, np.maximum(variance, 1e-12)))


def width(images: np.ndarray) -> np.ndarray:
    """How wide the picture is, in pixels (N,): two standard deviations of the brightness across."""
    weight = images.mean(axis=(1, 2), dtype=np.float64)
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    x = np.arange(weight.shape[1])
    middle = weight @ x
    return 2 * np.sqrt(np.maximum(weight @ x**2 - middle**2, 0.0))


def warmth(images: np.ndarray) -> np.ndarray:
    """Red minus blue (N,) in [-1, 1], of colour images."""
    return (images[:, 0] - images[:, 2]).mean(axis=(1, 2), dtype=np.float64)


#: Name -> measure, and what the two ends are called.
MEASURED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str, str]] = {
    "slant": (slant, "leaning right", "leaning left"),
    "ink": (ink, "most ink", "least ink"),
    "width": (width, "widest", "narrowest"),
    "warmth": (warmth, "reddest", "bluest"),
    "brightness": (ink, "brightest", "darkest"),
}
#: What is measured of strokes on black, and of photographs, which have no strokes.
OF_STROKES, OF_PHOTOGRAPHS = ("slant", "ink", "width"), ("warmth", "brightness")


def ends(
    values: np.ndarray, labels: np.ndarray | None = None, share: float = SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the images with the largest and with the smallest `share` of values (N,).

    With labels (N,) the same share of each class, so that both groups hold the classes alike.
    """
    groups = (
        [np.arange(len(values))]
        if labels is None
        else [np.flatnonzero(labels == c) for c in np.unique(labels)]
    )
    high, low = [], []
    for group in groups:
        count = max(1, int(share * len(group)))
        order = group[np.argsort(values[group], kind="stable")]
        high.append(order[-count:])
        low.append(order[:count])
    return np.sort(np.concatenate(high)), np.sort(np.concatenate(low))


def mean_difference(z: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The vector (L,) from the mean code of images b to that of images a."""
    if not len(a) or not len(b):
        raise ValueError("an attribute vector takes two groups of at least one image each.")
    return z[a].mean(axis=0, dtype=np.float64) - z[b].mean(axis=0, dtype=np.float64)


def pair_difference(z: np.ndarray, a: np.ndarray, b: np.ndarray, seed: int) -> tuple[np.ndarray, int, int]:
    """The vector (L,) of one pair, drawn from both groups by a seed, and the pair's two indices."""
    generator = np.random.default_rng(seed)
    first, second = int(generator.choice(a)), int(generator.choice(b))
    return z[first].astype(np.float64) - z[second], first, second


def moved(z: np.ndarray, vector: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Codes z (N, L) plus each strength (S,) times the vector (L,): (S, N, L) float32."""
    strengths = np.asarray(strengths, np.float64)[:, None, None]
    return (np.asarray(z, np.float64) + strengths * vector).astype(np.float32)


def distance(codes: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Distance (...,) of codes (..., L) to the nearest of the real ones (N, L)."""
    flat = np.asarray(codes).reshape(-1, real.shape[1])
    return nearest(flat, real, 1)[1][:, 0].reshape(np.shape(codes)[:-1])
