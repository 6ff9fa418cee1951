"""What a denoiser's card states: PSNR beside the best classical methods, and a curve over every level."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer import latent
from explorer.corruption import KINDS, corrupt_array
from explorer.datasets import Dataset
from explorer.metrics.denoising import best_classical, tune
from explorer.metrics.neighbours import nearest
from explorer.metrics.reconstruction import psnr
from explorer.models import Autoencoder
from training.measurement import Measurement

SIGMA = 0.5
#: Levels of the curves, from nothing to far beyond what the recipes train on.
LEVELS = {
    "gaussian": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0),
    "salt_pepper": (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "masking": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0),
    "block": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
}
#: Levels at which the median filter and non-local means are tuned for the page.
TUNED_LEVELS = {kind: (0.1, 0.3, 0.5, 0.8) for kind in KINDS}
CURVE_IMAGES = 1000
TUNING_IMAGES = 96


def measure(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """PSNR at sigma = 0.5 with the classical methods', the curves over levels, and the tuned settings."""
    found = at_half(model, dataset)
    found["denoising_curves"] = curves(model, dataset)
    found["classical_settings"] = classical_settings(dataset)
    return found


def at_half(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Mean PSNR on the test split under Gaussian noise of sigma = 0.5, ours and the classical methods'."""
    gallery, test = dataset.split("gallery").pixels(), dataset.split("test").pixels()
    noisy_gallery = corrupt_array(gallery, "gaussian", SIGMA, seed=1)
    noisy = corrupt_array(test, "gaussian", SIGMA, seed=2)
    on = f"test split, {len(test):,} images, Gaussian noise σ = {SIGMA}, clipped to [0, 1]"
    ours = float(psnr(test, latent.reconstruct(model, noisy)).mean())
    table = best_classical(gallery[:, 0], noisy_gallery[:, 0], test[:, 0], noisy[:, 0])
    best = max(one.psnr for one in table.values())
    found = {
        "psnr_noisy": Measurement(
            float(psnr(test, noisy).mean()), "dB", "higher", "the noisy input itself", on
        ),
        "psnr": Measurement(ours, "dB", "higher", "mean over images of the denoised image's PSNR", on),
        "psnr_gain": Measurement(ours - best, "dB", "higher", "ours minus the best classical method", on),
    }
    for method, one in table.items():
        settings = ", ".join(f"{name} = {value:g}" for name, value in one.parameters.items())
        how = f"{method.replace('_', ' ')}, tuned on the {len(gallery):,} gallery images: {settings}"
        found[f"psnr_{method}"] = Measurement(one.psnr, "dB", "higher", how, on)
    return found


def curves(model: Autoencoder, dataset: Dataset) -> Measurement:
    """For each kind and level: PSNR of the input and of the result, and how often its class survives.

    The class is that of the 5 gallery codes nearest to the code of the corrupted image.
    """
    gallery, test = dataset.split("gallery"), dataset.split("test")
    x, labels = test.pixels(slice(0, CURVE_IMAGES)), test.labels[:CURVE_IMAGES]
    codes = latent.encode(model, gallery.pixels())[0]
    table: dict[str, list[list[float]]] = {}
    for kind in KINDS:
        table[kind] = []
        for level in LEVELS[kind]:
            noisy = corrupt_array(x, kind, level, seed=3)
            z = latent.encode(model, noisy)[0]
            votes = gallery.labels[nearest(z, codes, 5)[0]]
            guess = np.array([np.bincount(row).argmax() for row in votes])
            # The mean error is turned into dB, not the mean of dBs: an untouched image's PSNR is infinite.
            ratios = [10 * np.log10(1 / np.mean((x - y) ** 2)) for y in (noisy, latent.decode(model, z))]
            table[kind].append([level, *(round(float(v), 3) for v in (*ratios, np.mean(guess == labels)))])
    return Measurement(
        table, "level, dB, dB, share", None,
        "level, PSNR of the noisy input and of the result (of the mean error), share of codes whose 5 "
        "nearest gallery codes have the right class",
        f"first {CURVE_IMAGES:,} test images",
    )  # fmt: skip


def classical_settings(dataset: Dataset) -> Measurement:
    """Tuned settings of median filter and non-local means for each kind at a few levels.

    Only images that the noise changed count: the PSNR of an untouched one is infinite, and so would be the
    mean of whatever setting does nothing.
    """
    gallery = dataset.split("gallery")
    candidates = min(8 * TUNING_IMAGES, len(gallery))
    x = gallery.pixels(np.random.default_rng(0).choice(len(gallery), candidates, replace=False))
    table: dict[str, Any] = {}
    for kind, levels in TUNED_LEVELS.items():
        for level in levels:
            noisy = corrupt_array(x, kind, level, seed=4)
            changed = np.flatnonzero((noisy != x).any(axis=(1, 2, 3)))[:TUNING_IMAGES]
            settings = {
                method: tune(method, x[changed, 0], noisy[changed, 0], limit=TUNING_IMAGES).parameters
                for method in ("median", "non_local_means")
            }
            table.setdefault(kind, []).append([level, settings])
    return Measurement(
        table, "level, settings", None, "grid search for the best mean PSNR at that level",
        f"up to {TUNING_IMAGES} gallery images that the noise changed",
    )  # fmt: skip
