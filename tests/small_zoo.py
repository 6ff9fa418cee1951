"""A zoo of one small model of each kind, on digits: not trained, since no page asks how good they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from explorer import datasets, projection, zoo
from explorer.models import build
from training.evaluate import gallery_arrays

SHAPE = dict(image_shape=[1, 8, 8], widths=[16])
BINARY = SHAPE | dict(latent_dim=4, binary=True)
#: id -> family, arguments and classes.
KINDS = {
    "digits-wide": ("sparse", SHAPE | dict(latent_dim=200, widths=[], output="identity"), []),
    "digits-linear": ("autoencoder", SHAPE | dict(latent_dim=6, widths=[], output="identity"), []),
    "digits-told": ("conditional", BINARY, []),
    "digits-rows": ("rows", BINARY, []),
    "digits-dead": ("scheduled", BINARY | dict(beta=100.0), []),
    "digits-oneclass-3": ("vae", SHAPE | dict(latent_dim=5, beta=0.05), [3]),
}


def make(folder: Path, kinds: Mapping[str, tuple] = KINDS) -> None:
    """Write the models `kinds` and their galleries; all maps are PCA's."""
    pca = projection.fit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "PRETRAINED", folder)
        patch.setattr(projection, "fit", lambda method, z, seed: pca("pca", z, seed=seed))
        for model_id, (family, arguments, classes) in kinds.items():
            torch.manual_seed(0)
            model = build(family, arguments)
            if model_id == "digits-dead":
                torch.nn.init.zeros_(model.encoder[-1].weight)
            if model_id == "digits-rows":  # such a decoder begins without its code, and here is to show it
                torch.nn.init.normal_(model.decoder[0].begin.weight)
            if model_id == "digits-told":
                torch.nn.init.normal_(model.decoder[-2].weight)  # contrast
            recipe = {"corruptions": []} | ({"classes": classes} if classes else {})
            described = dict(
                id=model_id, title=f"The {model_id}", dataset="digits", recipe=recipe, seed=0, epochs=1,
                images_seen=1, wall_clock_seconds=1.0, device="CPU", curve=[], terms="",
            )  # fmt: skip
            card = zoo.save(model, described)
            arrays = gallery_arrays(zoo.load(model_id), datasets.get("digits"))
            zoo.write_card(dataclasses.replace(card, gallery_sha256=zoo.save_gallery(model_id, arrays)))
