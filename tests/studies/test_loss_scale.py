"""What one word in a loss does to β, against gradients and densities computed otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from explorer.studies import loss_scale


@pytest.mark.parametrize("over_pixels", loss_scale.REDUCTIONS)
@pytest.mark.parametrize("over_latents", loss_scale.REDUCTIONS)
def test_a_reduced_loss_pulls_as_the_summed_one_with_the_equivalent_beta(over_pixels, over_latents):
    pixels, latents, beta = 48, 6, 2.5
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(pixels, latents, generator=generator, requires_grad=True)
    x = torch.randn(pixels, generator=generator)
    mean = x @ weights
    error, kl = (x - weights @ mean).square(), 0.5 * mean.square()
    reduced = getattr(error, over_pixels)() + beta * getattr(kl, over_latents)()
    same = loss_scale.equivalent_beta(beta, pixels, latents, over_pixels, over_latents)
    (one,) = torch.autograd.grad(reduced, weights, retain_graph=True)
    (other,) = torch.autograd.grad(error.sum() + same * kl.sum(), weights)
    cosine = torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0)
    assert cosine.item() == pytest.approx(1, abs=1e-5)


def test_the_known_cases():
    assert loss_scale.equivalent_beta(1, 784, 10, "mean", "sum") == 784
    assert loss_scale.equivalent_beta(1, 784, 10, "mean", "mean") == pytest.approx(78.4)
    assert loss_scale.noise_of_beta(1) == pytest.approx(0.7071, abs=1e-4)
    assert loss_scale.beta_of_noise(loss_scale.noise_of_beta(3.3)) == pytest.approx(3.3)


def test_the_density_is_scipys_and_its_best_noise_is_the_residuals_own():
    residuals = np.random.default_rng(0).normal(scale=0.13, size=200)
    mse = float(np.mean(residuals**2))
    for std in (0.05, 0.13, 0.7):
        expected = -norm(scale=std).logpdf(residuals).sum()
        assert loss_scale.gaussian_nll(mse, std, 200) == pytest.approx(expected)
    found = minimize_scalar(
        lambda s: loss_scale.gaussian_nll(mse, s, 200), bounds=(0.01, 1), method="bounded"
    )
    assert loss_scale.likeliest_noise(mse) == pytest.approx(found.x, abs=1e-4)


@pytest.mark.parametrize(
    "wrong", [(0, 1, 1, "sum", "sum"), (1, 784, 10, "total", "sum"), (1, 784, 0, "sum", "mean")]
)
def test_what_is_no_loss_is_refused(wrong):
    with pytest.raises(ValueError):
        loss_scale.equivalent_beta(*wrong)
