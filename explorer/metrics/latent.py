"""What a posterior q(z|x) = N(mean, diag(exp(logvar))) says about its latent dimensions."""

from __future__ import annotations

import numpy as np
import torch

from explorer.gaussian import Gaussian
from explorer.metrics import _arrays


def kl_per_dimension(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence from N(0, 1), averaged over the set: (N, L) twice -> (L,) float64, nats.

    The sum over dimensions is the set's KL per image (the formula: `Gaussian.kl`).
    """
    mean, logvar = _arrays.matrix("mean", mean), _arrays.matrix("logvar", logvar)
    if mean.shape != logvar.shape:
        raise ValueError(f"mean has shape {mean.shape} and logvar {logvar.shape}: pass both as (N, L).")
    posterior = Gaussian(*(torch.from_numpy(array.astype(np.float64)) for array in (mean, logvar)))
    return posterior.kl().mean(dim=0).numpy()


def active_units(mean: np.ndarray, threshold: float = 0.01) -> np.ndarray:
    """Which latent dimensions carry information: posterior means (N, L) -> (L,) bool; their number is the
    sum.

    A unit is active if the variance over the set of its posterior mean exceeds the threshold,
    Cov_x(E_q(u|x)[u]) > 0.01 (Burda et al. 2016, section 5.2). Works for the codes of a plain autoencoder
    too, where 0.01 has no unit of reference.
    """
    if threshold < 0.0:
        raise ValueError(f"threshold is {threshold}: it is compared with a variance, so pass 0 or more.")
    mean = _arrays.matrix("mean", mean)
    return mean.astype(np.float64).var(axis=0) > threshold
