"""Classical denoisers: against loops and closed forms, and better than doing nothing on real digits."""

from __future__ import annotations

from statistics import median as middle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression

from explorer.metrics import denoising
from explorer.metrics.reconstruction import psnr
from explorer.metrics.shrinkage import PCAShrinkage


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """400 digits (N, 8, 8) and the same with Gaussian noise of 0.4, clipped."""
    clean = load_digits().images[:400] / 16.0
    noisy = np.clip(clean + np.random.default_rng(0).normal(0.0, 0.4, clean.shape), 0.0, 1.0)
    return clean, noisy


def test_median_is_the_middle_of_the_mirrored_window(digits) -> None:
    _, noisy = digits
    found = denoising.median(noisy[:2], size=3)
    padded = np.pad(noisy[:2], ((0, 0), (1, 1), (1, 1)), mode="symmetric")
    for n, i, j in [(0, 0, 0), (0, 3, 4), (1, 7, 2), (1, 7, 7)]:
        assert found[n, i, j] == pytest.approx(middle(padded[n, i : i + 3, j : j + 3].ravel()))
    assert denoising.median(noisy[:2], 3, gain=2.0, offset=-0.1) == pytest.approx(
        np.clip(2.0 * found - 0.1, 0.0, 1.0)
    )


def test_non_local_means_averages_what_looks_alike() -> None:
    stripes = np.zeros((1, 16, 16))
    stripes[0, ::4] = 0.8
    noisy = np.clip(stripes + np.random.default_rng(1).normal(0.0, 0.05, stripes.shape), 0.0, 1.0)
    kept = denoising.non_local_means(noisy, h=0.05, sigma=0.05, patch_size=3, patch_distance=7)
    assert psnr(stripes, kept)[0] > psnr(stripes, noisy)[0] + 4.0
    blurred = denoising.non_local_means(noisy, h=50.0, patch_size=3, patch_distance=7)
    assert np.ptp(blurred) < 0.3  # everything looks alike: the stripes are gone
    assert psnr(stripes, blurred)[0] < psnr(stripes, noisy)[0]


def test_shrinkage_of_strength_one_is_regression_on_each_component(digits) -> None:
    clean, noisy = (images.reshape(400, -1) for images in digits)
    fitted = PCAShrinkage.fit(clean, noisy, components=10)
    c, n = (clean - clean.mean(0)) @ fitted.axes.T, (noisy - noisy.mean(0)) @ fitted.axes.T
    slopes = [LinearRegression().fit(n[:, [k]], c[:, k]).coef_[0] for k in range(10)]
    assert fitted.gains == pytest.approx(slopes, rel=1e-9)
    assert np.abs(n.mean(axis=0)).max() < 1e-12


def test_shrinkage_knows_the_wiener_gain_for_additive_noise() -> None:
    rng = np.random.default_rng(2)
    scales = np.array([0.1, 0.05, 0.02])
    clean = 0.5 + np.clip(rng.normal(size=(60_000, 3)), -4, 4) * scales
    noisy = np.clip(clean + rng.normal(0.0, 0.03, clean.shape), 0.0, 1.0)  # hardly anything is clipped
    fitted = PCAShrinkage.fit(clean, noisy, components=3)
    assert fitted.gains == pytest.approx(scales**2 / (scales**2 + 0.03**2), abs=0.01)
    doubled = PCAShrinkage.fit(clean, noisy, components=3, strength=2.0)
    assert doubled.gains == pytest.approx(scales**2 / (scales**2 + 2 * 0.03**2), abs=0.01)


def test_shrinkage_removes_the_mean_that_clipping_adds() -> None:
    rng = np.random.default_rng(3)
    clean = np.repeat(rng.random((3000, 1)), 20, axis=1) * 0.2  # dark images: noise only adds light
    noisy = np.clip(clean + rng.normal(0.0, 0.5, clean.shape), 0.0, 1.0)
    assert noisy.mean() - clean.mean() > 0.1
    denoised = PCAShrinkage.fit(clean[:2000], noisy[:2000], components=1)(noisy[2000:])
    assert denoised.mean() == pytest.approx(clean[2000:].mean(), abs=0.01)


@pytest.mark.parametrize("method", denoising.METHODS)
def test_tuning_finds_the_best_of_its_grid_and_repeats_itself(digits, monkeypatch, method: str) -> None:
    monkeypatch.setattr(denoising, "DISTANCES", (3,))
    monkeypatch.setattr(denoising, "CUT_OFFS", (0.3, 0.6))
    monkeypatch.setattr(denoising, "SIGMAS", (0.5, 1.0))
    clean, noisy = digits
    tuned = denoising.tune(method, clean, noisy, limit=80)
    assert denoising.tune(method, clean, noisy, limit=80) == tuned
    assert all(type(value) in (int, float) for value in tuned.parameters.values())
    assert tuned.psnr > psnr(clean, noisy).mean() + 0.2
    if method == "pca_shrinkage":
        judged = np.arange(400) % 4 == 3
        denoised = denoising.denoise(method, noisy[judged], tuned.parameters, clean[~judged], noisy[~judged])
        assert psnr(clean[judged], denoised).mean() == pytest.approx(tuned.psnr)
        for other in ({"components": 8, "strength": 1.4}, {"components": 48, "strength": 0.25}):
            denoised = denoising.denoise(method, noisy[judged], other, clean[~judged], noisy[~judged])
            assert psnr(clean[judged], denoised).mean() < tuned.psnr
        return
    few = np.linspace(0, 399, 80).astype(int)
    denoised = denoising.denoise(method, noisy[few], tuned.parameters)
    assert psnr(clean[few], denoised).mean() == pytest.approx(tuned.psnr)
    for size in denoising.SIZES if method == "median" else ():
        other = denoising.median(noisy[few], size)
        assert psnr(clean[few], other).mean() <= tuned.psnr + 1e-9


def test_the_table_measures_on_the_other_set(digits, monkeypatch) -> None:
    monkeypatch.setattr(denoising, "DISTANCES", (3,))
    monkeypatch.setattr(denoising, "CUT_OFFS", (0.4,))
    clean, noisy = digits
    table = denoising.best_classical(clean[::2], noisy[::2], clean[1::2], noisy[1::2])
    assert tuple(table) == denoising.METHODS
    for method, (parameters, decibel) in table.items():
        denoised = denoising.denoise(method, noisy[1::2], parameters, clean[::2], noisy[::2])
        assert psnr(clean[1::2], denoised).mean() == pytest.approx(decibel)
        assert denoised.shape == clean[1::2].shape and 0.0 <= denoised.min() <= denoised.max() <= 1.0
    assert table["pca_shrinkage"].psnr > table["median"].psnr  # 8 x 8 digits have strokes of one pixel


def test_bad_input_is_refused_with_a_sentence(digits) -> None:
    clean, noisy = digits
    with pytest.raises(ValueError, match="odd number"):
        denoising.median(noisy, size=4)
    with pytest.raises(ValueError, match="h above 0"):
        denoising.non_local_means(noisy, h=0.0)
    with pytest.raises(ValueError, match="without a channel axis"):
        denoising.median(noisy[:, None])
    with pytest.raises(ValueError, match="corrupt them"):
        denoising.tune("median", clean, clean)
    with pytest.raises(ValueError, match="choose from median"):
        denoising.tune("wavelets", clean, noisy)
    with pytest.raises(ValueError, match="pass clean_tune"):
        denoising.denoise("pca_shrinkage", noisy, {"components": 4, "strength": 1.0})
    with pytest.raises(ValueError, match="16 or more"):
        denoising.tune("pca_shrinkage", clean[:9], noisy[:9])
    with pytest.raises(ValueError, match="strength"):
        PCAShrinkage.fit(clean[:, 0], noisy[:, 0], 2, strength=-1.0)
