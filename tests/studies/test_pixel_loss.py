"""Losses of one pixel against torch's, and the densities that they claim to be against quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from explorer.studies import pixel_loss

T, P = (side.ravel() for side in np.meshgrid(np.linspace(0, 1, 11), np.linspace(0.01, 0.99, 21)))


def test_losses_are_torchs() -> None:
    target, prediction = torch.from_numpy(T), torch.from_numpy(P)
    ours = pixel_loss.cross_entropy(T, P)
    theirs = F.binary_cross_entropy(prediction, target, reduction="none").numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    theirs = F.mse_loss(prediction, target, reduction="none").numpy()
    np.testing.assert_allclose(pixel_loss.squared(T, P), theirs, atol=1e-12)
    theirs = F.l1_loss(prediction, target, reduction="none").numpy()
    np.testing.assert_allclose(pixel_loss.absolute(T, P), theirs, atol=1e-12)


def test_a_half_costs_its_entropy_and_no_less() -> None:
    assert pixel_loss.cross_entropy(0.5, 0.5) == pytest.approx(0.6931, abs=1e-4)
    assert pixel_loss.squared(0.5, 0.5) == pixel_loss.absolute(0.5, 0.5) == 0
    for target in (0.1, 0.5, 0.8):
        found = minimize_scalar(
            lambda p, t=target: float(pixel_loss.cross_entropy(t, p)),
            bounds=(1e-6, 1 - 1e-6),
            method="bounded",
        )
        assert found.x == pytest.approx(target, abs=1e-3)
        assert found.fun == pytest.approx(float(pixel_loss.entropy(target)), abs=1e-6)


def test_certain_predictions_cost_nothing_or_everything() -> None:
    assert pixel_loss.entropy(np.array([0.0, 1.0])).tolist() == [0, 0]
    assert pixel_loss.cross_entropy(0.3, 0.0) == pixel_loss.cross_entropy(0.3, 1.0) == np.inf


@pytest.mark.parametrize("prediction", [0.02, 0.3, 0.4996, 0.5, 0.93])
def test_with_its_constant_it_is_a_density_of_grey_pixels(prediction: float) -> None:
    constant = float(pixel_loss.log_normaliser(prediction))

    def density(target: float) -> float:
        return float(np.exp(constant - pixel_loss.cross_entropy(target, prediction)))

    assert quad(density, 0, 1)[0] == pytest.approx(1, abs=1e-6)
    theirs = torch.distributions.ContinuousBernoulli(probs=torch.tensor(prediction, dtype=torch.float64))
    assert np.log(density(0.7)) == pytest.approx(float(theirs.log_prob(torch.tensor(0.7))), abs=1e-6)
