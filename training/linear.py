"""What the card of a linear autoencoder states: how near it came to principal component analysis."""

from __future__ import annotations

import numpy as np
from torch import nn

from explorer.datasets import Dataset
from explorer.metrics import subspaces
from explorer.metrics.principal import PrincipalComponents
from explorer.models import Autoencoder
from training.measure import squared_errors
from training.measurement import Measurement


def is_linear(model: Autoencoder) -> bool:
    """True if encoder and decoder are one affine map each and nothing follows them."""
    kinds = [type(layer) for layer in (*model.encoder, *model.decoder)]
    return model.output == "identity" and kinds == [nn.Flatten, nn.Linear, nn.Linear, nn.Unflatten]


def measure(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """Error beside PCA's, principal angles between the two spaces, and whether the axes agree."""
    train, test = dataset.split("train"), dataset.split("test")
    basis = PrincipalComponents.fit(train.images, model.latent_dim)
    columns = model.decoder[0].weight.detach().double().numpy().T
    angles = subspaces.principal_angles(columns, basis.axes)
    cosines = np.abs(subspaces.cosines(columns, basis.axes))
    own = squared_errors(model, test.images).mean() / np.prod(model.image_shape)
    excess = own / basis.mean_squared_error(test.images) - 1
    space = f"the span of the decoder's {len(columns)} columns"
    pca = f"PCA with {len(columns)} components fitted on {len(train):,} training images"
    return {
        "excess_over_pca": Measurement(
            float(excess), "share", "lower",
            f"mean squared error over that of {pca}, minus 1; neither clipped",
            f"test split, {len(test):,} images",
        ),
        "largest_principal_angle": Measurement(
            float(angles[0]), "degrees", "lower",
            f"largest principal angle between {space} and that of {pca}", "the weights",
        ),
        "principal_angles": Measurement(
            [round(float(angle), 3) for angle in angles], "degrees", "lower",
            f"between {space} and that of {pca}, largest first", "the weights",
        ),
        "largest_axis_cosine": Measurement(
            float(cosines.max()), "cosine", None,
            f"largest |cosine| between a decoder column and an axis of {pca}: 1 if a column is an axis",
            "the weights",
        ),
    }  # fmt: skip
