"""Reconstruction metrics against torch, scikit-image, scikit-learn and loops over pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from explorer.metrics import reconstruction
from explorer.metrics.principal import PrincipalComponents


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.random((5, 1, 12, 10)).astype(np.float32)
    x[0] = 0.0
    return x, np.clip(x + rng.normal(0.0, 0.2, x.shape), 0.0, 1.0).astype(np.float32)


def test_errors_and_psnr_follow_their_definition(pair) -> None:
    x, x_hat = pair
    for n in range(len(x)):
        summed = sum((float(a) - float(b)) ** 2 for a, b in zip(x[n].ravel(), x_hat[n].ravel(), strict=True))
        assert reconstruction.squared_error(x, x_hat)[n] == pytest.approx(summed, rel=1e-5)
        decibel = 10.0 * math.log10(1.0 / (summed / 120))
        assert reconstruction.psnr(x, x_hat)[n] == pytest.approx(decibel, abs=1e-4)
    mean = torch.nn.functional.mse_loss(torch.from_numpy(x_hat), torch.from_numpy(x)).item()
    assert reconstruction.mse(x, x_hat) == pytest.approx(mean, rel=1e-5)


def test_psnr_of_equal_images_is_infinite_and_peak_shifts_it(pair) -> None:
    x, x_hat = pair
    assert np.isposinf(reconstruction.psnr(x, x)).all()
    shift = reconstruction.psnr(x, x_hat, peak=2.0) - reconstruction.psnr(x, x_hat)
    assert shift == pytest.approx(np.full(5, 20.0 * math.log10(2.0)))


def _ssim_by_hand(a: np.ndarray, b: np.ndarray, window: int) -> float:
    """Wang et al. 2004, eq. 13, with a uniform window and sample covariance, averaged over the inside."""
    values = []
    for top in range(a.shape[0] - window + 1):
        for left in range(a.shape[1] - window + 1):
            p = a[top : top + window, left : left + window].ravel()
            q = b[top : top + window, left : left + window].ravel()
            covariance = np.cov(p, q)
            c1, c2 = 0.01**2, 0.03**2
            mean = (2 * p.mean() * q.mean() + c1) / (p.mean() ** 2 + q.mean() ** 2 + c1)
            values.append(mean * (2 * covariance[0, 1] + c2) / (covariance[0, 0] + covariance[1, 1] + c2))
    return float(np.mean(values))


@pytest.mark.parametrize(("side", "window"), [(8, 3), (20, 7)])
def test_ssim_follows_its_definition(side: int, window: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.random((3, side, side))
    x_hat = np.clip(0.7 * x + 0.3 * rng.random(x.shape), 0.0, 1.0)
    expected = [_ssim_by_hand(a, b, window) for a, b in zip(x, x_hat, strict=True)]
    assert reconstruction.ssim(x, x_hat) == pytest.approx(expected, abs=1e-9)
    assert reconstruction.ssim(x[:, None], x_hat[:, None]) == pytest.approx(expected, abs=1e-9)
    assert reconstruction.ssim(x, x) == pytest.approx(np.ones(3))


def test_cross_entropy_equals_torch_also_where_pixels_are_certain(pair) -> None:
    x, x_hat = pair
    x_hat[0, 0, 0, :2] = 0.0, 1.0  # x is 0 there: right and certain, wrong and certain
    x_hat[1, 0, 0, :2], x[1, 0, 0, :2] = (1.0, 0.0), (1.0, 0.5)
    expected = torch.nn.functional.binary_cross_entropy(
        torch.from_numpy(x_hat).double(), torch.from_numpy(x).double(), reduction="none"
    ).sum(dim=(1, 2, 3))
    found = reconstruction.cross_entropy(x, x_hat)
    assert np.isfinite(found).all()
    assert found == pytest.approx(expected.numpy(), rel=1e-9)


def test_cross_entropy_of_binary_images_is_a_likelihood() -> None:
    rng = np.random.default_rng(2)
    x, p = rng.integers(0, 2, (4, 9)).astype(np.float64), rng.random((4, 9))
    log_prob = torch.distributions.Bernoulli(torch.from_numpy(p)).log_prob(torch.from_numpy(x)).sum(dim=1)
    assert reconstruction.cross_entropy(x, p) == pytest.approx(-log_prob.numpy())


def test_cross_entropy_from_logits_stays_exact_where_the_sigmoid_saturates() -> None:
    rng = np.random.default_rng(3)
    x, logits = rng.random((3, 1, 4, 4)), rng.normal(0.0, 40.0, (3, 1, 4, 4))
    logits[0, 0, 0, :2] = 2000.0, -2000.0
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.from_numpy(logits), torch.from_numpy(x), reduction="none"
    ).sum(dim=(1, 2, 3))
    assert reconstruction.cross_entropy_from_logits(x, logits) == pytest.approx(expected.numpy())
    mild = logits.clip(-4.0, 4.0)
    from_probability = reconstruction.cross_entropy(x, 1.0 / (1.0 + np.exp(-mild)))
    assert reconstruction.cross_entropy_from_logits(x, mild) == pytest.approx(from_probability)


@pytest.mark.parametrize("components", [1, 7, 40])
def test_pca_baseline_equals_scikit_learn(components: int) -> None:
    images = load_digits().images[:, None] / 16.0
    train, test = images[:1000], images[1000:]
    model = PCA(components, svd_solver="full").fit(train.reshape(1000, -1))
    flat = test.reshape(len(test), -1)
    expected = np.mean((flat - model.inverse_transform(model.transform(flat))) ** 2)
    assert reconstruction.pca_baseline(train, test, components) == pytest.approx(expected, rel=1e-9)


def test_principal_components_do_not_depend_on_chunks_or_storage(monkeypatch) -> None:
    rng = np.random.default_rng(4)
    stored = rng.integers(0, 256, (50, 3, 4), dtype=np.uint8)
    whole = PrincipalComponents.fit(stored, 5)
    monkeypatch.setattr("explorer.metrics.principal.ROWS", 7)
    chunked = PrincipalComponents.fit(stored / 255.0, 5)
    assert chunked.axes == pytest.approx(whole.axes)
    expected = PCA(5, svd_solver="full").fit(stored.reshape(50, -1) / 255.0)
    assert whole.variances == pytest.approx(expected.explained_variance_ * 49 / 50)
    assert whole.total == pytest.approx((stored / 255.0).reshape(50, -1).var(axis=0).sum())
    scores = chunked.project(stored)
    assert np.cov(scores.T, bias=True) == pytest.approx(np.diag(whole.variances), abs=1e-12)
    error = np.mean((chunked.reconstruct(scores) - stored.reshape(50, -1) / 255.0) ** 2)
    assert chunked.mean_squared_error(stored) == pytest.approx(error)


@pytest.mark.parametrize(
    ("x", "x_hat", "message"),
    [
        (np.zeros((2, 4), np.uint8), np.zeros((2, 4)), "uint8"),
        (np.zeros((2, 4)), np.zeros((2, 5)), "same shape"),
        (np.zeros((2, 4)), np.full((2, 4), np.nan), r"x_hat has values outside \[0, 1\] or not finite"),
        (np.full((2, 4), 1.5), np.zeros((2, 4)), r"outside \[0, 1\]"),
        (np.zeros((0, 4)), np.zeros((0, 4)), "batch"),
    ],
)
@pytest.mark.parametrize("metric", ["mse", "squared_error", "psnr", "ssim", "cross_entropy"])
def test_bad_images_are_refused_with_a_sentence(metric: str, x, x_hat, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(reconstruction, metric)(x, x_hat)


def test_other_bad_input_is_refused_with_a_sentence() -> None:
    x = np.full((4, 6), 0.5)
    with pytest.raises(ValueError, match="peak"):
        reconstruction.psnr(x, x, peak=0.0)
    with pytest.raises(ValueError, match="SSIM"):
        reconstruction.ssim(x, x)
    with pytest.raises(ValueError, match="logits"):
        reconstruction.cross_entropy_from_logits(x, np.full((4, 6), np.inf))
    with pytest.raises(ValueError, match="choose 1 to 3"):
        reconstruction.pca_baseline(x, x, 4)
    with pytest.raises(ValueError, match="5 pixels"):
        reconstruction.pca_baseline(x, x[:, :5], 2)


def test_the_leading_axes_of_wide_images_are_those_of_the_whole_decomposition(monkeypatch) -> None:
    rng = np.random.default_rng(5)
    images = (rng.random((60, 12)) * 0.7 ** np.arange(12)) @ rng.random((12, 90)) / 12 + rng.random(
        (60, 90)
    ) / 9
    whole = PrincipalComponents.fit(images, 4)
    monkeypatch.setattr("explorer.metrics.principal.WIDEST", 89)
    monkeypatch.setattr("explorer.metrics.principal.ROWS", 17)
    leading = PrincipalComponents.fit(images, 4)
    np.testing.assert_allclose(leading.variances, whole.variances, rtol=1e-4)
    assert leading.total == pytest.approx(whole.total)
    assert leading.mean_squared_error(images) == pytest.approx(whole.mean_squared_error(images), rel=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(leading.axes * whole.axes, axis=1)), 1.0, atol=1e-3)
