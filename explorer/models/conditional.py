"""The conditional VAE: it is told the class, so that the code is free to carry everything else."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.gaussian import Gaussian
from explorer.models.base import Code, Paper
from explorer.models.vae import VAE


class ConditionalVAE(VAE):
    """A VAE of p(x | y), y the class of the image (Sohn, Lee & Yan 2015, eq. 4; Kingma et al. 2014, M2).

    loss = E_q[-log p(x|z, y)] + beta * KL(q(z|x, y) || p(z)), in nats per image. The class enters both
    networks at their first `Linear` layer, as a one-hot vector behind that layer's other input.

    Parameters
    ----------
    label_count : int, at least 2
        Number of classes; a condition holds labels (B,) from 0 to label_count - 1.
    """

    family = "conditional"
    paper = Paper(
        "Sohn, Lee & Yan 2015",
        "https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html",
    )

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        beta: float = 1.0,
        binary: bool = False,
        label_count: int = 10,
    ) -> None:
        if not label_count >= 2:
            raise ValueError(
                f"label_count is {label_count}: a model that is told the class needs at least 2."
            )
        super().__init__(image_shape, latent_dim, trunk_kind, widths, activation, beta, binary)
        self.label_count = label_count
        for network in (self.encoder, self.decoder):
            first = _first_linear(network)
            network[first] = nn.Linear(network[first].in_features + label_count, network[first].out_features)

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"label_count": self.label_count}

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Code:
        mean, logvar = self._told(self.encoder, x, condition).float().chunk(2, dim=1)
        return Code(mean, Gaussian(mean, logvar))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.pixels(self._told(self.decoder, z, condition))

    def logits(self, z: Tensor, target: Tensor, condition: Tensor | None = None) -> Tensor:
        return self._told(self.decoder, z, condition).float()

    def _told(self, network: nn.Sequential, given: Tensor, condition: Tensor | None) -> Tensor:
        """What `network` makes of `given` (B, ...) and the labels (B,)."""
        if condition is None:
            raise ValueError("this model is told the class: give a label for each image.")
        first = _first_linear(network)
        features = network[:first](given)
        one_hot = F.one_hot(condition, self.label_count).to(features.dtype)
        return network[first:](torch.cat([features, one_hot], dim=1))

    def given(self, label: int | None) -> tuple[nn.Sequential, nn.Sequential]:
        """As in `Autoencoder.given`: the label's column of the first `Linear` goes into its bias."""
        if label is None or not 0 <= label < self.label_count:
            raise ValueError(
                f"label {label} is no class of this model: give one of 0 to {self.label_count - 1}."
            )
        return _folded(self.encoder, self.label_count, label), _folded(self.decoder, self.label_count, label)


def _first_linear(network: nn.Sequential) -> int:
    """Index of the layer at which the class enters."""
    return next(i for i, layer in enumerate(network) if isinstance(layer, nn.Linear))


def _folded(network: nn.Sequential, classes: int, label: int) -> nn.Sequential:
    """`network` for one class: the layers are the same objects but for the first `Linear`."""
    first = _first_linear(network)
    told = network[first]
    inputs = told.in_features - classes
    # skip_init: a fresh layer would draw initial weights from the global generator
    plain = nn.utils.skip_init(nn.Linear, inputs, told.out_features, device=told.weight.device)
    with torch.no_grad():
        plain.weight.copy_(told.weight[:, :inputs])
        plain.bias.copy_(told.bias + told.weight[:, inputs + label])
    plain.requires_grad_(told.weight.requires_grad)
    return nn.Sequential(*network[:first], plain, *network[first + 1 :])
