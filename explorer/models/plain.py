"""The plain autoencoder; with a corruption in its recipe it is a denoising autoencoder."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.models.base import Autoencoder, Code, Loss, Paper

OUTPUTS = ("sigmoid", "identity")


class PlainAutoencoder(Autoencoder):
    """Deterministic autoencoder trained on the summed squared error.

    min E ||target - x_hat||^2 (Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006). Where the
    recipe corrupts x and keeps the clean target, this is the denoising autoencoder of Vincent et al. 2008.
    Without hidden widths and with the identity as output it is the linear autoencoder, whose best code spans
    the space of the first principal components (Bourlard & Kamp 1988; Baldi & Hornik 1989).

    Parameters
    ----------
    output : "sigmoid" or "identity"
    """

    family = "autoencoder"
    paper = Paper("Hinton & Salakhutdinov 2006", "https://doi.org/10.1126/science.1127647")
    reconstruction_name = "summed squared error"

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        output: str = "sigmoid",
    ) -> None:
        if output not in OUTPUTS:
            raise ValueError(f"output {output!r} is not known: choose from {', '.join(OUTPUTS)}.")
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation)
        self.output = output

    @property
    def arguments(self) -> dict[str, Any]:
        # left out where it is the sigmoid, so that cards from before there was a choice stay as they are
        return super().arguments | ({} if self.output == "sigmoid" else {"output": self.output})

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Code:
        return Code(self.encoder(x), None)

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        error = self.squared_error(self.encoder(x), x if target is None else target)
        return Loss(error, error, torch.zeros_like(error))

    def squared_error(self, z: Tensor, target: Tensor) -> Tensor:
        """Squared error of the image of codes z (B, L) against target, summed over pixels, batch mean: ()."""
        x_hat = self.pixels(self.decoder(z).float())
        return (x_hat - target).square().sum() / len(target)
