"""Missing pixels filled in by a model: once, or again and again with the known pixels put back.

Images float32 (N, C, H, W) in [0, 1] · hidden: bool (H, W), True where a pixel is not known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer import latent
from explorer.models import Autoencoder

REGIONS = ("lower half", "upper half", "left half", "right half", "middle", "every second pixel")
#: What the hole holds before the first pass.
FILLS = ("black", "mean image", "noise")
SPECKLED = 0.5  # the share of the pixels that "every second pixel" hides, at random


def region(name: str, height: int, width: int) -> np.ndarray:
    """The hidden pixels (H, W) of one of `REGIONS`; the middle is half as high and wide as the image."""
    if name not in REGIONS:
        raise ValueError(f"there is no region {name!r}: choose from {', '.join(REGIONS)}.")
    y, x = np.mgrid[:height, :width]
    if name == "every second pixel":
        return np.random.default_rng(0).random((height, width)) < SPECKLED
    return {
        "lower half": y >= height // 2,
        "upper half": y < height // 2,
        "left half": x < width // 2,
        "right half": x >= width // 2,
        "middle": (abs(y - (height - 1) / 2) < height / 4) & (abs(x - (width - 1) / 2) < width / 4),
    }[name]


def put_back(images: np.ndarray, guess: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The guess where pixels are hidden, and the very image where they are known."""
    return np.where(hidden, guess, images).astype(np.float32)


def filled(images: np.ndarray, hidden: np.ndarray, fill: str, mean: np.ndarray, seed: int = 0) -> np.ndarray:
    """The images with something in the hole: one of `FILLS`; the noise is uniform in [0, 1]."""
    guesses = {
        "black": lambda: np.zeros_like(images),
        "mean image": lambda: np.broadcast_to(mean, images.shape),
        "noise": lambda: np.random.default_rng(seed).random(images.shape, np.float32),
    }
    if fill not in guesses:
        raise ValueError(f"there is no filling {fill!r}: choose from {', '.join(FILLS)}.")
    return put_back(images, guesses[fill](), hidden)


def one_pass(
    model: Autoencoder,
    start: np.ndarray,
    images: np.ndarray,
    hidden: np.ndarray,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Reconstructions of `start` in the hole, the known pixels around it."""  # fmt: skip
    return put_back(images, latent.reconstruct(model, start, labels=labels), hidden)


def chain(
    model: Autoencoder,
    start: np.ndarray,
    images: np.ndarray,
    hidden: np.ndarray,
    passes: int,
    seed: int,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """One chain, (passes, N, C, H, W): see `chains`."""  # fmt: skip
    return chains(model, start, images, hidden, passes, [seed], labels)[0]


def chains(
    model: Autoencoder,
    start: np.ndarray,
    images: np.ndarray,
    hidden: np.ndarray,
    passes: int,
    seeds: Sequence[int],
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """One chain for each seed from the same start: (S, passes, N, C, H, W).

    A pass: z ~ q(z | x), x_hat of z into the hole, the known pixels put back. Rezende et al. 2014
    (arXiv:1401.4082), appendix F, a pseudo-Gibbs sampler; the hole gets the decoder's mean, not a draw of
    pixels. Without a posterior z is the code: then every seed goes the same way.
    """  # fmt: skip
    count, chains_of = len(images), (len(seeds), 1, 1, 1)
    known, now = np.tile(images, chains_of), np.tile(np.asarray(start, np.float32), chains_of)
    told = None if labels is None else np.tile(labels, len(seeds))
    states = []
    for step in range(passes):  # all chains in one batch, each with the noise of its own seed
        z, logvar = latent.encode(model, now, told)
        if logvar is not None:
            parts = [slice(i * count, (i + 1) * count) for i in range(len(seeds))]
            drawn = [
                latent.posterior_samples(z[part], logvar[part], 1000 * seed + step)
                for part, seed in zip(parts, seeds, strict=True)
            ]
            z = np.concatenate(drawn)
        now = put_back(known, latent.decode(model, z, labels=told), hidden)
        states.append(now.reshape(len(seeds), *images.shape))
    return np.stack(states, axis=1)


def error(images: np.ndarray, guess: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Mean squared error of each image over the hidden pixels: (..., N) of guesses (..., N, C, H, W)."""
    difference = np.asarray(guess, np.float64)[..., hidden] - np.asarray(images, np.float64)[..., hidden]
    return (difference**2).mean(axis=(-2, -1))
