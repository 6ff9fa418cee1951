"""The plain autoencoder; with a corruption in its recipe it is a denoising autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.models.base import Autoencoder, Code, Loss


class PlainAutoencoder(Autoencoder):
    """Deterministic autoencoder trained on the summed squared error.

    min E ||target - x_hat||^2 (Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006). Where the
    recipe corrupts x and keeps the clean target, this is the denoising autoencoder of Vincent et al. 2008.
    """

    family = "autoencoder"
    reconstruction_name = "summed squared error"

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Code:
        return Code(self.encoder(x), None)

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        target = x if target is None else target
        x_hat = torch.sigmoid(self.decoder(self.encoder(x)).float())
        error = (x_hat - target).square().sum() / len(x)
        return Loss(error, error, torch.zeros_like(error))
