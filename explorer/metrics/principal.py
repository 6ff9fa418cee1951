"""Principal components of a set of images, by the eigendecomposition of their covariance in float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

ROWS = 4096  # images a chunk: 26 MB in float64 at 784 pixels
WIDEST = 4096  # pixels: up to here all axes are computed
SPARE, PASSES = 16, 12


@dataclass(frozen=True)
class PrincipalComponents:
    """mean (D,), axes (K, D) orthonormal, variances (K,) largest first, total: their sum over all D.

    Variances are those of the set itself (divided by N). Signs are fixed: the largest entry of an axis is
    positive.
    """

    mean: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    total: float

    @classmethod
    def fit(cls, images: np.ndarray, components: int) -> PrincipalComponents:
        """images (N, ...), floats or uint8 (read as 0 ... 255).

        Holds one chunk in float64 and the covariance (D, D) in memory; beyond `WIDEST` pixels only the
        leading axes are computed, and not the covariance. ValueError if `components` is not between 1 and
        min(N - 1, D).
        """
        images = _flat(images)
        count, width = images.shape
        if not 1 <= components <= min(count - 1, width):
            raise ValueError(
                f"{components} components do not fit {count} images of {width} pixels: "
                f"choose 1 to {min(count - 1, width)}."
            )
        mean = sum(chunk.sum(axis=0) for chunk in _chunks(images)) / count
        decompose = _all_axes if width <= WIDEST else _leading_axes
        variances, vectors, total = decompose(images, mean, components)
        axes = vectors[:, ::-1][:, :components].T
        largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
        axes = axes * np.sign(largest)
        return cls(mean, axes, np.maximum(variances[::-1][:components], 0.0), total)

    def project(self, images: np.ndarray) -> np.ndarray:
        """Scores of images (M, ...) on the axes: (M, K) float64."""
        images = _flat(images)
        self._check(images)
        return np.concatenate([(chunk - self.mean) @ self.axes.T for chunk in _chunks(images)])

    def reconstruct(self, scores: np.ndarray) -> np.ndarray:
        """Flat images (M, D) float64 of scores (M, K); not clipped."""
        return self.mean + np.asarray(scores) @ self.axes

    def mean_squared_error(self, images: np.ndarray) -> float:
        """Squared error per pixel of images (M, ...) against their reconstruction from K scores."""
        images = _flat(images)
        self._check(images)
        total = 0.0
        for chunk in _chunks(images):
            chunk -= self.mean
            chunk -= (chunk @ self.axes.T) @ self.axes
            total += float(np.vdot(chunk, chunk))
        return total / images.size

    def _check(self, images: np.ndarray) -> None:
        if images.shape[1] != len(self.mean):
            raise ValueError(
                f"Images of {images.shape[1]} pixels were given to components of {len(self.mean)} pixels."
            )


def _all_axes(images: np.ndarray, mean: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Variances (D,) ascending, axes as columns (D, D), and the variance in all, of flat images (N, D)."""
    covariance = np.zeros((len(mean), len(mean)))
    for chunk in _chunks(images):
        chunk -= mean  # before the product: subtracting mean * mean afterwards loses digits
        covariance += chunk.T @ chunk
    covariance /= len(images)
    return *np.linalg.eigh(covariance), float(np.trace(covariance))


def _leading_axes(
    images: np.ndarray, mean: np.ndarray, components: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """The same, but only the leading K + `SPARE` axes, by subspace iteration from a fixed seed.

    Halko, Martinsson & Tropp 2011, algorithm 4.4, with `PASSES` products by the covariance.
    """
    width = min(components + SPARE, len(mean))
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((len(mean), width)))[0]
    for _ in range(PASSES - 1):
        basis = np.linalg.qr(_times_covariance(images, mean, basis)[0])[0]
    product, total = _times_covariance(images, mean, basis)
    inside = basis.T @ product
    variances, turn = np.linalg.eigh((inside + inside.T) / 2)
    return variances, basis @ turn, total


def _times_covariance(images: np.ndarray, mean: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """The covariance of flat images (N, D) times basis (D, K), and the covariance's trace."""
    product, total = np.zeros_like(basis), 0.0
    for chunk in _chunks(images):
        chunk -= mean
        product += chunk.T @ (chunk @ basis)
        total += float(np.vdot(chunk, chunk))
    return product / len(images), total / len(images)


def _flat(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim < 2 or images.size == 0 or not (images.dtype == np.uint8 or images.dtype.kind == "f"):
        raise ValueError(
            f"Images are {images.dtype} {images.shape}: pass a batch (N, ...) of uint8 or floats in [0, 1]."
        )
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError("Images hold values that are not finite: remove those rows first.")
    return images.reshape(len(images), -1)


def _chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """Float64 copies of ROWS images each, uint8 divided by 255."""
    for start in range(0, len(images), ROWS):
        chunk = images[start : start + ROWS].astype(np.float64)
        yield chunk / 255.0 if images.dtype == np.uint8 else chunk
