"""What a card states of a model, measured on the official test split, one function a topic.

Each function returns {name: Measurement}; `how` and `on` say in words what the number is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from explorer import datasets, latent
from explorer.datasets import Dataset, Split
from explorer.metrics import disentanglement, probes, reconstruction
from explorer.metrics.latent import active_units, kl_per_dimension
from explorer.models import Autoencoder

SAMPLE_SEED = 0
MIG_POINTS = 10_000


@dataclass(frozen=True)
class Measurement:
    """One number (or list, or table) with its unit, what is better, how and on what it was measured."""

    value: Any
    unit: str
    better: str | None
    how: str
    on: str


def measure(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Everything that applies to the model on this data set."""
    test = dataset.split("test")
    on = f"test split, {len(test):,} images"
    found = reconstruction_error(model, test, on)
    if model.variational:
        found |= variational(model, test, on)
    found |= neighbours(model, dataset, test, on)
    if dataset.factor_names and model.latent_dim > 1:
        found |= mutual_information_gap(model, dataset)
    return found


def reconstruction_error(model: Autoencoder, test: Split, on: str) -> dict[str, Measurement]:
    """Squared error of the reconstruction from the deterministic code."""
    error = squared_errors(model, test.images)
    code = "the posterior's mean" if model.variational else "the code"
    return {
        "mse": Measurement(
            float(error.mean() / np.prod(model.image_shape)), "per pixel", "lower",
            f"mean squared error of the reconstruction from {code}", on,
        ),
        "squared_error": Measurement(
            float(error.mean()), "per image", "lower",
            f"squared error summed over pixels, reconstruction from {code}", on,
        ),
    }  # fmt: skip


def squared_errors(model: Autoencoder, images: np.ndarray) -> np.ndarray:
    """Squared error of each uint8 image (N, C, H, W) against its reconstruction: (N,) float64."""
    errors = []
    for start in range(0, len(images), 1000):
        x = images[start : start + 1000].astype(np.float32) / 255
        errors.append(reconstruction.squared_error(x, latent.reconstruct(model, x)))
    return np.concatenate(errors)


def variational(model: Autoencoder, test: Split, on: str) -> dict[str, Measurement]:
    """Rate and distortion: cross-entropy under one posterior sample an image, KL, their sum, active units."""
    x = test.pixels()
    mean, logvar = latent.encode(model, x)
    z = torch.from_numpy(latent.posterior_samples(mean, logvar, SAMPLE_SEED))
    with torch.inference_mode():
        logits = np.concatenate([model.decoder(batch).numpy() for batch in z.split(500)])
    entropy = np.mean(
        [reconstruction.cross_entropy_from_logits(x[i : i + 500], logits[i : i + 500]).mean()
         for i in range(0, len(x), 500)]
    )  # fmt: skip
    per_dimension = kl_per_dimension(mean, logvar)
    kl = float(per_dimension.sum())
    return {
        "cross_entropy": Measurement(
            float(entropy), "nats per image", "lower",
            "Bernoulli cross-entropy of grey pixels (not a likelihood), one posterior sample an image", on,
        ),
        "kl": Measurement(kl, "nats per image", None, "KL(q(z|x) || N(0, I)), summed over dimensions", on),
        "cross_entropy_plus_kl": Measurement(
            float(entropy) + kl, "nats per image", "lower",
            "cross-entropy + KL, whatever β the model was trained with", on,
        ),
        "kl_per_dimension": Measurement(
            [round(float(v), 4) for v in per_dimension], "nats", None,
            "mean over images, dimension by dimension", on,
        ),
        "active_units": Measurement(
            int(np.sum(active_units(mean))), f"of {model.latent_dim}", None,
            "dimensions whose posterior mean varies over the set by more than 0.01 (Burda et al. 2016)", on,
        ),
    }  # fmt: skip


def neighbours(model: Autoencoder, dataset: Dataset, test: Split, on: str) -> dict[str, Measurement]:
    """5-nearest-neighbour accuracy on codes, beside the same on raw pixels."""
    train = dataset.split("train")
    codes = np.concatenate(
        [latent.encode(model, train.pixels(slice(i, i + 5000)))[0] for i in range(0, len(train), 5000)]
    )
    accuracy = probes.knn_accuracy(codes, train.labels, latent.encode(model, test.pixels())[0], test.labels)
    how = f"5 nearest of {len(train):,} training {{}}, Euclidean, majority"
    return {
        "knn_accuracy": Measurement(float(accuracy), "share", "higher", how.format("codes"), on),
        "knn_accuracy_pixels": Measurement(
            _pixel_neighbours(dataset.id), "share", "higher", how.format("images, raw pixels"), on
        ),
    }


@cache
def _pixel_neighbours(dataset_id: str) -> float:
    dataset = datasets.get(dataset_id)
    train, test = dataset.split("train"), dataset.split("test")
    flat = [s.pixels().reshape(len(s), -1) for s in (train, test)]
    return float(probes.knn_accuracy(flat[0], train.labels, flat[1], test.labels))


@cache
def pca_error(dataset_id: str, components: int) -> Measurement:
    """Test error per pixel of PCA with as many components as the code has numbers."""
    dataset = datasets.get(dataset_id)
    train, test = dataset.split("train"), dataset.split("test")
    error = reconstruction.pca_baseline(train.images, test.images, components)
    return Measurement(
        float(error), "per pixel", "lower",
        f"PCA with {components} components fitted on {len(train):,} training images, not clipped",
        f"test split, {len(test):,} images",
    )  # fmt: skip


def mutual_information_gap(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """MIG of posterior means on 10,000 images of the whole factorial, and what each latent follows."""
    parts = [dataset.split(name) for name in ("train", "gallery", "test")]
    factors = np.concatenate([part.factors for part in parts])
    owner = np.concatenate([np.full(len(part), i) for i, part in enumerate(parts)])
    place = np.concatenate([np.arange(len(part)) for part in parts])
    chosen = np.random.default_rng(0).choice(len(factors), MIG_POINTS, replace=False)
    images = np.stack([parts[owner[i]].images[place[i]] for i in chosen])
    codes = np.concatenate(
        [latent.encode(model, batch.astype(np.float32) / 255)[0] for batch in np.array_split(images, 10)]
    )
    gap = disentanglement.mig(codes, factors[chosen], bins=20)
    followed, share = disentanglement.followed_factor(gap.normalised)
    on = f"{MIG_POINTS:,} images drawn from all {len(factors):,} by a fixed seed"
    names = dataset.factor_names
    return {
        "mig": Measurement(
            float(gap.value), "share", "higher",
            "mutual information gap of posterior means, 20 bins (Chen et al. 2018)", on,
        ),
        "mig_per_factor": Measurement(
            {n: round(float(v), 4) for n, v in zip(names, gap.gaps, strict=True)}, "share", "higher",
            "gap between the two latents that know most of each factor, over the factor's entropy", on,
        ),
        "followed_factor": Measurement(
            [[names[f], round(float(s), 4)] for f, s in zip(followed, share, strict=True)], "share", None,
            "for each latent the factor it knows most of, as a share of that factor's entropy", on,
        ),
    }  # fmt: skip
