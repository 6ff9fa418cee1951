"""The families with a likelihood: IWAE's bound, and the VAE that is told the class."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from explorer.models import Autoencoder, build

SHAPE, LATENT = (1, 8, 8), 3
WIDTHS = {"mlp": (13, 7), "conv": (4, 6, 10)}


def make(family: str, **more) -> Autoencoder:
    torch.manual_seed(4)
    known = dict(image_shape=SHAPE, latent_dim=LATENT, widths=(16,), activation="silu")
    return build(family, known | more)


def images(count: int = 4) -> torch.Tensor:
    return (torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0)) < 0.4).float()


def test_a_binary_models_reconstruction_is_named_a_likelihood_and_a_grey_ones_is_not():
    assert "likelihood" in make("vae", binary=True).reconstruction_name
    assert "likelihood" not in make("vae").reconstruction_name
    assert "binary" not in make("vae").arguments and make("vae", binary=True).arguments["binary"] is True


# IWAE


def bound(model: Autoencoder, x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
    """Burda et al. 2016, eq. 8, one image and one code after the other: eps (k, B, L) -> (), a loss."""
    k, total = len(eps), 0.0
    for b in range(len(x)):
        code = model.encode(x[b : b + 1])
        mean, std = code.z[0], torch.exp(code.posterior.logvar[0] / 2)
        weights = []
        for i in range(k):
            z = mean + std * eps[i, b]
            log_p = Bernoulli(logits=model.decoder(z[None])[0]).log_prob(x[b]).sum()
            log_w = log_p + Normal(0.0, 1.0).log_prob(z).sum() - Normal(mean, std).log_prob(z).sum()
            weights.append(log_w.double())
        highest = max(w.item() for w in weights)
        total = total - (highest + torch.log(sum(torch.exp(w - highest) for w in weights) / k))
    return total / len(x)


@pytest.mark.parametrize("k", [1, 2, 7])
def test_the_iwaes_loss_and_gradient_are_those_of_the_bound_written_out(k):
    model, x = make("iwae", samples=k), images()
    eps = torch.randn(k * len(x), LATENT, generator=torch.Generator().manual_seed(9)).view(k, len(x), LATENT)
    loss = model.loss(x, generator=torch.Generator().manual_seed(9))
    expected = bound(model, x, eps)
    assert loss.total.item() == pytest.approx(expected.item(), rel=1e-5)
    weights = list(model.parameters())
    gradients = torch.autograd.grad(loss.total, weights), torch.autograd.grad(expected, weights)
    for found, written_out in zip(*gradients, strict=True):
        torch.testing.assert_close(found, written_out, rtol=1e-3, atol=1e-5)


def test_more_codes_tighten_the_bound_and_the_parts_are_the_elbos():
    x = images().repeat(500, 1, 1, 1)
    losses = {k: make("iwae", samples=k).loss(x, generator=torch.Generator().manual_seed(1)) for k in (1, 20)}
    elbo = make("vae").loss(x, generator=torch.Generator().manual_seed(1))
    for loss in losses.values():
        torch.testing.assert_close(loss.regularizer, elbo.regularizer)
        torch.testing.assert_close(loss.reconstruction, elbo.reconstruction, rtol=2e-3, atol=0)
    torch.testing.assert_close(losses[1].total, elbo.total, rtol=2e-3, atol=0)
    assert losses[20].total < losses[1].total - 0.05


@pytest.mark.parametrize("family, more, words", [
    ("iwae", {"samples": 0}, "samples is 0: weigh an image by at least one code."),
    ("conditional", {"label_count": 1}, "label_count is 1: "),
])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(family, more, words):
    with pytest.raises(ValueError) as caught:
        make(family, **more)
    assert words in str(caught.value)


# The conditional VAE


@pytest.mark.parametrize("trunk", WIDTHS)
def test_folding_the_label_gives_networks_that_need_none(trunk):
    model = make("conditional", trunk_kind=trunk, widths=WIDTHS[trunk], label_count=4)
    x = images()
    for label in range(4):
        condition = torch.full((len(x),), label)
        encoder, decoder = model.given(label)
        code = model.encode(x, condition)
        torch.testing.assert_close(encoder(x), torch.cat([code.z, code.posterior.logvar], 1))
        torch.testing.assert_close(torch.sigmoid(decoder(code.z)), model.decode(code.z, condition))
        torch.testing.assert_close(decoder(code.z), model.logits(code.z, x, condition))


def test_each_image_is_told_its_own_label():
    model, x, labels = make("conditional", label_count=4), images(), torch.tensor([3, 0, 2, 2])
    code = model.encode(x, labels)
    x_hat = model.decode(code.z, labels)
    for i, label in enumerate(labels.tolist()):
        encoder, decoder = model.given(label)
        torch.testing.assert_close(encoder(x[i : i + 1])[:, :LATENT], code.z[i : i + 1])
        torch.testing.assert_close(torch.sigmoid(decoder(code.z[i : i + 1])), x_hat[i : i + 1])
    loss = model.loss(x, None, labels, torch.Generator().manual_seed(0))
    other = model.loss(x, None, labels.flip(0), torch.Generator().manual_seed(0))
    assert loss.total != other.total
    whole = sum(
        model.loss(x[i : i + 1], None, labels[i : i + 1], torch.Generator().manual_seed(0)).regularizer
        for i in range(4)
    )
    torch.testing.assert_close(loss.regularizer, whole / 4)


def test_a_class_changes_the_picture_at_a_fixed_code():
    model, z = make("conditional", label_count=4), torch.zeros(1, LATENT)
    pictures = [model.decode(z, torch.tensor([label])) for label in range(4)]
    assert all(not torch.allclose(pictures[0], picture) for picture in pictures[1:])


def test_a_missing_or_unknown_class_is_one_sentence():
    model = make("conditional", label_count=4)
    for label in (None, -1, 4):
        with pytest.raises(ValueError, match="is no class of this model: give one of 0 to 3."):
            model.given(label)
    for call in (lambda: model.encode(images()), lambda: model.decode(torch.zeros(1, LATENT))):
        with pytest.raises(ValueError, match="this model is told the class"):
            call()
    with pytest.raises(ValueError, match="takes no class"):
        make("vae").given(3)


def test_the_iwaes_bound_holds_log_k():
    """All weights alike: the bound is the ELBO whatever k, since the mean of equal weights is one of them."""
    model = make("iwae", samples=5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()  # q = p and p(x|z) = 1/2 a pixel: every weight is 2^-64
    assert model.loss(images()).total.item() == pytest.approx(64 * math.log(2), rel=1e-6)
