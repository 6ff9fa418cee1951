"""A zoo of runs for the posterior collapse lab: small models, not trained, with cards as if they were."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import datasets, projection, zoo
from explorer.models import build
from training.evaluate import gallery_arrays

SHAPE = dict(image_shape=[1, 8, 8], widths=[16], latent_dim=4, binary=True)
EPOCHS = 8
#: id -> family, arguments, and the card's end: KL by dimension, information, active units, −log p(x|z).
RUNS = {
    "digits-plain": ("rows", {}, [3.0, 0.01, 1.0, 0.0], [2.9, 0.0, 0.9, 0.0], 2, 20.0),
    "digits-floor": (
        "rows", dict(free_bits=0.5), [4.0, 0.41, 2.0, 0.51], [3.9, 0.4, 1.9, 0.01], 4, 18.0,
    ),
    "digits-cycles": (
        "scheduled", dict(schedule="cyclical", cycles=2), [3.5, 1.5, 1.0, 0.2], [3.4, 1.4, 0.9, 0.1], 4, 19.5,
    ),
    "digits-nothing": ("scheduled", dict(beta=100.0), [0.01, 0.0, 0.0, 0.0], [0.0] * 4, 0, 30.0),
}  # fmt: skip


def metrics(kl: list[float], told: list[float], active: int, nll: float) -> dict:
    """What `training.evaluate` states of a run, as far as the lab reads it."""
    found = {
        "kl": sum(kl), "nll_given_code": nll, "negative_elbo": nll + sum(kl), "active_units": active,
        "mutual_information": sum(told), "kl_per_dimension": kl, "mutual_information_per_dimension": told,
    }  # fmt: skip
    fixed = {"unit": "nats", "better": None, "how": "made up", "on": "test split"}
    return {name: {"value": value} | fixed for name, value in found.items()}


def curve(kl: list[float]) -> list[dict]:
    """A training in which the KL grows to its end evenly; the loop keeps it for every epoch."""
    return [
        {"epoch": epoch, "reconstruction": 30.0 - epoch, "regularizer": sum(kl) * epoch / EPOCHS,
         "gallery_reconstruction": 31.0 - epoch,
         "gallery_kl_per_dimension": (np.array(kl) * epoch / EPOCHS).tolist()}
        for epoch in range(1, EPOCHS + 1)
    ]  # fmt: skip


def make(folder: Path) -> None:
    """Write the runs and their galleries; all three maps are PCA's."""
    pca = projection.fit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "PRETRAINED", folder)
        patch.setattr(projection, "fit", lambda method, z, seed: pca("pca", z, seed=seed))
        for model_id, (family, more, kl, told, active, nll) in RUNS.items():
            torch.manual_seed(0)
            model = build(family, SHAPE | more)
            if family == "rows":  # such a decoder begins without its code, and here is to show it
                torch.nn.init.normal_(model.decoder[0].begin.weight)
            if model_id == "digits-nothing":
                torch.nn.init.zeros_(model.encoder[-1].weight)
                torch.nn.init.zeros_(model.decoder[0].weight)
            described = dict(
                id=model_id, title=f"Collapse: {model_id.removeprefix('digits-')}", dataset="digits",
                recipe={"corruptions": [], "batch_size": 1, "learning_rate": 0.1}, seed=0, epochs=EPOCHS,
                images_seen=1, wall_clock_seconds=1.0, device="CPU", curve=curve(kl), terms="",
            )  # fmt: skip
            card = zoo.save(model, described)
            arrays = gallery_arrays(zoo.load(model_id), datasets.get("digits"))
            sha256 = zoo.save_gallery(model_id, arrays)
            measured = metrics(kl, told, active, nll)
            zoo.write_card(dataclasses.replace(card, gallery_sha256=sha256, metrics=measured))
