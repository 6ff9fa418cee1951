"""The cures for collapse and the decoder that brings it about, against formulas written out."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from explorer import latent
from explorer.live import network
from explorer.models import build
from training import recipes

SHAPE = (1, 6, 5)


def make(family: str, **more):
    torch.manual_seed(3)
    arguments = dict(image_shape=SHAPE, latent_dim=4, widths=(9,), activation="tanh")
    model = build(family, arguments | more)
    noise = torch.Generator().manual_seed(4)
    with torch.no_grad():  # far from the start, where all KLs and all logits are about 0
        for weight in model.parameters():
            weight.mul_(2.0).add_(0.3 * torch.randn(weight.shape, generator=noise))
    return model


def binary(n: int = 7, seed: int = 1, shape: tuple[int, ...] = SHAPE) -> torch.Tensor:
    return (torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed)) < 0.4).float()


def weights(model, steps: int) -> list[float]:
    """The weight at every step of a training of `steps`, as the loop sets the progress."""
    found = []
    for step in range(steps):
        model.progress.fill_(step / steps)
        found.append(model.weight().item())
    return found


# The ladder


def test_the_rungs_differ_in_decoder_and_cure_alone():
    """Every rung: same data, encoder, length and seeds; the cures: same decoder, too, and one change each."""
    ours = [r for r in recipes.recipes().values() if "-collapse-" in r.id]
    rungs = {r.id.removeprefix("mnist-collapse-"): r for r in ours}
    assert set(rungs) == {"plain", "linear", "cyclical", "freebits", "weak", "strong", "dead"}
    alike = dict(id="", title="", family="", arguments={})
    assert len({repr(dataclasses.replace(r, **alike)) for r in rungs.values()}) == 1
    models = {name: build(r.family, r.arguments) for name, r in rungs.items()}
    assert all(model.binary and 10 <= model.latent_dim <= 16 for model in models.values())
    assert len({str(model.encoder) for model in models.values()}) == 1
    assert [name for name, model in models.items() if not model.autoregressive] == ["weak", "dead"]
    for cure in ("linear", "cyclical", "freebits"):
        changed = {k for k, v in models[cure].arguments.items() if v != models["plain"].arguments[k]}
        assert changed == {"free_bits"} if cure == "freebits" else changed <= {"schedule", "rise", "cycles"}
    changed = {k for k, v in models["dead"].arguments.items() if v != models["weak"].arguments[k]}
    assert changed == {"beta"}


# The weight of the KL


def test_without_a_schedule_the_weight_is_1():
    assert set(weights(make("scheduled"), 20)) == {1.0}


@pytest.mark.parametrize("rise", [0.25, 0.5, 1.0])
def test_the_linear_warm_up_reaches_1_after_its_share(rise):
    found = weights(make("scheduled", schedule="linear", rise=rise), 1000)
    np.testing.assert_allclose(found, [min(1.0, step / (1000 * rise)) for step in range(1000)], atol=1e-6)


@pytest.mark.parametrize("cycles, rise", [(4, 0.5), (1, 0.3), (3, 1.0)])
def test_the_cycles_are_those_of_fu_et_al(cycles, rise):
    """Equations 6 and 7: tau = mod(t - 1, T / M) / (T / M); beta = tau / R up to R, then 1."""
    total = 1200
    length = math.ceil(total / cycles)
    tau = [((t - 1) % length) / (total / cycles) for t in range(1, total + 1)]
    expected = [one / rise if one <= rise else 1.0 for one in tau]
    found = weights(make("scheduled", schedule="cyclical", cycles=cycles, rise=rise), total)
    # Within a rounding of the progress: where a new cycle begins it decides between 0 and 1.
    off = ~np.isclose(found, expected, atol=1e-3)
    assert off.sum() < cycles and set(np.flatnonzero(off)) <= {k * length for k in range(1, cycles)}
    assert sum(b < a for a, b in itertools.pairwise(found)) == cycles - 1


@pytest.mark.parametrize("schedule", ["constant", "linear", "cyclical"])
def test_a_finished_model_has_the_whole_bound_as_its_loss(schedule):
    model, x = make("scheduled", schedule=schedule), binary()
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss.total, loss.reconstruction + loss.regularizer)


def test_the_weight_is_what_the_loss_is_made_with():
    model, x = make("scheduled", schedule="linear", rise=0.8, beta=3.0), binary()
    model.progress.fill_(0.2)
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss.total, loss.reconstruction + 3.0 * 0.25 * loss.regularizer)
    model.progress.fill_(0.0)
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss.total, loss.reconstruction)


# Free bits


def test_free_bits_put_a_floor_under_the_batch_mean_and_the_report_is_without_it():
    model, x = make("scheduled", free_bits=0.5), binary(40)
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    posterior = model.encode(x).posterior
    kl = kl_divergence(Normal(posterior.mean, posterior.std), Normal(0.0, 1.0))
    mean = kl.mean(0).tolist()
    assert min(mean) < 0.5 < max(mean) and (kl < 0.5).any(0).all()  # the mean is clamped, not each image
    assert loss.regularizer.item() == pytest.approx(sum(mean), rel=1e-5)
    clamped = sum(max(0.5, one) for one in mean)
    assert loss.total.item() == pytest.approx(loss.reconstruction.item() + clamped, rel=1e-5)


def test_below_the_floor_the_kl_has_no_gradient():
    model, x = make("scheduled", free_bits=1e3), binary()
    loss = model.loss(x, generator=torch.Generator().manual_seed(1))
    total = torch.autograd.grad(loss.total, list(model.parameters()), retain_graph=True)
    alone = torch.autograd.grad(loss.reconstruction, list(model.parameters()))
    for a, b in zip(total, alone, strict=True):
        torch.testing.assert_close(a, b)


# The decoder over rows


def sigmoid(v: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-v))


def by_hand(model, z: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """Logits of the row decoder in numpy, image by image, row by row, pixel by pixel."""
    part = {name: tensor.double().numpy() for name, tensor in model.decoder[0].state_dict().items()}
    (c, h, w), width = model.image_shape, model.row_width
    logits = np.zeros((len(z), c, h, w))
    degree = np.arange(width) % (c * w)
    for i in range(len(z)):
        state = np.tanh(part["begin.weight"] @ z[i].double().numpy() + part["begin.bias"])
        for r in range(h):
            row = x[i, :, r].double().numpy().ravel()
            hidden, written = part["state.weight"] @ state + part["state.bias"], np.zeros(c * w)
            for j in range(c * w):
                act = np.tanh(hidden)
                if model.left:
                    known = np.where(np.arange(c * w) < degree[:, None], part["own.weight"], 0) @ row
                    act = np.tanh(hidden + known)
                    links = np.where(degree <= degree[:, None], part["hidden.weight"], 0)
                    act = np.tanh(links @ act + part["hidden.bias"]) * (degree <= j)
                written[j] = part["out.weight"][j] @ act + part["out.bias"][j]
            logits[i, :, r] = written.reshape(c, w)
            of_row = np.split(part["read.weight_ih_l0"] @ row + part["read.bias_ih_l0"], 3)
            of_state = np.split(part["read.weight_hh_l0"] @ state + part["read.bias_hh_l0"], 3)
            reset, update = (sigmoid(of_row[gate] + of_state[gate]) for gate in (0, 1))
            state = (1 - update) * np.tanh(of_row[2] + reset * of_state[2]) + update * state
    return logits


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("shape", [SHAPE, (3, 4, 6)])
def test_teacher_forced_logits_are_the_sum_written_out(shape, left):
    model = make("rows", left=left, row_width=40, image_shape=shape)
    x, z = binary(shape=shape), torch.randn(7, 4, generator=torch.Generator().manual_seed(2))
    found = model.logits(z, x).detach().numpy()
    np.testing.assert_allclose(found, by_hand(model, z, x), rtol=1e-4, atol=1e-4)


def test_a_row_reads_the_rows_above_and_nothing_else():
    model, x = make("rows", row_width=8), binary()
    z = torch.randn(7, 4, generator=torch.Generator().manual_seed(2))
    before = model.logits(z, x)
    for changed in range(6):
        other = x.clone()
        other[:, :, changed] = 1 - other[:, :, changed]
        rows = (model.logits(z, other) != before).any(dim=3).any(dim=0).flatten().nonzero().flatten()
        assert rows.tolist() == list(range(changed + 1, 6))


def test_within_a_row_a_pixel_reads_those_before_it():
    model, x = make("rows", left=True, row_width=20), binary()
    z = torch.randn(7, 4, generator=torch.Generator().manual_seed(2))
    for changed in range(5):
        other = x.clone()
        other[:, :, 2, changed] = 1 - other[:, :, 2, changed]
        there = (model.logits(z, other) != model.logits(z, x)).any(dim=0)[0]
        assert there[2].nonzero().flatten().tolist() == list(range(changed + 1, 5))
        assert there[3:].all() and not there[:2].any()


@pytest.mark.parametrize("left", [False, True])
def test_the_probabilities_of_all_images_sum_to_1(left):
    model = make("rows", image_shape=(1, 4, 3), left=left, row_width=8)
    x = torch.tensor(list(itertools.product([0.0, 1.0], repeat=12))).reshape(-1, 1, 4, 3)
    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(2)).expand(len(x), 4)
    log_p = Bernoulli(logits=model.logits(z, x).double()).log_prob(x.double()).sum(dim=(1, 2, 3))
    assert log_p.exp().sum().item() == pytest.approx(1.0, rel=1e-6)


def test_the_loss_is_teacher_forced():
    model, x = make("rows", left=True, row_width=20, beta=2.0), binary()
    loss = model.loss(x, generator=torch.Generator().manual_seed(4))
    posterior = model.encode(x).posterior
    z = posterior.mean + posterior.std * torch.randn(7, 4, generator=torch.Generator().manual_seed(4))
    logits = torch.from_numpy(by_hand(model, z.detach(), x))
    expected = -Bernoulli(logits=logits).log_prob(x.double()).sum().item() / 7
    assert loss.reconstruction.item() == pytest.approx(expected, rel=1e-4)
    torch.testing.assert_close(loss.total, loss.reconstruction + 2.0 * loss.regularizer)


@pytest.mark.parametrize("left", [False, True])
def test_a_decoded_image_is_what_its_own_drawn_pixels_lead_to(left):
    """Drawing by hand with the stored noise: the decoder given the drawing gives back the same logits."""
    model = make("rows", left=left, row_width=20)
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        x_hat = model.decode(z)
        drawing = (x_hat > model.decoder[0].noise.view(1, 1, 6, 5)).float()
        torch.testing.assert_close(torch.sigmoid(model.logits(z, drawing)), x_hat)
    assert 0 < drawing.mean() < 1 and (drawing[0] != drawing[1]).any()


def test_the_noise_is_the_same_for_all_codes_and_models_unless_another_is_given():
    model, again = make("rows", row_width=8), make("rows", row_width=8, widths=(5,))
    z = torch.ones(3, 4)
    x_hat = model.decode(z)
    torch.testing.assert_close(x_hat[2], x_hat[0])
    torch.testing.assert_close(model.decode(z[:1])[0], x_hat[0])
    assert torch.equal(model.decoder[0].noise, again.decoder[0].noise)
    other = torch.rand(6, 5, generator=torch.Generator().manual_seed(8))
    assert not torch.equal(torch.sigmoid(model.decoder(z)), torch.sigmoid(model.decoder[0](z, other)))
    np.testing.assert_array_equal(latent.decode(model, z.numpy()), x_hat.detach().numpy())


def test_the_browser_refuses_it_by_name():
    model = make("rows", row_width=8)
    with pytest.raises(network.UnknownLayer, match="^The browser cannot compute the layer RowDecoder; it"):
        network.of_model(model, model.state_dict())


@pytest.mark.parametrize(
    "family, change, words",
    [
        ("scheduled", {"schedule": "sigmoid"}, "schedule 'sigmoid' is not known: choose from ['constant'"),
        ("scheduled", {"rise": 0.0}, "rise 0.0, cycles 4, free_bits 0.0: give a share above 0"),
        ("scheduled", {"cycles": 0}, "at least one cycle"),
        ("scheduled", {"free_bits": -1.0}, "at least 0 nats"),
        ("scheduled", {"free_bits": float("nan")}, "at least 0 nats"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(family, change, words):
    with pytest.raises(ValueError) as caught:
        build(family, dict(image_shape=SHAPE, latent_dim=4, widths=(8,)) | change)
    assert words in str(caught.value) and str(caught.value).endswith(".")
