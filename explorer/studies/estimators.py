"""Two estimators of the gradient of E_q[f(z)], f the reconstruction loss of one image, draw by draw.

For q = N(mean, std²), z = mean + std · eps, and theta one mean or one log std of q:
pathwise f'(z) · dz/dtheta (Kingma & Welling 2014, Rezende et al. 2014); score function
(f(z) − b) · d log q(z)/dtheta (Williams 1992), with a baseline b (Mnih & Gregor 2014, arXiv:1402.0030). Both
are unbiased. Arrays in, arrays out; torch stays inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import special

from explorer.models import Autoencoder

PARAMETERS = {"mean": "mean", "log std": "log_std"}
BASELINES = ("none", "mean loss", "best constant")
PILOT = 500  # draws for the baseline alone: a baseline from the draws that it is used on would be biased
_BATCH = 500


@dataclass(frozen=True)
class Draws:
    """For each of N draws: the loss f (nats), the pathwise gradient, and the weight d log q(z)/dtheta."""

    loss: np.ndarray
    pathwise: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Sample:
    """N draws of q(z|x): standard noise (N, L), the loss f (N,) and its slope df/dz (N, L), nats, float32."""

    noise: np.ndarray
    loss: np.ndarray
    slope: np.ndarray

    def draws(self, logvar: np.ndarray, dimension: int, parameter: str) -> Draws:
        """Both gradients with respect to one parameter of q = N(., exp(logvar (L,))), one of `PARAMETERS`.

        Raises
        ------
        ValueError
            If the parameter is neither "mean" nor "log_std".
        """
        if parameter not in PARAMETERS.values():
            raise ValueError(
                f"parameter {parameter!r} is not known: choose from {list(PARAMETERS.values())}."
            )
        noise, slope = (each[:, dimension].astype(np.float64) for each in (self.noise, self.slope))
        width = float(np.exp(0.5 * float(logvar[dimension])))
        if parameter == "mean":
            return Draws(self.loss.astype(np.float64), slope, noise / width)
        return Draws(self.loss.astype(np.float64), slope * width * noise, noise**2 - 1)


def sample(
    model: Autoencoder,
    x: np.ndarray,
    mean: np.ndarray,
    logvar: np.ndarray,
    count: int,
    seed: int,
    label: int | None = None,
) -> Sample:
    """`count` draws of q = N(mean (L,), exp(logvar (L,))), for any of its parameters.

    x (1, C, H, W) is what is to be reconstructed; a conditional model is told its `label`.
    """
    noise = np.random.default_rng(seed).standard_normal((count, len(mean))).astype(np.float32)
    std = np.exp(0.5 * np.asarray(logvar, np.float64)).astype(np.float32)
    return Sample(noise, *losses(model, x, mean + std * noise, label))


def losses(
    model: Autoencoder, x: np.ndarray, z: np.ndarray, label: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """f(z) (N,), nats, of codes z (N, L) for one image x (1, C, H, W), and df/dz (N, L): float32."""
    target = torch.from_numpy(np.asarray(x, np.float32))
    found, slopes = [], []
    for codes in torch.from_numpy(np.asarray(z, np.float32)).split(_BATCH):
        codes = codes.clone().requires_grad_(True)
        targets = target.expand(len(codes), -1, -1, -1)
        condition = None if label is None else torch.full((len(codes),), label)
        logits = model.logits(codes, targets, condition)
        each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").flatten(1).sum(dim=1)
        (slope,) = torch.autograd.grad(each.sum(), codes)
        found.append(each.detach().numpy())
        slopes.append(slope.numpy())
    return np.concatenate(found), np.concatenate(slopes)


def constants(pilot: Draws) -> Mapping[str, float]:
    """The baseline b of each of `BASELINES`, from draws of their own.

    0 · E[f] · E[f w²] / E[w²], the constant that makes the variance smallest.
    """
    squared = pilot.weight**2
    best = float((pilot.loss * squared).sum() / squared.sum())
    return dict(zip(BASELINES, (0.0, float(pilot.loss.mean()), best), strict=True))


def score(draws: Draws, baseline: float = 0.0) -> np.ndarray:
    """The score-function gradient of each draw, (N,)."""
    return (draws.loss - baseline) * draws.weight


@dataclass(frozen=True)
class Estimate:
    """Mean of draws, its standard error, and the standard deviation of one draw."""

    mean: float
    error: float
    deviation: float

    def needed(self, slope: float, share: float = 0.1) -> float:
        """Draws for a standard error of `share` of the slope."""
        return (self.deviation / (share * abs(slope))) ** 2 if slope else float("inf")


def estimate(values: np.ndarray) -> Estimate:
    """What draws (N,) of an estimator say of its mean."""
    deviation = float(np.std(values, ddof=1))
    return Estimate(float(np.mean(values)), deviation / len(values) ** 0.5, deviation)


def variance_of_means(values: np.ndarray, least: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """How the variance falls with the draws that are averaged.

    The draws (N,) are cut into groups of n = 1, 2, 4, … as long as there are `least` groups: the ns (K,), and
    the variance of the groups' means (K,). Independent draws give the first over n.
    """
    sizes = [2**k for k in range(32) if len(values) // 2**k >= least]
    found = [np.var(values[: len(values) // n * n].reshape(-1, n).mean(axis=1), ddof=1) for n in sizes]
    return np.array(sizes), np.array(found)


def expected(grid: np.ndarray, loss: np.ndarray, means: np.ndarray, stds: np.ndarray) -> np.ndarray:
    """E[f(mean + std · eps)] for each pair of means (T,) and stds (T,), f given on a rising grid (G,): (T,).

    The mean over 400 equally probable slices of eps, each at its middle.
    """
    eps = special.ndtri((np.arange(400) + 0.5) / 400)
    return np.array([np.interp(m + s * eps, grid, loss).mean() for m, s in zip(means, stds, strict=True)])
