"""The sparse autoencoder and the linear one: loss, bound and output against sums written out."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, kl_divergence

from explorer import latent
from explorer.live import network
from explorer.models import build
from explorer.models.sparse import bernoulli_kl

SHAPE, LATENT = (1, 8, 8), 5


def make(**more: object) -> torch.nn.Module:
    torch.manual_seed(4)
    return build("sparse", dict(image_shape=list(SHAPE), latent_dim=LATENT, widths=[]) | more)


def images(count: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("penalty", ["l1", "kl"])
@pytest.mark.parametrize("output", ["sigmoid", "identity"])
def test_the_loss_is_the_sum_written_out(penalty: str, output: str) -> None:
    model, x, target = make(penalty=penalty, output=output, weight=0.7, rho=0.1), images(), images(seed=1)
    loss = model.loss(x, target)
    into, out = model.encoder[1], model.decoder[0]
    error, codes = 0.0, []
    for image, wanted in zip(x.reshape(6, -1), target.reshape(6, -1), strict=True):
        total = (into.weight * image).sum(dim=1) + into.bias
        z = total.clamp(min=0) if penalty == "l1" else 1 / (1 + (-total).exp())
        y = (out.weight * z).sum(dim=1) + out.bias
        y = 1 / (1 + (-y).exp()) if output == "sigmoid" else y
        error += ((y - wanted) ** 2).sum().item() / 6
        codes.append(z.detach().double().numpy())
    mean = np.mean(codes, axis=0)
    expected = mean.sum()
    if penalty == "kl":
        expected = sum(0.1 * math.log(0.1 / m) + 0.9 * math.log(0.9 / (1 - m)) for m in mean)
    assert loss.reconstruction.item() == pytest.approx(error, rel=1e-5)
    assert loss.regularizer.item() == pytest.approx(expected, rel=1e-5)
    assert loss.total.item() == pytest.approx(error + 0.7 * expected, rel=1e-5)


def test_the_divergence_is_that_of_two_coins_and_finite_at_the_ends() -> None:
    mean = torch.tensor([0.01, 0.05, 0.3, 0.99])
    torch.testing.assert_close(bernoulli_kl(0.05, mean), kl_divergence(Bernoulli(0.05), Bernoulli(mean)))
    assert bernoulli_kl(0.05, torch.tensor([0.0, 1.0])).isfinite().all()


@pytest.mark.parametrize("penalty", ["l1", "kl"])
def test_the_penalty_cannot_be_undone_by_a_growing_decoder(penalty: str) -> None:
    """Trained with a penalty alone to gain by it, columns stay within the bound."""
    model = make(penalty=penalty, bound=0.5, weight=10.0)
    assert model.columns.norm(dim=0).max() <= 0.5 + 1e-6
    optimizer, x = torch.optim.Adam(model.parameters(), lr=0.05), images()
    for _ in range(30):
        optimizer.zero_grad()
        model.loss(x).total.backward()
        optimizer.step()
        model.constrain()
    assert model.columns.norm(dim=0).max() <= 0.5 + 1e-6


def test_only_columns_that_are_too_long_are_shortened() -> None:
    model = make(bound=2.0)
    given = torch.randn(64, LATENT, generator=torch.Generator().manual_seed(0))
    given *= torch.tensor([0.0, 0.5, 1.9, 2.1, 40.0]) / given.norm(dim=0)
    with torch.no_grad():
        model.columns.copy_(given)
    model.constrain()
    expected = given * torch.tensor([1.0, 1.0, 1.0, 2 / 2.1, 2 / 40])
    torch.testing.assert_close(model.columns.detach(), expected)


def test_without_weight_it_is_the_plain_loss_of_the_same_network() -> None:
    model, x = make(weight=0.0), images()
    loss = model.loss(x)
    assert torch.equal(loss.total, loss.reconstruction) and loss.regularizer > 0
    assert loss.total.item() == pytest.approx(
        ((model.decode(model.encode(x).z) - x) ** 2).sum().item() / len(x), rel=1e-6
    )


@pytest.mark.parametrize("rise, shares", [(0.5, (0.0, 0.5, 1.0, 1.0)), (0.0, (0.0, 1.0, 1.0, 1.0))])
def test_the_weight_rises_and_stays(rise: float, shares: tuple[float, ...]) -> None:
    model, x = make(weight=2.0, rise=rise), images()
    for progress, share in zip((0.0, 0.25, 0.5, 1.0), shares, strict=True):
        model.progress.fill_(progress)
        loss = model.loss(x)
        torch.testing.assert_close(loss.total, loss.reconstruction + 2.0 * share * loss.regularizer)


def test_what_is_shipped_is_a_plain_sequence_of_layers() -> None:
    for penalty, last in (("l1", nn.ReLU), ("kl", nn.Sigmoid)):
        model = make(penalty=penalty)
        assert [type(layer) for layer in model.encoder] == [nn.Flatten, nn.Linear, last]
        assert [type(layer) for layer in model.decoder] == [nn.Linear, nn.Unflatten]
        assert set(model.state_dict()) == {
            f"{part}.{kind}" for part in ("encoder.1", "decoder.0") for kind in ("weight", "bias")
        }


@pytest.mark.parametrize(
    "more, words",
    [
        ({"penalty": "l0"}, "penalty 'l0' is not known: choose from l1, kl."),
        ({"output": "tanh"}, "output 'tanh' is not known: choose from sigmoid, identity."),
        ({"weight": -1.0}, "weight -1.0, rho 0.05, bound 1.0, rise 0.5: give a weight of at least 0"),
        ({"rho": 1.0}, "a rho between 0 and 1"),
        ({"bound": float("nan")}, "a bound above 0"),
        ({"rise": 1.5}, "rise 1.5: give"),
    ],
)
def test_settings_that_make_no_sense_are_refused(more: dict, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        make(**more)
    assert words in str(caught.value)


# An identity as output


def linear() -> torch.nn.Module:
    torch.manual_seed(1)
    arguments = dict(image_shape=list(SHAPE), latent_dim=LATENT, widths=[], output="identity")
    return build("autoencoder", json.loads(json.dumps(arguments)))


def test_an_identity_is_measured_as_it_is_and_shown_clipped() -> None:
    model, z = linear(), 20 * np.random.default_rng(0).normal(size=(4, LATENT)).astype(np.float32)
    weight, bias = (model.decoder[0].weight.detach().numpy(), model.decoder[0].bias.detach().numpy())
    expected = (z @ weight.T + bias).reshape(4, *SHAPE)
    assert expected.min() < -0.5 and expected.max() > 1.5
    np.testing.assert_allclose(model.decode(torch.from_numpy(z)).detach(), expected, atol=1e-5)
    np.testing.assert_allclose(latent.decode(model, z, clip=False), expected, atol=1e-5)
    np.testing.assert_allclose(latent.decode(model, z), np.clip(expected, 0, 1), atol=1e-5)
    x = images().numpy()
    unclipped = latent.reconstruct(model, x, clip=False)
    np.testing.assert_array_equal(np.clip(unclipped, 0, 1), latent.reconstruct(model, x))


def test_the_arguments_name_the_output_only_where_it_is_not_the_sigmoid() -> None:
    assert linear().arguments["output"] == "identity"
    assert "output" not in make().arguments
    again = build("autoencoder", linear().arguments)
    assert again.output == "identity"


def test_the_browser_gets_the_same_output() -> None:
    stored = {name: tensor for name, tensor in linear().state_dict().items()}
    for model, kind in ((linear(), b'"Hardtanh"'), (make(), b'"Sigmoid"')):
        decoder = network.of_model(model, stored)[1].packed
        assert kind in decoder and (b'"Sigmoid"' in decoder) == (kind == b'"Sigmoid"')
