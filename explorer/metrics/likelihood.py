"""Likelihood of binary images under a model with a Gaussian posterior, by importance sampling."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.gaussian import Gaussian
from explorer.metrics import _arrays
from explorer.models import Autoencoder

_CHUNK = 500  # codes decoded at a time: their logits stay in a core's cache


def importance_weighted_nll(
    model: Autoencoder,
    x: np.ndarray,
    labels: np.ndarray | None = None,
    samples: int = 5000,
    seed: int = 0,
) -> np.ndarray:
    """-log p(x) of each binary image in nats, by `samples` codes: (N, C, H, W) of 0 and 1 -> (N,) float64.

    -log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x) with z_i ~ q(z|x) (Burda, Grosse & Salakhutdinov 2016,
    arXiv:1509.00519, eq. 8): in expectation an upper bound that never rises with k and ends at -log p(x).
    For a conditional model it is -log p(x | label), labels (N,). An image's noise follows from `seed` and the
    image's place alone, so a set may be measured in parts (see `importance_weighted_parts`).

    Raises
    ------
    ValueError
        If the model has no posterior, or x is not of 0 and 1.
    """
    return np.concatenate(list(importance_weighted_parts(model, x, labels, samples, seed, len(x))))


def importance_weighted_parts(
    model: Autoencoder,
    x: np.ndarray,
    labels: np.ndarray | None = None,
    samples: int = 5000,
    seed: int = 0,
    part: int = 100,
    start: int = 0,
) -> Iterator[np.ndarray]:
    """`importance_weighted_nll` of `part` images after another, from image `start` on: for long runs."""
    x = _arrays.images("x", x)
    if not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("x has values between 0 and 1, which have no likelihood here: binarise it first.")
    if not model.variational:
        raise ValueError(f"a model of family {model.family!r} has no posterior to weigh codes by.")
    for begin in range(start, len(x), part):
        places = range(begin, min(begin + part, len(x)))
        given = None if labels is None else torch.tensor(labels[begin : begin + part])
        with torch.inference_mode():
            images = torch.from_numpy(x[begin : begin + part].astype(np.float32))
            posterior = model.encode(images, given).posterior
            yield np.array([
                -_log_likelihood(model, images[i : i + 1], Gaussian(posterior.mean[i], posterior.logvar[i]),
                                 None if given is None else given[i : i + 1], samples, [seed, place])
                for i, place in enumerate(places)
            ])  # fmt: skip


def _log_likelihood(
    model: Autoencoder,
    x: Tensor,
    posterior: Gaussian,
    label: Tensor | None,
    samples: int,
    seed: list[int],
) -> float:
    """log p(x) of one image (1, C, H, W) whose posterior's mean and logvar are (L,), nats."""
    weights = log_weights(model, x, posterior, label, samples, seed)
    return float(torch.logsumexp(weights, dim=0) - math.log(samples))


def log_weights(
    model: Autoencoder,
    x: Tensor,
    posterior: Gaussian,
    label: Tensor | None,
    samples: int,
    seed: list[int],
) -> Tensor:
    """log p(x|z_i) p(z_i) / q(z_i|x) of one binary image (1, C, H, W) whose posterior's mean and logvar are
    (L,), for `samples` codes z_i ~ q(z|x): (samples,) float64."""
    random = np.random.default_rng(seed)
    weights = []
    for begin in range(0, samples, _CHUNK):
        k = min(_CHUNK, samples - begin)
        eps = torch.from_numpy(random.standard_normal((k, model.latent_dim), dtype=np.float32)).to(x.device)
        z = posterior.mean + posterior.std * eps
        repeated = x.expand(k, *x.shape[1:])
        logits = model.logits(z, repeated, None if label is None else label.expand(k)).flatten(1)
        pixels = logits @ x.flatten() - F.softplus(logits).sum(1)
        # log p(z) - log q(z|x): the normalisers cancel but for the posterior's own width
        weights.append(pixels + 0.5 * (eps.square() - z.square() + posterior.logvar).sum(1))
    return torch.cat(weights).double()
