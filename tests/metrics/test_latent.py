"""Latent metrics against torch.distributions and loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.metrics import latent


def test_kl_per_dimension_equals_torch() -> None:
    rng = np.random.default_rng(0)
    mean, logvar = rng.normal(0.3, 1.5, (40, 6)), rng.normal(-1.0, 2.0, (40, 6))
    posterior = Normal(torch.from_numpy(mean), torch.from_numpy(logvar).mul(0.5).exp())
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).mean(dim=0).numpy()
    assert latent.kl_per_dimension(mean, logvar) == pytest.approx(expected, rel=1e-9)
    assert latent.kl_per_dimension(np.zeros((3, 2)), np.zeros((3, 2))) == pytest.approx([0.0, 0.0], abs=0)


def test_kl_keeps_its_digits_near_the_prior() -> None:
    tiny = np.full((1, 1), 1e-7)
    assert latent.kl_per_dimension(np.zeros((1, 1)), tiny)[0] == pytest.approx(1e-14 / 4, rel=1e-4, abs=0)


def test_active_units_are_those_whose_mean_moves() -> None:
    rng = np.random.default_rng(1)
    scales = np.array([1.0, 0.11, 0.09, 0.0])
    mean = rng.normal(size=(5000, 4)) * scales + np.array([0.0, 5.0, 5.0, 5.0])
    assert latent.active_units(mean).tolist() == [True, True, False, False]
    assert latent.active_units(mean, threshold=0.5).tolist() == [True, False, False, False]


def test_bad_posteriors_are_refused_with_a_sentence() -> None:
    good = np.zeros((3, 2))
    with pytest.raises(ValueError, match="mean has shape"):
        latent.kl_per_dimension(good, np.zeros((3, 3)))
    with pytest.raises(ValueError, match="logvar holds values"):
        latent.kl_per_dimension(good, np.full((3, 2), np.inf))
    with pytest.raises(ValueError, match="threshold"):
        latent.active_units(good, threshold=-1.0)
    with pytest.raises(ValueError, match="matrix"):
        latent.active_units(np.zeros(3))
