"""The same autoencoder in other units: the code times a scale, the decoder's first weights divided by it.

Every picture stays; a penalty on the code does not. Arrays in, arrays out; torch stays inside.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from explorer.models import Autoencoder
from explorer.models.contractive import ContractiveAutoencoder, squared_slope
from explorer.models.sparse import SparseAutoencoder, bernoulli_kl


def can_change(model: Autoencoder) -> bool:
    """Whether the code has a scale of its own: not where a prior fixes it."""
    return not model.variational and isinstance(model.decoder[0], nn.Linear)


@torch.inference_mode()
def decode(model: Autoencoder, z: np.ndarray, scale: float) -> np.ndarray:
    """Pictures (B, C, H, W) of the codes scale · z, z (B, L), by the decoder whose first weights are divided
    by `scale`; not clipped.

    Raises
    ------
    ValueError
        If the scale is not above 0, or the model's code has none of its own.
    """
    if not scale > 0:
        raise ValueError(f"the scale is {scale}: give one above 0, or nothing of the code is left.")
    if not can_change(model):
        raise ValueError("the prior fixes this code's scale: choose a model without one.")
    first = model.decoder[0]
    moved = torch.from_numpy(np.asarray(z, np.float32)) * scale
    return model.pixels(model.decoder[1:](F.linear(moved, first.weight / scale, first.bias))).numpy()


def lengths(model: Autoencoder, scale: float = 1.0) -> np.ndarray:
    """Lengths of the first decoder layer's columns (L,) at that scale of the code."""
    return model.decoder[0].weight.detach().norm(dim=0).numpy() / scale


@torch.inference_mode()
def penalty(model: Autoencoder, z: np.ndarray, x: np.ndarray | None, scale: float = 1.0) -> float | None:
    """The family's penalty on the codes scale · z, without its weight; None where it has none.

    L1: the mean over the codes (B, L) of their sums. KL to a target rate: of the codes' means, in nats. Of a
    contractive model the mean ||dz/dx||² of the images x (B, C, H, W), None without images.
    """
    if isinstance(model, SparseAutoencoder):
        mean = torch.from_numpy(np.asarray(z, np.float64)).mean(dim=0) * scale
        return float(mean.sum() if model.penalty == "l1" else bernoulli_kl(model.rho, mean).sum())
    if isinstance(model, ContractiveAutoencoder) and x is not None:
        scaled = nn.Sequential(*model.encoder[:-1], _times(model.encoder[-1], scale))
        return float(squared_slope(scaled, torch.from_numpy(np.asarray(x, np.float32))).mean())
    return None


def _times(layer: nn.Linear, scale: float) -> nn.Linear:
    """The layer whose output is `scale` times the other's."""
    made = nn.utils.skip_init(nn.Linear, layer.in_features, layer.out_features)
    made.weight.copy_(layer.weight * scale)
    made.bias.copy_(layer.bias * scale)
    return made
