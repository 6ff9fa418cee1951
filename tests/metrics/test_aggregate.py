"""The aggregate posterior against torch.distributions, a numerical integral and the other estimator."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from explorer.metrics import aggregate
from explorer.metrics.information import mutual_information

N = 40


@pytest.fixture(scope="module")
def posteriors() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(0.3, 1.2, (N, 3)).astype(np.float32), rng.uniform(-3, 0.5, (N, 3)).astype(np.float32)


def theirs(mean: np.ndarray, logvar: np.ndarray) -> Normal:
    return Normal(torch.from_numpy(mean).double(), torch.from_numpy(logvar).double().mul(0.5).exp())


def test_density_is_torchs_mixture(posteriors):
    mixture = MixtureSameFamily(Categorical(torch.ones(N)), Independent(theirs(*posteriors), 1))
    points = np.random.default_rng(2).normal(size=(17, 3))
    expected = mixture.log_prob(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(aggregate.log_density(points, *posteriors), expected, atol=1e-9)


def test_the_gaussian_is_scipys():
    factor = np.array([[1.5, 0.0], [0.7, 0.4]])
    points = np.random.default_rng(3).normal(size=(9, 2))
    found, sigmas = aggregate.log_normal(points, np.array([0.5, -1]), factor)
    expected = stats.multivariate_normal([0.5, -1], factor @ factor.T)
    np.testing.assert_allclose(found, expected.logpdf(points))
    np.testing.assert_allclose(np.exp(-0.5 * sigmas**2), expected.pdf(points) / expected.pdf([0.5, -1]))


def test_the_split_adds_up_to_the_average_kl(posteriors):
    found = aggregate.kl_split(*posteriors, seed=4)
    normal = theirs(*posteriors)
    expected = kl_divergence(normal, Normal(0.0, 1.0)).sum(dim=1).mean().item()
    assert found.kl == pytest.approx(expected, rel=1e-6)
    assert found.information + found.mismatch == pytest.approx(found.kl)
    assert found.bound == pytest.approx(np.log(N)) and 0 < found.information <= found.bound


def test_information_is_what_the_other_estimator_finds(posteriors):
    found = np.mean([aggregate.kl_split(*posteriors, seed=s).information for s in range(40)])
    other = np.mean([mutual_information(*posteriors, seed=s).value for s in range(40)])
    assert found == pytest.approx(other, abs=0.03)


def test_far_posteriors_reach_the_bound_and_equal_ones_tell_nothing():
    far = np.arange(8, dtype=np.float32)[:, None] * 100
    tight = aggregate.kl_split(far, np.full_like(far, -8))
    assert tight.information == pytest.approx(np.log(8), abs=1e-6)
    same = np.full((8, 2), 0.7, np.float32)
    none = aggregate.kl_split(same, np.zeros_like(same))
    assert none.information == pytest.approx(0, abs=1e-9)
    assert none.mismatch == pytest.approx(0.5 * 2 * 0.49, rel=1e-5)


def test_mismatch_of_a_dimension_is_the_integral(posteriors):
    mean, logvar = posteriors
    found = aggregate.dimension_mismatch(mean, logvar)
    for j in range(3):

        def integrand(z: float, j: int = j) -> float:
            q = stats.norm.pdf(z, mean[:, j], np.exp(0.5 * logvar[:, j])).mean()
            return q * (np.log(q) - stats.norm.logpdf(z))

        expected, _ = integrate.quad(integrand, -8, 8, limit=300)
        assert found[j] == pytest.approx(expected, rel=1e-3)
    z = np.array([-1.0, 0.4])
    expected = stats.norm.pdf(z[:, None], mean[:, 1], np.exp(0.5 * logvar[:, 1])).mean(axis=1)
    np.testing.assert_allclose(aggregate.marginals(mean, logvar, z)[1], expected)


def test_shapes_that_do_not_fit_are_refused(posteriors):
    with pytest.raises(ValueError, match="pass both as"):
        aggregate.kl_split(posteriors[0], posteriors[1][:, :2])
