"""The FactorVAE: a second network tells how far the dimensions of the code are from independent."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.models.base import Loss, Paper
from explorer.models.vae import VAE


class FactorVAE(VAE):
    """FactorVAE (Kim & Mnih 2018, arXiv:1802.05983, eq. 2 and algorithm 2).

    loss = E_q[-log p(x|z)] + KL(q(z|x) || p(z)) + gamma * TC(z), in nats per image; TC(z) is estimated by a
    critic that tells codes from codes whose dimensions were shuffled across the batch, each by itself:
    E[D_real(z) - D_shuffled(z)] of its two logits.

    Parameters
    ----------
    gamma : float, at least 0
        Weight of the total correlation.
    critic_widths : hidden widths of the critic; the paper has six of 1,000
    """

    family = "factor"
    paper = Paper("Kim & Mnih 2018", "https://arxiv.org/abs/1802.05983")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        gamma: float = 10.0,
        critic_widths: tuple[int, ...] = (256, 256, 256),
    ) -> None:
        if not gamma >= 0:
            raise ValueError(f"gamma is {gamma}: give a weight of at least 0.")
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation)
        self.gamma, self.critic_widths = gamma, tuple(critic_widths)

    @property
    def arguments(self) -> dict[str, Any]:
        without_beta = {name: value for name, value in super().arguments.items() if name != "beta"}
        return without_beta | {"gamma": self.gamma, "critic_widths": list(self.critic_widths)}

    def make_critic(self) -> nn.Sequential:
        """The critic: codes (B, L) -> two logits (B, 2), real and shuffled."""
        sizes = [self.latent_dim, *self.critic_widths]
        hidden: list[nn.Module] = []
        for a, b in zip(sizes[:-1], sizes[1:], strict=True):
            hidden += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
        return nn.Sequential(*hidden, nn.Linear(sizes[-1], 2))

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
        critic: nn.Module | None = None,
    ) -> Loss:
        """As in `Autoencoder.loss`; without a critic (a measurement) the TC term is left out."""
        z, _, reconstruction, kl = self.terms(x, target, generator)
        if critic is None:
            return Loss(reconstruction + kl, reconstruction, kl)
        real, shuffled = critic(z).float().unbind(1)
        return Loss(reconstruction + kl + self.gamma * (real - shuffled).mean(), reconstruction, kl)

    def critic_loss(
        self, critic: nn.Module, x: Tensor, other: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """The critic's cross-entropy: codes of x (B, …) are real, those of `other` (B, …) are shuffled. ()

        Both are detached: the critic learns to tell, and does not teach the encoder to be told.
        """
        with torch.no_grad():
            real = self.encode(x).posterior.sample(generator)
            shuffled = shuffle_dimensions(self.encode(other).posterior.sample(generator), generator)
        logits = critic(torch.cat([real, shuffled])).float()
        labels = torch.arange(2, device=x.device).repeat_interleave(len(x))
        return F.cross_entropy(logits, labels)


def shuffle_dimensions(z: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Codes (B, L) with each dimension permuted over the batch by itself: samples of prod_j q(z_j)."""
    order = torch.rand(z.shape, generator=generator, device=z.device).argsort(dim=0)
    return z.gather(0, order)
