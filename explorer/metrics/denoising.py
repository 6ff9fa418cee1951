"""Classical denoisers to compare a trained one with, and a tuning that is as fair as training.

Images are grey floats in [0, 1], (N, H, W). A corrupted image is clipped to [0, 1], so noise on a black
ground has a positive mean: median and non-local means may end in gain * result + offset, fitted on the
tuning images, and PCA shrinkage regresses clean on noisy scores. On MNIST at sigma = 0.5 that is worth
0.7 dB to the median filter and 3 dB to non-local means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from explorer.metrics import _arrays
from explorer.metrics.neighbours import spread
from explorer.metrics.reconstruction import psnr
from explorer.metrics.shrinkage import PCAShrinkage

METHODS: tuple[str, ...] = ("median", "non_local_means", "pca_shrinkage")
SIZES = (3, 5, 7)
DISTANCES = (3, 5, 9)
# h and sigma of non-local means, as multiples of the root mean square of noisy - clean
CUT_OFFS = (0.2, 0.3, 0.45, 0.6, 0.9, 1.3)
SIGMAS = (0.0, 0.5, 0.75, 0.9, 1.1)
COMPONENTS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384)
STRENGTHS = (0.25, 0.4, 0.6, 0.8, 1.0, 1.4)


class Tuned(NamedTuple):
    """The best parameters found, as plain numbers, and their mean PSNR in dB on the images that judged."""

    parameters: dict[str, float]
    psnr: float


def median(x: np.ndarray, size: int = 3, gain: float = 1.0, offset: float = 0.0) -> np.ndarray:
    """Median of the size x size window around each pixel, mirrored at the border: (N, H, W) -> (N, H, W).

    The result is gain * median + offset, clipped to [0, 1].
    """
    from scipy.ndimage import median_filter

    x = _arrays.grey("x", x)
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size is {size}: pass an odd number, so that the window has a middle.")
    return _finish(median_filter(x, size=(1, size, size)), gain, offset)


def non_local_means(
    x: np.ndarray,
    h: float,
    sigma: float = 0.0,
    patch_size: int = 5,
    patch_distance: int = 5,
    gain: float = 1.0,
    offset: float = 0.0,
) -> np.ndarray:
    """Non-local means (Buades et al. 2005, eq. 1) by scikit-image: (N, H, W) -> (N, H, W).

    A pixel becomes the mean of those whose patches look alike. h: how different a patch may be, and sigma:
    the noise's standard deviation, both in intensities; patch_size: side of a patch, and patch_distance:
    how far one is looked for, both in pixels. The result is gain * mean + offset, clipped to [0, 1].
    """
    from skimage.restoration import denoise_nl_means

    x = _arrays.grey("x", x)
    if not (h > 0.0 and sigma >= 0.0 and patch_size >= 1 and patch_distance >= 1):
        raise ValueError("Non-local means needs h above 0, sigma of 0 or more, and patch sizes of 1 or more.")
    settings = {"h": h, "sigma": sigma, "patch_size": patch_size, "patch_distance": patch_distance}
    return _finish(np.stack([denoise_nl_means(image, **settings) for image in x]), gain, offset)


def tune(method: str, clean: np.ndarray, noisy: np.ndarray, limit: int = 300) -> Tuned:
    """The parameters of one of METHODS with the best mean PSNR, for one kind and level of noise.

    clean and noisy (N, H, W), the same images. A grid search without randomness. Median and non-local
    means are judged on `limit` images spread evenly over the set (non-local means in two rounds: the
    whole grid on an eighth of them, the best ten on all); PCA shrinkage is fitted on three quarters of
    the set and judged on every fourth image.
    """
    clean, noisy = _pair(clean, noisy)
    if method == "pca_shrinkage":
        return _tune_pca(clean, noisy)
    few = spread(len(clean), limit)
    clean, noisy = clean[few], noisy[few]
    if method == "median":
        return _best(median, [{"size": size} for size in SIZES], clean, noisy)[0]
    if method != "non_local_means":
        raise ValueError(f"Method {method!r} is not known: choose from {', '.join(METHODS)}.")
    scale = float(np.sqrt(np.mean((noisy - clean) ** 2)))
    grid = [
        {"h": _short(h * scale), "sigma": _short(s * scale), "patch_size": size, "patch_distance": far}
        for size, far, h, s in product(SIZES, DISTANCES, CUT_OFFS, SIGMAS)
    ]
    first = _best(non_local_means, grid, clean[::8], noisy[::8])
    order = dict.fromkeys(tuple(one.parameters[name] for name in grid[0]) for one in first)
    finalists = [dict(zip(grid[0], values, strict=True)) for values in list(order)[:10]]
    return _best(non_local_means, finalists, clean, noisy)[0]


def best_classical(
    clean_tune: np.ndarray, noisy_tune: np.ndarray, clean_test: np.ndarray, noisy_test: np.ndarray
) -> dict[str, Tuned]:
    """Each of METHODS tuned on one set and measured on another: method -> (parameters, mean PSNR there).

    Tuning images (N, H, W) and test images (M, H, W), corrupted alike. PCA shrinkage is fitted on the whole
    tuning set with the tuned numbers.
    """
    clean_tune, noisy_tune = _pair(clean_tune, noisy_tune)
    clean_test, noisy_test = _pair(clean_test, noisy_test)
    table = {}
    for method in METHODS:
        parameters = tune(method, clean_tune, noisy_tune).parameters
        denoised = denoise(method, noisy_test, parameters, clean_tune, noisy_tune)
        table[method] = Tuned(parameters, float(psnr(clean_test, denoised).mean()))
    return table


def denoise(
    method: str,
    noisy: np.ndarray,
    parameters: dict[str, Any],
    clean_tune: np.ndarray | None = None,
    noisy_tune: np.ndarray | None = None,
) -> np.ndarray:
    """One of METHODS with tuned parameters: (N, H, W) -> (N, H, W).

    PCA shrinkage is fitted anew on clean_tune and noisy_tune (M, H, W); the others do not look at them.
    """
    if method == "median":
        return median(noisy, **parameters)
    if method == "non_local_means":
        return non_local_means(noisy, **parameters)
    if method != "pca_shrinkage":
        raise ValueError(f"Method {method!r} is not known: choose from {', '.join(METHODS)}.")
    if clean_tune is None or noisy_tune is None:
        raise ValueError("PCA shrinkage is fitted: pass clean_tune and noisy_tune.")
    clean_tune, noisy_tune = _pair(clean_tune, noisy_tune)
    fitted = PCAShrinkage.fit(_rows(clean_tune), _rows(noisy_tune), **parameters)
    return fitted(_rows(_arrays.grey("noisy", noisy))).reshape(noisy.shape)


def _tune_pca(clean: np.ndarray, noisy: np.ndarray) -> Tuned:
    if len(clean) < 16:
        raise ValueError(f"PCA shrinkage cannot be tuned on {len(clean)} images: pass 16 or more.")
    judged = np.arange(len(clean)) % 4 == 3
    most = min(max(COMPONENTS), int((~judged).sum()) - 1, clean[0].size)
    fitted = PCAShrinkage.fit(_rows(clean[~judged]), _rows(noisy[~judged]), most)
    target, source = _rows(clean[judged]), _rows(noisy[judged])
    found = []
    for components, strength in product([c for c in COMPONENTS if c < most] + [most], STRENGTHS):
        result = replace(fitted, components=components, strength=strength)(source)
        found.append(
            Tuned({"components": components, "strength": strength}, float(psnr(target, result).mean()))
        )
    return max(found, key=lambda one: one.psnr)


def _best(
    function: Callable[..., np.ndarray], grid: list[dict[str, float]], clean: np.ndarray, noisy: np.ndarray
) -> list[Tuned]:
    """Every setting twice, as the filter leaves it and with gain and offset by least squares; best first."""
    found = []
    for setting in grid:
        filtered = function(noisy, **setting).astype(np.float64)
        gain, offset = _least_squares(filtered.ravel(), clean.ravel())
        for extra in ({}, {"gain": gain, "offset": offset}):
            result = _finish(filtered, **extra)
            found.append(Tuned({**setting, **extra}, float(psnr(clean, result).mean())))
    return sorted(found, key=lambda one: -one.psnr)


def _least_squares(source: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    variance = source.var()
    gain = float(((source - source.mean()) * target).mean() / variance) if variance > 0.0 else 0.0
    return _short(gain), _short(float(target.mean() - gain * source.mean()))


def _short(value: float) -> float:
    """Four significant digits: a card shows the number that was used."""
    return float(f"{value:.4g}")


def _finish(filtered: np.ndarray, gain: float = 1.0, offset: float = 0.0) -> np.ndarray:
    return np.clip(gain * filtered + offset, 0.0, 1.0)


def _rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)


def _pair(clean: np.ndarray, noisy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    clean, noisy = _arrays.image_pair(_arrays.grey("clean", clean), _arrays.grey("noisy", noisy))
    if np.array_equal(clean, noisy):
        raise ValueError("The noisy images equal the clean ones: corrupt them before tuning.")
    return clean, noisy
