"""The denoiser as a field: Tweedie's formula against autograd and regression, planes against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import gaussian_kde
from sklearn.decomposition import PCA
from torch.distributions import MultivariateNormal

from explorer.metrics.principal import PrincipalComponents
from explorer.studies import field
from explorer.studies.field import Plane

SIGMA = 0.7
RNG = np.random.default_rng(4)
FACTOR = RNG.normal(size=(3, 3))
MEAN = np.array([0.3, -1.0, 2.0])


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    """Draws (N, 3) of a Gaussian."""
    return MEAN + RNG.normal(size=(200_000, 3)) @ FACTOR.T


def score(log_density, x: np.ndarray) -> np.ndarray:
    """The gradient of a log density (M,) at x (M, D), by autograd."""
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(log_density(at).sum(), at)[0].numpy()


def test_the_best_correction_is_the_variance_times_the_score_of_the_noisy_data(clean):
    data = PrincipalComponents.fit(clean, 3)
    covariance = torch.tensor(np.cov(clean.T, bias=True) + SIGMA**2 * np.eye(3))
    x = RNG.normal(size=(20, 3)) * 3
    gradient = score(MultivariateNormal(torch.tensor(clean.mean(axis=0)), covariance).log_prob, x)
    correction = field.best_of_gaussian(x, data, SIGMA) - x
    np.testing.assert_allclose(correction, SIGMA**2 * gradient, atol=1e-8)
    of_clean = torch.tensor(np.cov(clean.T, bias=True))  # the trap: of the clean data it is another arrow
    wrong = score(MultivariateNormal(torch.tensor(clean.mean(axis=0)), of_clean).log_prob, x)
    assert not np.allclose(correction, SIGMA**2 * wrong, rtol=0.1)
    tiny = field.best_of_gaussian(x, data, 1e-3) - x
    np.testing.assert_allclose(tiny / 1e-6, wrong, rtol=1e-3)  # and the same as the noise goes to 0


def test_a_denoiser_that_is_trained_on_a_gaussian_finds_that_correction(clean):
    noisy = clean + SIGMA * RNG.normal(size=clean.shape)
    inputs = np.column_stack([noisy, np.ones(len(noisy))])
    weights = np.linalg.lstsq(inputs, clean, rcond=None)[0]  # squared error, linear: its best is closed form
    data = PrincipalComponents.fit(clean, 3)
    trained = inputs[:50] @ weights
    np.testing.assert_allclose(trained, field.best_of_gaussian(noisy[:50], data, SIGMA), atol=0.03)
    assert np.abs(trained - noisy[:50]).mean() > 0.2  # so that 0.03 says something


def test_of_images_alone_it_is_the_score_of_a_mixture():
    images = RNG.random((40, 6))
    x = RNG.random((15, 6))

    def log_density(at: torch.Tensor) -> torch.Tensor:
        apart = ((at[:, None] - torch.tensor(images)) ** 2).sum(dim=2)
        return torch.logsumexp(-apart / (2 * SIGMA**2), dim=1)

    found = field.best_of_images(x, images, SIGMA) - x
    np.testing.assert_allclose(found, SIGMA**2 * score(log_density, x), atol=1e-10)
    nearest = images[((x[:, None] - images) ** 2).sum(axis=2).argmin(axis=1)]
    np.testing.assert_allclose(field.best_of_images(x, images, 0.01), nearest, atol=1e-6)
    np.testing.assert_allclose(field.best_of_images(x, images, 1e4), images.mean(axis=0)[None] + 0 * x)


def test_without_noise_there_is_no_density():
    with pytest.raises(ValueError, match="σ is 0"):
        field.best_of_images(np.zeros((1, 2)), np.eye(2), 0)
    with pytest.raises(ValueError, match="positive"):
        field.best_of_gaussian(np.zeros((1, 3)), PrincipalComponents.fit(FACTOR, 2), -1.0)


def test_a_plane_holds_what_it_goes_through():
    a, b, c = RNG.random((3, 50))
    plane = Plane.along(a, [b - a, 2 * (b - a), c - b])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.apart(np.stack([a, b, c])), 0, atol=1e-12)
    np.testing.assert_allclose(plane.images(plane.place(np.stack([a, b, c]))), [a, b, c])
    off = RNG.random((4, 50))
    by_regression = [np.linalg.lstsq(np.stack([b - a, c - a]).T, x - a, rcond=None)[1][0] ** 0.5 for x in off]
    np.testing.assert_allclose(plane.apart(off), by_regression)
    with pytest.raises(ValueError, match="on one line"):
        Plane.along(a, [b - a, a - b, np.zeros(50)])


def test_places_of_the_first_components_are_scikit_learns():
    images = RNG.random((80, 12)) * np.arange(12)
    data = PrincipalComponents.fit(images, 2)
    found = Plane(data.mean, data.axes).place(images)
    expected = PCA(2, svd_solver="full").fit_transform(images)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)


def test_arrows_are_the_shadow_of_the_correction_and_the_share_says_how_much_it_is():
    plane = Plane(np.zeros(3), np.eye(3)[:2])
    places = RNG.random((9, 2))
    to = np.array([1.0, 2.0, 2.0])
    found = field.field(plane, places, lambda x: x + to)
    np.testing.assert_allclose(found.arrows, np.tile([1.0, 2.0], (9, 1)))
    np.testing.assert_allclose(found.lengths, 3.0)
    np.testing.assert_allclose(found.shares, 5 / 9)
    assert found.share == pytest.approx(5 / 9)
    ways = np.tile([[0.0, 0.0, 5.0]], (9, 1))
    assert field.cosine(found.corrections, ways) == pytest.approx(2 / 3)
    ways[3:] = 0  # no direction: does not count
    assert field.cosine(found.corrections, ways) == pytest.approx(2 / 3)


def test_a_denoiser_applied_again_gets_its_own_output():
    found = field.repeated(lambda x: 0.5 * x + 1, np.array([10.0, -6.0]), 4)
    np.testing.assert_allclose(found[:, 0], [10, 6, 4, 3, 2.5])
    np.testing.assert_allclose(found[:, 1], [-6, -2, 0, 1, 1.5])


def test_density_is_scipys():
    """On data without correlation, where scipy's bandwidth is one of ours for each axis (but for N - 1)."""
    places = RNG.normal(size=(60, 2))
    places = (places - places.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(places.T))).T * [1, 3]
    xs, ys = np.linspace(-2, 2, 5), np.linspace(-4, 4, 7)
    kernels = gaussian_kde(places.T, bw_method=60 ** (-1 / 6) * np.sqrt(59 / 60))
    at = np.stack([each.ravel() for each in np.meshgrid(xs, ys)], axis=1)
    np.testing.assert_allclose(field.density(places, xs, ys).ravel(), kernels(at.T), rtol=1e-9)


def test_the_grid_holds_the_places_and_is_as_wide_as_high():
    around = np.array([[0.0, -1.0], [4.0, 2.0]])
    x, y = Plane(np.zeros(2), np.eye(2)).grid(around, 9)
    assert x[0] < 0 and x[-1] > 4 and y[0] < -1 and y[-1] > 2
    np.testing.assert_allclose(np.diff(x), np.diff(y)[0])
