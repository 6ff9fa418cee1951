"""The terms of a model's loss for one image, at any code: arrays in, arrays out; torch stays inside.

Everything is per image: summed over pixels and over the numbers of the code.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models import Autoencoder

#: Families whose loss on one image is reconstruction + beta · KL; the others schedule or split the KL.
WEIGHTED = ("vae", "conditional")


def reconstruction(
    model: Autoencoder, x: np.ndarray, z: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """Error of what codes z (B, L) decode to, against images x (B or 1, C, H, W) in [0, 1]: (B,).

    Bernoulli cross-entropy in nats where there is a posterior (Kingma & Welling 2014, eq. 7), else squared
    error. `labels` (B,) for a model that is told the class.
    """
    codes = torch.from_numpy(np.ascontiguousarray(z, np.float32))
    target = torch.from_numpy(np.ascontiguousarray(x, np.float32)).expand(len(codes), *x.shape[1:])
    condition = None if labels is None else torch.from_numpy(np.asarray(labels, np.int64))
    with torch.inference_mode():
        if not model.variational:
            return (model.decode(codes, condition) - target).square().flatten(1).sum(1).numpy()
        return _cross_entropy(model.logits(codes, target, condition), target).numpy()


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    each = F.binary_cross_entropy_with_logits(logits, target.contiguous(), reduction="none")
    return each.flatten(1).sum(1)


def penalty(model: Autoencoder, x: np.ndarray) -> float:
    """The second term of a plain model's loss for one image x (1, C, H, W), without its weight: 0 for none.

    A penalty on the average over a batch is computed as if this image were the batch.
    """
    with torch.no_grad():
        return float(model.loss(torch.from_numpy(np.ascontiguousarray(x, np.float32))).regularizer)


def weight(model: Autoencoder) -> float:
    """What the second term counts in the sum: beta, a penalty's weight, 1 where the loss has another form."""
    if model.variational:
        return float(model.beta) if model.family in WEIGHTED else 1.0
    return float(getattr(model, "weight", 1.0))
