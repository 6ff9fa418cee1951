"""The importance-weighted bound: against the definition, an exact likelihood, and the measured metric."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

from explorer import importance
from explorer.metrics.likelihood import importance_weighted_nll
from explorer.models import build

SHAPE = dict(image_shape=[1, 8, 8], widths=[16], latent_dim=2, binary=True)
X = (np.random.default_rng(0).random((1, 1, 8, 8)) < 0.3).astype(np.float32)


def made(family: str = "vae", **more: object):
    torch.manual_seed(0)
    model = build(family, SHAPE | more).eval()
    torch.nn.init.normal_(model.decoder[-2].weight, std=0.5)  # so that the code matters
    return model


def exact(model) -> float:
    """log p(x) by the sum over a fine lattice of both numbers of the code."""
    axis = torch.linspace(-6, 6, 301)
    z = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        given = Bernoulli(logits=model.decoder(z).flatten(1)).log_prob(torch.from_numpy(X).flatten()).sum(1)
    prior = Normal(0.0, 1.0).log_prob(z).sum(1)
    return float(torch.logsumexp((given + prior).double(), 0) + 2 * math.log(12 / 300))


def test_the_pool_is_that_of_the_metric():
    for model, label in ((made(), None), (made("conditional"), 3)):
        weights = importance.pool(model, X, label, samples=700)
        labels = None if label is None else np.array([label])
        expected = -importance_weighted_nll(model, X, labels, samples=700)[0]
        assert importance.bound(weights, 700).mean == pytest.approx(expected, abs=1e-9)


def test_the_bound_rises_from_the_evidence_bound_to_the_likelihood():
    model = made()
    weights = importance.pool(model, X)
    found = [importance.bound(weights, k) for k in importance.COUNTS]
    truth = exact(model)
    assert found[-1].mean == pytest.approx(truth, abs=0.1)
    with torch.no_grad():
        posterior = model.encode(torch.from_numpy(X)).posterior
        q = Normal(posterior.mean[0], posterior.std[0])
        z = q.sample((20_000,))
        log_x = Bernoulli(logits=model.decoder(z).flatten(1)).log_prob(torch.from_numpy(X).flatten()).sum(1)
        ratio = (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(1)
    elbo = float((log_x + ratio).mean())
    error = 4 * found[0].sd / math.sqrt(importance.POOL)
    assert found[0].mean == pytest.approx(elbo, abs=error) and found[0].mean < truth - 1
    # on one pool the bound with one code is never above another, nor the pool's own below one
    assert all(found[0].mean <= each.mean <= found[-1].mean for each in found)


def test_every_count_divides_the_pool_and_groups_do_not_overlap():
    assert all(importance.POOL % k == 0 for k in importance.COUNTS)
    weights = np.log(np.array([1.0, 3.0, 2.0, 6.0, 100.0]))
    two = importance.bound(weights, 2)
    each = np.log([2.0, 4.0])
    assert two.repetitions == 2 and two.mean == pytest.approx(each.mean())
    assert two.sd == pytest.approx(each.std(ddof=1))
    whole = importance.bound(weights, 5)
    assert whole.repetitions == 1 and math.isnan(whole.sd)
    for wrong in (0, 6):
        with pytest.raises(ValueError, match="give 1 to 5"):
            importance.bound(weights, wrong)


def test_the_effective_number_of_codes():
    assert importance.effective(np.full(40, -300.0)) == pytest.approx(40)
    assert importance.effective(np.log([1.0, 1e-12, 1e-12])) == pytest.approx(1)
    w = np.array([1.0, 2.0, 5.0])
    assert importance.effective(np.log(w) - 900) == pytest.approx(64 / 30)


def test_grey_images_and_models_without_a_likelihood_are_refused():
    with pytest.raises(ValueError, match="binarise"):
        importance.pool(made(), 0.5 * X)
    for model in (build("vae", SHAPE | dict(binary=False)), build("rows", SHAPE)):
        assert not importance.can_weigh(model)
        with pytest.raises(ValueError, match="binary pixels"):
            importance.pool(model, X)
