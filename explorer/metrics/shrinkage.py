"""PCA shrinkage: the linear denoiser that a trained one is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.metrics import _arrays
from explorer.metrics.principal import PrincipalComponents


@dataclass(frozen=True)
class PCAShrinkage:
    """Wiener filter on the principal components of the clean images, each component by itself.

    With clean score c_k (variance signal_k) and noisy score n_k = slope_k c_k + rest (variance noise_k),
    the estimate of c_k is gain_k n_k with gain_k = slope_k signal_k / (slope_k² signal_k + strength *
    noise_k). strength = 1 is the least-squares regression of clean on noisy scores (for additive noise
    the Wiener gain signal / (signal + sigma²)). Scores are centred on their own set's mean, which removes
    the shift of clipped noise. Arrays: means (D,), axes (K, D), signal, slope, noise (K,).
    """

    clean_mean: np.ndarray
    noisy_mean: np.ndarray
    axes: np.ndarray
    signal: np.ndarray
    slope: np.ndarray
    noise: np.ndarray
    components: int
    strength: float = 1.0

    @classmethod
    def fit(
        cls, clean: np.ndarray, noisy: np.ndarray, components: int, strength: float = 1.0
    ) -> PCAShrinkage:
        """clean and noisy (N, D): the same images in [0, 1], row by row.

        ValueError if components is not between 1 and min(N - 1, D), or strength is negative.
        """
        clean, noisy = _arrays.image_pair(clean, noisy)
        if not strength >= 0.0:
            raise ValueError(f"strength is {strength}: pass 0 (no shrinkage) or more.")
        basis = PrincipalComponents.fit(clean, components)
        noisy_mean = noisy.mean(axis=0, dtype=np.float64)
        c, n = basis.project(clean), (noisy - noisy_mean) @ basis.axes.T
        signal = (c**2).mean(axis=0)
        slope = np.divide((c * n).mean(axis=0), signal, out=np.zeros(components), where=signal > 0.0)
        noise = np.maximum((n**2).mean(axis=0) - slope**2 * signal, 0.0)
        return cls(basis.mean, noisy_mean, basis.axes, signal, slope, noise, components, strength)

    @property
    def gains(self) -> np.ndarray:
        """What each noisy score is multiplied by: (components,)."""
        use = slice(self.components)
        shrunk = self.slope[use] * self.signal[use]
        total = self.slope[use] * shrunk + self.strength * self.noise[use]
        return np.divide(shrunk, total, out=np.zeros_like(shrunk), where=total > 0.0)

    def __call__(self, noisy: np.ndarray) -> np.ndarray:
        """Denoised images in [0, 1]: (M, D) -> (M, D)."""
        axes = self.axes[: self.components]
        scores = (_arrays.images("noisy", noisy) - self.noisy_mean) @ axes.T
        return np.clip(self.clean_mean + (scores * self.gains) @ axes, 0.0, 1.0)
