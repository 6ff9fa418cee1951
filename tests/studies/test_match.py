"""The task of the page Match, and how near a picture is to its target."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.studies import match

CODES = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
ORDER = [4, 1, 0, 5, 3, 2]


@pytest.mark.parametrize("count", [1, 3, 6])
def test_start_and_target_differ_in_the_free_dimensions_alone(count):
    task = match.task(CODES, ORDER, count, seed=5)
    differing = np.flatnonzero(task.start != task.hidden)
    assert set(differing) == set(task.free) == set(ORDER[:count])
    assert any((code == task.hidden).all() for code in CODES)
    np.testing.assert_array_equal(CODES[task.index], task.hidden)


def test_the_same_seed_takes_the_same_images_for_every_model():
    other = CODES[:, :3] * 2
    assert match.task(CODES, ORDER, 2, 7).index == match.task(other, [2, 0, 1], 2, 7).index
    assert len({match.task(CODES, ORDER, 2, seed).index for seed in range(20)}) > 10


def test_closeness_is_the_share_of_the_way():
    target, start = np.zeros((1, 4, 4)), np.ones((1, 4, 4))
    assert match.closeness(target, start, start) == 0 and match.closeness(target, start, target) == 1
    assert match.closeness(target, start, start / 4) == pytest.approx(0.75)
    assert match.closeness(target, start, 2 * start) == pytest.approx(-1)
    assert match.closeness(start, start, start) == 1  # nothing to do
    one, other = np.random.default_rng(1).random((2, 3, 5, 5))
    assert match.distance(one, other) == pytest.approx(np.linalg.norm(one - other) / np.sqrt(75))


@pytest.mark.parametrize(
    "codes, count, words", [(CODES, 7, "6 dimensions"), (CODES, 0, "not 0"), (CODES[:1], 1, "two codes")]
)
def test_a_task_that_cannot_be_set_says_why(codes, count, words):
    with pytest.raises(ValueError, match=words):
        match.task(codes, ORDER, count, 0)
