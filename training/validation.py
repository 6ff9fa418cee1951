"""What a model sees of stored images, and how it does on the held-out gallery."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer import binary
from explorer.models import Autoencoder


def pixels(images: Tensor) -> Tensor:
    """uint8 (B, C, H, W) -> float32 in [0, 1]."""
    return images.float().div_(255.0)


def seen(model: Autoencoder, images: Tensor, generator: torch.Generator) -> Tensor:
    """uint8 images as the model sees them: in [0, 1], or drawn as 0 and 1 for a model of binary pixels."""
    return binary.draw(pixels(images), generator) if model.binary else pixels(images)


def _by_batch(images: Tensor, labels: Tensor | None) -> list[tuple[Tensor, Tensor | None]]:
    """Batches of 1,000 images with their labels, if there are any."""
    batches = images.split(1000)
    return list(zip(batches, [None] * len(batches) if labels is None else labels.split(1000), strict=True))


@torch.no_grad()
def gallery_loss(model: Autoencoder, images: Tensor, labels: Tensor | None = None) -> tuple[float, float]:
    """Mean reconstruction and regularizer of uncorrupted uint8 images, with noise of their own fixed seed.

    `labels` (B,) for a conditional model. Binary pixels are drawn by the same seed: the same ones each time.
    """
    generator = torch.Generator(images.device).manual_seed(0)
    sums, training = np.zeros(2), model.training
    model.eval()
    for batch, given in _by_batch(images, labels):
        loss = model.loss(seen(model, batch, generator), None, given, generator)
        sums += len(batch) * np.array([loss.reconstruction.item(), loss.regularizer.item()])
    model.train(training)
    reconstruction, regularizer = sums / len(images)
    return float(reconstruction), float(regularizer)


@torch.no_grad()
def gallery_kl(model: Autoencoder, images: Tensor, labels: Tensor | None = None) -> list[float]:
    """Mean KL of uint8 images in each dimension of the code, nats, to four digits."""
    generator = torch.Generator(images.device).manual_seed(0)
    parts = [
        model.encode(seen(model, batch, generator), given).posterior.kl().sum(dim=0)
        for batch, given in _by_batch(images, labels)
    ]
    return [round(value, 4) for value in (torch.stack(parts).sum(dim=0) / len(images)).tolist()]
