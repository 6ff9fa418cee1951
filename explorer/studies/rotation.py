"""Turn the whole code by a rotation that the decoder undoes: what stays the same, and for whom it does not.

w = Qᵀ z for an orthogonal Q (L, L), and the decoder gets Q w. Nothing that is decoded changes, and N(0, I)
looks the same from every direction. But a posterior with independent dimensions in z has dependent ones
in w: kept diagonal there, it is another posterior, and the bound gets worse (Rolinek et al. 2019,
arXiv:1812.06775).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import special_ortho_group

from explorer import latent
from explorer.metrics import reconstruction
from explorer.models import Autoencoder


@dataclass(frozen=True)
class Terms:
    """Means over images: the reconstruction term, and the KL in nats (None without a posterior)."""

    reconstruction: float
    kl: float | None

    @property
    def loss(self) -> float:
        """Their sum."""
        return self.reconstruction + (self.kl or 0.0)


def rotation(latent_dim: int, seed: int) -> np.ndarray:
    """A random rotation Q (L, L), uniform over all of them; for L = 1 the identity."""
    if latent_dim < 2:
        return np.ones((1, 1))
    return np.asarray(special_ortho_group.rvs(latent_dim, random_state=seed))


def closest_diagonal(variance: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Variances (N, L) of the diagonal Gaussian in w that is nearest to the turned posterior.

    Nearest in KL(diagonal || turned): 1 over the diagonal of the precision Qᵀ diag(1/v) Q.
    """
    return 1 / ((1 / variance) @ np.square(turn))


def terms(
    model: Autoencoder,
    x: np.ndarray,
    turn: np.ndarray,
    labels: np.ndarray | None = None,
    seed: int = 0,
    draws: int = 4,
) -> dict[str, Terms]:
    """The loss of images (N, C, H, W) in the code's own axes, "turned", and "kept diagonal" (VAEs alone).

    Every entry uses the same noise. The reconstruction term is the squared error of a plain autoencoder, the
    cross-entropy of a variational one.
    """
    mean, logvar = latent.encode(model, x, labels)
    turned = mean @ turn
    if logvar is None:
        own, back = (latent.decode(model, z, clip=False, labels=labels) for z in (mean, turned @ turn.T))
        return {"own": Terms(_squared(x, own), None), "turned": Terms(_squared(x, back), None)}
    variance = np.exp(logvar)
    random = np.random.default_rng(seed)
    noise = random.standard_normal((draws, *mean.shape)).astype(np.float32)
    kept = closest_diagonal(variance, turn)
    codes = {
        "own": mean + np.sqrt(variance) * noise,
        "turned": ((mean + np.sqrt(variance) * noise) @ turn) @ turn.T,
        "kept diagonal": (turned + np.sqrt(kept) * (noise @ turn)) @ turn.T,
    }
    kl = float(latent.kl_per_dimension(mean, logvar).sum(axis=1).mean())
    diagonal = 0.5 * (turned**2 + kept - 1 - np.log(kept)).sum(axis=1).mean()
    rates = {"own": kl, "turned": kl, "kept diagonal": float(diagonal)}
    return {
        name: Terms(np.mean([_cross_entropy(model, x, z, labels) for z in each]), rates[name])
        for name, each in codes.items()
    }


def _squared(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(np.square(x - x_hat).sum(axis=(1, 2, 3)).mean())


def _cross_entropy(model: Autoencoder, x: np.ndarray, z: np.ndarray, labels: np.ndarray | None) -> float:
    x_hat = latent.decode(model, z.astype(np.float32), labels=labels)
    return float(reconstruction.cross_entropy(x, x_hat).mean())
