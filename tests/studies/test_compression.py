"""Bits and errors: quantiser, entropy, PCA and files against independent computation."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from explorer.metrics.principal import PrincipalComponents
from explorer.studies import compression
from explorer.studies.compression import Quantiser

RNG = np.random.default_rng(5)
DIGITS = (load_digits().images[:, None] / 16).astype(np.float32)
PICTURES = np.round(DIGITS * 255).astype(np.uint8)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_the_quantiser_sends_each_number_to_its_cell_s_middle(bits):
    codes = RNG.normal([0, 3, -2], [1, 0.1, 5], (40, 3))
    quantiser = Quantiser.fit(codes, bits)
    others = np.concatenate([codes, RNG.normal(0, 9, (20, 3))])  # some beyond the range
    found = quantiser(others)
    for j in range(3):
        low, high = min(codes[:, j]), max(codes[:, j])
        edges = [low + (high - low) * k / 2**bits for k in range(2**bits + 1)]
        middles = [(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)]
        for z, back in zip(others[:, j], found[:, j], strict=True):
            nearest = min(middles, key=lambda m: abs(m - z))
            assert abs(back - z) == pytest.approx(abs(nearest - z))
            assert min(abs(back - m) for m in middles) < 1e-12


def test_inside_the_range_no_number_is_wrong_by_more_than_half_a_cell():
    codes = RNG.normal(size=(500, 4))
    quantiser = Quantiser.fit(codes, 5)
    assert (abs(quantiser(codes) - codes) <= quantiser.cell / 2 + 1e-12).all()
    assert set(np.unique(quantiser.indices(codes))) <= set(range(32))


def test_a_number_that_never_changes_comes_back_as_it_is():
    codes = np.stack([np.full(9, 0.7), np.arange(9.0)], axis=1)
    assert Quantiser.fit(codes, 2)(codes)[:, 0] == pytest.approx(0.7)


@pytest.mark.parametrize("bits", [0, 17])
def test_bits_out_of_range_are_refused(bits):
    with pytest.raises(ValueError, match="1 to 16"):
        Quantiser.fit(np.zeros((2, 1)), bits)


def test_entropy_is_scipy_s_summed_over_dimensions():
    cells = RNG.integers(0, 6, (300, 4)) * np.array([1, 0, 1, 1])
    expected = sum(stats.entropy(np.bincount(column), base=2) for column in cells.T)
    assert compression.entropy(cells) == pytest.approx(expected)


@pytest.mark.parametrize("size", [1, 5, 20])
def test_pca_s_error_is_scikit_learn_s(size):
    found = compression.cut(PrincipalComponents.fit(DIGITS[:900], 32), size)
    rest = DIGITS[900:]
    ours = compression.pca_decode(found, found.project(rest), (1, 8, 8))
    flat = DIGITS.reshape(len(DIGITS), -1)
    theirs = PCA(size, svd_solver="full").fit(flat[:900])
    expected = np.clip(theirs.inverse_transform(theirs.transform(flat[900:])), 0, 1)
    mse, psnr = compression.errors(rest, ours)
    assert mse == pytest.approx(((flat[900:] - expected) ** 2).mean(axis=1), rel=1e-3, abs=1e-6)
    assert psnr == pytest.approx(10 * np.log10(1 / mse))


def test_a_code_s_curve_counts_its_bits_and_decodes_what_was_sent():
    first, second = RNG.normal(size=(50, 3)), RNG.normal(size=(30, 3))
    images = RNG.random((10, 1, 2, 2))
    seen = []

    def decode(z):
        seen.append(z)
        return np.zeros((len(z), 1, 2, 2))

    points = compression.codes_curve(first, second, images, decode, extra=4, depths=(2, 6))
    assert [p.bits for p in points] == [10, 22]
    assert points[0].mse == pytest.approx((images**2).mean())
    quantiser = Quantiser.fit(first, 2)
    assert seen[0] == pytest.approx(quantiser(second[:10]), abs=1e-6)
    assert points[0].entropy == pytest.approx(4 + compression.entropy(quantiser.indices(second)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", compression.SETTINGS)
def test_a_file_s_bits_are_those_of_pillow_s_whole_file(kind, channels):
    image = RNG.integers(0, 256, (channels, 12, 10), np.uint8)
    image[:, 3:9, 2:8] = 200
    made = compression.files(image, kind)
    for each, setting in zip(made, compression.SETTINGS[kind], strict=True):
        content = compression.encode_file(image, kind, setting)
        assert each.setting == setting and each.bits == 8 * len(content)
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == kind.upper() and picture.size == (10, 12)
            back = np.asarray(picture.convert("L" if channels == 1 else "RGB"), np.float64) / 255
        back = back[None] if channels == 1 else back.transpose(2, 0, 1)
        assert each.mse == pytest.approx(np.mean((back - image / 255) ** 2))


def test_png_of_all_levels_loses_nothing_and_fewer_levels_are_evenly_spaced():
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    by_setting = {each.setting: each for each in compression.files(ramp, "PNG")}
    assert by_setting[256].mse == 0
    assert np.unique(np.round(by_setting[4].rebuilt * 255)) == pytest.approx([0, 85, 170, 255])


def test_files_curve_is_the_mean_over_images():
    points = compression.files_curve(PICTURES[:3], "JPEG")
    each = [compression.files(image, "JPEG") for image in PICTURES[:3]]
    assert points[2].bits == pytest.approx(np.mean([made[2].bits for made in each]))
    assert points[2].mse == pytest.approx(np.mean([made[2].mse for made in each]))


def test_the_nearest_and_the_cheapest_file():
    made = compression.files(PICTURES[0], "JPEG")
    sizes = [each.bits for each in made]
    assert compression.nearest_in_bits(made, 1).bits == min(sizes)
    best = min(each.mse for each in made)
    assert compression.cheapest(made, best).mse == best
    assert compression.cheapest(made, best / 2) is None


def test_break_even_is_where_both_sides_have_sent_as_much():
    images = compression.break_even(8000, 100, 180)
    assert 8000 + images * 100 == pytest.approx(images * 180)
    assert compression.break_even(8000, 180, 180) == float("inf")


def test_other_images_and_formats_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        compression.encode_file(np.zeros((1, 4, 4)), "PNG", 256)
    with pytest.raises(ValueError, match="no format GIF"):
        compression.encode_file(PICTURES[0], "GIF", 1)
