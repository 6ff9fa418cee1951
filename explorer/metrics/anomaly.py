"""How well a score tells anomalies from normal images: the higher the score, the stranger the image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata


class Curve(NamedTuple):
    """A receiver operating characteristic: from (0, 0) to (1, 1), a point for each different score.

    At `threshold[i]` and above an image is called an anomaly: `hit` (T,) is the share of anomalies that are,
    `false_alarm` (T,) the share of normal images. The first threshold is infinite.
    """

    false_alarm: np.ndarray
    hit: np.ndarray
    threshold: np.ndarray


def auroc(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """Area under the ROC curve, of scores (N,) of normal images and (M,) of anomalies: in [0, 1].

    The probability that an anomaly scores higher than a normal image, ties counted half (Mann & Whitney
    1947; Hanley & McNeil 1982): 0.5 says that the score knows nothing, less that it knows the opposite.
    """
    normal, anomalous = _scores("normal", normal), _scores("anomalous", anomalous)
    n, m = len(normal), len(anomalous)
    ranks = rankdata(np.concatenate([normal, anomalous]))
    return float((ranks[n:].sum() - m * (m + 1) / 2) / (n * m))


def roc(normal: np.ndarray, anomalous: np.ndarray) -> Curve:
    """The curve itself, of scores (N,) and (M,)."""
    normal, anomalous = np.sort(_scores("normal", normal)), np.sort(_scores("anomalous", anomalous))
    threshold = np.unique(np.concatenate([normal, anomalous]))[::-1]
    false_alarm, hit = (
        np.concatenate([[0.0], 1 - np.searchsorted(each, threshold) / len(each)])
        for each in (normal, anomalous)
    )
    return Curve(false_alarm, hit, np.concatenate([[np.inf], threshold]))


def _scores(name: str, scores: np.ndarray) -> np.ndarray:
    """Finite scores (N,), at least one, in float64; ValueError otherwise."""
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 1 or len(scores) == 0 or not np.isfinite(scores).all():
        raise ValueError(f"The {name} scores are {scores.shape}: pass finite numbers (N,), N at least 1.")
    return scores
