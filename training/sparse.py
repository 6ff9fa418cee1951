"""What the card of a sparse autoencoder states: how few units work, what they draw, what noise passes."""

from __future__ import annotations

import numpy as np

from explorer import latent
from explorer.corruption import corrupt_array
from explorer.datasets import Dataset
from explorer.metrics.sparsity import activity_ratio, relative_variation
from explorer.models.sparse import SparseAutoencoder
from training.measurement import Measurement

SIGMA = 0.25
NOISY_IMAGES = 2000
#: Above what a unit of each penalty's code counts as at work.
ON = {"l1": 0.0, "kl": 0.5}


def measure(model: SparseAutoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Activity of the units, the decoder's columns as pictures, and noise sent through."""
    found = activity(model, dataset) | noise(model, dataset)
    if len(model.columns) == np.prod(model.image_shape):  # no layer in between: a column is a picture
        found |= columns(model, dataset)
    return found


def activity(model: SparseAutoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Mean activation, share of units at work, and whether the sparsity is more than a small scale."""
    test = dataset.split("test")
    on = f"test split, {len(test):,} images"
    z = latent.encode(model, test.pixels())[0]
    above = ON[model.penalty]
    means = z.mean(axis=0, dtype=np.float64)
    working = z > above
    ratio = activity_ratio(z)
    return {
        "mean_activation": Measurement(
            float(means.mean()), "activation", None,
            "mean of the code over units and images" + (f"; target ρ = {model.rho:g}" * (above > 0)), on,
        ),
        "mean_activation_spread": Measurement(
            [round(float(v), 4) for v in np.quantile(means, (0.05, 0.5, 0.95))], "activation", None,
            "5 %, 50 % and 95 % quantile over units of the mean activation", on,
        ),
        "active_share": Measurement(
            float(working.mean()), "share", None, f"activations above {above:g}, over units and images", on
        ),
        "silent_units": Measurement(
            int((~working.any(axis=0)).sum()), f"of {model.latent_dim}", "lower",
            f"units that are above {above:g} for no image", on,
        ),
        "activity_ratio": Measurement(
            float(np.nanmedian(ratio)), "share", None,
            "(mean z)² / mean z² of a unit over the images, median over units (Treves & Rolls 1991): small "
            "only if few images use a unit, whatever its scale", on,
        ),
    }  # fmt: skip


def noise(model: SparseAutoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Whether the model is the identity: then it gives noise back as faithfully as a digit."""
    x = dataset.split("test").pixels(slice(0, NOISY_IMAGES))
    noisy = corrupt_array(x, "gaussian", SIGMA, seed=5)
    x_hat, noisy_hat = (latent.reconstruct(model, images, clip=False) for images in (x, noisy))
    added = (noisy - x).astype(np.float64)
    passed = np.vdot(noisy_hat - x_hat, added) / np.vdot(added, added)
    on = f"first {len(x):,} test images, Gaussian noise σ = {SIGMA}, clipped to [0, 1]"

    def error(a: np.ndarray, b: np.ndarray) -> float:
        return float(((a - b).astype(np.float64) ** 2).sum() / len(x))

    return {
        "noise_passed": Measurement(
            float(passed), "share", "lower",
            "slope of the change in the output against the noise added to the input: 1 for the identity", on,
        ),
        "noise_added": Measurement(
            error(noisy, x), "per image", None, "squared error of the noisy image against the clean one", on
        ),
        "error_to_noisy": Measurement(
            error(noisy_hat, noisy), "per image", None,
            "squared error of the noisy image's reconstruction against the noisy image: 0 for the identity",
            on,
        ),
        "error_to_clean": Measurement(
            error(noisy_hat, x), "per image", "lower",
            "squared error of the noisy image's reconstruction against the clean image", on,
        ),
    }  # fmt: skip


def columns(model: SparseAutoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Decoder columns as pictures: smooth as strokes are, or rough as noise is."""
    _, height, width = model.image_shape
    pictures = model.columns.detach().numpy().T.reshape(-1, height, width)
    images = dataset.split("test").pixels(slice(0, NOISY_IMAGES)).reshape(-1, height, width)
    how = "total variation over that of the same pixels in random order (noise: 1), median over "
    return {
        "column_variation": Measurement(
            float(np.nanmedian(relative_variation(pictures))), "share", "lower", how + "decoder columns",
            "the weights",
        ),
        "image_variation": Measurement(
            float(np.nanmedian(relative_variation(images))), "share", None, how + "images",
            f"first {NOISY_IMAGES:,} test images",
        ),
    }  # fmt: skip
