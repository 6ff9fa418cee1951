"""The training loop: its schedule, what a step sees, what the curve says, its arithmetic."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from explorer import datasets
from explorer.models import Loss
from training import loop
from training.device import pick_device
from training.loop import Run, learning_rate
from training.recipes import Corruption, get
from training.validation import gallery_kl, gallery_loss

CPU = torch.device("cpu")
NOISE = (
    Corruption("gaussian", 0.0, 1.0),
    Corruption("salt_pepper", 0.1, 0.5),
    Corruption("masking", 0.0, 0.7),
    Corruption("block", 0.2, 0.5),
)


# Schedule


def test_the_learning_rate_rises_in_a_line_and_falls_in_half_a_cosine(tiny):
    recipe = tiny(learning_rate=2.0, warmup=0.1)
    rates = np.array([learning_rate(recipe, step, 1000) for step in range(1000)])
    np.testing.assert_allclose(rates[:100], 2.0 * np.arange(1, 101) / 100)
    assert rates[99] == rates[100] == rates.max() == 2.0
    np.testing.assert_allclose(rates[[325, 550, 775]], [2 * 0.853553, 1.0, 2 * 0.146447], rtol=1e-5)
    assert (np.diff(rates[100:]) < 0).all() and 0 < rates[-1] < 1e-5


@given(st.integers(1, 500), st.floats(0, 0.9))
@settings(max_examples=30, deadline=None)
def test_the_learning_rate_stays_between_0_and_the_recipes(tiny, steps, warmup):
    recipe = tiny(learning_rate=0.5, warmup=warmup)
    rates = [learning_rate(recipe, step, steps) for step in range(steps)]
    assert all(0 < rate <= 0.5 for rate in rates) and max(rates) == 0.5


def test_each_step_uses_its_own_learning_rate(tiny, monkeypatch):
    run = Run(tiny(epochs=1), 0, CPU)
    used = []
    monkeypatch.setattr(run.optimizer, "step", lambda: used.append(run.optimizer.param_groups[0]["lr"]))
    run.train()
    assert used == [learning_rate(run.recipe, step, run.steps) for step in range(18)]


# What a run does


def test_a_long_curve_is_thinned_but_for_its_ends_and_validations(tiny, monkeypatch):
    monkeypatch.setattr(loop, "CURVE_POINTS", 4)
    monkeypatch.setattr(loop, "VALIDATION_POINTS", 2)
    run = Run(tiny(epochs=10), 0, CPU)
    run.train()
    assert [point["epoch"] for point in run.curve] == [1, 4, 5, 7, 10]
    assert [point["epoch"] for point in run.curve if "gallery_reconstruction" in point] == [5, 10]


def test_a_run_of_some_classes_sees_no_other_image(tiny):
    run, digits = Run(tiny(classes=(3, 7)), 0, CPU), datasets.get("digits")
    for images, name in ((run.images, "train"), (run.held_out, "gallery")):
        split = digits.split(name)
        wanted = [image for image, label in zip(split.images, split.labels, strict=True) if label in (3, 7)]
        np.testing.assert_array_equal(images.numpy(), wanted)
    assert run.batches == len(run.images) // 64 == 3


def spied(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.Tensor, torch.Tensor, Loss]]:
    """Will hold input, target and loss of every step."""
    seen, real = [], run._loss

    def spy(x, target, *rest):
        loss = real(x, target, *rest)
        seen.append((x, target, Loss(*(part.detach() for part in loss))))
        return loss

    monkeypatch.setattr(run, "_loss", spy)
    return seen


def test_every_image_is_seen_once_an_epoch_in_another_order_each_time(tiny, monkeypatch):
    run = Run(tiny(epochs=2, batch_size=63), 0, CPU)  # 1197 = 19 x 63: nothing is left over
    seen = spied(run, monkeypatch)
    run.train()
    epochs = [torch.cat([target for _, target, _ in seen[i : i + 19]]).flatten(1) for i in (0, 19)]
    everything = datasets.get("digits").split("train").pixels().reshape(1197, -1)
    for epoch in epochs:
        assert torch.equal(torch.unique(epoch, dim=0), torch.unique(torch.from_numpy(everything), dim=0))
        np.testing.assert_allclose(epoch.sum(), everything.sum(), rtol=1e-6)
    assert not torch.equal(*epochs)


def test_each_batch_draws_a_corruption_and_each_image_its_level(tiny, monkeypatch):
    run = Run(tiny(epochs=4, corruptions=NOISE), 0, CPU)
    drawn: dict[str, list[torch.Tensor]] = {one.kind: [] for one in NOISE}
    real = loop.corrupt

    def spy(x, kind, level, generator):
        drawn[kind].append(level)
        return real(x, kind, level, generator)

    monkeypatch.setattr(loop, "corrupt", spy)
    run.train()
    assert sum(len(levels) for levels in drawn.values()) == run.steps
    for one in NOISE:
        levels, tenth = torch.cat(drawn[one.kind]), 0.1 * (one.high - one.low)
        assert one.low <= levels.min() < one.low + tenth and one.high - tenth < levels.max() <= one.high
        assert len(levels.unique()) > 0.9 * len(levels)


def test_a_denoising_run_reconstructs_the_clean_image(tiny, monkeypatch):
    run = Run(tiny(epochs=1, corruptions=(Corruption("masking", 1.0, 1.0),)), 0, CPU)
    seen = spied(run, monkeypatch)
    run.train()
    assert all(not x.any() and target.mean() > 0.2 for x, target, _ in seen)


def test_the_learning_curve_holds_the_epochs_means(tiny, monkeypatch):
    run = Run(tiny(epochs=45), 0, CPU)
    seen = spied(run, monkeypatch)
    reported = []
    run.train(report=lambda run: reported.append(run.curve[-1]["epoch"]))
    curve = run.curve
    assert [p["epoch"] for p in curve] == reported == list(range(1, 46))
    for epoch in (1, 2, 45):
        parts = torch.tensor([loss for _, _, loss in seen[(epoch - 1) * 18 : epoch * 18]]).mean(0).tolist()
        stated = [curve[epoch - 1][name] for name in ("loss", "reconstruction", "regularizer")]
        assert stated == pytest.approx(parts, abs=1e-4)
    held_out = [p["epoch"] for p in curve if "gallery_reconstruction" in p]
    assert held_out == [p["epoch"] for p in curve if "gallery_regularizer" in p]
    assert held_out == [*range(2, 45, 2), 45]
    stated = [curve[-1][name] for name in ("gallery_reconstruction", "gallery_regularizer")]
    assert stated == pytest.approx(gallery_loss(run.model, run.held_out), abs=1e-4)
    assert held_out == [p["epoch"] for p in curve if "gallery_kl_per_dimension" in p]
    for p in curve[1::2]:
        assert sum(p["gallery_kl_per_dimension"]) == pytest.approx(p["gallery_regularizer"], abs=3e-4)
    seconds = [p["seconds"] for p in curve]
    assert seconds == sorted(seconds) and 0 < seconds[-1] <= round(run.seconds, 2)


def test_the_gallery_loss_is_the_mean_over_all_images_in_batches(tiny):
    model = Run(tiny(family="autoencoder"), 0, CPU).model
    images = torch.from_numpy(datasets.get("digits").split("train").images.copy())  # 1197: a batch and a bit
    found = gallery_loss(model, images)
    with torch.no_grad():
        x = images / 255
        error = ((model.decode(model.encode(x).z) - x) ** 2).sum(dim=(1, 2, 3)).mean()
    assert found == pytest.approx((error.item(), 0.0), rel=1e-5)
    assert found == gallery_loss(model, images)


def test_the_gallery_kl_is_the_mean_over_all_images_dimension_by_dimension(tiny):
    model = Run(tiny(), 0, CPU).model
    with torch.no_grad():
        model.encoder[-1].weight.mul_(5)
    images = torch.from_numpy(datasets.get("digits").split("train").images.copy())
    posterior = model.encode(images / 255).posterior
    kl = kl_divergence(Normal(posterior.mean, posterior.std), Normal(0.0, 1.0)).mean(0).tolist()
    found = gallery_kl(model, images)
    assert found == pytest.approx(kl, abs=6e-5) and found == [round(v, 4) for v in found]
    assert min(found) > 0.01


@pytest.mark.parametrize(
    "family, latent_dim, there", [("vae", 64, True), ("vae", 65, False), ("autoencoder", 2, False)]
)
def test_the_kl_of_each_dimension_is_kept_where_it_can_be_drawn(tiny, family, latent_dim, there):
    arguments = dict(image_shape=[1, 8, 8], latent_dim=latent_dim, widths=[4], activation="silu")
    run = Run(tiny(family=family, arguments=arguments, epochs=1), 0, CPU)
    run.train()
    assert ("gallery_kl_per_dimension" in run.curve[-1]) == there
    assert not there or len(run.curve[-1]["gallery_kl_per_dimension"]) == latent_dim


# Arithmetic


@pytest.mark.parametrize("precision, hardware, expected", [
    ("bf16", True, torch.bfloat16), ("bf16", False, torch.float32), ("float32", True, torch.float32),
])  # fmt: skip
def test_bfloat16_is_used_where_recipe_and_hardware_have_it(tiny, monkeypatch, precision, hardware, expected):
    monkeypatch.setattr(loop, "has_bf16", lambda device: hardware)
    run = Run(tiny(precision=precision, epochs=1), 0, CPU)
    seen = set()
    run.model.decoder.register_forward_hook(lambda module, x, y: seen.add(y.dtype))
    run._one_step()
    assert seen == {expected} and all(p.dtype == torch.float32 for p in run.model.parameters())
    assert ("bfloat16" in run.device_name) == (expected == torch.bfloat16)
    assert run.device_name.startswith("CPU, ")


def test_a_device_that_is_not_here_is_one_sentence():
    assert pick_device("cpu") == CPU
    for name in ("warp", "cuda:99"):
        with pytest.raises(ValueError) as caught:
            pick_device(name)
        assert str(caught.value) == f"device {name!r} cannot be used here: name another one, or none."


def test_a_loss_that_is_not_finite_ends_the_run_in_one_sentence(tiny):
    run = Run(tiny(learning_rate=1e30), 0, CPU)
    with pytest.raises(FloatingPointError) as caught:
        run.train()
    said = "the loss of tiny is no longer finite in epoch 1: lower its learning rate."
    assert str(caught.value) == said and run.curve == []


def test_weights_that_went_wrong_in_the_very_last_step_are_noticed(tiny):
    run = Run(tiny(epochs=1), 0, CPU)
    step = run.optimizer.step

    def spoil() -> None:
        step()
        if run.step == run.steps - 1:
            with torch.no_grad():
                next(run.model.parameters()).fill_(torch.nan)

    run.optimizer.step = spoil
    with pytest.raises(FloatingPointError, match="no longer finite in epoch 1"):
        run.train()


def test_batches_larger_than_the_data_set_are_refused(tiny):
    with pytest.raises(ValueError, match="tiny asks for batches of 1198 but has 1197 images: "):
        Run(tiny(batch_size=1198), 0, CPU)


def test_digits_vae_is_a_recipe_without_surprises():
    """The schedule of a real recipe: 18 batches an epoch, 2 % of all steps to warm up."""
    recipe = dataclasses.replace(get("digits-vae"), epochs=1)
    run = Run(recipe, 0, CPU)
    assert (run.batches, run.steps) == (18, 18)
    assert math.isclose(learning_rate(recipe, 0, 18), 2e-3)
