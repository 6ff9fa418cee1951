"""The boxes that an image passes through in a model, and which of them differ between two models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import nn

from explorer import catalogue, loss_terms
from explorer.models import Autoencoder, families
from explorer.zoo import ModelCard

#: In the order in which the image passes through them; the last three are the loss.
BOXES = (
    "input", "encoder", "mean", "std", "eps", "code", "decoder", "output",
    "reconstruction", "regularizer", "loss",
)  # fmt: skip

#: Family -> what its loss adds to the reconstruction error, where that is no KL.
PENALTIES = {"contractive": "slope ‖∂z/∂x‖²", "sparse": "price on using units"}

Change = Literal["same", "size", "changed", "new", "gone"]


class Part(NamedTuple):
    """A box: what it does, in words that two models share if they do the same, and how large it is."""

    what: str
    size: str = ""


class Layer(NamedTuple):
    """A layer of a network: its kind, the shape of what leaves it, its number of weights."""

    kind: str
    shape: tuple[int, ...]
    weights: int


def parts(card: ModelCard) -> dict[str, Part | None]:
    """Box -> what it is in this model, None where the model has no such box; read from the card alone."""
    a, variational = card.arguments, families()[card.family].variational
    numbers = f"{a['latent_dim']:,} numbers"
    told = ", told the class" if "label_count" in a else ""
    network = {"mlp": "dense", "conv": "convolutional"}[a["trunk_kind"]] if a["widths"] else "one dense"
    widths = "-".join(map(str, a["widths"]))
    found = {
        "input": Part(_input(card), " × ".join(map(str, a["image_shape"]))),
        "encoder": Part(f"{network} layers{told}" if a["widths"] else f"{network} layer{told}", widths),
        "mean": Part("mean of q(z|x)" if variational else _plain_code(a), numbers),
        "std": Part("std of q(z|x)", numbers) if variational else None,
        "eps": Part("noise from N(0, I)", numbers) if variational else None,
        "code": Part("a draw from q(z|x)" if variational else "the code as it is", numbers),
        "decoder": Part(_decoder(card, network, told), "-".join(map(str, reversed(a["widths"])))),
        "output": Part("mean of p(x|z)" if variational else "rebuilt image"),
        "reconstruction": Part(_error(card)),
        "regularizer": _regularizer(card, variational),
    }
    return found | {"loss": Part("sum of two terms" if found["regularizer"] else "one term")}


def _input(card: ModelCard) -> str:
    if card.recipe["corruptions"]:
        return "image, with noise in training"
    return "image, drawn black or white in training" if card.arguments.get("binary") else "image"


def _error(card: ModelCard) -> str:
    if card.arguments.get("binary"):  # the image on screen is grey: a mean over images drawn of it
        return "−ln p(x|z), mean over drawn pixels"
    return catalogue.reconstruction(card).name + (", clean image" if card.recipe["corruptions"] else "")


def _plain_code(a: Mapping[str, Any]) -> str:
    return {"l1": "code, no number below 0", "kl": "code between 0 and 1"}.get(a.get("penalty", ""), "code")


def _decoder(card: ModelCard, network: str, told: str) -> str:
    if families()[card.family].autoregressive:
        return f"row after row{told}"
    return f"{network} layers{told}" if card.arguments["widths"] else f"{network} layer{told}"


def _regularizer(card: ModelCard, variational: bool) -> Part | None:
    if variational:
        charge = loss_terms.charge(card.family, card.arguments)
        return Part("KL to N(0, I)", "" if charge is None else str(charge))
    if card.family not in PENALTIES:
        return None
    return Part(PENALTIES[card.family], f"weight {card.arguments['weight']:g}")


def changes(before: ModelCard | None, now: ModelCard) -> dict[str, Change]:
    """Box -> how it differs from the same box of another model; "same" for all where there is no other."""
    ours = parts(now)
    theirs = ours if before is None else parts(before)
    return {name: _change(theirs[name], ours[name]) for name in BOXES}


def _change(before: Part | None, now: Part | None) -> Change:
    if before is None or now is None:
        return "same" if before is now else "new" if before is None else "gone"
    if before.what != now.what:
        return "changed"
    return "same" if before.size == now.size else "size"


def layers(network: nn.Sequential, shape: tuple[int, ...]) -> list[Layer]:
    """Each layer of a network for one input of `shape` (without the batch): kind, output shape, weights."""
    x, found = torch.zeros(1, *shape), []
    with torch.inference_mode():
        for layer in network:
            x = layer(x)
            found.append(Layer(type(layer).__name__, tuple(x.shape[1:]), _weights(layer)))
    return found


def _weights(layer: nn.Module) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def networks(model: Autoencoder, label: int | None) -> tuple[list[Layer], list[Layer]]:
    """The layers of encoder and decoder; of a conditional model those for images of class `label`."""
    if model.autoregressive:
        return layers(model.given(label)[0], model.image_shape), []
    encoder, decoder = model.given(label)
    return layers(encoder, model.image_shape), layers(decoder, (model.latent_dim,))
