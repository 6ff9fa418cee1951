"""Draws from uniform noise: against torch's own distributions, their rsample, and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from torch import distributions

from explorer.studies import rewriting

THETAS = {"Gaussian": 0.7, "Laplace": 1.3, "Gamma": 2.4, "Bernoulli": 0.3}
TORCH = {
    "Gaussian": lambda theta: distributions.Normal(theta, 1.0),
    "Laplace": lambda theta: distributions.Laplace(torch.zeros((), dtype=torch.float64), theta),
    "Gamma": lambda theta: distributions.Gamma(theta, torch.ones((), dtype=torch.float64)),
    "Bernoulli": lambda theta: distributions.Bernoulli(theta),
}
SCIPY = {
    "Gaussian": lambda theta: stats.norm(theta, 1),
    "Laplace": lambda theta: stats.laplace(0, theta),
    "Gamma": lambda theta: stats.gamma(theta),
}
U = rewriting.uniform(400, 3)


def test_every_family_is_tested():
    assert set(rewriting.FAMILIES) == set(THETAS)
    for family in rewriting.FAMILIES.values():
        assert family.low < family.first < family.high


@pytest.mark.parametrize("family", SCIPY)
def test_the_draws_are_the_inverse_distribution_function(family):
    found = rewriting.draws(family, THETAS[family], U)
    np.testing.assert_allclose(found, SCIPY[family](THETAS[family]).ppf(U), rtol=1e-9, atol=1e-12)


def test_a_bernoulli_is_one_for_the_upper_share_of_the_noise():
    z = rewriting.draws("Bernoulli", 0.3, np.array([0.0, 0.69, 0.71, 1.0]))
    assert z.tolist() == [0, 0, 1, 1]
    assert not rewriting.slopes("Bernoulli", 0.3, U).any()


@pytest.mark.parametrize("family", SCIPY)
def test_the_slope_is_that_of_the_draw_with_the_noise_held(family):
    theta, h = THETAS[family], 1e-5
    after, before = (SCIPY[family](theta + s).ppf(U) for s in (h, -h))
    found = rewriting.slopes(family, theta, U)
    np.testing.assert_allclose(found, (after - before) / (2 * h), rtol=1e-4, atol=1e-6)


def test_the_gammas_slope_is_torchs_implicit_one():
    alpha = torch.full((400,), 2.4, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(0)
    z = TORCH["Gamma"](alpha).rsample()
    (expected,) = torch.autograd.grad(z.sum(), alpha)
    u = special.gammainc(2.4, z.detach().numpy())
    np.testing.assert_allclose(rewriting.slopes("Gamma", 2.4, u), expected.numpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("family", TORCH)
def test_the_score_is_the_derivative_of_torchs_log_density(family):
    z = rewriting.draws(family, THETAS[family], U)
    theta = torch.full((400,), THETAS[family], dtype=torch.float64, requires_grad=True)
    log_p = TORCH[family](theta).log_prob(torch.from_numpy(z))
    (expected,) = torch.autograd.grad(log_p.sum(), theta)
    np.testing.assert_allclose(rewriting.log_slopes(family, THETAS[family], z), expected, rtol=1e-9)


@pytest.mark.parametrize("family", SCIPY)
@pytest.mark.parametrize("estimator", ["pathwise", "score"])
def test_both_estimators_agree_with_the_true_gradient(family, estimator):
    theta, h = THETAS[family], 1e-4

    def mean(parameter: float) -> float:
        return SCIPY[family](parameter).expect(lambda z: (z - rewriting.TARGET) ** 2)

    true = rewriting.true_gradient(family, theta)
    assert true == pytest.approx((mean(theta + h) - mean(theta - h)) / (2 * h), rel=1e-4)
    values = getattr(rewriting.sample(family, theta, 40_000, 5), estimator)
    assert abs(values.mean() - true) < 4 * values.std() / 200


def test_a_bernoullis_gradient_is_seen_by_the_score_alone():
    true = rewriting.true_gradient("Bernoulli", 0.3)
    t = rewriting.TARGET
    assert true == pytest.approx((1 - t) ** 2 - t**2)
    found = rewriting.sample("Bernoulli", 0.3, 40_000, 5)
    assert abs(found.score.mean() - true) < 4 * found.score.std() / 200
    assert not found.pathwise.any()


def test_the_relaxation_is_torchs():
    p = torch.full((400,), 0.3, dtype=torch.float64, requires_grad=True)
    logits = torch.log(p) - torch.log1p(-p)
    z = torch.sigmoid((logits + torch.logit(torch.from_numpy(U))) / 0.7)
    (expected,) = torch.autograd.grad(((z - rewriting.TARGET) ** 2).sum(), p)
    found, gradient = rewriting.relaxed(0.3, 0.7, U)
    np.testing.assert_allclose(found, z.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(gradient, expected.numpy(), rtol=1e-9, atol=1e-12)
    made = distributions.RelaxedBernoulli(torch.tensor(0.7, dtype=torch.float64), probs=p.detach())
    torch.manual_seed(0)
    drawn = made.sample((50,)).numpy().ravel()
    assert stats.ks_2samp(drawn, rewriting.relaxed(0.3, 0.7, rewriting.uniform(20_000, 1))[0]).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [0.08, 0.4, 1.0, 2.0])
def test_bias_and_deviation_are_the_integrals_over_the_noise(temperature):
    def gradient(u: float) -> float:
        return float(rewriting.relaxed(0.3, temperature, np.array([u]))[1][0])

    middle = [0.7, *np.clip(0.7 + np.array([-1, 1]) * 0.8 * temperature, 0.001, 0.999)]
    mean, square = (
        integrate.quad(lambda u, k=k: gradient(u) ** k, 0, 1, points=sorted(middle), limit=400)[0]
        for k in (1, 2)
    )
    bias, deviation = rewriting.bias_and_deviation(0.3, temperature)
    assert bias == pytest.approx(mean - rewriting.true_gradient("Bernoulli", 0.3), abs=1e-6)
    assert deviation == pytest.approx(np.sqrt(square - mean**2), rel=1e-5)


def test_colder_is_less_biased_and_scatters_more():
    found = [rewriting.bias_and_deviation(0.3, t) for t in (0.05, 0.1, 0.3, 1.0)]
    assert [abs(b) for b, _ in found] == sorted(abs(b) for b, _ in found)
    assert [d for _, d in found] == sorted((d for _, d in found), reverse=True)
