"""The contractive autoencoder: the code moves little where the image moves a little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.models.base import Loss, Paper
from explorer.models.plain import PlainAutoencoder


class ContractiveAutoencoder(PlainAutoencoder):
    """Plain autoencoder with a penalty on the encoder's slope, and tied weights.

    loss = ||target - x_hat||^2 + weight * ||dz/dx||_F^2, mean over the batch (Rifai et al. 2011, eq. 6), with
    the exact norm of each image's Jacobian. With weight 0 it is a plain autoencoder of the same tied network.

    A decoder that grows would undo the penalty: the code shrinks by what the decoder gains, and the slope
    with it. So each layer of the decoder has the transposed weights of its mirror image in the encoder, as in
    the paper: an encoder that shrinks shrinks the decoder as well. Both take their gradient's step, then
    `constrain` puts both at their mean, the nearest tied pair. What is shipped are plain layers.

    Parameters
    ----------
    weight : float, at least 0
        What one unit of ||dz/dx||_F^2 costs in squared error.
    """

    family = "contractive"
    paper = Paper("Rifai et al. 2011", "https://icml.cc/2011/papers/455_icmlpaper.pdf")

    def __init__(self, *trunk: Any, weight: float = 0.1, **named: Any) -> None:
        if not weight >= 0:  # written so that NaN fails too
            raise ValueError(f"weight is {weight}: give one of at least 0.")
        super().__init__(*trunk, **named)  # the plain autoencoder's own arguments
        self.weight = weight
        self.constrain()

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"weight": self.weight}

    @torch.no_grad()
    def constrain(self) -> None:
        """Give each layer of the encoder and its mirror image the mean of their two weights."""
        for down, up in mirrored(self.encoder, self.decoder):
            # a transposed convolution keeps its weight in the layout of the convolution that it mirrors
            turned = up.weight.T if isinstance(up, nn.Linear) else up.weight
            mean = (down.weight + turned) / 2
            down.weight.copy_(mean)
            turned.copy_(mean)

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        error = self.squared_error(self.encoder(x), x if target is None else target)
        slope = squared_slope(self.encoder, x).mean()
        return Loss(error + self.weight * slope, error, slope)


def mirrored(encoder: nn.Sequential, decoder: nn.Sequential) -> list[tuple[nn.Module, nn.Module]]:
    """The layers with weights of an encoder, from the image to the code, each with its mirror image."""
    down, up = ([layer for layer in net if hasattr(layer, "weight")] for net in (encoder, decoder))
    return list(zip(down, reversed(up), strict=True))


def squared_slope(encoder: nn.Sequential, x: Tensor) -> Tensor:
    """||dz/dx||_F^2 of each image x (B, C, H, W), exact and differentiable: (B,).

    The chain rule from the code back to the image: dz/dh of shape (B, L, *h) goes through one layer after
    the other. Two shortcuts: a first linear layer W needs no dz/dx, because ||A W||_F^2 = <A W W^T, A>; and
    with one hidden layer z = V f(W x) the sum is closed, f'^T (V^T V * W W^T) f' (for V = I it is that of
    Rifai et al. 2011).

    Raises
    ------
    ValueError
        If the slope of one of the layers is not known here.
    """
    inputs = []
    for layer in encoder:
        inputs.append(x)
        x = layer(x)
    if len(encoder) == 4 and isinstance(encoder[0], nn.Flatten):  # an MLP of one hidden layer
        first, last = encoder[1].weight, encoder[3].weight
        slope = _slope(encoder[2], inputs[2])
        return ((slope @ (last.T @ last * (first @ first.T))) * slope).sum(1)
    rows = torch.eye(x.shape[1], device=x.device)[None]
    for place in reversed(range(len(encoder))):
        layer = encoder[place]
        if isinstance(layer, nn.Linear) and all(isinstance(each, nn.Flatten) for each in encoder[:place]):
            return ((rows @ (layer.weight @ layer.weight.T)) * rows).sum((1, 2)).expand(len(x))
        rows = _pulled_back(layer, inputs[place], rows)
    return rows.square().flatten(1).sum(1)


def _pulled_back(layer: nn.Module, h: Tensor, rows: Tensor) -> Tensor:
    """dz/dh at the input h (B, *h) of a layer, from rows = dz/dlayer(h), (B, L, ...) or (1, L, ...)."""
    if isinstance(layer, nn.Linear):
        return rows @ layer.weight
    if isinstance(layer, nn.Flatten):
        return rows.unflatten(2, h.shape[1:])
    if isinstance(layer, nn.Conv2d):
        back = F.conv_transpose2d(rows.flatten(0, 1), layer.weight, None, layer.stride, layer.padding)
        return back.unflatten(0, rows.shape[:2])
    return rows * _slope(layer, h)[:, None]


def _slope(layer: nn.Module, h: Tensor) -> Tensor:
    """Derivative of an activation at each of its inputs h (...): the same shape."""
    if type(layer) not in SLOPES:
        known = ", ".join(sorted(each.__name__ for each in SLOPES))
        raise ValueError(f"the slope of {type(layer).__name__} is not known: use one of {known}.")
    return SLOPES[type(layer)](h)


def _silu_slope(h: Tensor) -> Tensor:
    gate = torch.sigmoid(h)
    return gate * (1 + h * (1 - gate))


SLOPES: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: lambda h: (h > 0).to(h.dtype),
    nn.SiLU: _silu_slope,
    nn.Tanh: lambda h: 1 - torch.tanh(h).square(),
    nn.Sigmoid: lambda h: torch.sigmoid(h) * torch.sigmoid(-h),
}
