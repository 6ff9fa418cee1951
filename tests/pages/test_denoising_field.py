"""The denoiser as a field of arrows: what the page shows is what torch, scikit-learn and loops compute."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from explorer import datasets
from explorer.corruption import corrupt_array
from tests.pages.test_denoising import OURS, clean_image, numbers, reconstruct, text

INDEX = 3673


def chart(at, trace: str) -> dict:
    """The figure that has a trace of that name."""
    found = [json.loads(each.proto.spec) for each in at.get("plotly_chart")]
    (figure,) = [each for each in found if any(t.get("name") == trace for t in each["data"])]
    return figure


def points(figure: dict, trace: str) -> np.ndarray:
    (found,) = [t for t in figure["data"] if t.get("name") == trace]
    return np.stack([numbers(found["x"]), numbers(found["y"])], axis=1)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The gallery, flat."""
    return datasets.get("mnist").split("gallery").pixels().reshape(-1, 784).astype(np.float64)


@pytest.fixture(scope="module")
def components(pixels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, first two axes and their variances, by scikit-learn; an axis' largest entry is positive."""
    pca = PCA(2, svd_solver="covariance_eigh").fit(pixels)
    largest = pca.components_[[0, 1], np.abs(pca.components_).argmax(axis=1)]
    variances = pca.explained_variance_ * (len(pixels) - 1) / len(pixels)
    return pca.mean_, pca.components_ * np.sign(largest)[:, None], variances


def again(x: np.ndarray, times: int) -> list[np.ndarray]:
    path = [x]
    for _ in range(times):
        path.append(reconstruct(OURS, path[-1]))
    return path


def test_the_fold_is_closed_and_costs_nothing_until_it_is_opened(open_page, link_of, monkeypatch):
    from explorer.ui import correction

    monkeypatch.setattr(correction, "drawn", lambda *a: pytest.fail("computed while the fold is closed"))
    at = open_page("denoising", model=OURS)
    assert link_of(at)["field"] == "false" and "times" not in link_of(at)
    monkeypatch.undo()
    at.toggle(key="denoising.field").set_value(True).run()
    assert not at.exception
    shown = link_of(at)
    assert [shown[name] for name in ("field", "plane", "arrows", "times", "start")] == [
        "true", "picture", "model", "1", "[]",
    ]  # fmt: skip


def test_arrows_on_the_plane_of_all_pictures(open_page, components):
    at = open_page("denoising", model=OURS, index=INDEX, field=True, plane="components")
    figure = chart(at, "feet")
    feet, heads = points(figure, "feet"), points(figure, "heads")
    mean, axes, _ = components
    x = mean + feet @ axes
    moved = reconstruct(OURS, x.astype(np.float32).reshape(-1, 1, 28, 28)).reshape(-1, 784) - x
    arrows = moved @ axes.T
    drawn = float(re.search(r"drawn at ([\d.]+) times", text(at))[1])
    np.testing.assert_allclose(heads - feet, (heads - feet)[0, 0] / arrows[0, 0] * arrows, atol=1e-4)
    assert (heads - feet)[0, 0] / arrows[0, 0] == pytest.approx(drawn, rel=0.05)
    share = (arrows**2).sum() / (moved**2).sum()
    assert figure["layout"]["title"]["text"] == f"{100 * share:.0f} % of the correction lies in this plane"
    assert np.allclose(feet[-1], 0)
    assert f"At the mean itself the correction is {np.linalg.norm(moved[-1]):.2f} long" in text(at)
    to_mean = mean - x[:-1]
    cosine = np.mean((moved[:-1] * to_mean).sum(1) / np.linalg.norm(moved[:-1], axis=1)
                     / np.linalg.norm(to_mean, axis=1))  # fmt: skip
    assert f"the mean of all **{cosine:.2f}**".replace("-", "−") in text(at)
    clean = clean_image(INDEX).reshape(1, 784)
    np.testing.assert_allclose(points(figure, "clean picture"), (clean - mean) @ axes.T, atol=1e-4)
    off = np.linalg.norm(clean - mean - (clean - mean) @ axes.T @ axes)
    assert f"clean picture {off:.1f}, noisy picture" in text(at)


def test_ten_times_is_the_network_on_its_own_output(open_page, link_of, pixels):
    at = open_page("denoising", model=OURS, index=INDEX, level=0.5, field=True)
    (button,) = [b for b in at.button if b.label == "Apply ten times"]
    button.click().run()
    assert not at.exception and link_of(at)["times"] == "10"
    clean = clean_image(INDEX)
    path = again(corrupt_array(clean, "gaussian", 0.5, 0), 10)
    figure = chart(at, "the correction")
    steps = [np.linalg.norm(b - a) for a, b in zip(path, path[1:], strict=False)]
    np.testing.assert_allclose(points(figure, "the correction")[:, 1], steps, atol=1e-3)
    others = NearestNeighbors(n_neighbors=1).fit(np.delete(pixels, INDEX, axis=0))
    near = others.kneighbors(np.concatenate(path).reshape(-1, 784))[0][:, 0]
    np.testing.assert_allclose(points(figure, "to the nearest real image")[:, 1], near, atol=1e-3)
    to_clean = [np.linalg.norm(x - clean) for x in path]
    np.testing.assert_allclose(points(figure, "to the clean picture")[:, 1], to_clean, atol=1e-3)
    assert f"Step 1 is **{steps[0]:.2f}** long, step 10 **{steps[-1]:.3f}**" in text(at)
    line = points(chart(at, "feet"), "path")
    mean = pixels.mean(axis=0)  # the plane goes through it: distances on it are those in all pixels
    assert len(line) == 11
    assert np.linalg.norm(line[0]) == pytest.approx(np.linalg.norm(path[0].ravel() - mean), abs=1e-3)
    assert line[0, 0] > 0 and line[0, 1] > line[1, 1] > 0


def test_the_best_arrows_are_those_of_the_density_of_the_noisy_pictures(open_page, pixels, components):
    view = dict(index=INDEX, level=0.8, field=True, plane="components", arrows="linear")
    at = open_page("denoising", model=OURS, **view)
    mean, axes, variances = components
    places = torch.tensor(points(chart(at, "feet"), "feet"), requires_grad=True)
    x = torch.tensor(mean) + places @ torch.tensor(axes)
    gaussian = -0.5 * (places**2 / torch.tensor(variances + 0.8**2)).sum()
    apart = torch.cdist(x, torch.tensor(pixels)) ** 2
    mixture = torch.logsumexp(-apart / (2 * 0.8**2), dim=1).sum()
    for whose, log_density in (("linear", gaussian), ("images", mixture)):
        at.selectbox(key="denoising.arrows").set_value(whose).run()
        assert not at.exception
        gradient = torch.autograd.grad(log_density, places)[0].numpy()  # along the plane
        figure = chart(at, "feet")
        drawn = points(figure, "heads") - points(figure, "feet")
        scale = np.linalg.norm(drawn) / np.linalg.norm(0.8**2 * gradient)
        np.testing.assert_allclose(drawn, scale * 0.8**2 * gradient, atol=2e-3)
        said = float(re.search(r"drawn at ([\d.]+) times", text(at))[1])
        assert scale == pytest.approx(said, rel=0.06)


def test_a_place_on_the_plane_is_a_start(open_page, link_of):
    view = dict(model=OURS, index=INDEX, field=True, plane="components", start=[2.0, -1.0], times=2)
    at = open_page("denoising", **view)
    line = points(chart(at, "feet"), "path")
    np.testing.assert_allclose(line[0], [2, -1], atol=1e-6)
    (button,) = [b for b in at.button if b.label == "Start from the noisy picture"]
    button.click().run()
    assert link_of(at)["start"] == "[]" and not np.allclose(points(chart(at, "feet"), "path")[0], [2, -1])
    at = open_page("denoising", **view)
    at.segmented_control(key="denoising.plane").set_value("picture").run()
    assert link_of(at)["start"] == "[]", "another plane has other places"


def test_other_noise_has_no_best_arrows_and_no_noise_still_has_a_plane(open_page):
    at = open_page("denoising", model=OURS, kind="block", field=True)
    assert at.selectbox(key="denoising.arrows").options == ["the denoiser"]
    assert "no arrow here is such a gradient" in text(at)
    at = open_page("denoising", model=OURS, level=0.0, index=INDEX, field=True)
    length = np.linalg.norm(reconstruct(OURS, clean_image(INDEX)) - clean_image(INDEX))
    assert f"Step 1 is **{length:.2f}** long" in text(at)


def test_bad_values_in_a_link_are_said(open_page):
    wrong = {"plane": "none", "arrows": "all", "times": 11, "start": [1, "a"]}
    at = open_page("denoising", model=OURS, field=True, **wrong)
    for name in wrong:
        assert any(f"asks for {name}" in w.value for w in at.warning)


def test_where_there_are_no_originals_decodings_are_the_real_pictures(open_page):
    at = open_page("denoising", model="fashion-dae", field=True, plane="components")
    assert "% of the correction lies in this plane" in chart(at, "feet")["layout"]["title"]["text"]
