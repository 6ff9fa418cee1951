"""The aggregate posterior q(z) = 1/N sum_j q(z|x_j) against the prior N(0, I).

Sampling is sound only if the two agree, and the KL term of the loss does not see to that by itself: it acts
on each posterior alone (Hoffman & Johnson 2016, "ELBO surgery"). mean, logvar (N, L) are the posteriors'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import logsumexp

from explorer.gaussian import Gaussian
from explorer.metrics import _arrays

_ROWS = 500
_LOG_2PI = math.log(2 * math.pi)
_REACH, _STEPS = 8.0, 401  # of the integral over one dimension


@dataclass(frozen=True)
class Split:
    """The average KL, nats, as information + mismatch; `bound` is log N, which information cannot exceed."""

    kl: float
    information: float
    mismatch: float
    bound: float


def log_density(points: np.ndarray, mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """log q(z) of points (P, L) under the aggregate of N Gaussians, (P,) float64.

    The exponent is a product of matrices: 5,000 points under 5,000 posteriors take half a second.
    """
    points = _arrays.matrix("points", points).astype(np.float64)
    mean, logvar = _posteriors(mean, logvar)
    precision = np.exp(-logvar)
    constant = (mean**2 * precision + logvar).sum(axis=1) + mean.shape[1] * _LOG_2PI
    parts = []
    for start in range(0, len(points), _ROWS):
        z = points[start : start + _ROWS]
        exponent = -0.5 * (z**2 @ precision.T - 2 * z @ (mean * precision).T + constant)
        parts.append(logsumexp(exponent, axis=1) - math.log(len(mean)))
    return np.concatenate(parts)


def log_normal(points: np.ndarray, centre: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log N(z; centre, FFᵀ) of points (P, L), (P,) float64, and how many σ each lies from the centre, (P,).

    The prior has centre 0 and factor I.
    """
    scaled = np.linalg.solve(factor, (np.asarray(points, np.float64) - centre).T)
    square = (scaled**2).sum(axis=0)
    log_size = np.linalg.slogdet(factor)[1]
    return -0.5 * (square + len(factor) * _LOG_2PI) - log_size, np.sqrt(square)


def kl_split(mean: np.ndarray, logvar: np.ndarray, seed: int = 0) -> Split:
    """Average KL = I(x; z) + KL(q(z) || p(z)) (Hoffman & Johnson 2016, eq. 6).

    The information is the one of `information.mutual_information`, by one sample of each posterior; the
    mismatch is the rest. Both are about these N images: of more images the information may be larger.
    """
    mean, logvar = _posteriors(mean, logvar)
    posterior = Gaussian(torch.from_numpy(mean), torch.from_numpy(logvar))
    z = posterior.sample(torch.Generator().manual_seed(seed))
    own = posterior.log_prob(z).numpy()
    information = float((own - log_density(z.numpy(), mean, logvar)).mean())
    kl = float(posterior.kl().sum(dim=1).mean())
    return Split(kl, information, kl - information, math.log(len(mean)))


def marginals(mean: np.ndarray, logvar: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The aggregate's density of each dimension alone at z (T,): (L, T)."""
    mean, logvar = _posteriors(mean, logvar)
    std = np.exp(0.5 * logvar)
    found = np.empty((mean.shape[1], len(z)))
    for j in range(mean.shape[1]):
        scaled = (np.asarray(z)[:, None] - mean[:, j]) / std[:, j]
        found[j] = (np.exp(-0.5 * scaled**2) / std[:, j]).mean(axis=1) / math.sqrt(2 * math.pi)
    return found


def dimension_mismatch(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(q(z_j) || N(0, 1)) of each dimension alone, nats, (L,), by the trapezoidal rule on [-8, 8]."""
    z = np.linspace(-_REACH, _REACH, _STEPS)
    q = marginals(mean, logvar, z)
    log_p = -0.5 * (z**2 + _LOG_2PI)
    integrand = np.where(q > 0, q * (np.log(np.maximum(q, 1e-300)) - log_p), 0.0)
    return np.trapezoid(integrand, z, axis=1)


def _posteriors(mean: np.ndarray, logvar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, logvar = _arrays.matrix("mean", mean), _arrays.matrix("logvar", logvar)
    if mean.shape != logvar.shape:
        raise ValueError(f"mean has shape {mean.shape} and logvar {logvar.shape}: pass both as (N, L).")
    return mean.astype(np.float64), logvar.astype(np.float64)
