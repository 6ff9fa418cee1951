"""The terms of a model's loss for one image, at any code: arrays in, arrays out; torch stays inside.

Everything is per image: summed over pixels and over the numbers of the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models import Autoencoder

#: Families whose loss is reconstruction + beta · KL, at the end of the training where it has a schedule.
WEIGHTED = ("vae", "conditional", "scheduled", "rows")


class Charge(NamedTuple):
    """What a KL adds to the loss when the training ends: weight · |sum_j max(floor, KL_j) - capacity|."""

    weight: float
    floor: float = 0.0
    capacity: float = 0.0

    def charged(self, kl: np.ndarray) -> float:
        """The sum over dimensions of a KL (L,), each at least the floor."""
        return float(np.maximum(kl, self.floor).sum())

    def of(self, kl: np.ndarray) -> float:
        """What the KL of each dimension (L,) adds to the loss of one image, as if it were the batch."""
        return self.weight * abs(self.charged(kl) - self.capacity)

    def symbols(self) -> str:
        """The formula in LaTeX: β or γ is the weight, λ the floor, C the capacity."""
        return self._formula(r"\gamma\," if self.capacity else r"\beta\,", r"\lambda", "C")

    def numbers(self, charged: float | None = None) -> str:
        """The formula in LaTeX with its own numbers, and with what is charged in the KL's place if given."""
        said = "" if charged is None else f"{charged:.2f}"
        return self._formula(rf"{self.weight:g} \cdot ", f"{self.floor:g}", f"{self.capacity:g}", said)

    def _formula(self, weight: str, floor: str, capacity: str, charged: str = "") -> str:
        kl = r"\mathrm{KL}(q(z \mid x) \,\|\, p(z))"
        kl = charged or (rf"\sum_j \max({floor}, \mathrm{{KL}}_j)" if self.floor else kl)
        return rf"{weight}\left|{kl} - {capacity}\right|" if self.capacity else weight + kl

    def __str__(self) -> str:
        """In words for a box: "weight 1", "weight 50 on |KL − 12|", "weight 1, floor 0.5 a dimension"."""
        said = f"weight {self.weight:g}" + f" on |KL − {self.capacity:g}|" * bool(self.capacity)
        return said + f", floor {self.floor:g} a dimension" * bool(self.floor)


def charge(family: str, arguments: Mapping[str, Any]) -> Charge | None:
    """How a family's loss charges the KL; None where there is no KL, or where the loss has another form."""
    if family == "annealed":
        return Charge(arguments["gamma"], capacity=arguments["capacity"])
    if family in WEIGHTED:
        return Charge(arguments["beta"], floor=arguments.get("free_bits", 0.0))
    return None


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
        charged = charge(model.family, model.arguments)
        return 1.0 if charged is None else float(charged.weight)
    return float(getattr(model, "weight", 1.0))
