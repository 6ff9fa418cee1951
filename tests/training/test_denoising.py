"""What a denoiser's card states: each number against an independent computation, on scikit-learn's digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter
from skimage.metrics import peak_signal_noise_ratio
from sklearn.neighbors import KNeighborsClassifier

from explorer import datasets
from explorer.corruption import KINDS, corrupt_array
from explorer.datasets import Split
from explorer.metrics.denoising import denoise
from explorer.models import Autoencoder, build
from training import denoising


class Few:
    """The first images of each split of the digits: what `training.denoising` asks of a data set."""

    SIZES = {"gallery": 60, "test": 40}

    def split(self, name: str) -> Split:
        whole, count = datasets.get("digits").split(name), self.SIZES[name]
        return Split(whole.images[:count].copy(), whole.labels[:count].copy())


@pytest.fixture(scope="module")
def model() -> Autoencoder:
    """Untrained: what is measured must be right for any model."""
    torch.manual_seed(0)
    arguments = dict(image_shape=[1, 8, 8], latent_dim=8, widths=[32], activation="silu")
    return build("autoencoder", arguments).eval()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer levels, images and settings: the same code in seconds."""
    monkeypatch.setattr(denoising, "LEVELS", {kind: (0.1, 0.6, 1.0) for kind in KINDS})
    monkeypatch.setattr(denoising, "TUNED_LEVELS", {kind: (0.2, 0.6) for kind in KINDS})
    monkeypatch.setattr(denoising, "TUNING_IMAGES", 16)
    monkeypatch.setattr("explorer.metrics.denoising.SIZES", (3, 5))
    monkeypatch.setattr("explorer.metrics.denoising.DISTANCES", (3,))
    monkeypatch.setattr("explorer.metrics.denoising.CUT_OFFS", (0.3, 0.9))


def run(model: Autoencoder, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with torch.no_grad():
        z = model.encode(torch.from_numpy(x)).z
        return z.numpy(), model.decode(z).numpy()


def mean_psnr(clean: np.ndarray, images: np.ndarray) -> float:
    pairs = zip(clean, images, strict=True)
    return np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])


def test_curves_hold_psnr_and_the_share_of_right_classes(model):
    found = denoising.curves(model, Few())
    gallery, test = Few().split("gallery"), Few().split("test")
    x = test.pixels()
    voters = KNeighborsClassifier(5).fit(run(model, gallery.pixels())[0], gallery.labels)
    assert set(found.value) == set(KINDS)
    for kind, rows in found.value.items():
        assert [row[0] for row in rows] == list(denoising.LEVELS[kind])
        for level, psnr_noisy, psnr_denoised, share in rows:
            noisy = corrupt_array(x, kind, level, seed=3)
            z, x_hat = run(model, noisy)
            assert psnr_noisy == pytest.approx(peak_signal_noise_ratio(x, noisy, data_range=1), abs=1e-3)
            expected = peak_signal_noise_ratio(x, x_hat, data_range=1)
            assert psnr_denoised == pytest.approx(expected, abs=1e-3)
            assert share == pytest.approx(voters.score(z, test.labels), abs=1e-3)
    different = {tuple(row[1:]) for rows in found.value.values() for row in rows}
    assert len(different) > 8  # kinds and levels are not all one


def test_curves_read_no_more_than_the_first_images(model, monkeypatch):
    whole = denoising.curves(model, Few()).value
    monkeypatch.setattr(denoising, "CURVE_IMAGES", 10)
    few = denoising.curves(model, Few())
    assert few.value != whole and few.on == "first 10 test images"
    assert all(row[3] in np.round(np.arange(11) / 10, 3) for row in few.value["gaussian"])


def test_at_half_compares_with_the_best_of_the_classical_methods(model):
    found = denoising.at_half(model, Few())
    test = Few().split("test").pixels()
    noisy = corrupt_array(test, "gaussian", 0.5, seed=2)

    assert found["psnr_noisy"].value == pytest.approx(mean_psnr(test, noisy), abs=1e-4)
    assert found["psnr"].value == pytest.approx(mean_psnr(test, run(model, noisy)[1]), abs=1e-4)
    methods = [found[f"psnr_{name}"].value for name in ("median", "non_local_means", "pca_shrinkage")]
    assert found["psnr_gain"].value == pytest.approx(found["psnr"].value - max(methods))
    assert max(methods) > found["psnr_noisy"].value  # tuned filters do better than nothing
    assert "40 images" in found["psnr"].on and "σ = 0.5" in found["psnr"].on


def best_median(clean: np.ndarray, noisy: np.ndarray) -> float:
    """Mean PSNR of the best median filter by brute force: each size, as it is or with a fitted line."""
    found = []
    for size in (3, 5):
        filtered = np.stack([median_filter(image, size=size) for image in noisy])
        gain, offset = np.polyfit(filtered.ravel(), clean.ravel(), 1)
        for image in (filtered, np.clip(gain * filtered + offset, 0, 1)):
            found.append(mean_psnr(clean, image))
    return max(found)


def test_settings_are_the_best_of_the_grid_and_can_be_used():
    found = denoising.classical_settings(Few())
    shuffled = Few().split("gallery").pixels(np.random.default_rng(0).choice(60, 60, replace=False))
    assert found.on == "up to 16 gallery images that the noise changed"
    assert set(found.value) == set(KINDS)
    for kind, rows in found.value.items():
        assert [level for level, _ in rows] == [0.2, 0.6]
        for level, settings in rows:
            assert set(settings) == {"median", "non_local_means"}
            noisy = corrupt_array(shuffled, kind, level, seed=4)[:, 0]
            changed = [i for i in range(60) if not np.array_equal(shuffled[i, 0], noisy[i])][:16]
            clean, noisy = shuffled[changed, 0], noisy[changed]
            psnr = {m: mean_psnr(clean, denoise(m, noisy, settings[m])) for m in settings}
            assert psnr["median"] == pytest.approx(best_median(clean, noisy), abs=0.01)
            assert psnr["non_local_means"] > mean_psnr(clean, noisy) - 0.05  # nothing in it can be no worse
            if kind == "gaussian":
                assert psnr["non_local_means"] > mean_psnr(clean, noisy) + 0.5


def test_a_gallery_smaller_than_the_tuning_set_is_used_whole(monkeypatch):
    monkeypatch.setattr(denoising, "TUNING_IMAGES", 1000)
    monkeypatch.setattr(denoising, "TUNED_LEVELS", {"gaussian": (0.5,)})
    found = denoising.classical_settings(Few())
    ((level, settings),) = found.value["gaussian"]
    assert level == 0.5 and settings["median"]["size"] in (3, 5)
