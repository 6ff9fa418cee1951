"""How much a code says about its image: the mutual information of image and code under q(z|x)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from explorer.gaussian import Gaussian
from explorer.metrics import _arrays

_CHUNK_NUMBERS = 4_000_000


@dataclass(frozen=True)
class Information:
    """I(x; z) of the whole code, nats; of each dimension alone (L,), nats; and log N, which bounds them."""

    value: float
    per_dimension: np.ndarray
    bound: float


def mutual_information(mean: np.ndarray, logvar: np.ndarray, seed: int = 0) -> Information:
    """I(x; z) of a set of posteriors, mean and logvar (N, L) each.

    I = E_x KL(q(z|x) || q(z)) with the aggregate posterior q(z) = 1/N sum_j q(z|x_j) (Hoffman & Johnson
    2016, "ELBO surgery"; the estimate of Dieng et al. 2019, arXiv:1807.04863, section 4), by one sample of
    each posterior and the sum over all N. It is what z tells of *which of the N images* was encoded: at most
    log N, and so too low wherever it comes near log N. Mean KL minus I is KL(q(z) || p(z)): what is paid and
    says nothing. The sum over dimensions is no bound of the whole: dimensions may say the same.
    """
    mean, logvar = (
        torch.from_numpy(_arrays.matrix(name, array).astype(np.float32))
        for name, array in (("mean", mean), ("logvar", logvar))
    )
    if mean.shape != logvar.shape:
        raise ValueError(
            f"mean has shape {tuple(mean.shape)} and logvar {tuple(logvar.shape)}: pass both as (N, L)."
        )
    n, latent_dim = mean.shape
    z = Gaussian(mean, logvar).sample(torch.Generator().manual_seed(seed))
    total, each = 0.0, torch.zeros(latent_dim, dtype=torch.float64)
    for own in torch.arange(n).split(max(1, _CHUNK_NUMBERS // (n * latent_dim))):
        density = _log_density(z[own, None], mean, logvar)  # (B, N, L): each sample under each posterior
        ratio = density[torch.arange(len(own)), own] - density.logsumexp(dim=1)
        each += ratio.double().sum(dim=0)
        whole = density.sum(dim=2)
        total += (whole[torch.arange(len(own)), own] - whole.logsumexp(dim=1)).double().sum().item()
    bound = math.log(n)
    return Information(total / n + bound, (each / n + bound).numpy(), bound)


def _log_density(z: torch.Tensor, mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """log N(z; mean, exp(logvar)) dimension by dimension, without the constant that cancels."""
    return -0.5 * ((z - mean).square() * (-logvar).exp() + logvar)
