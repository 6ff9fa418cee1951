"""Another scale of the code: the pictures stay, the penalties follow their definitions."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from explorer.models import build
from explorer.studies import code_scale

SHAPE = dict(image_shape=[1, 8, 8], widths=[16], latent_dim=5)
MODELS = {
    "l1": ("sparse", SHAPE | dict(widths=[], output="identity", penalty="l1")),
    "kl": ("sparse", SHAPE | dict(widths=[], output="identity", penalty="kl", rho=0.1)),
    "contractive": ("contractive", SHAPE | dict(activation="silu")),
    "plain": ("autoencoder", SHAPE),
    "conv": ("autoencoder", SHAPE | dict(trunk_kind="conv", widths=[4, 16])),
}
X = np.random.default_rng(0).random((6, 1, 8, 8), dtype=np.float32)


def made(name: str):
    torch.manual_seed(0)
    family, arguments = MODELS[name]
    return build(family, arguments).eval()


def rescaled(model, scale: float):
    """A copy whose code is `scale` times the model's, by another last layer, where that is linear."""
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.encoder[-1].weight.mul_(scale)
        other.encoder[-1].bias.mul_(scale)
        other.decoder[0].weight.div_(scale)
    return other


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("scale", [0.1, 2.0])
def test_pictures_stay_at_every_scale(name, scale):
    model = made(name)
    with torch.no_grad():
        z = model.encode(torch.from_numpy(X)).z
        expected = model.decode(z).numpy()
    assert code_scale.decode(model, z.numpy(), scale) == pytest.approx(expected, abs=1e-5)
    assert code_scale.lengths(model, scale) * scale == pytest.approx(
        np.linalg.norm(model.decoder[0].weight.detach().numpy(), axis=0), rel=1e-5
    )


@pytest.mark.parametrize("name", ["contractive", "plain"])
def test_a_model_that_is_rebuilt_with_the_scale_draws_the_same(name):
    model = made(name)
    other = rescaled(model, 0.1)
    with torch.no_grad():
        x = torch.from_numpy(X)
        assert torch.allclose(other.decode(other.encode(x).z), model.decode(model.encode(x).z), atol=1e-5)
        assert torch.allclose(other.encode(x).z, 0.1 * model.encode(x).z, atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_penalties_are_those_of_the_definitions(scale):
    z = np.random.default_rng(1).random((6, 5), dtype=np.float32)
    assert code_scale.penalty(made("l1"), z, None, scale) == pytest.approx(scale * z.sum(axis=1).mean())
    mean = torch.from_numpy(scale * z.mean(axis=0))
    coins = kl_divergence(Bernoulli(torch.full((5,), 0.1)), Bernoulli(mean)).sum()
    assert code_scale.penalty(made("kl"), z, None, scale) == pytest.approx(float(coins), rel=1e-4)
    other = rescaled(made("contractive"), scale)
    slopes = [
        torch.autograd.functional.jacobian(lambda x: other.encode(x).z, torch.from_numpy(each[None]))
        .square().sum() for each in X
    ]  # fmt: skip
    assert code_scale.penalty(made("contractive"), z, X, scale) == pytest.approx(
        float(torch.stack(slopes).mean()), rel=1e-4
    )
    assert code_scale.penalty(made("contractive"), z, None, scale) is None
    assert code_scale.penalty(made("plain"), z, X, scale) is None


def test_a_prior_fixes_the_scale_and_nothing_is_divided_by_zero():
    vae = build("vae", SHAPE)
    assert not code_scale.can_change(vae)
    with pytest.raises(ValueError, match="prior"):
        code_scale.decode(vae, np.zeros((1, 5), np.float32), 0.5)
    with pytest.raises(ValueError, match="above 0"):
        code_scale.decode(made("plain"), np.zeros((1, 5), np.float32), 0.0)
