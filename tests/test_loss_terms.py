"""Terms of the loss for one image, against torch.distributions and each family's own loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli

from explorer import latent, loss_terms
from explorer.models import build

FACTS = dict(image_shape=[1, 8, 8], latent_dim=4, widths=[12])
X = np.random.default_rng(0).integers(0, 2, (1, 1, 8, 8)).astype(np.float32)


def made(family: str, **more: object):
    torch.manual_seed(2)
    return build(family, FACTS | more).eval()


@pytest.mark.parametrize("family", ["vae", "conditional"])
def test_of_black_and_white_pixels_it_is_bernoullis_likelihood(family: str) -> None:
    model = made(family)
    labels = np.array([3, 3, 3]) if model.label_count else None
    z = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    pictures = torch.from_numpy(latent.decode(model, z, labels=labels))
    expected = -Bernoulli(probs=pictures).log_prob(torch.from_numpy(X)).flatten(1).sum(1)
    found = loss_terms.reconstruction(model, X, z, labels)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4)
    assert np.ptp(found) > 0.1


@pytest.mark.parametrize(
    ("family", "more"),
    [("autoencoder", {}), ("sparse", {"penalty": "l1", "weight": 0.3}), ("sparse", {"penalty": "kl"}),
     ("contractive", {"weight": 0.2})],
)  # fmt: skip
def test_terms_of_a_plain_model_are_its_loss(family: str, more: dict[str, object]) -> None:
    model = made(family, **more)
    z = latent.encode(model, X)[0]
    first = loss_terms.reconstruction(model, X, z)[0]
    second = loss_terms.penalty(model, X)
    with torch.no_grad():
        loss = model.loss(torch.from_numpy(X))
    assert first == pytest.approx(float(loss.reconstruction), rel=1e-5)
    assert first + loss_terms.weight(model) * second == pytest.approx(float(loss.total), rel=1e-5)
    assert (second > 0) is (family != "autoencoder")


def test_terms_of_a_vae_are_its_loss_at_the_same_draw() -> None:
    model = made("vae", beta=3.0)
    eps = torch.randn(1, 4, generator=torch.Generator().manual_seed(5))
    mean, logvar = latent.encode(model, X)
    z = mean + np.exp(0.5 * logvar) * eps.numpy()
    with torch.no_grad():
        loss = model.loss(torch.from_numpy(X), generator=torch.Generator().manual_seed(5))
    first = loss_terms.reconstruction(model, X, z)[0]
    kl = latent.kl_per_dimension(mean, logvar).sum()
    assert first == pytest.approx(float(loss.reconstruction), rel=1e-5)
    assert first + loss_terms.weight(model) * kl == pytest.approx(float(loss.total), rel=1e-5)


@pytest.mark.parametrize(
    ("family", "more"),
    [("vae", {"beta": 3.0}), ("conditional", {"beta": 2.0}), ("scheduled", {"beta": 100.0}),
     ("scheduled", {"schedule": "cyclical", "free_bits": 0.5}), ("rows", {"schedule": "linear"}),
     ("annealed", {"gamma": 50.0, "capacity": 12.0}), ("annealed", {"gamma": 5.0, "capacity": 0.01})],
)  # fmt: skip
def test_the_kl_is_charged_as_the_familys_own_loss_does_in_the_end(
    family: str, more: dict[str, object]
) -> None:
    model = made(family, **more)
    label = 3 if model.label_count else None
    mean, logvar = latent.encode(model, X, None if label is None else np.array([label]))
    kl = latent.kl_per_dimension(mean, logvar)[0]
    with torch.no_grad():
        told = None if label is None else torch.tensor([label])
        loss = model.loss(torch.from_numpy(X), condition=told)
    charge = loss_terms.charge(family, model.arguments)
    assert charge is not None and charge.weight == loss_terms.weight(model) == more.get("beta", charge.weight)
    assert charge.of(kl) == pytest.approx(float(loss.total - loss.reconstruction), rel=1e-4, abs=1e-4)


def test_a_charge_says_its_numbers_and_symbols() -> None:
    annealed, floored = loss_terms.Charge(50.0, capacity=12.0), loss_terms.Charge(1.0, floor=0.5)
    assert str(loss_terms.Charge(100.0)) == "weight 100"
    assert str(annealed) == "weight 50 on |KL − 12|" and r"- 12\right|" in annealed.numbers()
    assert str(floored) == "weight 1, floor 0.5 a dimension" and r"\max(0.5, " in floored.numbers()
    assert annealed.symbols().startswith(r"\gamma") and r"\beta\,\sum_j \max(\lambda" in floored.symbols()
    for other in ("iwae", "factor", "tc", "autoencoder"):
        assert loss_terms.charge(other, {"beta": 4.0}) is None
