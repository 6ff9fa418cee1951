"""The importance-weighted bound of one binary image over the number of codes, from one pool of weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import logsumexp

from explorer.gaussian import Gaussian
from explorer.metrics.likelihood import log_weights
from explorer.models import Autoencoder

POOL = 5000
#: Numbers of codes a bound is estimated at; each divides the pool.
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2500, 5000)


@dataclass(frozen=True)
class Estimate:
    """The bound with `count` codes in nats: its mean over `repetitions`, and their standard deviation (NaN
    for one repetition)."""

    count: int
    mean: float
    sd: float
    repetitions: int


def can_weigh(model: Autoencoder) -> bool:
    """Whether images have a likelihood here that is quick to estimate: a posterior, binary pixels, and a
    decoder that draws all of them at once."""
    return model.variational and model.binary and not model.autoregressive


@torch.inference_mode()
def pool(
    model: Autoencoder, x: np.ndarray, label: int | None = None, samples: int = POOL, seed: int = 0
) -> np.ndarray:
    """log p(x|z_i) p(z_i) / q(z_i|x) of `samples` codes z_i ~ q(z|x): (samples,) of one image x
    (1, C, H, W) of 0 and 1.

    The codes are those of `metrics.likelihood.importance_weighted_nll` for the first image of a set.

    Raises
    ------
    ValueError
        If the model has no binary pixels, or x is not of 0 and 1.
    """
    if not can_weigh(model):
        raise ValueError("this model gives images no likelihood to estimate here: take one of binary pixels.")
    if not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("x has values between 0 and 1, which have no likelihood here: binarise it first.")
    image = torch.from_numpy(np.asarray(x, np.float32))
    given = None if label is None else torch.tensor([label])
    posterior = model.encode(image, given).posterior
    one = Gaussian(posterior.mean[0], posterior.logvar[0])
    return log_weights(model, image, one, given, samples, [seed, 0]).numpy()


def bound(weights: np.ndarray, count: int) -> Estimate:
    """The bound with `count` codes: log weights (K,) are cut into K // count groups, each a repetition of
    log 1/k sum_i w_i (Burda, Grosse & Salakhutdinov 2016, eq. 8).

    Raises
    ------
    ValueError
        If `count` is not between 1 and K.
    """
    if not 1 <= count <= len(weights):
        raise ValueError(f"{count} codes cannot be taken of {len(weights)}: give 1 to {len(weights)}.")
    groups = len(weights) // count
    each = logsumexp(weights[: groups * count].reshape(groups, count), axis=1) - math.log(count)
    return Estimate(count, float(each.mean()), float(each.std(ddof=1)) if groups > 1 else math.nan, groups)


def effective(weights: np.ndarray) -> float:
    """Effective number of codes behind the estimate, (sum w)² / sum w², of log weights (K,): in [1, K]."""
    return float(np.exp(2 * logsumexp(weights) - logsumexp(2 * weights)))
