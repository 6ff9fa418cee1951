"""What a model listens to, against finite differences, brute force and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.special import softmax

from explorer import latent
from explorer.models import build
from explorer.studies import sensitivity


@pytest.fixture(params=["vae", "conditional", "autoencoder"])
def model(request: pytest.FixtureRequest):
    torch.manual_seed(1)
    facts = dict(image_shape=[2, 8, 6], latent_dim=3, widths=[12], activation="tanh")
    made = build(request.param, facts).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(3)  # contrast
    return made


@pytest.fixture
def label(model) -> int | None:
    return 4 if model.label_count else None


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(1, 2, 8, 6)).astype(np.float32)


def value(model, x: np.ndarray, what: int, label: int | None) -> np.ndarray:
    labels = None if label is None else np.full(len(x), label)
    if what != sensitivity.ERROR:
        return latent.encode(model, x, labels)[0][:, what].astype(np.float64)
    return np.square(latent.reconstruct(model, x, labels=labels).astype(np.float64) - x).sum((1, 2, 3))


@pytest.mark.parametrize("what", [0, 2, sensitivity.ERROR])
def test_the_gradient_is_the_slope_of_small_steps(model, x, label, what) -> None:
    step = 1e-2
    each = step * np.eye(x.size, dtype=np.float32).reshape(-1, *x.shape[1:])
    slopes = (value(model, x + each, what, label) - value(model, x - each, what, label)) / (2 * step)
    found = sensitivity.gradient(model, x, what, label)
    np.testing.assert_allclose(found.ravel(), slopes, atol=2e-3 * np.abs(slopes).max())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("what", "side"), [(1, 3), (sensitivity.ERROR, 4)])
def test_a_covered_square_changes_the_number_by_what_the_map_says(model, x, label, what, side) -> None:
    found = sensitivity.occlusion(model, x, what, side, label)
    assert found.shape == (8, 6)
    for row, column in ((0, 0), (5, 4), (7, 5)):
        covered = x.copy()
        top, left = side * (row // side), side * (column // side)
        covered[:, :, top : top + side, left : left + side] = 0
        change = value(model, covered, what, label) - value(model, x, what, label)
        assert found[row, column] == pytest.approx(change[0], abs=1e-4)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, 0), (-1, 3), (6, -8)])
def test_shifting_is_scipys(x, right, down) -> None:
    expected = ndimage.shift(x, (0, 0, down, right), order=0, cval=0.0)
    np.testing.assert_array_equal(sensitivity.shifted(x, right, down), expected)


def test_ratios_are_those_of_the_lengths(model, label) -> None:
    x, moved = np.random.default_rng(3).uniform(size=(2, 5, 2, 8, 6)).astype(np.float32)
    moved[4] = x[4]
    labels = None if label is None else np.full(5, label)
    code, output = sensitivity.responses(model, x, moved, labels)
    for i in range(4):
        told = None if label is None else labels[:1]
        ours = [latent.encode(model, each[i : i + 1], told)[0] for each in (x, moved)]
        pictures = [latent.decode(model, z, labels=told) for z in ours]
        step = np.sqrt(np.square(moved[i] - x[i]).sum())
        assert code[i] == pytest.approx(np.sqrt(np.square(ours[1] - ours[0]).sum()) / step, rel=1e-4)
        assert output[i] == pytest.approx(
            np.sqrt(np.square(pictures[1] - pictures[0]).sum()) / step, rel=1e-4
        )
    assert np.isnan(code[4]) and np.isnan(output[4])


def test_errors_are_those_of_the_shifted_images(model, x, label) -> None:
    labels = None if label is None else np.array([label])
    found = sensitivity.shift_errors(model, x, range(3), labels)
    for shift in range(3):
        image = ndimage.shift(x, (0, 0, 0, shift), order=0, cval=0.0)
        assert found[shift, 0] == pytest.approx(value(model, image, sensitivity.ERROR, label)[0], rel=1e-4)


def test_weights_are_those_of_torchs_densities() -> None:
    random = np.random.default_rng(2)
    z, means, logvars = random.normal(size=4), random.normal(size=(30, 4)), random.normal(size=(30, 4))
    scale = torch.from_numpy(np.exp(0.5 * logvars))
    density = torch.distributions.Normal(torch.from_numpy(means), scale).log_prob(torch.from_numpy(z)).sum(1)
    found = sensitivity.covering(z, means, logvars)
    np.testing.assert_allclose(found, softmax(density.numpy()), atol=1e-12)
