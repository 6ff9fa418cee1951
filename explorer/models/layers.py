"""Shared trunks: encoder and decoder as plain `nn.Sequential`s over a small vocabulary.

The vocabulary (Linear, Conv2d, ConvTranspose2d, activations, Flatten, Unflatten) is what the browser's
forward pass knows; there is no BatchNorm, so a model behaves the same in training and in use.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


def trunk(
    kind: str,
    image_shape: tuple[int, int, int],
    code_width: int,
    latent_dim: int,
    widths: tuple[int, ...],
    activation: str,
) -> tuple[nn.Sequential, nn.Sequential]:
    """Encoder (B, C, H, W) -> (B, code_width) and its mirror image (B, latent_dim) -> logits (B, C, H, W).

    Raises
    ------
    ValueError
        If `kind` or `activation` is not known, or the image cannot be halved as often as asked.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation {activation!r} is not known: choose from {sorted(ACTIVATIONS)}.")
    if kind == "mlp":
        return _mlp(image_shape, code_width, latent_dim, widths, ACTIVATIONS[activation])
    if kind == "conv":
        return _conv(image_shape, code_width, latent_dim, widths, ACTIVATIONS[activation])
    raise ValueError(f"trunk {kind!r} is not known: choose 'mlp' or 'conv'.")


def _dense(sizes: list[int], act: Callable[[], nn.Module]) -> list[nn.Module]:
    """Linear layers through `sizes` with an activation between them, none after the last."""
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(act())
    return layers


def _mlp(image_shape, code_width, latent_dim, widths, act) -> tuple[nn.Sequential, nn.Sequential]:
    c, h, w = image_shape
    pixels = c * h * w
    encoder = nn.Sequential(nn.Flatten(), *_dense([pixels, *widths, code_width], act))
    decoder = nn.Sequential(
        *_dense([latent_dim, *reversed(widths), pixels], act), nn.Unflatten(1, image_shape)
    )
    return encoder, decoder


def _conv(image_shape, code_width, latent_dim, widths, act) -> tuple[nn.Sequential, nn.Sequential]:
    """Strided 4x4 convolutions that halve the image, then one dense layer; `widths` = (*channels, dense)."""
    if len(widths) < 2:
        raise ValueError(f"widths {list(widths)} are too few: give 'conv' channels, then one dense width.")
    *channels, dense = widths
    c, h, w = image_shape
    factor = 2 ** len(channels)
    if h % factor or w % factor:
        raise ValueError(
            f"a {h}x{w} image cannot be halved {len(channels)} times: give 'conv' fewer channels, "
            "one for each halving, then one dense width."
        )
    planes = [c, *channels]
    top = (planes[-1], h // factor, w // factor)
    flat = top[0] * top[1] * top[2]

    down: list[nn.Module] = []
    for a, b in zip(planes[:-1], planes[1:], strict=True):
        down += [nn.Conv2d(a, b, 4, stride=2, padding=1), act()]
    encoder = nn.Sequential(*down, nn.Flatten(), *_dense([flat, dense, code_width], act))

    up: list[nn.Module] = [*_dense([latent_dim, dense, flat], act), act(), nn.Unflatten(1, top)]
    pairs = list(zip(planes[:0:-1], planes[-2::-1], strict=True))
    for i, (a, b) in enumerate(pairs):
        up.append(nn.ConvTranspose2d(a, b, 4, stride=2, padding=1))
        if i < len(pairs) - 1:
            up.append(act())
    return encoder, nn.Sequential(*up)


def multiply_adds(network: nn.Sequential, input_shape: tuple[int, ...]) -> int:
    """Multiply-adds of one forward pass of one sample of `input_shape` (without the batch dimension)."""
    import torch

    total = 0
    x = torch.zeros(1, *input_shape)
    for layer in network:
        y = layer(x)
        if isinstance(layer, nn.Linear):
            total += layer.weight.numel()
        elif isinstance(layer, nn.Conv2d):
            total += layer.weight.numel() * y.shape[2] * y.shape[3]
        elif isinstance(layer, nn.ConvTranspose2d):
            total += layer.weight.numel() * x.shape[2] * x.shape[3]
        x = y
    return total
