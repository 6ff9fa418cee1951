"""What one does in a latent space: arrays in, arrays out; torch stays inside.

Shapes: x (B, C, H, W) float32 in [0, 1] · z, mean, logvar (B, L) float32.
"""

from __future__ import annotations

import numpy as np
import torch

from explorer.gaussian import Gaussian
from explorer.models import Autoencoder

_BATCH = 500


def encode(model: Autoencoder, x: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes of images: (mean (B, L), logvar (B, L)); logvar is None where there is no posterior.

    Raises
    ------
    ValueError
        If x does not have the model's image shape.
    """
    x = np.asarray(x, dtype=np.float32)
    if x.ndim != 4 or x.shape[1:] != model.image_shape:
        raise ValueError(f"images of shape (B, {', '.join(map(str, model.image_shape))}) are needed, not {x.shape}.")
    means, logvars = [], []
    with torch.inference_mode():
        for batch in torch.from_numpy(np.ascontiguousarray(x)).split(_BATCH):
            code = model.encode(batch)
            means.append(code.z.numpy())
            if code.posterior is not None:
                logvars.append(code.posterior.logvar.numpy())
    mean = np.concatenate(means) if means else np.zeros((0, model.latent_dim), np.float32)
    return mean, (np.concatenate(logvars) if logvars else None)


def decode(model: Autoencoder, z: np.ndarray) -> np.ndarray:
    """Images (B, C, H, W) in [0, 1] of codes (B, L).

    Raises
    ------
    ValueError
        If z does not have the model's number of dimensions.
    """
    z = np.asarray(z, dtype=np.float32)
    if z.ndim != 2 or z.shape[1] != model.latent_dim:
        raise ValueError(f"codes of shape (B, {model.latent_dim}) are needed, not {z.shape}.")
    with torch.inference_mode():
        batches = torch.from_numpy(np.ascontiguousarray(z)).split(_BATCH)
        images = [model.decode(batch).numpy() for batch in batches]
    return np.concatenate(images) if images else np.zeros((0, *model.image_shape), np.float32)


def reconstruct(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """x_hat of the deterministic code of x."""
    return decode(model, encode(model, x)[0])


def kl_per_dimension(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(q(z|x) || N(0, 1)) in nats for each image and dimension, (B, L)."""
    return Gaussian(torch.from_numpy(mean), torch.from_numpy(logvar)).kl().numpy()


def posterior_samples(mean: np.ndarray, logvar: np.ndarray, seed: int) -> np.ndarray:
    """One draw of q(z|x) for each image, (B, L), reproducible by `seed`."""
    generator = torch.Generator().manual_seed(seed)
    return Gaussian(torch.from_numpy(mean), torch.from_numpy(logvar)).sample(generator).numpy()


def prior_samples(n: int, latent_dim: int, seed: int, temperature: float = 1.0) -> np.ndarray:
    """n draws of N(0, temperature² I), (n, L): the same seed gives the same noise to every model."""
    noise = np.random.default_rng(seed).standard_normal((n, latent_dim), dtype=np.float32)
    return temperature * noise


def traverse(z: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """Copies of one code z (L,) whose `dimension` takes each of `values` (K,): (K, L)."""
    codes = np.repeat(np.asarray(z, np.float32)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Straight line from a (L,) to b (L,) at each t (T,) in [0, 1]: (T, L)."""
    t = np.asarray(t, np.float32)[:, None]
    return (1 - t) * a[None] + t * b[None]


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation from a (L,) to b (L,) at each t (T,): (T, L) (Shoemake 1985; White 2016).

    The direction turns at a constant rate and the length changes linearly, so the path never dips towards the
    origin. Where the directions agree, are opposite (no unique arc) or one end is the origin, it is the line.
    """
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(length_a, length_b) < 1e-8:
        return lerp(a, b, t)
    cosine = float(np.clip(np.dot(a, b) / (length_a * length_b), -1.0, 1.0))
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-4:
        return lerp(a, b, t)
    t = np.asarray(t, np.float32)[:, None]
    direction = (np.sin((1 - t) * angle) * a / length_a + np.sin(t * angle) * b / length_b) / np.sin(angle)
    return (direction * ((1 - t) * length_a + t * length_b)).astype(np.float32)


def grid(x_range: tuple[float, float], y_range: tuple[float, float], n: int) -> np.ndarray:
    """An n x n lattice of 2-D codes (n*n, 2), rows from the top (largest y) down, as a picture is read."""
    x = np.linspace(*x_range, n, dtype=np.float32)
    y = np.linspace(*y_range, n, dtype=np.float32)[::-1]
    columns, rows = np.meshgrid(x, y)
    return np.stack([columns.ravel(), rows.ravel()], axis=1)


def nearest(codes: np.ndarray, z: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices and Euclidean distances of the k codes (N, L) nearest to one z (L,), nearest first."""
    distance = np.linalg.norm(codes - z[None], axis=1)
    order = np.argsort(distance, kind="stable")[:k]
    return order, distance[order]
