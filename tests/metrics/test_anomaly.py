"""ROC and the area under it, against scikit-learn and by counting pairs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from explorer.metrics import anomaly


def drawn(seed: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping scores of 70 normal images and 40 anomalies, rounded so that many are equal."""
    rng = np.random.default_rng(seed)
    made = rng.normal(3, 1, 70), rng.normal(4, 2, 40)
    return tuple(np.round(each / step) * step for each in made)


@pytest.mark.parametrize("step", [1e-9, 0.25, 1.0])
def test_area_and_curve_are_those_of_scikit_learn(step):
    normal, anomalous = drawn(1, step)
    truth, score = np.r_[np.zeros(70), np.ones(40)], np.r_[normal, anomalous]
    area = anomaly.auroc(normal, anomalous)
    assert area == pytest.approx(roc_auc_score(truth, score), abs=1e-12) and 0.55 < area < 0.9
    false_alarm, hit, threshold = roc_curve(truth, score, drop_intermediate=False)
    curve = anomaly.roc(normal, anomalous)
    np.testing.assert_allclose(curve.false_alarm, false_alarm, atol=1e-12)
    np.testing.assert_allclose(curve.hit, hit, atol=1e-12)
    np.testing.assert_array_equal(curve.threshold[1:], threshold[1:])
    assert np.trapezoid(curve.hit, curve.false_alarm) == pytest.approx(area, abs=1e-12)


def test_the_area_is_the_share_of_pairs_in_the_right_order_ties_counted_half():
    normal, anomalous = drawn(2, 0.5)
    pairs = anomalous[:, None] - normal
    assert anomaly.auroc(normal, anomalous) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    assert anomaly.auroc(anomalous, normal) == pytest.approx(1 - anomaly.auroc(normal, anomalous))


def test_known_answers():
    assert anomaly.auroc([1.0, 2.0], [3.0]) == 1 and anomaly.auroc([3.0], [1.0, 2.0]) == 0
    assert anomaly.auroc(np.ones(5), np.ones(3)) == 0.5


@pytest.mark.parametrize("wrong", [[], [[1.0, 2.0]], [1.0, np.nan], [np.inf]])
def test_what_is_no_list_of_finite_scores_is_refused(wrong):
    for given in ((wrong, [1.0]), ([1.0], wrong)):
        with pytest.raises(ValueError, match=r"pass finite numbers \(N,\), N at least 1\."):
            anomaly.auroc(*given)
        with pytest.raises(ValueError, match="scores are"):
            anomaly.roc(*given)
