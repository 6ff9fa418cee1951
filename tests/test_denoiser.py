"""One image through noise and denoisers: against loops, scikit-learn, scikit-image and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import median_filter
from skimage.metrics import peak_signal_noise_ratio
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from explorer import denoiser
from explorer.corruption import corrupt_array
from explorer.figures.denoising import psnr_curve, spread
from explorer.figures.finished import Finished
from explorer.models import Autoencoder, build

NLM = {"h": 0.2, "sigma": 0.1, "patch_size": 3, "patch_distance": 3}
TABLE = [
    [0.1, {"median": {"size": 3}, "non_local_means": NLM}],
    [0.5, {"median": {"size": 5, "gain": 1.3, "offset": -0.05}, "non_local_means": NLM | {"h": 0.6}}],
]


@pytest.fixture(scope="module")
def models() -> tuple[Autoencoder, Autoencoder]:
    """Two autoencoders as they were born: what is computed with them does not depend on their quality."""
    torch.manual_seed(3)
    arguments = dict(image_shape=[1, 8, 8], latent_dim=5, widths=[16], activation="silu")
    return tuple(build("autoencoder", arguments).eval() for _ in range(2))


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """300 images (N, 1, 8, 8) float32 and their labels."""
    found = load_digits()
    return (found.images[:300, None] / 16).astype(np.float32), found.target[:300]


def encode(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model.encode(torch.from_numpy(x)).z.numpy()


@pytest.mark.parametrize("level, tuned", [(0.0, 0.1), (0.3, 0.1), (0.31, 0.5), (0.5, 0.5), (2.0, 0.5)])
def test_settings_are_those_of_the_nearest_tuned_level_and_of_the_lower_of_two(level, tuned):
    assert denoiser.tuned_for(TABLE, level) == (tuned, dict(TABLE)[tuned])


def test_classical_filters_treat_each_channel_by_itself(digits):
    colour = digits[0][:6].reshape(2, 3, 8, 8)
    found = denoiser.classical("median", colour, {"size": 5, "gain": 1.3, "offset": -0.05})
    for b, c in np.ndindex(2, 3):
        expected = np.clip(1.3 * median_filter(colour[b, c], size=5) - 0.05, 0, 1)
        assert found[b, c] == pytest.approx(expected, abs=1e-6)


def test_vote_is_that_of_the_nearest_five_without_the_image_itself(digits):
    x, labels = digits
    z = x.reshape(len(x), -1)
    for index in range(0, 300, 23):
        rest = np.arange(300) != index
        expected = KNeighborsClassifier(5).fit(z[rest], labels[rest])
        found = denoiser.vote(z, labels, z[[index]], exclude=index)
        assert found.classes[0] == expected.predict(z[[index]])[0]
        assert found.agreeing[0] == np.rint(5 * expected.predict_proba(z[[index]]).max())
        assert found.distance[0] == pytest.approx(expected.kneighbors(z[[index]])[0][0, 0])
    assert denoiser.vote(z, labels, z[[7]]).distance[0] == 0  # without `exclude` it is its own neighbour


def test_curve_is_what_a_loop_over_levels_gives(models, digits):
    ours, plain = models
    x, labels = digits
    clean, index, levels = x[[11]], 11, [0.0, 0.1, 0.4, 1.2]
    codes = encode(ours, x)
    found = denoiser.curve(ours, plain, clean, "gaussian", levels, 5, TABLE, codes, labels, index)
    rest = np.arange(len(x)) != index
    voters = KNeighborsClassifier(5).fit(codes[rest], labels[rest])
    for i, level in enumerate(levels):
        noisy = corrupt_array(clean, "gaussian", level, seed=5)
        parameters = TABLE[0][1] if level < 0.3 else TABLE[1][1]
        expected = {"noisy": noisy, "median": denoiser.classical("median", noisy, parameters["median"])}
        for name, model in (("denoiser", ours), ("plain", plain)):
            with torch.no_grad():
                expected[name] = model.decode(torch.from_numpy(encode(model, noisy))).numpy()
        for name, image in expected.items():
            if name == "noisy" and level == 0:
                assert np.isinf(found.psnr[name][i])
                continue
            psnr = peak_signal_noise_ratio(clean, image, data_range=1)
            assert found.psnr[name][i] == pytest.approx(psnr, abs=1e-4), (name, level)
        assert found.votes[i] == voters.predict(encode(ours, noisy))[0]
    assert set(found.psnr) == {"noisy", "denoiser", "plain", "median", "non_local_means"}
    pairs = zip(found.psnr["denoiser"], found.psnr["noisy"], strict=True)
    assert found.worse.tolist() == [ours < input_ for ours, input_ in pairs]
    without = denoiser.curve(ours, None, clean, "gaussian", levels, 5, TABLE, codes, labels, index)
    assert "plain" not in without.psnr and np.array_equal(without.votes, found.votes)


def test_mend_gives_every_method(models, digits):
    ours, plain = models
    noisy = corrupt_array(digits[0][:2], "masking", 0.3)
    found = denoiser.mend(ours, plain, noisy, TABLE[0][1])
    assert list(found) == ["denoiser", "plain", "median", "non_local_means"]
    assert all(x.shape == noisy.shape for x in found.values())
    assert not np.allclose(found["denoiser"], found["plain"])
    assert list(denoiser.mend(ours, None, noisy, TABLE[0][1])) == ["denoiser", "median", "non_local_means"]


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_fails_from_the_lowest_level_without_a_later_success(right):
    levels = [0.1 * i for i in range(len(right))]
    candidates = [v for i, v in enumerate(levels) if not any(right[i:])]
    assert denoiser.fails_from(levels, right) == (min(candidates) if candidates else None)


@given(st.lists(st.floats(-20, 40), min_size=1, max_size=7), st.floats(0.1, 3))
def test_labels_do_not_overlap_and_do_not_move_without_need(values, step):
    values = sorted(values)
    placed = spread(values, step, low=-20)
    assert all(b - a >= step - 1e-6 for a, b in zip(placed, placed[1:], strict=False))
    assert min(placed) >= -20
    if all(b - a >= step for a, b in zip(values, values[1:], strict=False)):
        assert placed == pytest.approx(values)


def test_figure_marks_what_it_is_given():
    levels = np.array([0.0, 0.5, 1.0])
    psnr = {"noisy": np.array([np.inf, 10, 5]), "denoiser": np.array([18.0, 9, 8])}
    figure = psnr_curve(
        levels, psnr, average=([0.5, 1.0], [15.0, 9.0]), title="t", level_name="σ",
        fails=0.5, fails_on_average=None,
    )  # fmt: skip
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["worse than the noisy input"].x) == [0.0, 0.5]
    assert np.isnan(traces["noisy input"].y[0]) and list(traces["noisy input"].y[1:]) == [10, 5]
    drawn = Finished(figure).moved("now", [0.5], [9.0]).to_dict()["data"]
    moved = {trace["name"]: trace for trace in drawn}
    assert len(traces["now"].x) == 0 and (moved["now"]["x"], moved["now"]["y"]) == ([0.5], [9.0])
    assert moved.keys() == traces.keys()
    assert moved["denoised"]["line"]["color"] == traces["denoised"].line.color
    texts = [a.text for a in figure.layout.annotations]
    assert "fails from 0.5" in texts and not any("on average" in t for t in texts)
    low, high = figure.layout.yaxis.range
    assert all(low < a.y < high for a in figure.layout.annotations if a.xref == "paper")
