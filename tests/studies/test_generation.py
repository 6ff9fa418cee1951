"""Codes from a fitted density: scikit-learn's moments, the same noise by the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from explorer import latent
from explorer.studies import generation


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    """Two clusters of unlike shape and weight, far from the origin."""
    rng = np.random.default_rng(3)
    first = rng.normal(size=(600, 3)) @ np.array([[1.0, 0.8, 0.0], [0.0, 0.5, 0.2], [0.0, 0.0, 0.3]]) + [
        5,
        0,
        -2,
    ]
    return np.concatenate([first, 0.4 * rng.normal(size=(200, 3)) + [-4, 3, 1]]).astype(np.float32)


def test_one_component_has_the_codes_own_mean_and_covariance(codes):
    found = generation.fit(codes, 1)
    drawn = found.sample(60_000, seed=1)
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), rtol=0.03, atol=0.05)


def test_a_mixture_is_scikit_learns_and_its_samples_have_its_moments(codes):
    found = generation.fit(codes, 2)
    theirs = GaussianMixture(2, random_state=0).fit(codes.astype(np.float64))
    assert np.sort(found.weights) == pytest.approx(np.sort(theirs.weights_), abs=1e-3)
    assert np.sort(found.weights) == pytest.approx([0.25, 0.75], abs=0.01)
    drawn = found.sample(40_000, seed=2)
    near_first = np.linalg.norm(drawn - [5, 0, -2], axis=1) < np.linalg.norm(drawn - [-4, 3, 1], axis=1)
    assert near_first.mean() == pytest.approx(0.75, abs=0.01)
    np.testing.assert_allclose(np.cov(drawn[near_first].T), np.cov(codes[:600].T), atol=0.06)
    np.testing.assert_allclose(theirs.score(drawn), theirs.score(theirs.sample(40_000)[0]), atol=0.03)


def test_a_seed_gives_the_same_codes_and_the_priors_noise(codes):
    found = generation.fit(codes, 1)
    drawn = found.sample(7, seed=5)
    np.testing.assert_array_equal(drawn, found.sample(7, seed=5))
    assert np.abs(drawn - found.sample(7, seed=6)).min() > 0
    by_hand = found.means[0] + latent.prior_samples(7, 3, 5) @ found.factors[0].T
    np.testing.assert_allclose(drawn, by_hand, rtol=1e-5, atol=1e-5)


def test_temperature_shrinks_each_component_around_its_own_mean(codes):
    found = generation.fit(codes, 2)
    cold, warm = found.sample(500, 0, temperature=0.5), found.sample(500, 0)
    which = np.argmin(np.linalg.norm(warm[:, None] - found.means[None], axis=2), axis=1)
    np.testing.assert_allclose(cold - found.means[which], 0.5 * (warm - found.means[which]), atol=1e-4)


def test_wide_codes_get_diagonal_covariances():
    codes = np.random.default_rng(0).normal(size=(300, generation.WIDEST_FULL + 1)).astype(np.float32)
    found = generation.fit(codes, 3)
    diagonals = np.einsum("kii->ki", found.factors)
    assert np.count_nonzero(found.factors) == np.count_nonzero(diagonals)


def test_too_few_codes_are_refused(codes):
    with pytest.raises(ValueError, match="choose fewer"):
        generation.fit(codes[:9], 5)
