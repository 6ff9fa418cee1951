"""The beta-TCVAE: only the dependence between the dimensions of the code costs more."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.gaussian import Gaussian
from explorer.models.base import Loss, Paper
from explorer.models.vae import VAE

DATA_SIZE = 50_000.0


class TCVAE(VAE):
    """beta-TCVAE (Chen et al. 2018, arXiv:1802.04942, eq. 4 with alpha = gamma = 1).

    loss = E_q[-log p(x|z)] + KL(q(z|x) || p(z)) + (beta - 1) * TC(z), in nats per image: `beta` weighs the
    total correlation KL(q(z) || prod_j q(z_j)) and nothing else. q(z) is estimated from the batch by
    minibatch stratified sampling (appendix C.2) for a set of 50,000 images.
    """

    family = "tc"
    paper = Paper("Chen et al. 2018", "https://arxiv.org/abs/1802.04942")

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        z, posterior, reconstruction, kl = self.terms(x, target, generator)
        correlation = total_correlation(z, posterior, DATA_SIZE)
        return Loss(reconstruction + kl + (self.beta - 1) * correlation, reconstruction, kl)


def stratified_log_weights(batch: int, data_size: float, device: torch.device | None = None) -> Tensor:
    """log W (batch, batch): the weight of image j's posterior in the estimate of q(z) at image i's z.

    The image that z came from, the diagonal, stands for itself alone: 1 / N. One other, fixed a row, stands
    for what the batch lacks, and the remaining for an equal share each (Chen et al. 2018, appendix C.2). A
    row sums to 1.
    """
    m = batch - 1
    weights = torch.full((batch, batch), 1 / m, device=device)
    index = torch.arange(batch, device=device)
    weights[index, index] = 1 / data_size
    weights[index, (index + 1) % batch] = (data_size - m) / (data_size * m)
    return weights.log()


def total_correlation(z: Tensor, posterior: Gaussian, data_size: float) -> Tensor:
    """TC(z) = E[log q(z) - sum_j log q(z_j)] in nats, of samples z (B, L) of the batch's posteriors: ()."""
    mean, logvar = posterior.mean[None], posterior.logvar[None]
    # (B, B, L): the density of row i's sample under column j's posterior, dimension by dimension
    density = -0.5 * ((z[:, None] - mean).square() * (-logvar).exp() + logvar + math.log(2 * math.pi))
    weights = stratified_log_weights(len(z), data_size, z.device)
    joint = torch.logsumexp(weights + density.sum(2), dim=1)
    product = torch.logsumexp(weights[..., None] + density, dim=1).sum(1)
    return (joint - product).mean()
