"""The mutual information gap where its value is known, and its parts against scikit-learn and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from explorer.metrics.disentanglement import followed_factor, mig, mutual_information


@pytest.fixture
def factors() -> np.ndarray:
    """A complete factorial of 3 x 4 x 5 values, 50 times: independent to the last digit."""
    grid = np.stack(np.meshgrid(np.arange(3), np.arange(4), np.arange(5), indexing="ij"), axis=-1)
    return np.tile(grid.reshape(-1, 3), (50, 1))


def test_a_latent_for_each_factor_scores_one(factors) -> None:
    found = mig(np.tanh(factors[:, ::-1] * 0.3 - 1.0), factors)
    assert found.value == pytest.approx(1.0, abs=1e-12)
    assert found.gaps == pytest.approx(np.ones(3), abs=1e-12)
    assert found.normalised == pytest.approx(np.eye(3)[::-1], abs=1e-12)
    assert followed_factor(found.normalised)[0].tolist() == [2, 1, 0]


def test_two_latents_that_share_a_factor_leave_no_gap(factors) -> None:
    codes = np.column_stack([factors, -2.0 * factors]).astype(np.float32)
    found = mig(codes, factors)
    assert found.normalised.max(axis=0) == pytest.approx(np.ones(3), abs=1e-12)
    assert found.value == pytest.approx(0.0, abs=1e-12)


def test_a_rotation_closes_the_gap_and_noise_follows_nothing() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 10, (10_000, 2))
    plain = factors - 4.5
    turned = plain @ (np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2.0))
    noise = rng.normal(size=(10_000, 1))
    assert mig(plain, factors).value > 0.99
    found = mig(np.hstack([turned, noise]), factors)
    assert found.value < 0.02
    factor, share = followed_factor(found.normalised)
    assert share[2] < 0.01 < 0.1 < share[:2].min()
    assert factor.shape == (3,)


def test_too_few_bins_cost_information(factors) -> None:
    assert mig(factors.astype(float), factors, bins=2).value < 0.75
    assert mig(factors.astype(float), factors, bins=5).value == pytest.approx(1.0)


def test_information_equals_scikit_learn_on_the_published_binning() -> None:
    rng = np.random.default_rng(1)
    factors = np.column_stack([rng.integers(0, 4, 2000), rng.integers(0, 7, 2000) * 3])
    codes = np.column_stack([factors[:, 0] + rng.normal(0, 0.5, 2000), rng.normal(size=2000), factors.sum(1)])
    codes = codes.astype(np.float32)
    information, entropy = mutual_information(codes, factors, bins=20)
    for j in range(3):
        # disentanglement_lib: the bins of a histogram over the code, its last edge left out
        binned = np.digitize(codes[:, j], np.histogram(codes[:, j], 20)[1][:-1])
        for k in range(2):
            assert information[j, k] == pytest.approx(mutual_info_score(factors[:, k], binned), abs=1e-12)
    for k in range(2):
        share = np.unique(factors[:, k], return_counts=True)[1] / 2000
        assert entropy[k] == pytest.approx(-(share * np.log(share)).sum())
    found = mig(codes, factors)
    expected = np.sort(information, axis=0)
    assert found.gaps == pytest.approx((expected[-1] - expected[-2]) / entropy)
    assert found.value == pytest.approx(found.gaps.mean())


def test_a_dead_latent_knows_nothing(factors) -> None:
    codes = np.column_stack([factors[:, 0], np.full(len(factors), 0.25)]).astype(float)
    assert mutual_information(codes, factors)[0][1].tolist() == [0.0, 0.0, 0.0]


def test_bad_input_is_refused_with_a_sentence(factors) -> None:
    codes = factors.astype(float)
    with pytest.raises(ValueError, match="two latent dimensions"):
        mig(codes[:, :1], factors)
    with pytest.raises(ValueError, match="Factor 1 has the same value"):
        mig(codes, factors * np.array([1, 0, 1]))
    with pytest.raises(ValueError, match="index of each factor's value"):
        mig(codes, codes)
    with pytest.raises(ValueError, match="one row for each"):
        mig(codes, factors[1:])
    with pytest.raises(ValueError, match="bins is 1"):
        mig(codes, factors, bins=1)
