"""One image, corrupted and mended: what the Denoising page computes. Arrays in, arrays out.

Shapes: images (B, C, H, W) float in [0, 1] · codes z (B, L) · levels (T,), in the unit of the noise kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from explorer import latent
from explorer.corruption import corrupt_array
from explorer.metrics import denoising, reconstruction
from explorer.metrics.neighbours import Prepared, nearest
from explorer.models import Autoencoder

#: The classical methods that need no fitting, so that one image suffices.
CLASSICAL = ("median", "non_local_means")
VOTERS = 5

#: A card's tuned settings of one noise kind: rows of [level, {method: parameters}].
SettingsTable = Sequence[tuple[float, Mapping[str, Mapping[str, float]]]]


@dataclass(frozen=True)
class Curve:
    """What happens to one image as the same noise grows.

    levels (T,); psnr: method -> (T,) in dB, infinite where nothing changed, with "noisy" for the input,
    "denoiser", "plain" if there is one, and those of `CLASSICAL`; votes (T,): the class that `vote` gives the
    noisy image's code.
    """

    levels: np.ndarray
    psnr: dict[str, np.ndarray]
    votes: np.ndarray

    @property
    def worse(self) -> np.ndarray:
        """(T,) True where the denoiser's result is farther from the clean image than the noisy one was."""
        return self.psnr["denoiser"] < self.psnr["noisy"]


def tuned_for(table: SettingsTable, level: float) -> tuple[float, Mapping[str, Mapping[str, float]]]:
    """The tuned level nearest to `level`, the lower of two equally near, and its settings by method."""
    tuned, settings = min(table, key=lambda row: (round(abs(row[0] - level), 9), row[0]))
    return float(tuned), settings


def classical(method: str, noisy: np.ndarray, parameters: Mapping[str, Any]) -> np.ndarray:
    """One of `CLASSICAL` with tuned parameters, each channel by itself: (B, C, H, W) -> the same."""
    planes = denoising.denoise(method, noisy.reshape(-1, *noisy.shape[2:]), dict(parameters))
    return planes.reshape(noisy.shape).astype(np.float32)


def mend(
    denoiser: Autoencoder,
    plain: Autoencoder | None,
    noisy: np.ndarray,
    settings: Mapping[str, Mapping[str, float]],
) -> dict[str, np.ndarray]:
    """Every method's result on noisy images (B, C, H, W): "denoiser", "plain" if given, and `CLASSICAL`."""
    models = {"denoiser": denoiser} | ({"plain": plain} if plain is not None else {})
    found = {name: latent.reconstruct(model, noisy) for name, model in models.items()}
    return found | {method: classical(method, noisy, settings[method]) for method in CLASSICAL}


class Vote(NamedTuple):
    """For each of B codes: the class voted for, how many voters want it, the distance to the nearest one."""

    classes: np.ndarray
    agreeing: np.ndarray
    distance: np.ndarray


def vote(codes: np.ndarray | Prepared, labels: np.ndarray, z: np.ndarray, exclude: int | None = None) -> Vote:
    """What the 5 nearest of the codes (N, L), with labels (N,), vote for: z (B, L) -> arrays (B,).

    A tie goes to the smaller label. `exclude` is the index of a code that does not vote: the image's own.
    """
    left_out = None if exclude is None else np.full(len(z), exclude)
    indices, distances = nearest(z, codes, VOTERS, exclude=left_out)
    counts = np.stack([np.bincount(row, minlength=int(labels.max()) + 1) for row in labels[indices]])
    return Vote(counts.argmax(axis=1), counts.max(axis=1), distances[:, 0])


def curve(
    denoiser: Autoencoder,
    plain: Autoencoder | None,
    clean: np.ndarray,
    kind: str,
    levels: Sequence[float],
    seed: int,
    table: SettingsTable,
    codes: np.ndarray,
    labels: np.ndarray,
    exclude: int | None = None,
) -> Curve:
    """The curve of one clean image (1, C, H, W), with the same seed at every level, so that noise only grows.

    `table` holds the classical methods' settings; codes (N, L), labels and exclude are as in `vote`.
    """
    noisy = np.concatenate([corrupt_array(clean, kind, level, seed) for level in levels])
    images = {"noisy": noisy, "denoiser": latent.reconstruct(denoiser, noisy)}
    if plain is not None:
        images["plain"] = latent.reconstruct(plain, noisy)
    chosen = [tuned_for(table, level)[1] for level in levels]
    for method in CLASSICAL:
        each = [classical(method, x[None], own[method]) for x, own in zip(noisy, chosen, strict=True)]
        images[method] = np.concatenate(each)
    repeated = np.repeat(clean, len(levels), axis=0)
    psnr = {name: reconstruction.psnr(repeated, each) for name, each in images.items()}
    votes = vote(codes, labels, latent.encode(denoiser, noisy)[0], exclude)
    return Curve(np.asarray(levels, np.float64), psnr, votes.classes)


def fails_from(levels: Sequence[float], right: Sequence[bool]) -> float | None:
    """The lowest level from which on nothing is right any more, or None if the highest level still is."""
    last_right = max((i for i, fine in enumerate(right) if fine), default=-1)
    return float(levels[last_right + 1]) if last_right + 1 < len(levels) else None
