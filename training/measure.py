"""What a card states of a model, measured on the official test split, one function a topic.

Each function returns {name: Measurement}; `how` and `on` say in words what the number is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from explorer import binary, datasets, latent
from explorer.datasets import Dataset, Split
from explorer.metrics import probes, reconstruction
from explorer.metrics.information import mutual_information
from explorer.metrics.latent import active_units, kl_per_dimension
from explorer.models import Autoencoder
from training import factors
from training.measurement import Measurement

SAMPLE_SEED = 0
BINARY_SEED = 0
BINARISED = f"binarised once (numpy's default_rng({BINARY_SEED}): ink where a draw is below the grey value)"


def measure(model: Autoencoder, dataset: Dataset, classes: Sequence[int] = ()) -> dict[str, Measurement]:
    """Everything that applies to the model on this data set.

    A model that was trained on some `classes` only reconstructs these alone; its codes are judged on all.
    """
    test = dataset.split("test")
    own, on = test.only(classes), split_text(dataset, "test", classes)
    found = reconstruction_error(model, own, on)
    if model.variational:
        found |= variational(model, own, on)
    found |= neighbours(model, dataset, test, split_text(dataset, "test"))
    if dataset.factor_names and model.latent_dim > 1:
        found |= factors.measure(model, dataset)
    return found


def split_text(dataset: Dataset, name: str, classes: Sequence[int] = ()) -> str:
    """A split, or the part of it that has these labels, in words: "test split, 980 images of class 0"."""
    names = ", ".join(dataset.label_names[c] for c in classes)
    of = f" of class {names}" if len(classes) == 1 else f" of the classes {names}" if classes else ""
    return f"{name} split, {len(dataset.split(name).only(classes)):,} images{of}"


def reconstruction_error(model: Autoencoder, test: Split, on: str) -> dict[str, Measurement]:
    """Squared error of the reconstruction from the deterministic code."""
    error = squared_errors(model, test.images, test.labels)
    code = "the posterior's mean" if model.variational else "the code"
    code += ", drawn pixel after pixel by one fixed noise" if model.autoregressive else ""
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


def squared_errors(model: Autoencoder, images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Squared error of each uint8 image (N, C, H, W) against its reconstruction, not clipped: (N,) float64.

    A conditional model is told the `labels` (N,).
    """
    errors = []
    for start in range(0, len(images), 1000):
        x = images[start : start + 1000].astype(np.float32) / 255
        given = None if labels is None else labels[start : start + 1000]
        x_hat = latent.reconstruct(model, x, clip=False, labels=given)
        difference = (x - x_hat).reshape(len(x), -1)
        errors.append(np.einsum("nd,nd->n", difference, difference, dtype=np.float64))
    return np.concatenate(errors)


def variational(model: Autoencoder, test: Split, on: str) -> dict[str, Measurement]:
    """Rate and distortion: cross-entropy under one posterior sample an image, KL, their sum, active units."""
    x, labels = test.pixels(), test.labels if model.label_count else None
    if model.binary:
        x, on = binary.draw_array(x, BINARY_SEED), f"{on}, {BINARISED}"
    mean, logvar = latent.encode(model, x, labels)
    z = torch.from_numpy(latent.posterior_samples(mean, logvar, SAMPLE_SEED))
    with torch.inference_mode():
        given = [None] * len(x) if labels is None else torch.tensor(labels).split(500)
        parts = zip(z.split(500), torch.from_numpy(x).split(500), given, strict=False)
        logits = np.concatenate([model.logits(*part).numpy() for part in parts])
    entropy = np.mean(
        [reconstruction.cross_entropy_from_logits(x[i : i + 500], logits[i : i + 500]).mean()
         for i in range(0, len(x), 500)]
    )  # fmt: skip
    per_dimension = kl_per_dimension(mean, logvar)
    kl = float(per_dimension.sum())
    halves = _bound if model.binary else _cross_entropy
    return halves(float(entropy), kl, on) | {
        "kl": Measurement(kl, "nats per image", None, "KL(q(z|x) || N(0, I)), summed over dimensions", on),
        "kl_per_dimension": Measurement(
            [round(float(v), 4) for v in per_dimension], "nats", None,
            "mean over images, dimension by dimension", on,
        ),
        "active_units": Measurement(
            int(np.sum(active_units(mean))), f"of {model.latent_dim}", None,
            "dimensions whose posterior mean varies over the set by more than 0.01 (Burda et al. 2016)", on,
        ),
    } | information(mean, logvar, on)  # fmt: skip


def _cross_entropy(entropy: float, kl: float, on: str) -> dict[str, Measurement]:
    """On grey pixels: named for what it is."""
    return {
        "cross_entropy": Measurement(
            entropy, "nats per image", "lower",
            "Bernoulli cross-entropy of grey pixels (not a likelihood), one posterior sample an image", on,
        ),
        "cross_entropy_plus_kl": Measurement(
            entropy + kl, "nats per image", "lower",
            "cross-entropy + KL, whatever β the model was trained with", on,
        ),
    }  # fmt: skip


def _bound(entropy: float, kl: float, on: str) -> dict[str, Measurement]:
    """On binary pixels: the same two are halves of a bound on the likelihood."""
    return {
        "nll_given_code": Measurement(
            entropy, "nats per image", "lower",
            "-log p(x|z) of binary pixels, one posterior sample an image", on,
        ),
        "negative_elbo": Measurement(
            entropy + kl, "nats per image", "lower",
            "-log p(x|z) + KL: an upper bound of the negative log-likelihood (see nll)", on,
        ),
    }  # fmt: skip


def information(mean: np.ndarray, logvar: np.ndarray, on: str) -> dict[str, Measurement]:
    """What the code says about the image, beside what its KL costs; posteriors (N, L)."""
    found = mutual_information(mean, logvar, SAMPLE_SEED)
    how = (
        "I(x; z) = E KL(q(z|x) || q(z)), q(z) the mean of the set's posteriors, one sample an image; "
        f"at most log N = {found.bound:.2f}, and too low near it"
    )
    return {
        "mutual_information": Measurement(found.value, "nats per image", None, how, on),
        "mutual_information_per_dimension": Measurement(
            [round(float(v), 4) for v in found.per_dimension], "nats", None,
            f"{how}; each dimension alone", on,
        ),
    }  # fmt: skip


def neighbours(model: Autoencoder, dataset: Dataset, test: Split, on: str) -> dict[str, Measurement]:
    """5-nearest-neighbour accuracy on codes, beside the same on raw pixels."""
    train = dataset.split("train")
    codes = np.concatenate(
        [latent.encode(model, train.pixels(part), train.labels[part])[0]
         for part in (slice(i, i + 5000) for i in range(0, len(train), 5000))]
    )  # fmt: skip
    codes_of_test = latent.encode(model, test.pixels(), test.labels)[0]
    accuracy = probes.knn_accuracy(codes, train.labels, codes_of_test, test.labels)
    what = "codes, the encoder told the true class" if model.label_count else "codes"
    how = f"5 nearest of {len(train):,} training {{}}, Euclidean, majority"
    return {
        "knn_accuracy": Measurement(float(accuracy), "share", "higher", how.format(what), on),
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
def pca_error(dataset_id: str, components: int, classes: tuple[int, ...] = ()) -> Measurement:
    """Test error per pixel of PCA with as many components as the code has numbers, or as there are pixels."""
    dataset = datasets.get(dataset_id)
    train, test = (dataset.split(name).only(classes) for name in ("train", "test"))
    components = min(components, int(np.prod(dataset.image_shape)))
    error = reconstruction.pca_baseline(train.images, test.images, components)
    return Measurement(
        float(error), "per pixel", "lower",
        f"PCA with {components} components fitted on {len(train):,} training images, not clipped",
        split_text(dataset, "test", classes),
    )  # fmt: skip
