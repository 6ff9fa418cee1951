"""One contract over every model family, trunk and activation; a new family joins by existing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.utils.flop_counter import FlopCounterMode

from explorer import models
from explorer.models import Autoencoder, build
from explorer.models.layers import ACTIVATIONS, multiply_adds
from training.recipes import recipes

SHAPE, LATENT = (1, 8, 8), 3
WIDTHS = {"mlp": (13, 7), "conv": (4, 6, 10)}
VOCABULARY = (
    nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.ReLU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.Flatten,
    nn.Unflatten,
)  # fmt: skip

every_model = pytest.mark.parametrize(
    "family, trunk, activation",
    [(f, t, a) for f in models.families() for t in WIDTHS for a in ACTIVATIONS],
)


def make(family: str, trunk: str = "mlp", activation: str = "relu", **more) -> Autoencoder:
    torch.manual_seed(0)
    arguments = dict(image_shape=SHAPE, latent_dim=LATENT, trunk_kind=trunk, widths=WIDTHS[trunk])
    return build(family, arguments | {"activation": activation} | more)


def images(n: int = 5, seed: int = 1, shape: tuple[int, ...] = SHAPE) -> torch.Tensor:
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed))


def told(model: Autoencoder, n: int = 5) -> torch.Tensor | None:
    """Labels (n,) for a model that is told the class, None for the others."""
    return torch.arange(n) % model.label_count if model.label_count else None


def test_the_known_families_are_found():
    assert {"autoencoder", "vae"} <= set(models.families())
    for name, cls in models.families().items():
        assert cls.family == name and cls.reconstruction_name


@every_model
def test_codes_and_reconstructions_have_their_shapes_and_range(family, trunk, activation):
    model, x = make(family, trunk, activation), images()
    code = model.encode(x, told(model))
    assert code.z.shape == (5, LATENT) and code.z.dtype == torch.float32
    x_hat = model.decode(10 * code.z, told(model))
    assert x_hat.shape == x.shape and x_hat.min() >= 0 and x_hat.max() <= 1
    _, decoder = model.given(0 if model.label_count else None)
    torch.testing.assert_close(x_hat[:1], torch.special.expit(decoder(10 * code.z[:1])))
    assert model.encode(x[:1], told(model, 1)).z.shape == (1, LATENT)


@every_model
def test_a_code_is_deterministic_and_its_posterior_sits_on_it(family, trunk, activation):
    model, x = make(family, trunk, activation), images()
    hidden = torch.get_rng_state()
    trained, z = model.train().encode(x, told(model)), model.eval().encode(x, told(model)).z
    assert torch.equal(trained.z, z) and torch.equal(hidden, torch.get_rng_state())
    assert (trained.posterior is not None) == model.variational
    if model.variational:
        assert torch.equal(trained.posterior.mode, z)
        assert trained.posterior.logvar.shape == z.shape
    # One image's code does not depend on its neighbours in the batch.
    one = None if told(model) is None else told(model)[2:3]
    torch.testing.assert_close(model.encode(x[2:3], one).z, z[2:3])


def independent_loss(model: Autoencoder, x, target, seed: int) -> tuple[float, float]:
    """Reconstruction and regularizer in float64, by numpy and torch.distributions."""
    code, regularizer = model.encode(x, told(model)), 0.0
    z = code.z
    if model.variational:
        std = torch.exp(0.5 * code.posterior.logvar)
        z = z + std * torch.randn(z.shape, generator=torch.Generator().manual_seed(seed))
        regularizer = kl_divergence(Normal(code.z, std), Normal(0.0, 1.0)).sum(1).mean().item()
    if model.family == "sparse":
        regularizer = np.abs(z.detach().numpy()).sum() / len(x)
    if model.family == "contractive":
        jacobian = torch.func.jacrev(model.encoder)(x)  # of the whole batch: 0 between two images
        regularizer = jacobian.double().square().sum().item() / len(x)
    logits = model.logits(z, target, told(model)) if model.variational else model.decoder(z)
    x_hat = expit(logits.detach().numpy().astype(np.float64))
    y = target.numpy().astype(np.float64)
    if model.reconstruction_name == "summed squared error":
        per_pixel = (x_hat - y) ** 2
    elif model.reconstruction_name == "Bernoulli cross-entropy":
        per_pixel = -(y * np.log(x_hat) + (1 - y) * np.log(1 - x_hat))
    else:
        pytest.fail(f"no independent formula of {model.reconstruction_name!r} here yet")
    return per_pixel.reshape(len(x), -1).sum(1).mean(), regularizer


@every_model
@pytest.mark.parametrize("denoising", [False, True])
def test_the_loss_is_the_sum_over_pixels_and_latents_and_the_mean_over_the_batch(
    family, trunk, activation, denoising
):
    more = {"vae": {"beta": 2.5}, "conditional": {"beta": 2.5}, "iwae": {"samples": 1}}.get(family, {})
    more |= {"contractive": {"weight": 1.0}, "dropout": {"rate": 0.0}}.get(family, {})
    model, x = make(family, trunk, activation, **more), images()
    target = images(seed=2) if denoising else None
    loss = model.loss(x, target, told(model), torch.Generator().manual_seed(11))
    expected = independent_loss(model, x, x if target is None else target, seed=11)
    assert loss.reconstruction.item() == pytest.approx(expected[0], rel=1e-5)
    assert loss.regularizer.item() == pytest.approx(expected[1], rel=1e-5)
    if family in ("annealed", "tc", "iwae"):
        return  # what else their total holds is tested in test_disentangling.py, test_likelihood_families.py
    whole = loss.reconstruction + more.get("beta", 1.0) * loss.regularizer
    torch.testing.assert_close(loss.total, whole)


@every_model
def test_every_weight_gets_a_gradient(family, trunk, activation):
    model = make(family, trunk, activation)
    model.loss(images(), None, told(model), torch.Generator().manual_seed(0)).total.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@every_model
def test_the_arguments_alone_rebuild_the_model(family, trunk, activation):
    more = {"beta": 0.25} if family == "vae" else {}
    model = make(family, trunk, activation, **more)
    arguments = json.loads(json.dumps(model.arguments))
    again = build(family, arguments)
    again.load_state_dict(model.state_dict(), strict=True)
    assert again.arguments == model.arguments and type(again) is type(model)
    x = images()
    labels = told(model)
    z = model.encode(x, labels).z
    assert torch.equal(again.encode(x, labels).z, z)
    assert torch.equal(again.decode(z, labels), model.decode(z, labels))
    losses = [m.loss(x, None, labels, torch.Generator().manual_seed(1)).total for m in (model, again)]
    assert torch.equal(*losses)
    assert model.parameter_count == sum(t.numel() for t in model.state_dict().values())


@every_model
def test_layers_come_from_the_vocabulary(family, trunk, activation):
    model = make(family, trunk, activation)
    for network in (model.encoder, model.decoder):
        assert isinstance(network, nn.Sequential)
        drawn_by_the_server = model.autoregressive and network is model.decoder
        assert drawn_by_the_server or {type(layer) for layer in network} <= set(VOCABULARY)
    assert not any("BatchNorm" in type(m).__name__ for m in model.modules())
    assert set(model.state_dict()) == {name for name, _ in model.named_parameters()}  # no buffer is shipped


@pytest.mark.parametrize("family", list(models.families()))
@pytest.mark.parametrize("shape, trunk", [((3, 16, 8), "conv"), ((2, 5, 7), "mlp")])
def test_colours_and_oblong_images_pass_through(family, shape, trunk):
    model = make(family, trunk, image_shape=shape)
    x = images(shape=shape)
    assert model.decode(model.encode(x, told(model)).z, told(model)).shape == x.shape


@pytest.mark.parametrize("trunk", WIDTHS)
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_multiply_adds_are_those_that_torch_counts(trunk, part):
    model = make("vae", trunk)
    network, shape = getattr(model, part), SHAPE if part == "encoder" else (LATENT,)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, *shape))
    assert multiply_adds(network, shape) == counter.get_total_flops() // 2 > 0


@pytest.mark.parametrize("recipe", recipes().values(), ids=lambda r: r.id)
def test_recipes_stay_within_what_a_browser_can_follow(recipe):
    model = build(recipe.family, recipe.arguments)
    limit = 4_000_000 if max(model.image_shape) >= 64 else 2_000_000
    encoder, decoder = model.given(0 if model.label_count else None)
    assert multiply_adds(encoder, model.image_shape) <= limit
    assert multiply_adds(decoder, (model.latent_dim,)) <= limit


@pytest.mark.parametrize(
    "family, change, words",
    [
        ("vae", {"activation": "gelu"}, "'gelu' is not known: choose from ['relu', 'silu', 'tanh']"),
        ("vae", {"trunk_kind": "resnet"}, "'resnet' is not known: choose 'mlp' or 'conv'"),
        ("vae", {"trunk_kind": "conv", "widths": (4, 4, 4, 4, 8)}, "8x8 image cannot be halved 4 times"),
        ("vae", {"trunk_kind": "conv", "widths": (4,)}, "widths [4] are too few"),
        ("vae", {"trunk_kind": "conv", "widths": ()}, "widths [] are too few"),
        ("vae", {"beta": -0.5}, "beta is -0.5: give a weight of at least 0"),
        ("vae", {"beta": float("nan")}, "beta is nan"),
        ("gan", {}, "'gan' is not known: choose from ["),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(family, change, words):
    arguments = dict(image_shape=SHAPE, latent_dim=LATENT, widths=(8,)) | change
    with pytest.raises(ValueError) as caught:
        build(family, arguments)
    assert words in str(caught.value) and str(caught.value).endswith(".")
