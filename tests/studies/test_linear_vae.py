"""The linear VAE in closed form, against one that is optimised blindly, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA

from explorer.studies import linear_vae

STD = np.array([2.0, 1.4, 1.0, 0.6, 0.4, 0.2])
SIZE = 4


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    """Data (300, 6) whose directions do not lie along its axes."""
    random = np.random.default_rng(2)
    turned, _ = np.linalg.qr(random.standard_normal((6, 6)))
    return random.standard_normal((300, 6)) * STD @ turned + 3.0


def optimised(x: np.ndarray, noise: float) -> tuple[np.ndarray, float]:
    """KL by dimension and −ELBO of a linear VAE fitted by L-BFGS: no eigenvalue is ever computed."""
    data = torch.from_numpy(x - x.mean(axis=0))
    torch.manual_seed(0)
    w = torch.randn(6, SIZE, dtype=torch.float64, requires_grad=True)
    v = torch.randn(SIZE, 6, dtype=torch.float64, requires_grad=True)
    logvar = torch.zeros(SIZE, dtype=torch.float64, requires_grad=True)

    def terms() -> tuple[torch.Tensor, torch.Tensor]:
        mean = data @ v.T
        kl = 0.5 * (mean.square().mean(0) + logvar.exp() - 1 - logvar)
        error = (data - mean @ w.T).square().sum(1).mean() + (w.square().sum(0) * logvar.exp()).sum()
        return kl, kl.sum() + error / (2 * noise) + 3 * np.log(2 * np.pi * noise)

    optimiser = torch.optim.LBFGS(
        [w, v, logvar], max_iter=4000, tolerance_change=1e-13, line_search_fn="strong_wolfe"
    )

    def step() -> torch.Tensor:
        optimiser.zero_grad()
        loss = terms()[1]
        loss.backward()
        return loss

    optimiser.step(step)
    kl, bound = terms()
    return np.sort(kl.detach().numpy())[::-1], bound.item()


@pytest.mark.parametrize("noise", [0.05, 0.5, 1.5, 5.0])
def test_an_optimised_linear_vae_ends_there(x, noise):
    kl, bound = optimised(x, noise)
    found = linear_vae.fit(linear_vae.eigenvalues(x), noise, SIZE)
    assert bound == pytest.approx(found.nll, abs=1e-4)
    np.testing.assert_allclose(kl, found.kl, atol=0.01)
    assert (kl > 0.01).sum() == found.alive


def test_alive_are_those_whose_variance_exceeds_the_noise(x):
    lambdas = linear_vae.eigenvalues(x)
    for noise in (lambdas[2] * 1.01, lambdas[2] * 0.99):
        assert linear_vae.fit(lambdas, noise, SIZE).alive == (3 if noise < lambdas[2] else 2)


def test_the_likelihood_is_the_gaussians_own(x):
    lambdas = linear_vae.eigenvalues(x)
    noise = 0.5
    values, directions = np.linalg.eigh(np.cov(x.T, bias=True))
    kept = [i for i in np.argsort(-values)[:SIZE] if values[i] > noise]
    w = directions[:, kept] * np.sqrt(values[kept] - noise)
    model = multivariate_normal(x.mean(axis=0), w @ w.T + noise * np.eye(6))
    assert linear_vae.fit(lambdas, noise, SIZE).nll == pytest.approx(-model.logpdf(x).mean())


def test_the_best_noise_is_scikit_learns_and_no_other_is_better(x):
    lambdas = linear_vae.eigenvalues(x)
    best = linear_vae.best_noise(lambdas, SIZE)
    assert best == pytest.approx(PCA(SIZE).fit(x).noise_variance_ * 299 / 300)
    here = linear_vae.fit(lambdas, best, SIZE)
    assert here.alive == SIZE  # with the likeliest noise nothing collapses
    assert all(linear_vae.fit(lambdas, best * f, SIZE).nll > here.nll for f in (0.5, 0.9, 1.1, 2.0))


@pytest.mark.parametrize("count", [300, 4])
def test_the_eigenvalues_are_pcas_also_of_few_images(x, count):
    found = linear_vae.eigenvalues(x[:count].reshape(count, 1, 2, 3))
    expected = np.zeros(6)
    known = PCA().fit(x[:count]).explained_variance_ * (count - 1) / count
    expected[: len(known)] = known
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("noise, size, words", [
    (0.0, 2, "noise variance is 0"), (1.0, 7, "7 dimensions of 6"),
])  # fmt: skip
def test_what_cannot_be_fitted_is_said(noise, size, words):
    with pytest.raises(ValueError, match=words):
        linear_vae.fit(STD**2, noise, size)
