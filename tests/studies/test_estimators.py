"""Both gradient estimators: against autograd of the loss itself, against each other, against known means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import norm

from explorer.models import build
from explorer.studies import estimators

SHAPE = dict(image_shape=[1, 5, 4], latent_dim=3, widths=[16], activation="tanh")


def make(family: str = "vae", **more):
    torch.manual_seed(3)
    model = build(family, SHAPE | more).eval().requires_grad_(False)
    with torch.no_grad():  # a decoder that bends within reach of the posterior
        for each in model.decoder.parameters():
            each.mul_(4.0)
    return model


@pytest.fixture
def given() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An image, and a mean and log-variance that are nothing special."""
    random = np.random.default_rng(1)
    x = (random.random((1, 1, 5, 4)) < 0.4).astype(np.float32)
    return x, np.float32([0.6, -1.1, 0.2]), np.float32([-1.2, 0.3, -2.0])


def by_autograd(model, x, mean, logvar, eps, dimension, parameter, label=None) -> float:
    """The mean over eps of the loss of z = mean + exp(log std) eps, differentiated by torch itself."""
    theta = {
        "mean": torch.tensor(mean, dtype=torch.float32, requires_grad=True),
        "log_std": torch.tensor(0.5 * logvar, dtype=torch.float32, requires_grad=True),
    }
    z = theta["mean"] + theta["log_std"].exp() * torch.from_numpy(eps)
    target = torch.from_numpy(x).expand(len(eps), -1, -1, -1)
    condition = None if label is None else torch.full((len(eps),), label)
    logits = model.logits(z, target, condition)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="sum") / len(eps)
    return torch.autograd.grad(loss, theta[parameter])[0][dimension].item()


def draw(model, x, mean, logvar, dimension, parameter, count, seed, label=None):
    return estimators.sample(model, x, mean, logvar, count, seed, label).draws(logvar, dimension, parameter)


@pytest.mark.parametrize("parameter", ["mean", "log_std"])
@pytest.mark.parametrize("family, more, label", [
    ("vae", {}, None),
    ("rows", dict(binary=True, row_width=12), None),
    ("conditional", {}, 2),
])  # fmt: skip
def test_the_pathwise_mean_is_autograds(given, parameter, family, more, label):
    model = make(family, **more)
    draws = draw(model, *given, 1, parameter, 700, seed=4, label=label)
    eps = np.random.default_rng(4).standard_normal((700, 3)).astype(np.float32)
    expected = by_autograd(model, *given, eps, 1, parameter, label)
    assert draws.pathwise.mean() == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("parameter", ["mean", "log_std"])
def test_the_weight_is_the_score_of_the_normal_density(given, parameter):
    model = make()
    x, mean, logvar = given
    draws = draw(model, *given, 2, parameter, 50, seed=4)
    z = mean + np.exp(0.5 * logvar) * np.random.default_rng(4).standard_normal((50, 3)).astype(np.float32)
    m, s, h = float(mean[2]), float(0.5 * logvar[2]), 1e-4
    if parameter == "mean":
        after, before = norm.logpdf(z[:, 2], m + h, np.exp(s)), norm.logpdf(z[:, 2], m - h, np.exp(s))
    else:
        after, before = norm.logpdf(z[:, 2], m, np.exp(s + h)), norm.logpdf(z[:, 2], m, np.exp(s - h))
    np.testing.assert_allclose(draws.weight, (after - before) / (2 * h), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("parameter", ["mean", "log_std"])
@pytest.mark.parametrize("baseline", estimators.BASELINES)
def test_both_estimators_have_the_same_mean(given, parameter, baseline):
    model = make()
    draws = draw(model, *given, 0, parameter, 20_000, seed=7)
    constant = estimators.constants(draw(model, *given, 0, parameter, 500, seed=8))[baseline]
    path = estimators.estimate(draws.pathwise)
    score = estimators.estimate(estimators.score(draws, constant))
    assert abs(path.mean) > 10 * path.error  # else agreeing on nothing would do
    assert abs(path.mean - score.mean) < 4 * np.hypot(path.error, score.error)
    assert path.deviation < score.deviation


def test_each_baseline_spreads_less_than_none_and_the_best_least(given):
    model = make()
    draws = draw(model, *given, 0, "mean", 5000, seed=7)
    found = estimators.constants(draws)  # from the same draws: then it is the best for these
    spread = {name: np.mean(estimators.score(draws, b) ** 2) for name, b in found.items()}
    assert spread["best constant"] < spread["mean loss"] < 0.5 * spread["none"]
    flat = estimators.score(draws, found["best constant"]) * draws.weight  # the square's slope in b
    assert abs(flat.mean()) < 1e-9 * np.abs(flat).mean()


def test_the_loss_is_the_models_own(given):
    model = make()
    z = np.random.default_rng(2).standard_normal((6, 3)).astype(np.float32)
    loss, slope = estimators.losses(model, given[0], z)
    x_hat = model.decode(torch.from_numpy(z)).numpy().astype(np.float64)
    x = given[0]
    expected = -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(loss, expected, rtol=1e-4)
    step = np.float32([0, 1e-2, 0])
    after, before = (estimators.losses(model, given[0], z + s)[0] for s in (step, -step))
    np.testing.assert_allclose(slope[:, 1], (after - before) / 2e-2, rtol=2e-2, atol=2e-2)


def test_the_variance_of_means_falls_with_slope_minus_one():
    values = np.random.default_rng(0).standard_normal(40_000) * 3 + 5
    counts, variances = estimators.variance_of_means(values)
    assert counts.tolist() == [2**k for k in range(11)]
    np.testing.assert_allclose(variances[:8], 9 / counts[:8], rtol=0.2)
    pairs = values.reshape(-1, 2).mean(axis=1)
    assert variances[1] == pytest.approx(pairs.var(ddof=1))


def test_an_estimate_says_how_many_draws_are_needed():
    values = np.random.default_rng(0).standard_normal(1000) * 2 + 1
    found = estimators.estimate(values)
    assert found.error == pytest.approx(values.std(ddof=1) / np.sqrt(1000))
    assert found.needed(-0.5) == pytest.approx((found.deviation / 0.05) ** 2)
    assert found.needed(0.0) == np.inf


def test_the_expected_loss_is_the_integral():
    grid = np.linspace(-8, 8, 2001)
    means, stds = np.array([-0.7, 0.0, 1.2]), np.array([0.3, 1.0, 0.6])
    found = estimators.expected(grid, grid**2, means, stds)
    np.testing.assert_allclose(found, means**2 + stds**2, rtol=1e-2)


def test_an_unknown_parameter_is_named(given):
    with pytest.raises(ValueError, match="parameter 'variance' is not known"):
        draw(make(), *given, 0, "variance", 5, 0)
