"""The VAE with controlled capacity: the code may carry more and more as training goes on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.models.base import Loss, Paper
from explorer.models.vae import VAE


class AnnealedVAE(VAE):
    """Capacity annealing (Burgess et al. 2018, arXiv:1804.03599, eq. 8).

    loss = E_q[-log p(x|z)] + gamma * |KL(q(z|x) || p(z)) - C|, in nats per image. C rises linearly from 0 to
    `capacity` over the first `rise` of the training and stays there.

    Parameters
    ----------
    gamma : float, at least 0
        Weight of the distance between KL and capacity.
    capacity : float, at least 0
        What the code may carry in the end, nats.
    rise : share of the training in (0, 1]
    """

    family = "annealed"
    paper = Paper("Burgess et al. 2018", "https://arxiv.org/abs/1804.03599")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        gamma: float = 100.0,
        capacity: float = 25.0,
        rise: float = 0.8,
    ) -> None:
        if not (gamma >= 0 and capacity >= 0 and 0 < rise <= 1):
            raise ValueError(
                f"gamma {gamma}, capacity {capacity}, rise {rise}: give weights of at least 0 and a share "
                "above 0, at most 1."
            )
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation)
        self.gamma, self.capacity, self.rise = gamma, capacity, rise

    @property
    def arguments(self) -> dict[str, Any]:
        without_beta = {name: value for name, value in super().arguments.items() if name != "beta"}
        return without_beta | {"gamma": self.gamma, "capacity": self.capacity, "rise": self.rise}

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        _, _, reconstruction, kl = self.terms(x, target, generator)
        allowed = self.capacity * (self.progress / self.rise).clamp(max=1.0)
        return Loss(reconstruction + self.gamma * (kl - allowed).abs(), reconstruction, kl)
