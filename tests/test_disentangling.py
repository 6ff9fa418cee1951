"""Annealed capacity, beta-TCVAE, FactorVAE: what their losses add, against sums and exact q(z)."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal

from explorer.gaussian import Gaussian
from explorer.models import build
from explorer.models.factor import shuffle_dimensions
from explorer.models.tc import stratified_log_weights, total_correlation

SHAPE, LATENT = (1, 8, 8), 3


def make(family: str, **more: object) -> torch.nn.Module:
    torch.manual_seed(4)
    return build(family, dict(image_shape=list(SHAPE), latent_dim=LATENT, widths=[16], **more))


def images(count: int = 6, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed))


def posteriors(count: int, seed: int = 1) -> Gaussian:
    random = torch.Generator().manual_seed(seed)
    return Gaussian(
        2 * torch.randn(count, LATENT, generator=random), torch.randn(count, LATENT, generator=random)
    )


@pytest.mark.parametrize("progress, allowed", [(0.0, 0.0), (0.25, 10.0), (0.5, 20.0), (1.0, 20.0)])
def test_the_capacity_rises_and_stays(progress: float, allowed: float) -> None:
    model = make("annealed", gamma=3.0, capacity=20.0, rise=0.5)
    model.progress.fill_(progress)
    loss = model.loss(images(), generator=torch.Generator().manual_seed(2))
    total = loss.reconstruction + 3.0 * abs(loss.regularizer - allowed)
    torch.testing.assert_close(loss.total, total)
    same = make("annealed")
    same.load_state_dict(model.state_dict())
    assert same.progress == 1.0  # a model that is loaded is trained


@pytest.mark.parametrize("more", [{"gamma": -1.0}, {"capacity": float("nan")}, {"rise": 0.0}])
def test_settings_that_make_no_sense_are_refused(more: dict) -> None:
    with pytest.raises(ValueError, match="give weights"):
        make("annealed", **more)
    with pytest.raises(ValueError, match="gamma"):
        make("factor", gamma=-1.0)


def test_total_correlation_is_the_sum_written_out() -> None:
    count, data_size = 5, 40.0
    posterior = posteriors(count)
    z = posterior.sample(torch.Generator().manual_seed(3))
    m = count - 1
    expected = 0.0
    for i in range(count):
        joint, product = 0.0, [0.0] * LATENT
        for j in range(count):
            weight = 1 / data_size if j == i else 1 / m
            if j == (i + 1) % count:
                weight = (data_size - m) / (data_size * m)
            density = [
                math.exp(Normal(posterior.mean[j, k], posterior.std[j, k]).log_prob(z[i, k]))
                for k in range(LATENT)
            ]
            joint += weight * math.prod(density)
            product = [p + weight * d for p, d in zip(product, density, strict=True)]
        expected += (math.log(joint) - sum(map(math.log, product))) / count
    assert total_correlation(z, posterior, data_size).item() == pytest.approx(expected, rel=1e-4)


def test_the_weights_estimate_the_exact_aggregate_posterior() -> None:
    """A set of 6 images seen whole, in every order: on average sum_j W_ij q(z_i|x_j) is q(z_i) exactly."""
    count = 6
    posterior = posteriors(count)
    z = posterior.sample(torch.Generator().manual_seed(3))
    density = Normal(posterior.mean[None], posterior.std[None]).log_prob(z[:, None]).sum(2).exp()
    exact = density.mean(1)
    weights = stratified_log_weights(count, float(count)).exp()
    torch.testing.assert_close(weights.sum(1), torch.ones(count))
    random = torch.Generator().manual_seed(0)
    estimates = torch.zeros(count, dtype=torch.float64)
    for _ in range(4000):
        order = torch.randperm(count, generator=random)
        estimates[order] += (weights * density[order][:, order]).sum(1).double() / 4000
    torch.testing.assert_close(estimates, exact.double(), rtol=0.02, atol=0)


def test_independent_codes_have_no_total_correlation_and_equal_ones_have() -> None:
    random = torch.Generator().manual_seed(0)
    mean = torch.randn(400, 1, generator=random)
    tight = torch.full((400, 2), -6.0)
    copies = Gaussian(mean.expand(400, 2).contiguous(), tight)
    apart = Gaussian(torch.cat([mean, mean[torch.randperm(400, generator=random)]], 1), tight)
    values = [total_correlation(g.sample(random), g, 400.0).item() for g in (copies, apart)]
    assert values[0] > values[1] + 1.0


def test_beta_weighs_the_total_correlation_alone() -> None:
    losses = {
        beta: make("tc", beta=beta).loss(images(), generator=torch.Generator().manual_seed(5))
        for beta in (1, 3)
    }
    torch.testing.assert_close(losses[1].total, losses[1].reconstruction + losses[1].regularizer)
    model = make("tc")
    posterior = model.encode(images()).posterior
    z = posterior.sample(torch.Generator().manual_seed(5))
    expected = losses[1].total + 2 * total_correlation(z, posterior, 50_000.0)
    torch.testing.assert_close(losses[3].total, expected)


def test_shuffling_keeps_each_dimensions_values_and_breaks_their_ties() -> None:
    z = torch.arange(200.0).reshape(-1, 1).expand(200, LATENT)
    shuffled = shuffle_dimensions(z, torch.Generator().manual_seed(0))
    torch.testing.assert_close(shuffled.sort(0).values, z)
    assert abs(torch.corrcoef(shuffled.T)[0, 1]) < 0.3


def test_the_critic_learns_to_tell_and_teaches_the_encoder_nothing() -> None:
    model = make("factor")
    critic = model.make_critic()
    x, other = images(), images(seed=9)
    model.critic_loss(critic, x, other, torch.Generator().manual_seed(0)).backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(p.grad.abs().sum() > 0 for p in critic.parameters())
    # A critic that says "real" by 2 of every code makes the encoder pay gamma * 2.
    for parameter in critic.parameters():
        parameter.data.zero_()
    critic[-1].bias.data = torch.tensor([2.0, 0.0])
    loss = model.loss(x, generator=torch.Generator().manual_seed(1), critic=critic)
    torch.testing.assert_close(loss.total, loss.reconstruction + loss.regularizer + model.gamma * 2.0)
    assert not any(name.startswith("critic") for name in model.state_dict())
