"""How near pictures that a model has drawn are to real ones, and which classes they look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.metrics import _arrays
from explorer.metrics.neighbours import Prepared, nearest

NEIGHBOURS = 10


@dataclass(frozen=True)
class Likeness:
    """Each sample among real images: distance (N,) to the nearest, class (N,) by vote, agreement (N,).

    distance is Euclidean over pixels in [0, 1]; label is the class that most of the `NEIGHBOURS` nearest
    real images have, the smaller number where two have as many; agreement is that class's share of them.
    """

    distance: np.ndarray
    label: np.ndarray
    agreement: np.ndarray

    def counts(self, classes: int) -> np.ndarray:
        """How many samples were voted into each class, (classes,) int64."""
        return np.bincount(self.label, minlength=classes)

    def split(self, parts: int) -> list[Likeness]:
        """The likeness of `parts` sets of equal size that were measured together."""
        arrays = (np.split(each, parts) for each in (self.distance, self.label, self.agreement))
        return [Likeness(*each) for each in zip(*arrays, strict=True)]


def prepared(images: np.ndarray) -> Prepared:
    """Real images (M, ...) in [0, 1], flat, for more than one set of samples to be measured against."""
    images = _arrays.images("images", images)
    return Prepared.of(images.reshape(len(images), -1))


def likeness(
    samples: np.ndarray, real: np.ndarray | Prepared, labels: np.ndarray, exclude: np.ndarray | None = None
) -> Likeness:
    """Measure samples (N, ...) against real images (M, ...) in [0, 1] with labels (M,), or see `prepared`.

    `exclude` (N,) names for each sample one real image that does not count: the one that it was made from.
    A small distance is no proof of quality: a smoother picture lies nearer to everything.
    """
    samples = _arrays.images("samples", samples)
    among = real if isinstance(real, Prepared) else prepared(real)
    k = min(NEIGHBOURS, len(among.codes) - (exclude is not None))
    indices, distances = nearest(samples.reshape(len(samples), -1), among, k, exclude=exclude)
    votes = np.zeros((len(samples), int(labels.max()) + 1), np.int64)
    np.add.at(votes, (np.arange(len(samples))[:, None], labels[indices]), 1)
    return Likeness(distances[:, 0], votes.argmax(axis=1), votes.max(axis=1) / k)
