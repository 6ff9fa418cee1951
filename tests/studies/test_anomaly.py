"""Anomaly scores of a model, against torch's distributions and a sum written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from explorer import models
from explorer.studies import anomaly


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (7, 1, 8, 8), np.uint8)


def made(family: str) -> models.Autoencoder:
    torch.manual_seed(3)
    model = models.build(family, dict(image_shape=[1, 8, 8], latent_dim=3, widths=[16]))
    return model.eval().requires_grad_(False)


def test_the_bound_is_cross_entropy_plus_kl_of_each_image(images, monkeypatch):
    model, x = made("vae"), torch.from_numpy(images / 255).float()
    found = anomaly.scores(model, images, samples=4000, seed=1)
    code = model.encode(x)
    kl = kl_divergence(Normal(code.posterior.mean, (code.posterior.logvar / 2).exp()), Normal(0, 1)).sum(1)
    np.testing.assert_allclose(found.kl, kl, rtol=1e-4)
    np.testing.assert_allclose(found.error, (model.decode(code.z) - x).square().sum((1, 2, 3)), rtol=1e-4)
    drawn = Normal(code.posterior.mean, (code.posterior.logvar / 2).exp()).sample((4000,))
    logits = model.decoder(drawn.flatten(0, 1)).reshape(4000, 7, 1, 8, 8)
    entropy = -Bernoulli(logits=logits, validate_args=False).log_prob(x).sum((2, 3, 4))
    spread = (entropy.std(0) / 4000**0.5).max().item()
    assert (entropy.std(0) > 20 * spread).all()  # one draw would not do
    np.testing.assert_allclose(found.cross_entropy, entropy.mean(0), atol=8 * spread)
    np.testing.assert_allclose(found.negative_elbo, found.cross_entropy + kl.numpy(), rtol=1e-6)
    # The batches do not show, and a seed is a seed.
    again = anomaly.scores(model, images, samples=4000, seed=1)
    np.testing.assert_array_equal(again.cross_entropy, found.cross_entropy)
    monkeypatch.setattr(anomaly, "_BATCH", 3)
    np.testing.assert_allclose(anomaly.scores(model, images).error, found.error, rtol=1e-5)


def test_without_a_posterior_there_is_only_the_error(images):
    found = anomaly.scores(made("autoencoder"), images)
    assert found.error.shape == (7,) and found.cross_entropy is None and found.kl is None
    with pytest.raises(ValueError, match="has no evidence lower bound: take its error"):
        _ = found.negative_elbo
