"""The sparse autoencoder: many units, few of them at work for any one image."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.base import Loss, Paper
from explorer.models.plain import PlainAutoencoder

#: What closes the encoder under each penalty, so that a code is at least 0, or in [0, 1].
CODES = {"l1": nn.ReLU, "kl": nn.Sigmoid}


class SparseAutoencoder(PlainAutoencoder):
    """Plain autoencoder with a penalty on active units.

    loss = ||target - x_hat||^2 + weight * penalty, mean over the batch. "l1": sum_j z_j of a rectified code
    (Olshausen & Field 1996; Bricken et al. 2023). "kl": sum_j KL(rho || mean z_j) of a sigmoid code, between
    two coins, the mean taken over the batch (Ng, CS294A lecture notes: Sparse autoencoder, section 3). With
    weight 0 it is a plain autoencoder of the same network.

    A decoder that grows would undo either penalty: the code shrinks by what the decoder gains. So no column
    of the decoder's first layer may be longer than `bound`: `constrain` shortens those that are after every
    step, and what is shipped is a plain `nn.Linear`. A penalty that is there from the start kills units
    before they have learned anything: so the weight rises linearly over the first `rise` of the training.

    Parameters
    ----------
    penalty : "l1" or "kl"
    weight : float, at least 0
    rho : mean activation that "kl" asks of each unit, in (0, 1)
    bound : largest length of a decoder column, above 0
    rise : share of the training in [0, 1] over which the weight rises
    """

    family = "sparse"
    paper = Paper("Olshausen & Field 1996", "https://doi.org/10.1038/381607a0")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        output: str = "sigmoid",
        penalty: str = "l1",
        weight: float = 1.0,
        rho: float = 0.05,
        bound: float = 1.0,
        rise: float = 0.5,
    ) -> None:
        if penalty not in CODES:
            raise ValueError(f"penalty {penalty!r} is not known: choose from {', '.join(CODES)}.")
        if not (weight >= 0 and 0 < rho < 1 and bound > 0 and 0 <= rise <= 1):  # so that NaN fails too
            raise ValueError(
                f"weight {weight}, rho {rho}, bound {bound}, rise {rise}: give a weight of at least 0, a rho "
                "between 0 and 1, a bound above 0 and a share of 0 to 1."
            )
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation, output)
        self.penalty, self.weight, self.rho, self.bound, self.rise = penalty, weight, rho, bound, rise
        self.encoder.append(CODES[penalty]())
        self.constrain()

    @property
    def arguments(self) -> dict[str, Any]:
        names = ("penalty", "weight", "rho", "bound", "rise")
        return super().arguments | {name: getattr(self, name) for name in names}

    @property
    def columns(self) -> Tensor:
        """Weight of the decoder's first layer (width, L): column j is what unit j adds. With `widths=()` it
        is a picture, flat."""
        return self.decoder[0].weight

    @torch.no_grad()
    def constrain(self) -> None:
        """Shorten columns of the decoder that are longer than `bound` to that length."""
        self.columns.mul_((self.bound / self.columns.norm(dim=0)).clamp(max=1.0))

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        z = self.encoder(x)
        error = self.squared_error(z, x if target is None else target)
        mean = z.float().mean(dim=0)
        penalty = mean.sum() if self.penalty == "l1" else bernoulli_kl(self.rho, mean).sum()
        weight = self.weight * (self.progress / max(self.rise, 1e-9)).clamp(max=1.0)
        return Loss(error + weight * penalty, error, penalty)


def bernoulli_kl(rho: float, mean: Tensor) -> Tensor:
    """KL(rho || mean) in nats between two coins, element by element of mean (...), values in [0, 1].

    Means are kept 1e-6 away from 0 and 1, where the divergence is infinite.
    """
    mean = mean.clamp(1e-6, 1 - 1e-6)
    return rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
