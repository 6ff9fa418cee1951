"""Importance-weighted likelihood against integrals over a dense grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import expit, logsumexp
from scipy.stats import norm

from explorer.metrics.likelihood import importance_weighted_nll, importance_weighted_parts
from explorer.models import Autoencoder, build

SHAPE = (1, 2, 3)


def make(latent_dim: int = 1, family: str = "vae", **more) -> Autoencoder:
    """A small model with weights large enough that the posterior is far from the true one."""
    torch.manual_seed(3)
    known = dict(image_shape=SHAPE, latent_dim=latent_dim, widths=[8], activation="tanh", binary=True)
    model = build(family, known | more).eval().requires_grad_(False)
    for parameter in model.decoder.parameters():
        parameter.mul_(1.5)
    return model


def images() -> np.ndarray:
    return (np.random.default_rng(0).random((5, *SHAPE)) < 0.5).astype(np.float32)


def integral(model: Autoencoder, x: np.ndarray, label: int | None = None) -> np.ndarray:
    """-log of the integral of p(x|z) p(z) over a grid of 1-D or 2-D codes, in float64: (N,)."""
    axis = np.linspace(-7, 7, 4001 if model.latent_dim == 1 else 281)
    z = np.stack([a.ravel() for a in np.meshgrid(*[axis] * model.latent_dim)], axis=1)
    labels = None if label is None else torch.full((len(z),), label)
    with torch.no_grad():
        p = expit(model.logits(torch.from_numpy(z).float(), None, labels).flatten(1).double().numpy())
    cell = model.latent_dim * math.log(axis[1] - axis[0])
    flat = x.reshape(len(x), -1)
    log_p = flat @ np.log(p).T + (1 - flat) @ np.log1p(-p).T + norm.logpdf(z).sum(axis=1)
    return -(logsumexp(log_p, axis=1) + cell)


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_likelihood_is_the_integral_over_the_code(latent_dim):
    model, x = make(latent_dim), images()
    exact = integral(model, x)
    np.testing.assert_allclose(importance_weighted_nll(model, x, samples=20_000), exact, atol=0.02)
    # The patterns of 6 binary pixels are all there is: their probabilities sum to 1.
    everything = np.array([[int(b) for b in f"{i:06b}"] for i in range(64)], np.float32).reshape(64, *SHAPE)
    found = importance_weighted_nll(model, everything, samples=4000)
    assert np.exp(-found).sum() == pytest.approx(1.0, abs=0.01)


def test_the_likelihood_given_the_label_is_the_integral_given_the_label():
    model, x = make(2, "conditional", label_count=3), images()
    for label in range(3):
        found = importance_weighted_nll(model, x, np.full(5, label), samples=20_000)
        np.testing.assert_allclose(found, integral(model, x, label), atol=0.02)
    mixed = importance_weighted_nll(model, x, np.array([0, 1, 2, 1, 0]), samples=20_000)
    exact = [integral(model, x, label)[i] for i, label in enumerate([0, 1, 2, 1, 0])]
    np.testing.assert_allclose(mixed, exact, atol=0.02)


def test_the_bound_tightens_with_more_codes():
    model, x = make(2), images()
    many = {
        k: np.mean([importance_weighted_nll(model, x, samples=k, seed=seed).mean() for seed in range(60)])
        for k in (1, 5, 50, 500)
    }
    exact = integral(model, x).mean()
    assert many[1] > many[5] > many[50] > many[500] > exact - 0.02
    assert many[1] > exact + 0.1 and many[500] < exact + 0.02
    # With one code it is the negative ELBO: E[-log p(x|z)] + KL.
    t = torch.from_numpy(np.repeat(x, 2000, axis=0))
    loss = model.loss(t, generator=torch.Generator().manual_seed(0))
    single = importance_weighted_nll(model, t.numpy(), samples=1).mean()
    assert single == pytest.approx((loss.reconstruction + loss.regularizer).item(), abs=0.05)


def test_a_set_measured_in_parts_is_the_set_measured_at_once():
    model, x = make(), images()
    whole = importance_weighted_nll(model, x, samples=700)
    parts = list(importance_weighted_parts(model, x, samples=700, part=2))
    assert [len(part) for part in parts] == [2, 2, 1]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-6)
    later = list(importance_weighted_parts(model, x, samples=700, part=3, start=2))
    np.testing.assert_allclose(np.concatenate(later), whole[2:], rtol=1e-6)
    assert (importance_weighted_nll(model, x, samples=700, seed=1) != whole).all()


def test_logits_far_from_0_give_finite_numbers():
    model, x = make(), images()
    for parameter in model.decoder.parameters():
        parameter.mul_(40)
    assert np.isfinite(importance_weighted_nll(model, x, samples=50)).all()


def test_grey_images_and_models_without_a_posterior_are_refused():
    with pytest.raises(ValueError, match="no likelihood here: binarise it first."):
        importance_weighted_nll(make(), images() * 0.5)
    plain = build("autoencoder", dict(image_shape=SHAPE, latent_dim=1, widths=[4]))
    with pytest.raises(ValueError, match="'autoencoder' has no posterior"):
        importance_weighted_nll(plain, images())
