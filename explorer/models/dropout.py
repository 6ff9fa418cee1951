"""The autoencoder with dropout: no unit may rely on the others being there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.base import Loss, Paper
from explorer.models.plain import PlainAutoencoder


class DropoutAutoencoder(PlainAutoencoder):
    """Plain autoencoder whose hidden units are dropped at random while it is trained.

    In train mode `loss` sets each hidden unit's activation to 0 with probability `rate` and divides those
    that stay by 1 - rate, anew for every image (Srivastava et al. 2014, section 4; the division, "inverted"
    dropout, spares the scaling at test time). Pixels and code are never dropped. In eval mode nothing is,
    and encoder and decoder are those of a plain autoencoder: nothing of the dropout is shipped.

    Parameters
    ----------
    rate : float in [0, 1)
    """

    family = "dropout"
    paper = Paper("Srivastava et al. 2014", "https://jmlr.org/papers/v15/srivastava14a.html")

    def __init__(self, *trunk: Any, rate: float = 0.2, **named: Any) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"rate is {rate}: give a share of units of at least 0 and below 1.")
        super().__init__(*trunk, **named)  # the plain autoencoder's own arguments
        self.rate = rate

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"rate": self.rate}

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        if not self.training:
            return super().loss(x, target, condition, generator)
        z = self._thinned(self.encoder, x, generator)
        x_hat = self.pixels(self._thinned(self.decoder, z, generator).float())
        error = (x_hat - (x if target is None else target)).square().sum() / len(x)
        return Loss(error, error, torch.zeros_like(error))

    def _thinned(self, network: nn.Sequential, h: Tensor, generator: torch.Generator | None) -> Tensor:
        """The network's output with hidden units dropped: those behind an activation."""
        for layer in network:
            h = layer(h)
            if not isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Flatten, nn.Unflatten)):
                kept = torch.rand(h.shape, generator=generator, device=h.device) >= self.rate
                h = h * kept / (1 - self.rate)
        return h
