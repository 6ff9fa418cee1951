"""Contractive, stacked and dropout autoencoders: their losses against brute force and sums written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.func import jacrev, vmap

from explorer.models import Autoencoder, build
from explorer.models.contractive import SLOPES, mirrored, squared_slope
from explorer.models.layers import ACTIVATIONS
from explorer.models.stacked import blocks

SHAPE, LATENT = (1, 8, 8), 3
TRUNKS = [("mlp", ()), ("mlp", (13,)), ("mlp", (13, 7)), ("mlp", (13, 9, 7)), ("conv", (4, 6, 10))]
every_trunk = pytest.mark.parametrize("trunk, widths", TRUNKS)


def make(family: str, trunk: str = "mlp", widths: tuple[int, ...] = (13, 7), **more: object) -> Autoencoder:
    torch.manual_seed(4)
    known = dict(image_shape=SHAPE, latent_dim=LATENT, trunk_kind=trunk, widths=widths, activation="silu")
    return build(family, known | more)


def images(count: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed))


# Contractive


def brute_slope(encoder: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """||dz/dx||_F^2 of each image by reverse-mode differentiation, in float64."""
    encoder = encoder.double()
    jacobian = vmap(jacrev(lambda image: encoder(image[None])[0]))(x.double())
    encoder.float()
    return jacobian.square().flatten(1).sum(1).float()


@every_trunk
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_slope_is_the_norm_of_the_whole_jacobian(trunk, widths, activation):
    model, x = make("contractive", trunk, widths, activation=activation), 3 * images() - 1
    with torch.no_grad():  # steep enough that no term is lost in rounding, biases included
        for p in model.encoder.parameters():
            p.copy_(3 * p + 0.05 * torch.randn(p.shape))
    found = squared_slope(model.encoder, x)
    assert found.shape == (6,)
    torch.testing.assert_close(found, brute_slope(model.encoder, x), rtol=2e-5, atol=0)
    assert len(set(found.tolist())) > (1 if widths else 0)  # slopes depend on the image


@every_trunk
def test_the_penalty_teaches_as_the_jacobian_would(trunk, widths):
    model, x = make("contractive", trunk, widths), images()
    weights = [p for p in model.encoder.parameters() if p.ndim > 1]
    found = torch.autograd.grad(squared_slope(model.encoder, x).sum(), weights)
    jacobian = vmap(jacrev(lambda image: model.encoder(image[None])[0]))(x)
    expected = torch.autograd.grad(jacobian.square().sum(), weights)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", [kind() for kind in SLOPES], ids=lambda layer: type(layer).__name__)
def test_each_slope_is_the_derivative(layer):
    h = torch.linspace(-5, 5, 41).add(0.01).requires_grad_()
    torch.testing.assert_close(SLOPES[type(layer)](h), torch.autograd.grad(layer(h).sum(), h)[0])


def test_an_activation_without_a_known_slope_is_named():
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.GELU(), nn.Linear(5, 2))
    with pytest.raises(ValueError, match="the slope of GELU is not known: use one of ReLU, SiLU"):
        squared_slope(encoder, images())


def test_the_loss_is_error_plus_weighted_slope():
    model, x, target = make("contractive", weight=0.7), images(), images(seed=1)
    loss = model.loss(x, target)
    error = (model.decode(model.encode(x).z) - target).square().sum() / 6
    torch.testing.assert_close(loss.reconstruction, error)
    torch.testing.assert_close(loss.regularizer, brute_slope(model.encoder, x).mean())
    torch.testing.assert_close(loss.total, error + 0.7 * loss.regularizer)
    with pytest.raises(ValueError, match="weight is -1.0: give one of at least 0."):
        make("contractive", weight=-1.0)


def test_every_step_leaves_the_decoder_the_mirror_image_of_the_encoder():
    for trunk, widths in TRUNKS:
        model = make("contractive", trunk, widths)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(3):
            model.loss(images()).total.backward()
            optimizer.step()
            before = [(a.weight.clone(), b.weight.clone()) for a, b in mirrored(model.encoder, model.decoder)]
            model.constrain()
            for (down, up), old in zip(mirrored(model.encoder, model.decoder), before, strict=True):
                turn = (lambda w: w.T) if isinstance(up, nn.Linear) else (lambda w: w)
                assert torch.equal(down.weight, turn(up.weight)) and not torch.equal(old[0], turn(old[1]))
                torch.testing.assert_close(down.weight, (old[0] + turn(old[1])) / 2)  # the nearest tied pair
            optimizer.zero_grad()


def test_a_small_code_costs_the_reconstruction():
    """The trap: with weights of its own a decoder makes up for a code a tenth as large; a tied one cannot."""
    tied = make("contractive", widths=(), weight=1.0)
    free = make("autoencoder", widths=())
    free.load_state_dict(tied.state_dict())
    for model in (tied, free):
        with torch.no_grad():
            model.encoder[-1].weight.mul_(0.1)
            model.encoder[-1].bias.mul_(0.1)
            model.decoder[0].weight.mul_(10.0)
        model.constrain()
    before = make("contractive", widths=())
    z = before.encode(images()).z
    torch.testing.assert_close(free.encode(images()).z, 0.1 * z)
    torch.testing.assert_close(free.decode(0.1 * z), before.decode(z))
    slopes = [squared_slope(m.encoder, images()).mean() for m in (before, free, tied)]
    assert slopes[1] < 0.011 * slopes[0] and slopes[2] > 10 * slopes[0]


# Stacked


@pytest.mark.parametrize("trunk, widths", TRUNKS)
def test_a_block_and_its_mirror_image_give_what_the_other_takes(trunk, widths):
    model, h = make("stacked", trunk, widths), images()
    down, up = blocks(model.encoder), blocks(model.decoder)[::-1]
    assert len(down) == len(up) == sum(p.ndim > 1 for p in model.encoder.parameters())
    for one, back in zip(down, up, strict=True):
        assert back(one(h)).shape == h.shape
        h = one(h)
    torch.testing.assert_close(h, model.encoder(images()))
    assert [layer for part in blocks(model.decoder) for layer in part] == list(model.decoder)


@pytest.mark.parametrize("progress, turn", [(0.0, 0), (0.19, 0), (0.2, 1), (0.39, 1), (0.4, 2), (0.59, 2)])
def test_in_its_turn_a_layer_denoises_and_no_other_learns(progress, turn):
    model, x = make("stacked", pretraining=0.6, noise=0.25), images()
    model.progress.fill_(progress)
    loss = model.loss(x, generator=torch.Generator().manual_seed(7))
    loss.total.backward()

    e, d, act = model.encoder, model.decoder, torch.nn.functional.silu
    h = [x.flatten(1), act(e[1](x.flatten(1)))]
    h.append(act(e[3](h[1])))
    kept = torch.rand(x.shape if turn == 0 else h[turn].shape, generator=torch.Generator().manual_seed(7))
    masked = h[turn] * (kept.flatten(1) >= 0.25)
    assert 0.6 < (kept >= 0.25).float().mean() < 0.9
    down = [lambda v: act(e[1](v)), lambda v: act(e[3](v)), lambda v: e[5](v)]
    up = [lambda v: torch.sigmoid(d[4](v)), lambda v: act(d[2](v)), lambda v: act(d[0](v))]
    back = up[turn](down[turn](masked))
    torch.testing.assert_close(loss.total, (back - h[turn]).square().sum() / 6)
    learning = {name for name, p in model.named_parameters() if p.grad is not None}
    pair = [("encoder.1", "decoder.4"), ("encoder.3", "decoder.2"), ("encoder.5", "decoder.0")][turn]
    assert learning == {f"{name}.{part}" for name in pair for part in ("weight", "bias")}

    # What is reported is the image as the stack so far gives it back.
    code = x[:1].flatten(1)  # of every eighth image: here the first
    for step in down[: turn + 1]:
        code = step(code)
    for step in reversed(up[: turn + 1]):
        code = step(code)
    torch.testing.assert_close(loss.reconstruction, (code - x[:1].flatten(1)).square().sum())


def test_after_its_turns_and_without_any_the_stack_is_a_plain_autoencoder():
    x, plain = images(), make("autoencoder")
    for pretraining, progress in ((0.6, 0.6), (0.6, 1.0), (0.0, 0.0), (1.0, 1.0)):
        model = make("stacked", pretraining=pretraining)
        model.progress.fill_(progress)
        torch.testing.assert_close(model.loss(x).total, plain.loss(x).total)
    for wrong in ({"pretraining": 1.1}, {"noise": 1.0}, {"noise": float("nan")}):
        with pytest.raises(ValueError, match="give shares"):
            make("stacked", **wrong)


# Dropout


def test_dropout_drops_hidden_units_and_nothing_else():
    model, x = make("dropout", rate=0.3), images(40)
    loss = model.train().loss(x, generator=torch.Generator().manual_seed(5))
    random = torch.Generator().manual_seed(5)

    def thin(h: torch.Tensor) -> torch.Tensor:
        kept = torch.rand(h.shape, generator=random) >= 0.3
        assert 0.5 < kept.float().mean() < 0.9
        return torch.where(kept, h / 0.7, torch.zeros(()))

    act, e, d = torch.nn.functional.silu, model.encoder, model.decoder
    z = e[5](thin(act(e[3](thin(act(e[1](x.flatten(1))))))))
    x_hat = torch.sigmoid(d[4](thin(act(d[2](thin(act(d[0](z))))))))
    torch.testing.assert_close(loss.total, (x_hat - x.flatten(1)).square().sum() / 40)
    torch.testing.assert_close(loss.reconstruction, loss.total)


@pytest.mark.parametrize("trunk", ["mlp", "conv"])
def test_without_training_nothing_is_dropped_and_nothing_of_it_is_shipped(trunk):
    widths = dict(TRUNKS)[trunk]
    model, plain, x = make("dropout", trunk, widths, rate=0.5), make("autoencoder", trunk, widths), images()
    assert model.state_dict().keys() == plain.state_dict().keys()
    torch.testing.assert_close(model.eval().loss(x).total, plain.loss(x).total)
    torch.testing.assert_close(make("dropout", trunk, widths, rate=0.0).loss(x).total, plain.loss(x).total)
    assert not torch.equal(model.train().loss(x).total, model.loss(x).total)  # another mask each time
    with pytest.raises(ValueError, match="rate is 1.0: give a share"):
        make("dropout", rate=1.0)
