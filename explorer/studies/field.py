"""A denoiser as a field of arrows: output minus input over a plane of images, and what the best one would do.

For Gaussian noise of standard deviation σ and squared error the best denoiser of all is r(x) = E[clean | x],
and its correction is r(x) - x = σ² ∇ log p_σ(x), with p_σ the density of the *noisy* images: exact for every
σ (Miyasawa 1961, "Tweedie's formula"; for denoising autoencoders Vincent 2011, Neural Computation 23, and, as
σ goes to 0, Alain & Bengio 2014, JMLR 15). Two cases have p_σ in closed form: `best_of_gaussian` and
`best_of_images`.

Shapes: images (M, D), flat floats, not held to [0, 1] · places (M, 2) on a plane, in the unit of the pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.metrics.principal import PrincipalComponents

#: A denoiser: (M, D) -> (M, D).
Denoiser = Callable[[np.ndarray], np.ndarray]
_FLAT = 1e-6  # a direction that keeps less than this share of its length adds nothing to a plane


@dataclass(frozen=True)
class Plane:
    """All images origin + a axes[0] + b axes[1]: origin (D,), axes (2, D) orthonormal."""

    origin: np.ndarray
    axes: np.ndarray

    @classmethod
    def along(cls, origin: np.ndarray, directions: Sequence[np.ndarray]) -> Plane:
        """Through origin (D,) along the first two of the directions (D,) that are not parallel.

        Raises
        ------
        ValueError
            If no two directions span a plane.
        """
        axes: list[np.ndarray] = []
        for direction in directions:
            rest = np.asarray(direction, np.float64)
            length = np.linalg.norm(rest)
            for axis in axes * 2:  # Gram-Schmidt, twice, for the digits that the first subtraction loses
                rest = rest - (rest @ axis) * axis
            if len(axes) < 2 and np.linalg.norm(rest) > _FLAT * max(length, _FLAT):
                axes.append(rest / np.linalg.norm(rest))
        if len(axes) < 2:
            raise ValueError("the directions lie on one line: give two that span a plane.")
        return cls(np.asarray(origin, np.float64), np.stack(axes))

    def place(self, images: np.ndarray) -> np.ndarray:
        """Where images (M, D) fall on the plane, straight down: (M, 2)."""
        return (images - self.origin) @ self.axes.T

    def images(self, places: np.ndarray) -> np.ndarray:
        """The images (M, D) at places (M, 2) of the plane."""
        return self.origin + np.asarray(places) @ self.axes

    def apart(self, images: np.ndarray) -> np.ndarray:
        """Distance (M,) of images (M, D) to the plane."""
        return np.linalg.norm(images - self.images(self.place(images)), axis=1)

    def grid(self, around: np.ndarray, count: int, margin: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
        """count places on each axis, equally far apart on both, that hold the places `around` (M, 2)."""
        low, high = around.min(axis=0), around.max(axis=0)
        half = (0.5 + margin) * (high - low).max()
        x, y = (np.linspace(middle - half, middle + half, count) for middle in (low + high) / 2)
        return x, y


@dataclass(frozen=True)
class Field:
    """Corrections (M, D) of images at places (M, 2), and what a plane shows of them: arrows (M, 2)."""

    places: np.ndarray
    arrows: np.ndarray
    corrections: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The whole length (M,) of each correction, in all pixels."""
        return np.linalg.norm(self.corrections, axis=1)

    @property
    def shares(self) -> np.ndarray:
        """The share (M,) of each squared length that lies in the plane."""
        return (self.arrows**2).sum(axis=1) / np.maximum((self.corrections**2).sum(axis=1), 1e-300)

    @property
    def share(self) -> float:
        """The share of all squared length that lies in the plane."""
        return float((self.arrows**2).sum() / max((self.corrections**2).sum(), 1e-300))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Mean cosine between directions a and b (M, D), of those that are not 0; 0 if all are."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    some = lengths > 0
    return float(((a * b).sum(axis=1)[some] / lengths[some]).mean()) if some.any() else 0.0


def field(plane: Plane, places: np.ndarray, denoise: Denoiser) -> Field:
    """What a denoiser does to the images at places (M, 2) of the plane."""
    x = plane.images(places)
    corrections = denoise(x) - x
    return Field(places, corrections @ plane.axes.T, corrections)


def repeated(denoise: Denoiser, start: np.ndarray, times: int) -> np.ndarray:
    """The image start (D,), the denoiser's output, the output of that, and so on: (times + 1, D)."""
    path = [np.asarray(start, np.float64)]
    for _ in range(times):
        path.append(np.asarray(denoise(path[-1][None])[0], np.float64))
    return np.stack(path)


def best_of_gaussian(x: np.ndarray, data: PrincipalComponents, sigma: float) -> np.ndarray:
    """E[clean | x] where clean images are Gaussian with these components: the best linear denoiser (Wiener).

    x + σ² ∇ log N(x; mean, covariance + σ² I) = mean + Σ_k v_k / (v_k + σ²) a_k a_kᵀ (x - mean), with
    variances v_k and axes a_k; what the K components leave out has no variance. ValueError if σ is not
    positive.
    """
    _check(sigma)
    scores = (x - data.mean) @ data.axes.T
    return data.mean + (scores * data.variances / (data.variances + sigma**2)) @ data.axes


def best_of_images(x: np.ndarray, images: np.ndarray, sigma: float) -> np.ndarray:
    """E[clean | x] where the clean images are these (N, D) and no others, each as likely.

    x + σ² ∇ log of a mixture of N Gaussians of std σ, one around each image: their mean, weighted by
    exp(-|x - image|² / 2 σ²). ValueError if σ is not positive.
    """
    _check(sigma)
    origin = images.mean(axis=0)  # centred, the product loses the fewest digits
    centred = images - origin
    at = (x - origin).astype(centred.dtype)
    exponent = (at @ centred.T - 0.5 * np.einsum("nd,nd->n", centred, centred)) / sigma**2
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)) @ images


def _check(sigma: float) -> None:
    if not sigma > 0:
        raise ValueError(f"σ is {sigma}: without noise there is no density to climb, give a positive one.")


def density(places: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Density of places (N, 2) at xs (X,), ys (Y,), as (Y, X): Gaussians as wide as Scott's rule says."""
    width = places.std(axis=0) * len(places) ** (-1 / 6)
    on_x, on_y = (
        np.exp(-0.5 * ((at[:, None] - places[:, k]) / width[k]) ** 2) / (np.sqrt(2 * np.pi) * width[k])
        for k, at in enumerate((xs, ys))
    )
    return on_y @ on_x.T / len(places)
