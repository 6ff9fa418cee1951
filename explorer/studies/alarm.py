"""From a score to an alarm: which images the threshold is chosen on, and what it then does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SEED = 0


def halves(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of `count` images by a fixed seed, ascending: for the threshold, and for what is shown.

    The second has the odd one: a threshold that is judged on the images that it was chosen on keeps its
    promise by construction.
    """
    order = np.random.default_rng(SEED).permutation(count)
    return np.sort(order[: count // 2]), np.sort(order[count // 2 :])


def threshold(normal: np.ndarray, accepted: float) -> float:
    """The score (of normal images, (N,)) that a share `accepted` in (0, 1) of them exceeds.

    No anomaly is looked at: what is promised is the rate of false alarms, not that of hits.
    """
    if not 0 < accepted < 1:
        raise ValueError(f"a share of {accepted} false alarms cannot be asked for: choose one in (0, 1).")
    return float(np.quantile(normal, 1 - accepted))


@dataclass(frozen=True)
class Confusion:
    """How many images of each kind are called what."""

    false_alarms: int
    passed: int
    hits: int
    misses: int

    @property
    def false_alarm_rate(self) -> float:
        """The share of normal images that are called anomalies."""
        return self.false_alarms / (self.false_alarms + self.passed)

    @property
    def hit_rate(self) -> float:
        """The share of anomalies that are called so."""
        return self.hits / (self.hits + self.misses)


def confusion(normal: np.ndarray, anomalous: np.ndarray, at: float) -> Confusion:
    """Scores (N,) and (M,) from `at` on are called anomalies, as in `metrics.anomaly.roc`."""
    called, hit = int((normal >= at).sum()), int((anomalous >= at).sum())
    return Confusion(called, len(normal) - called, hit, len(anomalous) - hit)
