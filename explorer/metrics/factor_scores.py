"""Three more scores of how single latents follow single factors: FactorVAE's, DCI and SAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.metrics import _arrays

#: A latent whose variance is below this share of the largest is left out of FactorVAE's vote.
DEAD_SHARE = 0.05


@dataclass(frozen=True)
class DCI:
    """disentanglement, completeness, informativeness, each in [0, 1]; importance (L, F), columns sum to 1."""

    disentanglement: float
    completeness: float
    informativeness: float
    importance: np.ndarray


def factor_vae_score(
    encode: Callable[[np.ndarray], np.ndarray],
    sizes: tuple[int, ...],
    seed: int = 0,
    batch: int = 64,
    votes: int = 800,
    scale_rows: int = 10_000,
) -> float:
    """FactorVAE's score in [0, 1] (Kim & Mnih 2018, section 4).

    One factor is held fixed over a batch and the others drawn; the latent with the smallest variance, each
    measured in units of its variance over the whole set, votes for that factor. The score is the accuracy of
    the majority vote on as many further batches. `encode` maps rows of factor indices (B, F) to codes
    (B, L); sizes holds the number of values of each factor. A latent with less than 5 % of the largest
    variance does not vote.
    """
    if votes < 1 or batch < 2:
        raise ValueError(f"{votes} votes of {batch} images say nothing: take at least 1 vote of 2 images.")
    random = np.random.default_rng(seed)

    def draw(count: int) -> np.ndarray:
        return np.stack([random.integers(0, size, count) for size in sizes], axis=1)

    variance = encode(draw(scale_rows)).var(axis=0)
    alive = variance > DEAD_SHARE * variance.max()
    ballots = np.zeros((2, len(variance), len(sizes)), np.int64)
    rows, fixed = [], random.integers(0, len(sizes), 2 * votes)
    for factor in fixed:
        drawn = draw(batch)
        drawn[:, factor] = drawn[0, factor]
        rows.append(drawn)
    codes = np.concatenate([encode(np.concatenate(rows[i : i + 50])) for i in range(0, len(rows), 50)])
    spread = codes.reshape(2 * votes, batch, -1).var(axis=1) / np.where(alive, variance, 1.0)
    spread[:, ~alive] = np.inf
    for i, (latent, factor) in enumerate(zip(spread.argmin(axis=1), fixed, strict=True)):
        ballots[i // votes, latent, factor] += 1
    chosen = ballots[0].argmax(axis=1)
    return float(ballots[1][np.arange(len(chosen)), chosen].sum() / votes)


def dci(codes: np.ndarray, factors: np.ndarray, seed: int = 0, trees: int = 50) -> DCI:
    """Disentanglement, completeness, informativeness (Eastwood & Williams 2018, section 2).

    codes (N, L), factors (N, F) integers. A random forest tells each factor from the code; its impurity
    importances are R (L, F). Disentanglement is the mean over latents of 1 - H_F(R_j), weighted by what a
    latent matters, completeness the mean over factors of 1 - H_L(R_k); informativeness is the forests'
    accuracy on the half of the rows that they were not fitted on.
    """
    from sklearn.ensemble import RandomForestClassifier

    codes, factors = _pair(codes, factors)
    half = len(codes) // 2
    importance, accuracy = [], []
    for column in factors.T:
        forest = RandomForestClassifier(trees, min_samples_leaf=5, random_state=seed)
        forest.fit(codes[:half], column[:half])
        importance.append(forest.feature_importances_)
        accuracy.append(forest.score(codes[half:], column[half:]))
    found = np.array(importance).T
    return DCI(_purity(found), _purity(found.T), float(np.mean(accuracy)), found)


def sap(codes: np.ndarray, factors: np.ndarray) -> float:
    """Separated attribute predictability in [0, 1] (Kumar et al. 2018, section 3).

    codes (N, L), factors (N, F) integers. How well each single latent tells each factor: the accuracy, on the
    half of the rows that it did not see, of the best class in each of 50 bins with equally many rows. The
    score is the mean over factors of the gap between the two best latents. (Kumar et al. take a linear SVM,
    which cannot tell the middle of three values from one number.)
    """
    codes, factors = _pair(codes, factors)
    if codes.shape[1] < 2:
        raise ValueError("A gap needs two latent dimensions to compare, and these codes have one.")
    half = len(codes) // 2
    gaps = []
    for column in factors.T:
        values = np.unique(column, return_inverse=True)[1]
        scores = sorted(_bin_accuracy(latent, values, half) for latent in codes.T)
        gaps.append(scores[-1] - scores[-2])
    return float(np.mean(gaps))


def _bin_accuracy(latent: np.ndarray, values: np.ndarray, half: int, bins: int = 50) -> float:
    edges = np.unique(np.quantile(latent[:half], np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.digitize(latent, edges)
    counts = np.zeros((len(edges) + 1, values.max() + 1), np.int64)
    np.add.at(counts, (place[:half], values[:half]), 1)
    return float(np.mean(counts.argmax(axis=1)[place[half:]] == values[half:]))


def _purity(importance: np.ndarray) -> float:
    """Mean over rows of 1 - entropy of the row (base: its length), weighted by the rows' shares."""
    total = importance.sum(axis=1)
    shares = importance / np.where(total > 0, total, 1.0)[:, None]
    logs = np.log(np.where(shares > 0, shares, 1.0))
    entropy = -(shares * logs).sum(axis=1) / np.log(importance.shape[1])
    return float(((1 - entropy) * total).sum() / total.sum())


def _pair(codes: np.ndarray, factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes, factors = _arrays.matrix("codes", codes), _arrays.matrix("factors", factors)
    if len(codes) != len(factors):
        raise ValueError(
            f"There are {len(codes)} codes and {len(factors)} rows of factors: pass one row for each."
        )
    return codes, factors
