"""What a model listens to: the pixels that matter, and how far code and output move with the input.

Arrays in, arrays out; torch stays inside. x (B, C, H, W) float32 in [0, 1], labels (B,) or None.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer import latent
from explorer.models import Autoencoder

ERROR = -1  # instead of a dimension: the squared error of the output


def gradient(model: Autoencoder, x: np.ndarray, what: int, label: int | None = None) -> np.ndarray:
    """How a number answers to each pixel of one image x (1, C, H, W): its derivative, (C, H, W).

    `what` is a dimension of the code (of its mean), or `ERROR`, ||x - x_hat||² of the code without noise;
    there x is both input and target, and both count.
    """
    image = torch.from_numpy(np.array(x, np.float32)).requires_grad_()
    condition = None if label is None else torch.tensor([label])
    (slope,) = torch.autograd.grad(_number(model, image, what, condition).sum(), image)
    return slope[0].numpy()


def occlusion(
    model: Autoencoder, x: np.ndarray, what: int, side: int, label: int | None = None
) -> np.ndarray:
    """How the number changes when a square of `side` pixels turns black: (H, W), equal within each square.

    Zeiler & Fergus 2014, section 4.2, with squares that do not overlap.
    """
    _, channels, height, width = x.shape
    corners = [(top, left) for top in range(0, height, side) for left in range(0, width, side)]
    covered = np.repeat(np.asarray(x, np.float32), len(corners) + 1, axis=0)
    for image, (top, left) in zip(covered, corners, strict=False):
        image[:, top : top + side, left : left + side] = 0.0
    condition = None if label is None else torch.full((len(covered),), label)
    with torch.inference_mode():
        values = _number(model, torch.from_numpy(covered), what, condition).numpy()
    found = np.zeros((height, width), np.float32)
    for (top, left), value in zip(corners, values[:-1], strict=True):
        found[top : top + side, left : left + side] = value - values[-1]
    return found


def _number(model: Autoencoder, x: Tensor, what: int, condition: Tensor | None) -> Tensor:
    z = model.encode(x, condition).z
    if what != ERROR:
        return z[:, what]
    return (model.decode(z, condition) - x).square().flatten(1).sum(1)


def shifted(x: np.ndarray, right: int, down: int) -> np.ndarray:
    """Images moved by whole pixels; what leaves on one side is lost, and black comes in on the other."""
    found = np.zeros_like(x)
    height, width = x.shape[2:]
    rows = slice(max(down, 0), height + min(down, 0)), slice(max(-down, 0), height + min(-down, 0))
    columns = slice(max(right, 0), width + min(right, 0)), slice(max(-right, 0), width + min(-right, 0))
    found[:, :, rows[0], columns[0]] = x[:, :, rows[1], columns[1]]
    return found


def responses(
    model: Autoencoder, x: np.ndarray, moved: np.ndarray, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """||Δz|| / ||Δx|| and ||Δx_hat|| / ||Δx|| between images x and moved, of codes without noise: (B,) each.

    An image that has not moved has no ratio: NaN.
    """
    codes = [latent.encode(model, each, labels)[0] for each in (x, moved)]
    outputs = [latent.decode(model, z, labels=labels) for z in codes]
    step = _length(moved - x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _length(codes[1] - codes[0]) / step, _length(outputs[1] - outputs[0]) / step


def shift_errors(
    model: Autoencoder, x: np.ndarray, shifts: range, labels: np.ndarray | None = None
) -> np.ndarray:
    """Squared error of the reconstruction of x moved to the right by each of `shifts`: (len(shifts), B)."""
    found = []
    for shift in shifts:
        image = shifted(x, shift, 0)
        found.append(_length(latent.reconstruct(model, image, labels=labels) - image) ** 2)
    return np.stack(found)


def _length(x: np.ndarray) -> np.ndarray:
    return np.linalg.norm(x.reshape(len(x), -1), axis=1)


def covering(z: np.ndarray, means: np.ndarray, logvars: np.ndarray) -> np.ndarray:
    """How likely each image is to be the one whose draw is z (L,): weights (N,) that sum to 1.

    q(z|x_i) / Σ_k q(z|x_k) over images with posteriors means, logvars (N, L), each as likely beforehand.
    """
    means, logvars = np.asarray(means, np.float64), np.asarray(logvars, np.float64)
    logs = -0.5 * (np.square(z - means) * np.exp(-logvars) + logvars).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()
