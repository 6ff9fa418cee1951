"""What each unit of a code adds to a picture, how much it is used, and how many units share the work.

Arrays in, arrays out; torch stays inside. z (B, L) codes, columns (L, C, H, W).
"""

from __future__ import annotations

import numpy as np
from torch import nn

from explorer import latent
from explorer.models import Autoencoder


def linear(model: Autoencoder) -> bool:
    """Whether the picture is a weighted sum of columns: one linear layer, and no sigmoid behind it."""
    layers = [layer for layer in model.decoder if not isinstance(layer, nn.Unflatten)]
    return model.output == "identity" and len(layers) == 1 and isinstance(layers[0], nn.Linear)


def of_decoder(model: Autoencoder) -> np.ndarray:
    """Columns of a linear decoder as pictures (L, C, H, W), signed: what one unit of z_j adds, exactly.

    Raises
    ------
    ValueError
        If the decoder is not linear: then no column is a picture, see `unit_steps`.
    """
    if not linear(model):
        raise ValueError("this decoder has more than one layer, so its columns are no pictures: step a unit.")
    weight = model.decoder[0].weight.detach().numpy()
    return weight.T.reshape(model.latent_dim, *model.image_shape).copy()


def unit_steps(model: Autoencoder, z: np.ndarray, label: int | None = None) -> np.ndarray:
    """decode(z + e_j) - decode(z) for each unit j at one code z (L,): (L, C, H, W), signed.

    At another code the same step may draw something else, unless the decoder is linear.
    """
    codes = np.concatenate([z[None], z[None] + np.eye(len(z), dtype=np.float32)])
    labels = None if label is None else np.full(len(codes), label)
    pictures = latent.decode(model, codes, clip=False, labels=labels)
    return pictures[1:] - pictures[0]


def use(codes: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """How much each unit moves the pictures of codes (N, L): std of z_j times the length of column j, (L,).

    A scale that goes from the columns to the codes does not change it.
    """
    lengths = np.linalg.norm(columns.reshape(len(columns), -1).astype(np.float64), axis=1)
    return codes.astype(np.float64).std(axis=0) * lengths


def participation(z: np.ndarray) -> np.ndarray:
    """Effective number of units at work, (sum |z_j|)² / sum z_j², of codes (..., L): (...) in [1, L].

    k where k units work at one level and the others not at all; 0 where all are 0. It is L times the ratio
    of Treves & Rolls 1991 over the units of one image, and does not change with the code's scale.
    """
    size = np.abs(np.asarray(z, np.float64))
    square = (size**2).sum(axis=-1)
    return np.divide(size.sum(axis=-1) ** 2, square, out=np.zeros_like(square), where=square > 0.0)
