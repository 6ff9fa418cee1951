"""The variational autoencoder; beta is a field, so a beta-VAE is `VAE(..., beta=4)`."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.gaussian import Gaussian
from explorer.models.base import Autoencoder, Code, Loss, Paper


class Terms(NamedTuple):
    """A sample z (B, L), its posterior, and in nats per image, batch mean: cross-entropy and KL."""

    z: Tensor
    posterior: Gaussian
    reconstruction: Tensor
    kl: Tensor


class VAE(Autoencoder):
    """Gaussian posterior, standard normal prior, Bernoulli cross-entropy on the pixels.

    loss = E_q[-log p(x|z)] + beta * KL(q(z|x) || p(z)), in nats per image (Kingma & Welling 2014, eq. 3,
    and independently Rezende et al. 2014, arXiv:1401.4082; beta: Higgins et al. 2017, eq. 4). On grey pixels
    the first term is a cross-entropy, not a likelihood; on binary ones it is one.

    Parameters
    ----------
    beta : float, at least 0
        Weight of the KL term; 1 gives the evidence lower bound.
    binary : bool
        Whether the pixels are 0 or 1. Grey images are then read as probabilities and drawn, see
        `explorer.binary`.
    """

    family = "vae"
    paper = Paper("Kingma & Welling 2014", "https://arxiv.org/abs/1312.6114")
    variational = True
    reconstruction_name = "Bernoulli cross-entropy"

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        beta: float = 1.0,
        binary: bool = False,
    ) -> None:
        if not beta >= 0:  # written so that NaN fails too
            raise ValueError(f"beta is {beta}: give a weight of at least 0.")
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation)
        self.beta, self.binary = beta, binary
        if binary:
            self.reconstruction_name = "negative log-likelihood given the code"

    @property
    def arguments(self) -> dict[str, Any]:
        # `binary` is left out where it is False, so that cards from before it stay as they are
        return super().arguments | {"beta": self.beta} | ({"binary": True} if self.binary else {})

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Code:
        mean, logvar = self.encoder(x).float().chunk(2, dim=1)
        return Code(mean, Gaussian(mean, logvar))

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        terms = self.terms(x, target, generator, condition)
        return Loss(terms.reconstruction + self.beta * terms.kl, terms.reconstruction, terms.kl)

    def terms(
        self,
        x: Tensor,
        target: Tensor | None,
        generator: torch.Generator | None,
        condition: Tensor | None = None,
    ) -> Terms:
        """The halves of the bound, from one posterior sample an image: what each VAE's loss is made of."""
        target = x if target is None else target
        posterior = self.encode(x, condition).posterior
        z = posterior.sample(generator)
        logits = self.logits(z, target, condition)
        reconstruction = F.binary_cross_entropy_with_logits(logits, target, reduction="sum") / len(x)
        return Terms(z, posterior, reconstruction, posterior.kl().sum() / len(x))

    def logits(self, z: Tensor, target: Tensor, condition: Tensor | None = None) -> Tensor:
        """Logits (B, C, H, W) of p(target | z); a decoder that is autoregressive reads the target as well."""
        return self.decoder(z).float()
