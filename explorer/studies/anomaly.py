"""How strange an image looks to a model: the scores by which a one-class model tells anomalies.

A model that was trained on one class has learnt to compress that class: what it reconstructs badly, or what
it needs many nats for, is probably something else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from explorer import latent
from explorer.metrics.reconstruction import squared_error
from explorer.models import Autoencoder

SAMPLES = 10
_BATCH = 1000


class Scores(NamedTuple):
    """Two scores of each image, (N,) float64 each, the second in its parts.

    error: squared error of the reconstruction from the deterministic code, summed over pixels.
    cross_entropy, kl: nats; their sum is the negative evidence lower bound, where the pixels are read as
        probabilities. None for a model without a posterior.
    """

    error: np.ndarray
    cross_entropy: np.ndarray | None
    kl: np.ndarray | None

    @property
    def negative_elbo(self) -> np.ndarray:
        """Cross-entropy + KL (Kingma & Welling 2014, eq. 3), whatever β the model was trained with.

        Raises
        ------
        ValueError
            If the model has no posterior.
        """
        if self.cross_entropy is None or self.kl is None:
            raise ValueError("A model without a posterior has no evidence lower bound: take its error.")
        return self.cross_entropy + self.kl


def scores(model: Autoencoder, images: np.ndarray, samples: int = SAMPLES, seed: int = 0) -> Scores:
    """Scores of images uint8 (N, C, H, W).

    The cross-entropy is the mean over `samples` draws of the posterior, reproducible by `seed`; the KL is
    exact.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(images), _BATCH):
        x = images[start : start + _BATCH].astype(np.float32) / 255
        error = squared_error(x, latent.reconstruct(model, x))
        parts.append((error, *_bound(model, torch.from_numpy(x), samples, generator)))
    joined = (None if part[0] is None else np.concatenate(part) for part in zip(*parts, strict=True))
    return Scores(*joined)


@torch.inference_mode()
def _bound(
    model: Autoencoder, x: torch.Tensor, samples: int, generator: torch.Generator
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """Cross-entropy and KL of each image of x (B, C, H, W), (B,) each."""
    posterior = model.encode(x).posterior
    if posterior is None:
        return None, None
    entropy = torch.zeros(len(x), dtype=torch.float64)
    for _ in range(samples):
        logits = model.logits(posterior.sample(generator), x)
        entropy += F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    return (entropy / samples).numpy(), posterior.kl().sum(1).double().numpy()
