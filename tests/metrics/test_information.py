"""Mutual information of image and code: a Gaussian channel, known extremes, and sums written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal

from explorer.metrics.information import mutual_information


def test_a_gaussian_channel_has_its_capacity() -> None:
    """Means N(0, s²) under noise of variance v carry log(1 + s²/v) / 2 nats, dimension by dimension."""
    rng = np.random.default_rng(0)
    signal, noise = np.array([1.5, 0.7, 0.2]), np.array([0.5, 0.5, 1.0])
    mean = rng.normal(size=(3000, 3)) * signal + np.array([0.0, 4.0, -2.0])
    found = mutual_information(mean, np.broadcast_to(np.log(noise), mean.shape))
    capacity = 0.5 * np.log1p(signal**2 / noise)
    np.testing.assert_allclose(found.per_dimension, capacity, atol=0.04)
    assert found.value == pytest.approx(capacity.sum(), abs=0.05)
    assert found.bound == pytest.approx(math.log(3000))


def test_it_is_the_sum_over_all_pairs_written_out() -> None:
    rng = np.random.default_rng(1)
    mean, logvar = rng.normal(0, 1.5, (50, 4)), rng.normal(-1.0, 0.7, (50, 4))
    found = mutual_information(mean, logvar, seed=5)
    m, std = torch.from_numpy(mean), torch.from_numpy(np.exp(logvar / 2))
    eps = torch.randn(m.shape, generator=torch.Generator().manual_seed(5)).double()
    z = m + std * eps

    def expected(columns: slice) -> float:
        each = [Independent(Normal(a[columns], b[columns]), 1) for a, b in zip(m, std, strict=True)]
        own = [q.log_prob(one[columns]).item() for q, one in zip(each, z, strict=True)]
        mixed = [np.mean([q.log_prob(one[columns]).exp().item() for q in each]) for one in z]
        return float(np.mean(np.array(own) - np.log(mixed)))

    assert found.value == pytest.approx(expected(slice(None)), abs=1e-4)
    for j in range(4):
        assert found.per_dimension[j] == pytest.approx(expected(slice(j, j + 1)), abs=1e-4)


def test_a_posterior_that_is_the_same_for_all_says_nothing_whatever_it_costs() -> None:
    mean, logvar = np.full((200, 2), 3.0), np.full((200, 2), -2.0)
    found = mutual_information(mean, logvar)
    assert found.value == pytest.approx(0.0, abs=1e-5)
    assert found.per_dimension == pytest.approx([0.0, 0.0], abs=1e-5)


def test_posteriors_that_do_not_touch_tell_every_image_apart() -> None:
    mean = np.arange(300.0)[:, None] * [10.0, 0.0]
    found = mutual_information(mean, np.full(mean.shape, -6.0))
    assert found.value == found.bound == pytest.approx(math.log(300))
    assert found.per_dimension == pytest.approx([math.log(300), 0.0], abs=1e-4)


def test_the_answer_does_not_depend_on_the_chunks(monkeypatch) -> None:
    rng = np.random.default_rng(2)
    posteriors = rng.normal(size=(70, 3)), rng.normal(size=(70, 3))
    whole = mutual_information(*posteriors)
    monkeypatch.setattr("explorer.metrics.information._CHUNK_NUMBERS", 70 * 3 * 8)
    parts = mutual_information(*posteriors)
    assert parts.value == pytest.approx(whole.value, rel=1e-6)
    np.testing.assert_allclose(parts.per_dimension, whole.per_dimension, rtol=1e-5)


def test_bad_posteriors_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"mean has shape \(3, 2\) and logvar \(3, 3\): pass both as"):
        mutual_information(np.zeros((3, 2)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="logvar holds values that are not finite"):
        mutual_information(np.zeros((3, 2)), np.full((3, 2), np.nan))
