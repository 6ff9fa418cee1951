"""Noise, classical filters and scores in JavaScript, against Python's own and the libraries that it calls."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser
from scipy.ndimage import median_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means

from explorer import corruption, datasets, denoiser, zoo
from explorer.live.join import join
from explorer.ui.widgets import number

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Run]:
    """`js(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""
    page = browser.new_page()

    def run(module: str, body: str, data: Any = None) -> Any:
        address = "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()
        return page.evaluate(f"async ([a, d]) => {{ const m = await import(a); {body} }}", [address, data])

    yield run
    page.close()


@pytest.fixture(scope="module")
def digit() -> np.ndarray:
    return datasets.get("mnist").split("gallery").pixels(3673)


def colours(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(size=(1, 3, height, width)).astype(np.float32)


CORRUPT = """return d.levels.map((level) => [...m.corrupted(Float32Array.from(d.x), d.shape, d.kind, level,
    Float32Array.from(d.draws))]);"""


@pytest.mark.parametrize("kind", corruption.KINDS)
@pytest.mark.parametrize("image", ["digit", "colours"])
def test_every_level_is_what_python_makes(js: Run, digit: np.ndarray, kind: str, image: str) -> None:
    x = digit if image == "digit" else colours(10, 14)
    levels = [0.0, 0.01, 0.05, 0.125, 0.25, 0.3, 0.375, 0.45, 0.53, 0.625, 0.75, 0.9, 1.0]
    levels += [1.37, 2.0] if kind == "gaussian" else []
    for seed in (0, 17):
        draws = corruption.draws(kind, x.shape[1:], seed)
        data = {"x": x.ravel().tolist(), "shape": list(x.shape[1:]), "kind": kind, "levels": levels}
        got = js("corruption", CORRUPT, data | {"draws": draws.ravel().tolist()})
        for level, found in zip(levels, got, strict=True):
            expected = corruption.corrupt_array(x, kind, level, seed).ravel()
            np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=f"{kind} {level} {seed}")


def test_other_draws_make_another_picture(js: Run, digit: np.ndarray) -> None:
    """The comparison above is one that can fail."""
    data = {"x": digit.ravel().tolist(), "shape": [1, 28, 28], "kind": "gaussian", "levels": [0.5]}
    draws = corruption.draws("gaussian", (1, 28, 28), 1).ravel().tolist()
    found = js("corruption", CORRUPT, data | {"draws": draws})[0]
    assert np.abs(found - corruption.corrupt_array(digit, "gaussian", 0.5, 0).ravel()).max() > 0.1


def test_draws_of_an_unknown_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="'fog' is not known"):
        corruption.draws("fog", (1, 8, 8))


MEDIAN = "return [...m.median(Float32Array.from(d.x), d.shape, d.settings)];"
MEANS = "return [...m.nonLocalMeans(Float32Array.from(d.x), d.shape, d.settings)];"


@pytest.mark.parametrize("size", [3, 5, 7])
def test_median_is_scipys(js: Run, size: int) -> None:
    x = colours(11, 9)[0, 0]
    settings = {"size": size, "gain": 1.3, "offset": -0.2}
    found = js("filters", MEDIAN, {"x": x.ravel().tolist(), "shape": x.shape, "settings": settings})
    expected = np.clip(1.3 * median_filter(x, size=size) - 0.2, 0, 1)
    np.testing.assert_allclose(found, expected.ravel(), atol=1e-6)


@pytest.mark.parametrize("kind", corruption.KINDS)
def test_filters_are_those_of_the_page_at_every_tuned_level(js: Run, digit: np.ndarray, kind: str) -> None:
    for level, settings in zoo.card("mnist-dae").metrics["classical_settings"]["value"][kind]:
        noisy = corruption.corrupt_array(digit, kind, level, 3)
        for method, body in (("median", MEDIAN), ("non_local_means", MEANS)):
            data = {"x": noisy.ravel().tolist(), "shape": [28, 28], "settings": settings[method]}
            found = np.array(js("filters", body, data))
            expected = denoiser.classical(method, noisy, settings[method]).ravel()
            assert np.abs(found - expected).max() < 1 / 255, (kind, level, method)


@pytest.mark.parametrize("patch, far", [(3, 3), (5, 9), (7, 5)])
def test_non_local_means_is_scikit_images(js: Run, patch: int, far: int) -> None:
    x = colours(12, 17)[0, 1].astype(np.float64)
    settings = {"h": 0.4, "sigma": 0.1, "patch_size": patch, "patch_distance": far}
    found = js("filters", MEANS, {"x": x.ravel().tolist(), "shape": x.shape, "settings": settings})
    np.testing.assert_allclose(found, denoise_nl_means(x, **settings).ravel(), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 12, 10)])
def test_scores_are_scikit_images(js: Run, shape: tuple[int, int, int]) -> None:
    x = np.random.default_rng(2).uniform(size=shape)
    y = np.clip(x + 0.2 * np.random.default_rng(3).normal(size=shape), 0, 1)
    data = {"x": x.ravel().tolist(), "y": y.ravel().tolist(), "shape": shape}
    body = "const [x, y] = [d.x, d.y].map((list) => Float64Array.from(list));"
    found = js("scores", body + "return [m.psnr(x, y), m.ssim(x, y, d.shape), m.psnr(x, x)];", data)
    side = 7 if min(shape[1:]) >= 16 else 3
    similar = structural_similarity(x, y, win_size=side, data_range=1.0, channel_axis=0)
    assert found[:2] == pytest.approx([peak_signal_noise_ratio(x, y, data_range=1), similar], abs=1e-9)
    assert found[2] == np.inf


def test_numbers_are_written_as_python_writes_them(js: Run) -> None:
    values = [0.0, 1.0, 12.0, 0.0123, 0.5, 123.4, 1234.6, 98_765_432.0, -0.25, 9.996, 7.25e-5]
    assert js("numbers", "return d.map((v) => m.significant(v));", values) == [number(v) for v in values]
    assert js("numbers", "return m.significant(Infinity);") == "∞"
