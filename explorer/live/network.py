"""An encoder or decoder for the browser: its layers as a list, its weights as they are stored.

`js/network.js` runs what is exported here. Nothing in this file knows a family: it walks an `nn.Sequential`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from explorer.live.pack import digest, pack
from explorer.models import Autoencoder
from explorer.storage import BLOCK


class UnknownLayer(ValueError):
    """The browser has no code for a layer; the message names it."""


@dataclass(frozen=True)
class Asset:
    """Constant data for the browser: sent once, found by its digest."""

    digest: str
    packed: bytes


def export(
    network: nn.Sequential,
    input_shape: tuple[int, ...],
    stored: Mapping[str, Tensor] | None = None,
    prefix: str = "",
    then: tuple[nn.Module, ...] = (),
) -> Asset:
    """Return `network` as an asset.

    Parameters
    ----------
    network : nn.Sequential over the vocabulary of `LAYERS`
    input_shape : shape of one input, without the batch dimension: (L,) or (C, H, W)
    stored : weights as `explorer.storage` keeps them, under `prefix` + the names of `network.state_dict()`;
        a byte a weight travels as a byte. Without it the float32 weights of `network` itself.
    then : modules that follow, for what a family does outside of the `nn.Sequential` (the decoder's sigmoid)

    Raises
    ------
    UnknownLayer
        For a layer, or a setting of one, that `js/network.js` cannot compute.
    """
    layers = [
        _describe(name, layer) for name, layer in [*network.named_children(), *((None, m) for m in then)]
    ]
    tensors = stored if stored is not None else {prefix + n: t for n, t in network.state_dict().items()}
    arrays = {
        name.removeprefix(prefix): tensor.detach().cpu().numpy()
        for name, tensor in sorted(tensors.items())  # files are read in no order, the digest has to have one
        if name.startswith(prefix)
    }
    meta = {"layers": layers, "inputShape": list(input_shape)}
    name = digest(repr(meta).encode(), *(part for n, a in arrays.items() for part in (n.encode(), a)))
    return Asset(name, pack({"asset": name} | meta, arrays))


def of_model(
    model: Autoencoder, stored: Mapping[str, Tensor], label: int | None = None
) -> tuple[Asset, Asset]:
    """Encoder and decoder of a model whose weights lie on disk as `stored` (see `zoo.stored`).

    The encoder gives the code, for a variational model mean and logvar (2 L); the decoder gives x_hat in
    [0, 1], as `latent.decode` does. A conditional model is exported for the class `label`. Raises
    `UnknownLayer`, and ValueError if the model needs a label or takes none.
    """
    encoder, decoder = model.given(label)
    if label is not None:
        stored = _given(stored, {"encoder.": encoder, "decoder.": decoder})
    shown = nn.Sigmoid() if model.output == "sigmoid" else nn.Hardtanh(0.0, 1.0)
    code_shape = (model.latent_dim,)
    exported = export(encoder, model.image_shape, stored, "encoder.")
    return exported, export(decoder, code_shape, stored, "decoder.", then=(shown,))


def _given(stored: Mapping[str, Tensor], networks: Mapping[str, nn.Sequential]) -> dict[str, Tensor]:
    """`stored` of a conditional model for one class: without the labels' columns, their part in the bias.

    Columns are cut off behind the others, so the blocks of 32 that share a scale stay as they are.
    """
    found = dict(stored)
    for prefix, network in networks.items():
        first, layer = next((n, m) for n, m in network.named_children() if isinstance(m, nn.Linear))
        weight = f"{prefix}{first}.weight"
        found[weight] = stored[weight][:, : layer.in_features].contiguous()
        if (scale := stored.get(f"{weight}.scale")) is not None:
            found[f"{weight}.scale"] = scale[:, : -(-layer.in_features // BLOCK)].contiguous()
        found[f"{prefix}{first}.bias"] = layer.bias.detach()
    return found


def _describe(name: str | None, layer: nn.Module) -> dict[str, Any]:
    """One layer as `js/network.js` reads it."""
    kind = type(layer)
    if kind not in LAYERS:
        known = ", ".join(sorted(each.__name__ for each in LAYERS))
        raise UnknownLayer(f"The browser cannot compute the layer {kind.__name__}; it knows {known}.")
    described = {"kind": kind.__name__} | LAYERS[kind](layer)
    if getattr(layer, "weight", None) is not None:
        described |= {"weight": f"{name}.weight", "shape": list(layer.weight.shape)}
        described["bias"] = f"{name}.bias" if layer.bias is not None else None
    return described


def _refuse_unless(fine: bool, layer: nn.Module) -> None:
    if not fine:
        raise UnknownLayer(f"The browser cannot compute the layer {layer} with these settings.")


def _linear(layer: nn.Linear) -> dict[str, Any]:
    return {"out": layer.out_features}


def _conv(layer: nn.Conv2d | nn.ConvTranspose2d) -> dict[str, Any]:
    plain = layer.groups == 1 and tuple(layer.dilation) == (1, 1) and layer.padding_mode == "zeros"
    _refuse_unless(plain and not isinstance(layer.padding, str), layer)
    geometry = {"out": layer.out_channels, "kernel": list(layer.kernel_size), "stride": list(layer.stride)}
    return geometry | {"padding": list(layer.padding), "outputPadding": list(layer.output_padding)}


def _flatten(layer: nn.Flatten) -> dict[str, Any]:
    _refuse_unless((layer.start_dim, layer.end_dim) == (1, -1), layer)
    return {}


def _unflatten(layer: nn.Unflatten) -> dict[str, Any]:
    _refuse_unless(layer.dim == 1, layer)
    return {"to": [int(side) for side in layer.unflattened_size]}


def _softplus(layer: nn.Softplus) -> dict[str, Any]:
    _refuse_unless((layer.beta, layer.threshold) == (1, 20), layer)
    return {}


#: The vocabulary, and what is exported of each layer besides its weights.
LAYERS: dict[type[nn.Module], Callable[[Any], dict[str, Any]]] = {
    nn.Linear: _linear,
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv,
    nn.Flatten: _flatten,
    nn.Unflatten: _unflatten,
    nn.ReLU: lambda layer: {},
    nn.LeakyReLU: lambda layer: {"slope": layer.negative_slope},
    nn.ELU: lambda layer: {"alpha": layer.alpha},
    nn.SiLU: lambda layer: {},
    nn.Sigmoid: lambda layer: {},
    nn.Tanh: lambda layer: {},
    nn.Hardtanh: lambda layer: {"low": layer.min_val, "high": layer.max_val},
    nn.Softplus: _softplus,
}


#: Numbers of the longest code whose gallery is sent: 5,000 codes of 1,024 would be 10 MB, for one page.
WIDEST = 128


def codes(z: np.ndarray, labels: np.ndarray, typical: float) -> Asset:
    """The gallery's codes float32 (N, L) and labels (N,) as an asset; `typical` is the median distance of a
    code to its nearest other, in the codes' unit. float16 travels where it holds the very same numbers.

    Raises ValueError for codes of more than `WIDEST` numbers: the pages do without them in the browser.
    """
    if z.shape[1] > WIDEST:
        raise ValueError(f"Codes of {z.shape[1]} numbers are too wide to be sent; leave them out.")
    half = z.astype(np.float16)
    z = half if np.array_equal(half.astype(np.float32), z) else z.astype(np.float32)
    name = digest(z, labels, str(typical).encode())
    meta = {"asset": name, "codes": True, "typical": float(typical), "size": int(z.shape[1])}
    return Asset(name, pack(meta, {"z": z, "labels": labels.astype(np.int32)}))
