"""What the cards of contractive, stacked and dropout autoencoders state beside their twins' numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from explorer import latent
from explorer.datasets import Dataset
from explorer.metrics import contraction, probes
from explorer.models import Autoencoder
from explorer.models.contractive import squared_slope
from training import stacked, twins
from training.measure import neighbours, reconstruction_error
from training.measurement import Measurement
from training.recipes.regularised import TWINS

#: family -> what its twin is.
TWIN_OF = {
    "contractive": "the same network with the same tied weights, trained alike with weight 0",
    "stacked": "the same network, trained at once from the first step on as many images",
    "dropout": "the same network, trained alike without dropout",
}


def measure(model_id: str, model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Reconstruction and probes of the twin, a linear probe of both, and what is the family's own."""
    found = of_one(model, dataset)
    twin = twins.trained(TWINS[model_id])
    test = dataset.split("test")
    on = f"test split, {len(test):,} images"
    beside = (
        reconstruction_error(twin, test, on) | neighbours(twin, dataset, test, on) | of_one(twin, dataset)
    )
    del beside["knn_accuracy_pixels"]
    whose = TWIN_OF[model.family]
    found |= {f"{name}_twin": replace(one, how=f"{one.how}; {whose}") for name, one in beside.items()}
    return found | (stacked.measure(dataset) if model.family == "stacked" else {})


def of_one(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """A linear probe of the codes and, of a contractive autoencoder, how far codes move."""
    return linear_probe(model, dataset) | (slope(model, dataset) if model.family == "contractive" else {})


def linear_probe(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """How well a linear classifier reads the label off the code."""
    train, test = dataset.split("train"), dataset.split("test")
    codes = [latent.encode(model, split.pixels())[0] for split in (train, test)]
    accuracy = probes.linear_accuracy(codes[0], train.labels, codes[1], test.labels)
    return {
        "linear_accuracy": Measurement(
            accuracy, "share", "higher",
            f"logistic regression on {len(train):,} training codes, standardised",
            f"test split, {len(test):,} images",
        )
    }  # fmt: skip


def slope(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """The encoder's squared slope, and how far codes move with images that move by a pixel."""
    x = dataset.split("test").pixels()
    codes = latent.encode(model, x)[0]
    moved = np.stack([latent.encode(model, contraction.shifted(x, *step))[0] for step in contraction.STEPS])
    with torch.inference_mode():
        squared = torch.cat([squared_slope(model.encoder, batch) for batch in torch.from_numpy(x).split(500)])
    mean, variance = float(squared.double().mean()), contraction.spread(codes) ** 2
    on = f"test split, {len(x):,} images"
    return {
        "squared_slope": Measurement(
            mean, "code² per pixel²", "lower", "‖∂z/∂x‖² (Frobenius, exact), mean over images", on
        ),
        "squared_slope_relative": Measurement(
            mean / variance, "per pixel²", "lower",
            "‖∂z/∂x‖² over the total variance of the codes, so that a scale of the codes does not matter", on,
        ),
        "code_shift": Measurement(
            contraction.relative_shift(codes, moved), "of the codes' spread", "lower",
            "root mean square distance of the codes of an image and of the same moved by one pixel (up, "
            "down, left, right), over that of the codes from their mean", on,
        ),
    }  # fmt: skip
