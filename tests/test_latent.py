"""What one does in a latent space, against independent formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Normal, kl_divergence

from explorer import latent
from explorer.models import Autoencoder, build

SHAPE = (1, 8, 8)


@pytest.fixture(scope="module", params=["autoencoder", "vae"])
def model(request) -> Autoencoder:
    torch.manual_seed(1)
    made = build(request.param, dict(image_shape=SHAPE, latent_dim=4, widths=(16,)))
    return made.eval().requires_grad_(False)


def images(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, *SHAPE), dtype=np.float32)


def test_encode_and_decode_are_the_models_own_in_batches_of_any_size(model, monkeypatch):
    x = images(7)
    expected = model.encode(torch.from_numpy(x))
    monkeypatch.setattr(latent, "_BATCH", 3)
    mean, logvar = latent.encode(model, x)
    np.testing.assert_allclose(mean, expected.z.numpy(), atol=1e-6)
    if model.variational:
        np.testing.assert_allclose(logvar, expected.posterior.logvar.numpy(), atol=1e-6)
    else:
        assert logvar is None
    x_hat = latent.decode(model, mean)
    np.testing.assert_allclose(x_hat, model.decode(expected.z).numpy(), atol=1e-6)
    assert x_hat.shape == x.shape and x_hat.dtype == np.float32
    np.testing.assert_array_equal(latent.reconstruct(model, x), x_hat)


def test_no_image_and_other_float_types_are_fine(model):
    mean, logvar = latent.encode(model, images(0))
    assert mean.shape == (0, 4) and (logvar is None or logvar.shape == (0, 4))
    assert latent.decode(model, mean).shape == (0, *SHAPE)
    wide = images(3).astype(np.float64)[:, :, ::-1]  # not contiguous
    np.testing.assert_allclose(
        latent.encode(model, wide)[0], latent.encode(model, np.float32(wide.copy()))[0], atol=1e-6
    )


@pytest.mark.parametrize(
    "x, words",
    [
        (images(2)[0], "images of shape (B, 1, 8, 8) are needed, not (1, 8, 8)."),
        (images(2).reshape(2, 1, 4, 16), "images of shape (B, 1, 8, 8) are needed, not (2, 1, 4, 16)."),
        (np.ones((2, *SHAPE), int), "images of type int64 cannot be encoded: make them floats in [0, 1]."),
    ],
)
def test_other_images_are_refused(model, x, words):
    with pytest.raises(ValueError) as caught:
        latent.encode(model, x)
    assert str(caught.value) == words


def test_a_conditional_model_is_told_the_labels_in_batches_of_any_size(monkeypatch):
    torch.manual_seed(1)
    model = build("conditional", dict(image_shape=SHAPE, latent_dim=4, widths=(16,), label_count=3)).eval()
    x, labels = images(7), np.array([2, 0, 1, 1, 2, 0, 2])
    monkeypatch.setattr(latent, "_BATCH", 3)
    with torch.no_grad():
        code = model.encode(torch.from_numpy(x), torch.from_numpy(labels))
        x_hat = model.decode(code.z, torch.from_numpy(labels)).numpy()
    mean, logvar = latent.encode(model, x, labels)
    np.testing.assert_allclose(mean, code.z.numpy(), atol=1e-6)
    np.testing.assert_allclose(logvar, code.posterior.logvar.numpy(), atol=1e-6)
    np.testing.assert_allclose(latent.decode(model, mean, labels=labels), x_hat, atol=1e-6)
    np.testing.assert_allclose(latent.reconstruct(model, x, labels=labels), x_hat, atol=1e-6)
    assert np.abs(latent.decode(model, mean, labels=labels[::-1]) - x_hat).max() > 1e-3


@pytest.mark.parametrize("labels, words", [
    (None, "this model is told the class: give 2 whole numbers as labels."),
    (np.array([1]), "give 2 whole numbers as labels."),
    (np.array([1.0, 2.0]), "give 2 whole numbers as labels."),
    (np.array([0, 3]), "a label is no class of this model: give numbers of 0 to 2."),
    (np.array([-1, 0]), "a label is no class of this model: give numbers of 0 to 2."),
])  # fmt: skip
def test_other_labels_are_refused(labels, words):
    model = build("conditional", dict(image_shape=SHAPE, latent_dim=4, widths=(4,), label_count=3))
    for call in (lambda: latent.encode(model, images(2), labels),
                 lambda: latent.decode(model, np.zeros((2, 4), np.float32), labels=labels)):  # fmt: skip
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value).endswith(words)


@pytest.mark.parametrize("shape", [(4,), (2, 5), (2, 4, 1)])
def test_other_codes_are_refused(model, shape):
    with pytest.raises(ValueError) as caught:
        latent.decode(model, np.zeros(shape, np.float32))
    assert str(caught.value) == f"codes of shape (B, 4) are needed, not {shape}."


def posterior(n: int = 50_000) -> tuple[np.ndarray, np.ndarray]:
    mean, logvar = np.float32([[1.5, -2.0]]), np.float32([[-1.0, 0.7]])
    return mean.repeat(n, 0), logvar.repeat(n, 0)


def test_kl_per_dimension_is_that_of_torch_distributions():
    rng = np.random.default_rng(0)
    mean, logvar = rng.normal(0, 2, (6, 3)).astype(np.float32), rng.normal(0, 2, (6, 3)).astype(np.float32)
    q = Normal(torch.from_numpy(mean), torch.from_numpy(logvar).exp().sqrt())
    expected = kl_divergence(q, Normal(0.0, 1.0)).numpy()
    np.testing.assert_allclose(latent.kl_per_dimension(mean, logvar), expected, rtol=1e-5, atol=1e-6)


def test_posterior_samples_follow_the_posterior_and_the_seed():
    mean, logvar = posterior()
    z = latent.posterior_samples(mean, logvar, seed=3)
    np.testing.assert_allclose(z.mean(0), mean[0], atol=0.02)
    np.testing.assert_allclose(z.var(0), np.exp(logvar[0]), rtol=0.03)
    np.testing.assert_array_equal(z, latent.posterior_samples(mean, logvar, seed=3))
    assert (z != latent.posterior_samples(mean, logvar, seed=4)).all()


def test_prior_samples_follow_the_temperature_and_the_seed():
    z = latent.prior_samples(40_000, 3, seed=2)
    assert z.shape == (40_000, 3) and z.dtype == np.float32
    np.testing.assert_allclose(z.mean(0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(z.T), np.eye(3), atol=0.03)
    cool = latent.prior_samples(40_000, 3, seed=2, temperature=np.float64(0.5))
    np.testing.assert_allclose(cool, z / 2, rtol=1e-6)
    assert cool.dtype == np.float32
    np.testing.assert_array_equal(z, latent.prior_samples(40_000, 3, seed=2))
    assert (z != latent.prior_samples(40_000, 3, seed=5)).any(axis=1).all()


def test_a_traversal_changes_one_dimension_and_not_its_start():
    z, values = np.float32([1, 2, 3]), np.linspace(-2, 2, 5)
    codes = latent.traverse(z, 1, values)
    np.testing.assert_allclose(codes[:, 1], values)
    np.testing.assert_array_equal(codes[:, [0, 2]], np.float32([[1, 3]]).repeat(5, 0))
    np.testing.assert_array_equal(z, [1, 2, 3])


directions = st.integers(0, 2**31 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 1, (2, 6)))
lengths = st.floats(0.1, 20.0)
times = np.linspace(0, 1, 9)


def arc(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The same path by turning in the plane that Gram and Schmidt span, instead of by Shoemake's formula."""
    first = a / np.linalg.norm(a)
    second = b - (b @ first) * first
    second /= np.linalg.norm(second)
    turn = np.arctan2(b @ second, b @ first) * t[:, None]
    length = np.linalg.norm(a) + (np.linalg.norm(b) - np.linalg.norm(a)) * t[:, None]
    return length * (np.cos(turn) * first + np.sin(turn) * second)


@given(directions, lengths, lengths)
@settings(max_examples=50, deadline=None)
def test_slerp_turns_in_the_plane_of_both_ends(ends, length_a, length_b):
    a, b = (v / np.linalg.norm(v) * s for v, s in zip(ends, (length_a, length_b), strict=True))
    path = latent.slerp(a, b, times)
    np.testing.assert_allclose(path, arc(a, b, times), atol=2e-5 * max(length_a, length_b))
    np.testing.assert_allclose(path[[0, -1]], [a, b], atol=1e-5 * max(length_a, length_b))


@given(st.floats(0.01, np.pi - 0.01), lengths, lengths)
@settings(max_examples=50, deadline=None)
def test_slerp_has_constant_angular_speed_and_linear_length(turn, length_a, length_b):
    a = np.array([length_a, 0.0, 0.0])
    b = length_b * np.array([np.cos(turn), np.sin(turn), 0.0])
    path = latent.slerp(a, b, times).astype(np.float64)
    np.testing.assert_allclose(np.arctan2(path[:, 1], path[:, 0]), turn * times, atol=1e-5)
    expected = length_a + (length_b - length_a) * times
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), expected, rtol=1e-5)
    assert latent.angle(a, b) == pytest.approx(turn)


def test_slerp_keeps_its_distance_from_the_origin_almost_half_a_turn_apart():
    a = np.float32([1.0, 0.0])
    b = np.float32([-1.0, 1e-3])
    np.testing.assert_allclose(np.linalg.norm(latent.slerp(a, b, times), axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("b", [[2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]], ids=["parallel", "opposite", "origin"])
def test_slerp_is_the_line_where_there_is_no_arc(b):
    a, b = np.float32([1.0, 2.0]), np.float32(b)
    np.testing.assert_allclose(latent.slerp(a, b, times), a + times[:, None] * (b - a), atol=1e-6)
    np.testing.assert_allclose(latent.slerp(b, a, times), b + times[:, None] * (a - b), atol=1e-6)


def test_lerp_goes_straight_from_one_end_to_the_other():
    a, b = np.float32([0, 10]), np.float32([4, -10])
    np.testing.assert_allclose(latent.lerp(a, b, np.array([0, 0.25, 1])), [[0, 10], [1, 5], [4, -10]])
    x, y = images(2)
    blend = latent.lerp(x, y, np.array([0.0, 0.5]))
    assert blend.shape == (2, *SHAPE) and blend.dtype == np.float32
    np.testing.assert_allclose(blend[1], (x + y) / 2, atol=1e-6)


@pytest.mark.parametrize("path", [latent.lerp, latent.slerp])
def test_ends_of_different_models_are_refused(path):
    with pytest.raises(ValueError, match=r"shapes \(2,\) and \(3,\): take both from the same model\."):
        path(np.zeros(2), np.zeros(3), times)


def test_a_grid_reads_like_a_picture_from_the_top_left():
    codes = latent.grid((-1, 1), (10, 30), 3)
    expected = [[-1, 30], [0, 30], [1, 30], [-1, 20], [0, 20], [1, 20], [-1, 10], [0, 10], [1, 10]]
    np.testing.assert_allclose(codes, expected)


def test_nearest_codes_are_those_of_scikit_learn():
    codes = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    z = np.random.default_rng(1).normal(size=5).astype(np.float32)
    distance, index = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(codes).kneighbors(z[None])
    found, how_far = latent.nearest(codes, z, 7)
    np.testing.assert_array_equal(found, index[0])
    np.testing.assert_allclose(how_far, distance[0], rtol=1e-5)
    assert latent.nearest(codes, codes[17], 1)[0][0] == 17
    assert len(latent.nearest(codes[:3], z, 7)[0]) == 3


def test_what_is_kept_of_a_code_and_what_is_not():
    z, rest = np.arange(8.0).reshape(2, 4), np.array([9.0, 9.5, 10.0, 10.5])
    before = z.copy()
    assert latent.keep(z, [2, 0], rest).tolist() == [[0, 9.5, 2, 10.5], [4, 9.5, 6, 10.5]]
    assert (z == before).all() and latent.keep(z, [], rest).tolist() == [rest.tolist()] * 2
