"""Gaussian against torch.distributions, with random parameters far from mean = logvar = 0."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from explorer.gaussian import Gaussian

shapes = st.tuples(st.integers(1, 5), st.integers(1, 7))
seeds = st.integers(0, 2**31 - 1)


def parameters(seed: int, shape: tuple[int, int] = (4, 3)) -> tuple[Tensor, Tensor]:
    """Mean and logvar in float64, of both signs and unlike each other."""
    generator = torch.Generator().manual_seed(seed)
    mean = 3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    logvar = 2 * torch.randn(shape, generator=generator, dtype=torch.float64) + 0.5
    return mean, logvar


@given(seeds, shapes)
@settings(max_examples=40, deadline=None)
def test_kl_is_that_of_torch_distributions(seed, shape):
    mean, logvar = parameters(seed, shape)
    expected = kl_divergence(Normal(mean, torch.exp(logvar / 2)), Normal(0.0, 1.0))
    found = Gaussian(mean, logvar).kl()
    assert found.shape == shape
    torch.testing.assert_close(found, expected)
    assert (found >= 0).all()


@given(seeds, shapes)
@settings(max_examples=40, deadline=None)
def test_log_prob_is_that_of_torch_distributions(seed, shape):
    mean, logvar = parameters(seed, shape)
    z = mean + 2 * torch.randn(shape, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)
    expected = Independent(Normal(mean, torch.exp(logvar / 2)), 1).log_prob(z)
    found = Gaussian(mean, logvar).log_prob(z)
    assert found.shape == shape[:1]
    torch.testing.assert_close(found, expected)


def test_kl_is_the_expected_difference_of_log_densities():
    """The three formulas agree with each other: KL = E_q[log q(z) - log p(z)], by sampling."""
    posterior = Gaussian(torch.tensor([[0.7, -1.2]]), torch.tensor([[-1.0, 0.4]]))
    many = Gaussian(posterior.mean.expand(200_000, 2), posterior.logvar.expand(200_000, 2))
    z = many.sample(torch.Generator().manual_seed(0))
    prior = Gaussian(torch.zeros_like(z), torch.zeros_like(z))
    estimate = (many.log_prob(z) - prior.log_prob(z)).mean()
    assert estimate.item() == pytest.approx(posterior.kl().sum().item(), rel=0.01)


def test_samples_have_the_mean_and_the_standard_deviation():
    mean, logvar = torch.tensor([-2.0, 0.5, 3.0]), torch.tensor([-3.0, 0.0, 1.5])
    many = Gaussian(mean.expand(100_000, 3), logvar.expand(100_000, 3))
    z = many.sample(torch.Generator().manual_seed(3))
    standard_error = torch.exp(logvar / 2) / 100_000**0.5
    assert ((z.mean(0) - mean).abs() < 5 * standard_error).all()
    torch.testing.assert_close(z.std(0), torch.exp(logvar / 2), rtol=0.02, atol=0)
    correlation = torch.corrcoef(z.T) - torch.eye(3)
    assert correlation.abs().max() < 0.02


def test_a_sample_comes_from_its_generator_alone():
    posterior = Gaussian(*parameters(1))
    hidden = torch.get_rng_state()
    first, same, other = (posterior.sample(torch.Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(first, same)
    assert (first != other).all()
    assert torch.equal(torch.get_rng_state(), hidden)


def test_a_sample_is_the_reparameterised_noise_and_gradients_flow_through_it():
    mean, logvar = (t.requires_grad_() for t in parameters(2))
    posterior = Gaussian(mean, logvar)
    z = posterior.sample(torch.Generator().manual_seed(7))
    eps = torch.randn(mean.shape, generator=torch.Generator().manual_seed(7), dtype=mean.dtype)
    torch.testing.assert_close(z, mean + torch.exp(logvar) ** 0.5 * eps)
    to_mean, to_logvar = torch.autograd.grad(z.sum(), (mean, logvar))
    torch.testing.assert_close(to_mean, torch.ones_like(mean))
    torch.testing.assert_close(to_logvar, eps * torch.exp(logvar) ** 0.5 / 2)


def test_gradients_of_kl_and_log_prob_are_those_of_finite_differences():
    mean, logvar = (t.requires_grad_() for t in parameters(4))
    z = torch.linspace(-1, 1, 12, dtype=torch.float64).view(4, 3)
    assert torch.autograd.gradcheck(lambda m, v: Gaussian(m, v).kl(), (mean, logvar))
    assert torch.autograd.gradcheck(lambda m, v: Gaussian(m, v).log_prob(z), (mean, logvar))


def test_mode_has_the_largest_density_and_std_is_the_root_of_the_variance():
    mean, logvar = parameters(9)
    posterior = Gaussian(mean, logvar)
    torch.testing.assert_close(posterior.std**2, logvar.exp())
    at_mode = posterior.log_prob(posterior.mode)
    for seed in range(5):
        assert (posterior.log_prob(posterior.sample(torch.Generator().manual_seed(seed))) < at_mode).all()
