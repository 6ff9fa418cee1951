"""Whether single latent dimensions follow single factors: the mutual information gap and its matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.metrics import _arrays


@dataclass(frozen=True)
class MutualInformationGap:
    """value: mean of the gaps (F,), all in [0, 1]; information (L, F), nats; normalised (L, F) by entropy."""

    value: float
    gaps: np.ndarray
    information: np.ndarray
    normalised: np.ndarray


def mig(codes: np.ndarray, factors: np.ndarray, bins: int = 20) -> MutualInformationGap:
    """Mutual information gap of codes (N, L) on known factors (N, F), integers; 10,000 rows are usual.

    MIG = 1/F sum_k [I(z_j(k); v_k) - max over j != j(k) of I(z_j; v_k)] / H(v_k), with j(k) the latent
    that knows most about factor k (Chen et al. 2018, section 4). Codes are posterior means, cut into
    `bins` of equal width between their smallest and largest value, as disentanglement_lib does (Locatello
    et al. 2019); its figures are comparable. ValueError for fewer than two latents or a factor that never
    changes: both leave the gap undefined.
    """
    information, entropy = mutual_information(codes, factors, bins)
    if len(information) < 2:
        raise ValueError("A gap needs two latent dimensions to compare, and these codes have one.")
    normalised = information / entropy
    ordered = np.sort(normalised, axis=0)
    gaps = ordered[-1] - ordered[-2]
    return MutualInformationGap(float(gaps.mean()), gaps, information, normalised)


def mutual_information(
    codes: np.ndarray, factors: np.ndarray, bins: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Information (L, F) of binned codes (N, L) on factors (N, F), and the factors' entropy (F,), in nats.

    I(z; v) = sum p(z, v) log(p(z, v) / (p(z) p(v))) from the counts themselves (the plug-in estimate: a
    latent of pure noise scores about (bins - 1)(values - 1) / 2N above 0).
    """
    codes, factors = _arrays.matrix("codes", codes), _arrays.matrix("factors", factors)
    if len(codes) != len(factors):
        raise ValueError(
            f"There are {len(codes)} codes and {len(factors)} rows of factors: pass one row for each."
        )
    if factors.dtype.kind not in "iu":
        raise ValueError(
            f"factors are {factors.dtype}: pass the index of each factor's value, not the value."
        )
    if bins < 2:
        raise ValueError(f"bins is {bins}: at least two are needed to tell values apart.")
    columns = [np.unique(column, return_inverse=True)[1] for column in factors.T]
    constant = [index for index, column in enumerate(columns) if column.max() == 0]
    if constant:
        raise ValueError(
            f"Factor {constant[0]} has the same value in every row: leave it out, it has no entropy."
        )
    binned = [_equal_width(column, bins) for column in codes.T]
    information = np.array([[_information(a, b) for b in columns] for a in binned])
    entropy = np.array([_information(column, column) for column in columns])
    return information, entropy


def followed_factor(normalised: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which factor each latent knows most about, and how much: normalised (L, F) -> factor (L,), share (L,).

    factor is its index, share the normalised information in [0, 1]. A latent that follows nothing has a
    share near 0: show the share beside the name.
    """
    normalised = _arrays.matrix("normalised", normalised)
    factor = normalised.argmax(axis=1)
    return factor, normalised[np.arange(len(factor)), factor]


def _equal_width(column: np.ndarray, bins: int) -> np.ndarray:
    """Bin 0 ... bins - 1 of each value (N,); a constant column falls into one bin."""
    edges = np.histogram_bin_edges(column.astype(np.float64), bins)
    return np.digitize(column, edges[1:-1])


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information in nats of columns (N,) of small integers from 0; with itself: the entropy."""
    width = int(b.max()) + 1
    joint = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width).reshape(-1, width) / len(a)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0.0
    return max(0.0, float((joint[seen] * np.log(joint[seen] / independent[seen])).sum()))
