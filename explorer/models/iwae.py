"""The importance-weighted autoencoder: a VAE trained on a bound that several samples tighten."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.gaussian import Gaussian
from explorer.models.base import Loss, Paper
from explorer.models.vae import VAE


class IWAE(VAE):
    """Importance-weighted autoencoder (Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519, eq. 8).

    loss = -E[log 1/k sum_i w_i], w_i = p(x|z_i) p(z_i) / q(z_i|x), z_i ~ q(z|x), in nats per image; with
    k = 1 the VAE's. The reconstruction and the regularizer that are reported are the VAE's too, over the same
    samples: their sum is the negative ELBO, which is above the loss.

    Parameters
    ----------
    samples : int, at least 1
        k, how many codes an image is weighed by in training.
    """

    family = "iwae"
    paper = Paper("Burda et al. 2016", "https://arxiv.org/abs/1509.00519")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        binary: bool = False,
        samples: int = 50,
    ) -> None:
        if not samples >= 1:
            raise ValueError(f"samples is {samples}: weigh an image by at least one code.")
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation, binary=binary)
        self.samples = samples

    @property
    def arguments(self) -> dict[str, Any]:
        without_beta = {name: value for name, value in super().arguments.items() if name != "beta"}
        return without_beta | {"samples": self.samples}

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        target, k = x if target is None else target, self.samples
        posterior = self.encode(x).posterior
        many = Gaussian(posterior.mean.repeat(k, 1), posterior.logvar.repeat(k, 1))  # (k B, L), set by set
        z, repeated = many.sample(generator), target.repeat(k, 1, 1, 1)
        logits = self.logits(z, repeated)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, repeated, reduction="none")
        cross_entropy = cross_entropy.flatten(1).sum(1)
        prior = Gaussian(torch.zeros_like(z), torch.zeros_like(z))
        log_weights = -cross_entropy + prior.log_prob(z) - many.log_prob(z)
        bound = torch.logsumexp(log_weights.view(k, len(x)), dim=0) - math.log(k)
        return Loss(-bound.mean(), cross_entropy.mean(), posterior.kl().sum() / len(x))
