"""The VAE with a cure for collapse: a KL weight that changes over the training, or a floor under the KL."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from explorer.models.base import Loss, Paper
from explorer.models.vae import VAE

SCHEDULES = ("constant", "linear", "cyclical")


class ScheduledVAE(VAE):
    """A VAE whose KL term grows with the training, and costs nothing below `free_bits`.

    loss = E_q[-log p(x|z)] + beta * w * sum_j max(free_bits, mean over the batch of KL_j), in nats per image.
    The regularizer that is reported is the KL itself, without weight and without floor: reconstruction +
    regularizer is the negative ELBO.

    Parameters
    ----------
    schedule : the weight w in [0, 1] over the training
        "constant": 1 · "linear": rises from 0 to 1 over the first `rise` of the training and stays (Bowman
        et al. 2016, arXiv:1511.06349; Sønderby et al. 2016, arXiv:1602.02282) · "cyclical": does so anew in
        each of `cycles` equal parts, over the first `rise` of each (Fu et al. 2019, arXiv:1903.10145, eq. 6
        and 7: M = 4, R = 0.5).
    rise : share in (0, 1]
    cycles : int, at least 1
    free_bits : float, at least 0
        The floor under each dimension's KL, nats (Kingma et al. 2016, arXiv:1606.04934, eq. 15).
    """

    family = "scheduled"
    paper = Paper("Sønderby et al. 2016", "https://arxiv.org/abs/1602.02282")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        beta: float = 1.0,
        binary: bool = False,
        schedule: str = "constant",
        rise: float = 0.5,
        cycles: int = 4,
        free_bits: float = 0.0,
    ) -> None:
        if schedule not in SCHEDULES:
            raise ValueError(f"schedule {schedule!r} is not known: choose from {list(SCHEDULES)}.")
        if not (0 < rise <= 1 and cycles >= 1 and 0 <= free_bits < math.inf):
            raise ValueError(
                f"rise {rise}, cycles {cycles}, free_bits {free_bits}: give a share above 0 and at most 1, "
                "at least one cycle, and at least 0 nats."
            )
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation, beta, binary)
        self.schedule, self.rise, self.cycles, self.free_bits = schedule, rise, cycles, free_bits

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {
            "schedule": self.schedule, "rise": self.rise, "cycles": self.cycles, "free_bits": self.free_bits,
        }  # fmt: skip

    def weight(self) -> Tensor:
        """w at the present `progress`, without beta: ()."""
        if self.schedule == "constant":
            return torch.ones_like(self.progress)
        cycle = self.progress * (self.cycles if self.schedule == "cyclical" else 1)
        # At the very end the last cycle is full, and no further one begins.
        position = torch.where(self.progress < 1, cycle - cycle.floor(), torch.ones_like(cycle))
        return (position / self.rise).clamp(max=1.0)

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        _, posterior, reconstruction, kl = self.terms(x, target, generator, condition)
        counted = posterior.kl().mean(dim=0).clamp(min=self.free_bits).sum()
        return Loss(reconstruction + self.beta * self.weight() * counted, reconstruction, kl)
