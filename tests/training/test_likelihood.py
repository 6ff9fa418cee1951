"""Training and measuring models of binary pixels, and of models that are told the class."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from explorer import binary, datasets, projection, zoo
from explorer.metrics.likelihood import importance_weighted_nll
from training import evaluate, likelihood, measure, train
from training.loop import Interrupted, Run
from training.measure import BINARY_SEED
from training.validation import gallery_loss

CPU = torch.device("cpu")
ARGUMENTS = dict(image_shape=[1, 8, 8], latent_dim=2, widths=[12], activation="silu", binary=True)


@pytest.fixture
def quick(monkeypatch) -> None:
    """20 codes an image instead of 5,000; PCA for UMAP, which has tests of its own."""
    monkeypatch.setattr(likelihood, "SAMPLES", 20)
    real = projection.fit
    monkeypatch.setattr(projection, "fit", lambda method, *given, **more: (
        -real("pca", *given) if method == "umap" else real(method, *given, **more)
    ))  # fmt: skip


def seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.Tensor, ...]]:
    """Will hold input, target and labels of every step."""
    steps, real = [], run._loss
    monkeypatch.setattr(run, "_loss", lambda x, y, labels, *rest: (
        steps.append((x, y, labels)), real(x, y, labels, *rest)
    )[1])  # fmt: skip
    return steps


def test_pixels_are_drawn_anew_each_time_as_their_grey_values_say(tiny, monkeypatch):
    run = Run(tiny(arguments=ARGUMENTS, epochs=40, batch_size=1197), 0, CPU)
    steps = seen(run, monkeypatch)
    run.train()
    drawn = torch.zeros(1197, 1, 8, 8)
    order = torch.Generator().manual_seed(1)  # the run's own order: seed + 1
    for x, target, labels in steps:
        assert x is target and labels is None and set(x.unique().tolist()) == {0.0, 1.0}
        drawn[torch.randperm(1197, generator=order)] += x / len(steps)
    grey = torch.from_numpy(datasets.get("digits").split("train").pixels())
    error = drawn - grey
    assert error.abs().max() < 0.45 and error.mean().abs() < 0.002
    expected = (grey * (1 - grey) / len(steps)).mean()
    assert error.square().mean() == pytest.approx(expected.item(), rel=0.05)


def test_a_binary_run_is_resumed_bit_for_bit(tiny, tmp_path):
    recipe = tiny(family="conditional", arguments=ARGUMENTS)
    whole, begun, resumed = (Run(recipe, 3, CPU) for _ in range(3))
    whole.train()
    path = tmp_path / "state.safetensors"
    with pytest.raises(Interrupted):
        begun.train(path, stop=lambda: begun.step == 25)
    resumed.restore(path)
    resumed.train()
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name])
    # The held-out images are drawn alike each time, whatever the run has drawn before.
    found = [gallery_loss(run.model, run.held_out, run.held_out_labels) for run in (whole, whole, resumed)]
    assert found[0] == found[1] == found[2]


def test_a_conditional_model_is_told_each_images_label(tiny, monkeypatch):
    run = Run(tiny(family="conditional", epochs=1), 0, CPU)
    steps = seen(run, monkeypatch)
    run.train()
    train_split = datasets.get("digits").split("train")
    label_of = {x.tobytes(): int(y) for x, y in zip(train_split.pixels(), train_split.labels, strict=True)}
    for x, _, labels in steps:
        assert [label_of[image.numpy().tobytes()] for image in x] == labels.tolist()
    plain = Run(tiny(), 0, CPU)
    assert plain.labels is None and plain.held_out_labels is None


def test_the_iwae_trains_on_its_own_bound(tiny):
    run = Run(tiny(family="iwae", arguments=ARGUMENTS | {"samples": 20}, epochs=20), 0, CPU)
    run.train()
    first, last = run.curve[0], run.curve[-1]
    assert last["loss"] < first["loss"] - 5  # and below the negative ELBO, which the curve's halves add up to
    assert last["loss"] < last["reconstruction"] + last["regularizer"]


def test_what_a_binary_models_card_states(home, tiny, quick):
    recipe = tiny(family="conditional", arguments=ARGUMENTS, epochs=60)
    train.train(recipe, 0, CPU, resume=False, stop=lambda: False)
    metrics = evaluate.evaluate("tiny").metrics
    model, test = zoo.load("tiny"), datasets.get("digits").split("test")
    x = binary.draw_array(test.pixels(), BINARY_SEED)
    labels = torch.from_numpy(test.labels.copy())
    # Grey-pixel names are not there, likelihoods are: the ELBO is above the importance-weighted one.
    assert not {"cross_entropy", "cross_entropy_plus_kl"} & set(metrics)
    elbo = metrics["nll_given_code"]["value"] + metrics["kl"]["value"]
    assert metrics["negative_elbo"]["value"] == pytest.approx(elbo)
    loss = model.loss(torch.from_numpy(x), None, labels, torch.Generator().manual_seed(1))
    assert elbo == pytest.approx(loss.total.item(), rel=0.02)
    exact = importance_weighted_nll(model, x, test.labels, samples=400).mean()
    nll = metrics["nll"]
    assert exact - 0.05 < nll["value"] < elbo and nll["value"] == pytest.approx(exact, rel=0.02)
    for name in ("nll", "negative_elbo", "kl"):
        assert f"default_rng({BINARY_SEED})" in metrics[name]["on"]
    assert "20 codes" in nll["how"] and "given the true class" in nll["how"]
    assert "true class" in metrics["knn_accuracy"]["how"]
    # The gallery's codes are those of images whose class the encoder is told.
    gallery = datasets.get("digits").split("gallery")
    told = model.encode(torch.from_numpy(gallery.pixels()), torch.from_numpy(gallery.labels.copy())).z
    np.testing.assert_allclose(zoo.gallery("tiny").z, told, rtol=5e-3, atol=1e-3)
    assert abs(metrics["rounding"]["value"]) < 1e-3 and "likelihood" in metrics["rounding"]["how"]


def test_the_likelihood_is_measured_in_parts_and_goes_on_where_it_stopped(
    home, tiny, quick, monkeypatch, capsys
):
    train.train(tiny(arguments=ARGUMENTS), 0, CPU, resume=False, stop=lambda: False)
    described, model, dataset = zoo.card("tiny"), zoo.load("tiny"), datasets.get("digits")
    some = likelihood.measure(described, model, dataset, images=120)["nll"]
    assert some.on.startswith("120 images drawn by a seed of the test split, 300 images")
    stored = next((home / "cache").rglob("likelihood/*.npy"))
    kept = np.load(stored)
    assert f"standard error {kept.std(ddof=1) / 120**0.5:.2f} nats" in some.on
    order = np.random.default_rng(likelihood.SEED).permutation(300)
    x = binary.draw_array(dataset.split("test").pixels(), BINARY_SEED)[order]
    expected = importance_weighted_nll(model, x, samples=20, seed=likelihood.SEED)
    np.testing.assert_allclose(kept, expected[:120], rtol=1e-5)
    asked = []
    real = likelihood.importance_weighted_parts
    monkeypatch.setattr(likelihood, "importance_weighted_parts", lambda *given, **more: (
        asked.append(more["start"]), real(*given, **more)
    )[1])  # fmt: skip
    assert likelihood.main(["tiny"]) == 0
    assert asked == [120] and "tiny nll " in capsys.readouterr().out
    whole = zoo.card("tiny").metrics["nll"]
    assert whole["value"] == pytest.approx(expected.mean(), rel=1e-5) and "standard error" not in whole["on"]
    assert dataclasses.replace(zoo.card("tiny"), metrics={}) == dataclasses.replace(described, metrics={})
    stored.unlink()
    assert evaluate.evaluate("tiny").metrics["nll"] == whole  # a measurement of fewer images replaces none


def test_a_model_of_grey_pixels_has_no_likelihood(home, tiny, capsys):
    train.train(tiny(), 0, CPU, resume=False, stop=lambda: False)
    assert likelihood.main(["tiny"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "tiny models grey pixels, which have no likelihood."
    found = measure.variational(zoo.load("tiny"), datasets.get("digits").split("test"), "test split")
    assert {"cross_entropy", "cross_entropy_plus_kl"} <= set(found) and "not a likelihood" in found[
        "cross_entropy"
    ].how
    assert not {"nll", "nll_given_code", "negative_elbo"} & set(found)
