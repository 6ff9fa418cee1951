"""Thresholds and confusion tables, by loops and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from explorer.studies import alarm


def test_halves_share_nothing_and_lack_nothing():
    first, second = alarm.halves(101)
    assert len(first) == 50 and len(second) == 51
    assert sorted([*first, *second]) == list(range(101))
    np.testing.assert_array_equal(first, alarm.halves(101)[0])
    assert abs(first.mean() - second.mean()) < 15  # not the first and the last half of a sorted gallery


def test_threshold_keeps_its_promise_on_images_that_did_not_choose_it():
    rng = np.random.default_rng(0)
    for accepted in (0.01, 0.05, 0.2):
        at = alarm.threshold(rng.gamma(2.0, size=20_000), accepted)
        assert (rng.gamma(2.0, size=20_000) >= at).mean() == pytest.approx(accepted, rel=0.12)
    with pytest.raises(ValueError, match="share of 1"):
        alarm.threshold(np.ones(3), 1)


def test_confusion_is_scikit_learns():
    rng = np.random.default_rng(1)
    normal, anomalous = rng.normal(0, 1, 300), rng.normal(1, 1, 170)
    normal[0] = 0.5  # on the line: called, as in the ROC
    found = alarm.confusion(normal, anomalous, 0.5)
    truth = np.repeat([0, 1], [300, 170])
    (passed, called), (missed, hit) = confusion_matrix(truth, np.concatenate([normal, anomalous]) >= 0.5)
    assert (found.passed, found.false_alarms, found.misses, found.hits) == (passed, called, missed, hit)
    assert found.false_alarm_rate == called / 300 and found.hit_rate == hit / 170
