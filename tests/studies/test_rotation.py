"""A turned code: the same pictures and the same KL, and what a diagonal posterior pays for other axes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from explorer import datasets, latent, zoo
from explorer.studies import rotation

X = datasets.get("digits").split("gallery").pixels(slice(0, 40))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_rotation_keeps_lengths_and_orientation(seed):
    turn = rotation.rotation(6, seed)
    np.testing.assert_allclose(turn @ turn.T, np.eye(6), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1) and abs(turn - np.eye(6)).max() > 0.1
    np.testing.assert_array_equal(turn, rotation.rotation(6, seed))


def test_the_closest_diagonal_posterior_is_the_one_that_a_search_finds():
    random = np.random.default_rng(0)
    variance, turn = np.exp(random.normal(size=3)), rotation.rotation(3, 4)
    full = MultivariateNormal(torch.zeros(3).double(), torch.tensor(turn.T @ np.diag(variance) @ turn))
    log_var = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_var], max_iter=200)

    def far() -> torch.Tensor:
        optimizer.zero_grad()
        diagonal = MultivariateNormal(torch.zeros(3).double(), torch.diag(log_var.exp()))
        distance = kl_divergence(diagonal, full)
        distance.backward()
        return distance

    optimizer.step(far)
    found = rotation.closest_diagonal(variance[None], turn)[0]
    np.testing.assert_allclose(found, log_var.exp().detach(), rtol=1e-4)


def test_the_kl_of_the_turned_and_of_the_kept_posterior_are_torchs():
    model, turn = zoo.load("digits-vae"), rotation.rotation(6, 3)
    mean, logvar = (torch.from_numpy(a).double() for a in latent.encode(model, X))
    found = rotation.terms(model, X, turn)
    q = torch.from_numpy(turn)
    prior = MultivariateNormal(torch.zeros(6).double(), torch.eye(6).double())
    covariance = q.T @ torch.diag_embed(logvar.exp()) @ q
    covariance = (covariance + covariance.transpose(1, 2)) / 2
    assert found["turned"].kl == pytest.approx(
        kl_divergence(MultivariateNormal(mean @ q, covariance), prior).mean().item(), rel=1e-4
    )
    kept = torch.from_numpy(rotation.closest_diagonal(logvar.exp().numpy(), turn))
    expected = kl_divergence(Normal(mean @ q, kept.sqrt()), Normal(0.0, 1.0)).sum(1).mean().item()
    assert found["kept diagonal"].kl == pytest.approx(expected, rel=1e-4)


def test_turning_changes_nothing_and_a_diagonal_posterior_pays():
    found = rotation.terms(zoo.load("digits-vae"), X, rotation.rotation(6, 3), draws=16)
    assert found["turned"].reconstruction == pytest.approx(found["own"].reconstruction, rel=1e-4)
    assert found["turned"].kl == found["own"].kl
    assert found["kept diagonal"].loss > found["own"].loss + 0.05
    same = rotation.terms(zoo.load("digits-vae"), X, np.eye(6))
    assert same["kept diagonal"].loss == pytest.approx(same["own"].loss, rel=1e-5)


def test_a_plain_code_loses_nothing():
    x = datasets.get("mnist").split("gallery").pixels(slice(0, 20))
    found = rotation.terms(zoo.load("mnist-ae"), x, rotation.rotation(32, 1))
    assert set(found) == {"own", "turned"} and found["own"].kl is None
    assert found["turned"].reconstruction == pytest.approx(found["own"].reconstruction, rel=1e-3)
    expected = np.square(x - latent.reconstruct(zoo.load("mnist-ae"), x)).sum(axis=(1, 2, 3)).mean()
    assert found["own"].reconstruction == pytest.approx(expected, rel=1e-5)
