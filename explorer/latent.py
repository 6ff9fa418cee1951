"""What one does in a latent space: arrays in, arrays out; torch stays inside.

Shapes: x (B, C, H, W) float32 in [0, 1] · z, mean, logvar (B, L) float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from explorer.gaussian import Gaussian
from explorer.metrics import neighbours
from explorer.models import Autoencoder

_BATCH = 500
_NO_LENGTH = 1e-8


def encode(
    model: Autoencoder, x: np.ndarray, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes of images: (mean (B, L), logvar (B, L)); logvar is None where there is no posterior.

    A conditional model needs the images' `labels` (B,); the others do not look at them.

    Raises
    ------
    ValueError
        If x does not have the model's image shape, or is not of floats; or if the labels do not fit.
    """
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise ValueError(f"images of type {x.dtype} cannot be encoded: make them floats in [0, 1].")
    x = x.astype(np.float32, copy=False)
    if x.ndim != 4 or x.shape[1:] != model.image_shape:
        needed = ", ".join(map(str, model.image_shape))
        raise ValueError(f"images of shape (B, {needed}) are needed, not {x.shape}.")
    means, logvars = [], []
    with torch.inference_mode():
        for batch, given in _batches(model, x, labels):
            code = model.encode(batch, given)
            means.append(code.z.numpy())
            if code.posterior is not None:
                logvars.append(code.posterior.logvar.numpy())
    mean = np.concatenate(means) if means else np.zeros((0, model.latent_dim), np.float32)
    return mean, (np.concatenate(logvars) if logvars else None)


def _batches(
    model: Autoencoder, inputs: np.ndarray, labels: np.ndarray | None
) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
    """Batches of inputs (B, ...) with their labels, None for a model that takes none."""
    batches = torch.from_numpy(np.ascontiguousarray(inputs)).split(_BATCH)
    if not model.label_count:
        yield from ((batch, None) for batch in batches)
        return
    if labels is None or np.shape(labels) != (len(inputs),) or np.asarray(labels).dtype.kind not in "iu":
        raise ValueError(f"this model is told the class: give {len(inputs)} whole numbers as labels.")
    if len(labels) and not 0 <= np.min(labels) <= np.max(labels) < model.label_count:
        raise ValueError(f"a label is no class of this model: give numbers of 0 to {model.label_count - 1}.")
    yield from zip(batches, torch.from_numpy(np.array(labels, np.int64)).split(_BATCH), strict=True)


def decode(
    model: Autoencoder, z: np.ndarray, clip: bool = True, labels: np.ndarray | None = None
) -> np.ndarray:
    """Images (B, C, H, W) of codes (B, L), in [0, 1]; `labels` (B,) as in `encode`.

    Where the decoder's output is the identity, pixels beyond black and white are cut off to be shown;
    `clip=False` leaves them, to be measured.

    Raises
    ------
    ValueError
        If z does not have the model's number of dimensions, or the labels do not fit.
    """
    z = np.asarray(z, dtype=np.float32)
    if z.ndim != 2 or z.shape[1] != model.latent_dim:
        raise ValueError(f"codes of shape (B, {model.latent_dim}) are needed, not {z.shape}.")
    with torch.inference_mode():
        images = [model.decode(batch, given).numpy() for batch, given in _batches(model, z, labels)]
    found = np.concatenate(images) if images else np.zeros((0, *model.image_shape), np.float32)
    return np.clip(found, 0.0, 1.0) if clip and model.output == "identity" else found


def reconstruct(
    model: Autoencoder, x: np.ndarray, clip: bool = True, labels: np.ndarray | None = None
) -> np.ndarray:
    """x_hat of the deterministic code of x; `clip` and `labels` (B,) as in `decode`."""
    return decode(model, encode(model, x, labels)[0], clip, labels)


def kl_per_dimension(mean: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(q(z|x) || N(0, 1)) in nats for each image and dimension, (B, L)."""
    return Gaussian(torch.from_numpy(mean), torch.from_numpy(logvar)).kl().numpy()


def posterior_samples(mean: np.ndarray, logvar: np.ndarray, seed: int) -> np.ndarray:
    """One draw of q(z|x) for each image, (B, L), reproducible by `seed`."""
    generator = torch.Generator().manual_seed(seed)
    return Gaussian(torch.from_numpy(mean), torch.from_numpy(logvar)).sample(generator).numpy()


def prior_samples(n: int, latent_dim: int, seed: int, temperature: float = 1.0) -> np.ndarray:
    """n draws of N(0, temperature² I), (n, L): a seed gives the same noise to all models of one L."""
    noise = np.random.default_rng(seed).standard_normal((n, latent_dim), dtype=np.float32)
    return np.float32(temperature) * noise


def traverse(z: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """Copies of one code z (L,) whose `dimension` takes each of `values` (K,): (K, L)."""
    codes = np.repeat(np.asarray(z, np.float32)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes


def keep(z: np.ndarray, dimensions: Sequence[int], rest: np.ndarray) -> np.ndarray:
    """Codes (B, L) of which only `dimensions` are left as they are; the others are those of `rest` (L,)."""
    cut = np.repeat(np.asarray(rest, np.float32)[None], len(z), axis=0)
    cut[:, dimensions] = np.asarray(z)[:, dimensions]
    return cut


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Straight line from a to b, arrays of one shape (...), at each t (T,) in [0, 1]: (T, ...) float32.

    For two codes (L,) the linear path; for two images the pixel blend.
    """
    a, b = _alike(a, b)
    t = np.asarray(t, np.float64).reshape(-1, *(1,) * a.ndim)
    return ((1 - t) * a + t * b).astype(np.float32)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Angle between two codes (L,) at the origin, radians in [0, π]; 0 if one of them is the origin.

    2 atan2(|u - v|, |u + v|) of the unit vectors (Kahan 2006): the arccosine of their product loses half of
    its digits near 0 and π.
    """
    a, b = _alike(a, b)
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(length_a, length_b) < _NO_LENGTH:
        return 0.0
    u, v = a / length_a, b / length_b
    return float(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation from a code a (L,) to b (L,) at each t (T,) in [0, 1]: (T, L) float32.

    The direction turns at a constant rate (Shoemake 1985; for latent codes White 2016, arXiv:1609.04468),
    the length goes linearly from |a| to |b|: the path never dips towards the origin, and it is
    Shoemake's own where the lengths are equal. Where the directions agree, are opposite (no unique arc) or
    one end is the origin, it is the line.
    """
    a, b = _alike(a, b)
    length_a, length_b, turn = np.linalg.norm(a), np.linalg.norm(b), angle(a, b)
    if np.sin(turn) < 1e-4:
        return lerp(a, b, t)
    t = np.asarray(t, np.float64)[:, None]
    direction = (np.sin((1 - t) * turn) * a / length_a + np.sin(t * turn) * b / length_b) / np.sin(turn)
    return (direction * ((1 - t) * length_a + t * length_b)).astype(np.float32)


def _alike(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both ends in float64: in float32 the arc between nearly opposite codes is wrong by whole units."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"the two ends have shapes {a.shape} and {b.shape}: take both from the same model.")
    return a, b


def grid(x_range: tuple[float, float], y_range: tuple[float, float], n: int) -> np.ndarray:
    """An n x n lattice of 2-D codes (n*n, 2), rows from the top (largest y) down, as a picture is read."""
    x = np.linspace(*x_range, n, dtype=np.float32)
    y = np.linspace(*y_range, n, dtype=np.float32)[::-1]
    columns, rows = np.meshgrid(x, y)
    return np.stack([columns.ravel(), rows.ravel()], axis=1)


def nearest(codes: np.ndarray, z: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices and Euclidean distances of the k codes (N, L) nearest to one z (L,), nearest first."""
    indices, distances = neighbours.nearest(z[None], codes, min(k, len(codes)))
    return indices[0], distances[0]
