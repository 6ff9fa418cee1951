"""The diagonal Gaussian of q(z|x): the only place that knows its sampling, divergence and density."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Gaussian:
    """Diagonal Gaussian N(mean, diag(exp(logvar))).

    Parameters
    ----------
    mean, logvar : Tensor of shape (B, L)
        Mean and natural logarithm of the variance, per latent dimension.
    """

    mean: Tensor
    logvar: Tensor

    @property
    def std(self) -> Tensor:
        """Standard deviation, (B, L)."""
        return torch.exp(0.5 * self.logvar)

    @property
    def mode(self) -> Tensor:
        """The most probable point, (B, L): for a Gaussian its mean."""
        return self.mean

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """Reparameterised draw z = mean + std * eps, (B, L) (Kingma & Welling 2014, eq. 10).

        The noise comes from `generator`, so that a sample is reproducible and never hidden state.
        """
        eps = torch.randn(
            self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype
        )
        return self.mean + self.std * eps

    def kl(self) -> Tensor:
        """KL(q || N(0, I)) per latent dimension in nats, (B, L) (Kingma & Welling 2014, appendix B)."""
        return 0.5 * (self.mean.square() + torch.expm1(self.logvar) - self.logvar)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log density of z (B, L) in nats, summed over the latent dimensions, (B,)."""
        squared = (z - self.mean).square() * torch.exp(-self.logvar)
        return -0.5 * (squared + self.logvar + math.log(2 * math.pi)).sum(dim=1)
