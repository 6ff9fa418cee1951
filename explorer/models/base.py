"""What every autoencoder can do, whatever its family.

Shapes: x (B, C, H, W) float in [0, 1] · z (B, L) · logits (B, C, H, W), before the sigmoid.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from explorer.gaussian import Gaussian
from explorer.models.layers import trunk


class Code(NamedTuple):
    """What an encoder says of a batch: the deterministic code and, if there is one, the posterior."""

    z: Tensor  # (B, L); the posterior's mean where there is a posterior
    posterior: Gaussian | None


class Loss(NamedTuple):
    """Nats (or squared error) per image: summed over pixels and latents, mean over the batch."""

    total: Tensor
    reconstruction: Tensor
    regularizer: Tensor


class Paper(NamedTuple):
    """Where a family was proposed: authors and year, and an address that leads there."""

    text: str
    url: str


class Autoencoder(nn.Module, ABC):
    """Encoder and decoder as two `nn.Sequential`s over the listed vocabulary, plus a family's loss.

    Parameters
    ----------
    image_shape : (C, H, W)
    latent_dim : int
        L, the number of dimensions of the code.
    trunk_kind : "mlp" or "conv"
        See `explorer.models.layers.trunk`.
    widths : sequence of int
        Hidden widths (mlp) or channels followed by one dense width (conv), from image to code.
    activation : "relu", "silu" or "tanh"
    """

    family: ClassVar[str]
    paper: ClassVar[Paper | None] = None
    variational: ClassVar[bool] = False
    #: Whether the decoder draws the image part by part: what `decode` shows is one drawing, by a fixed noise.
    autoregressive: ClassVar[bool] = False
    #: What the reconstruction term is called on cards and axes, with its unit.
    reconstruction_name: str
    #: True if it models pixels of 0 or 1: then the loop draws them of the grey ones, anew at each sight.
    binary: bool = False
    #: How many labels a condition may take, from 0 on; 0 for a model that takes no condition.
    label_count: int = 0
    #: What turns the decoder's numbers into pixels: "sigmoid", or "identity", whose pixels may leave [0, 1].
    output: str = "sigmoid"

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.image_shape = tuple(image_shape)
        self.latent_dim = latent_dim
        #: Share of the training that is done, in [0, 1], for losses with a schedule; the loop sets it.
        self.register_buffer("progress", torch.ones(()), persistent=False)
        self._arguments = dict(
            image_shape=list(image_shape), latent_dim=latent_dim, trunk_kind=trunk_kind,
            widths=list(widths), activation=activation,
        )  # fmt: skip
        code_width = 2 * latent_dim if self.variational else latent_dim
        self.encoder, self.decoder = trunk(
            trunk_kind, self.image_shape, code_width, latent_dim, tuple(widths), activation
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """The constructor's arguments, ready for JSON: they alone rebuild the model."""
        return dict(self._arguments)

    @abstractmethod
    def encode(self, x: Tensor, condition: Tensor | None = None) -> Code:
        """Code of x (B, C, H, W) in [0, 1]: z (B, L) without noise, and the posterior if there is one."""

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        """Reconstruction x_hat (B, C, H, W) of a code z (B, L): in [0, 1], unless `output` is "identity"."""
        return self.pixels(self.decoder(z))

    def pixels(self, logits: Tensor) -> Tensor:
        """What the decoder gives, as `output` makes pixels of it: both (B, C, H, W)."""
        return torch.sigmoid(logits) if self.output == "sigmoid" else logits

    def given(self, label: int | None) -> tuple[nn.Sequential, nn.Sequential]:
        """Encoder and decoder for images of class `label`, which need no condition; None: as they are.

        Raises
        ------
        ValueError
            If the model takes no condition, or if it takes one and the class is missing or not one of its.
        """
        if label is not None:
            raise ValueError(f"a model of family {self.family!r} takes no class: leave the label out.")
        return self.encoder, self.decoder

    def constrain(self) -> None:
        """Bring the weights back within the family's bounds, if it has any; called after every step."""

    @abstractmethod
    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        """Training loss of encoding `x` and reconstructing `target` (x itself where it is None)."""

    def make_critic(self) -> nn.Module | None:
        """A second network that is trained against this one and not shipped; None for most families.

        A family that has one takes it in `loss(…, critic=)` and gives it `critic_loss(critic, x, other,
        generator)`, its own loss on two batches.
        """
        return None

    @property
    def parameter_count(self) -> int:
        """Number of trainable scalars."""
        return sum(p.numel() for p in self.parameters())
