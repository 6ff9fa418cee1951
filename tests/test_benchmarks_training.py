"""The training benchmark: both sides train the same network on the same images and are judged by one loss."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from benchmarks import trainers, training
from benchmarks.trainers import Case, Found
from explorer.gaussian import Gaussian
from explorer.models.vae import VAE

SMALL = Case("mlp", 20, epochs=3, train=70, gallery=20, test=30, threads=1)


@pytest.fixture(autouse=True)
def no_files(tmp_path, monkeypatch):
    """MNIST's files are not here, for the processes that are started either."""
    from explorer import datasets

    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    datasets.get("mnist").forget()
    yield
    datasets.get("mnist").forget()


def test_without_mnist_as_many_shapes_are_rendered_and_it_is_said():
    images = trainers.load(SMALL)
    assert [len(each) for each in (images.train, images.gallery, images.test)] == [70, 20, 30]
    assert images.train.shape[1:] == (1, 28, 28) and images.train.dtype == np.uint8
    assert 0 < np.mean(images.train > 0) < 0.5 and images.name.startswith("rendered shapes")
    assert trainers.pixels(images.train).max() <= 1


def test_the_loss_of_both_sides_is_the_negative_bound():
    torch.manual_seed(0)
    x, mean, logvar = torch.rand(700, 1, 28, 28), torch.randn(700, 3), torch.randn(700, 3)
    weights = 0.3 * torch.randn(3, 784)  # not so large that a pixel is exactly 1
    place = {float(image[0, 0, 0]): i for i, image in enumerate(x)}

    def posterior(batch):
        chosen = [place[float(image[0, 0, 0])] for image in batch]
        return Gaussian(mean[chosen], logvar[chosen])

    def decode(z):
        return torch.sigmoid(z @ weights).reshape(-1, 1, 28, 28)

    generator = torch.Generator().manual_seed(0)
    noise = torch.cat([torch.randn(size, 3, generator=generator) for size in (500, 200)])
    p = decode(mean + torch.exp(logvar / 2) * noise).double().numpy().clip(1e-40)
    grey = x.double().numpy()
    entropy = -(grey * np.log(p) + (1 - grey) * np.log(1 - p)).sum() / 700
    kl = kl_divergence(Normal(mean, torch.exp(logvar / 2)), Normal(0.0, 1.0)).sum() / 700
    assert trainers.test_loss(posterior, decode, x) == pytest.approx(entropy + kl.item(), rel=1e-4)


def test_our_loop_trains_on_the_given_images_in_whole_batches():
    images = trainers.load(SMALL)
    run = trainers.GivenRun(SMALL, images)
    assert (run.batches, run.steps) == (3, 9) and torch.equal(run.images, torch.from_numpy(images.train))
    found = trainers.ours(SMALL, images)
    assert (len(found.seconds), found.images) == (2, 60)
    assert found.rates == [60 / seconds for seconds in found.seconds]
    assert trainers.bare(SMALL, images).images == 60


def test_both_sides_have_the_same_mlp():
    pytest.importorskip("pythae")
    images = trainers.load(SMALL)
    ours, theirs = trainers.ours(SMALL, images), trainers.pythae(SMALL, images)
    assert ours.parameters == theirs.parameters == 2 * 784 * 512 + 512 + 784 + 48 * 512 + 32 + 512
    assert len(theirs.seconds) == 2 and theirs.images == 70
    assert 150 < ours.test_loss < 600 and 150 < theirs.test_loss < 600  # nats of an image, hardly trained


def test_both_sides_have_the_same_convolutional_network(monkeypatch):
    pytest.importorskip("pythae")
    torch.manual_seed(0)
    encoder, decoder = trainers.pythae_conv()
    monkeypatch.setattr(trainers, "pythae_conv", lambda: (encoder, decoder))
    model: VAE = trainers.BorrowedConvVAE((1, 28, 28), 16)
    heads = encoder.embedding, encoder.log_var
    with torch.no_grad():
        model.encoder[-1].weight.copy_(torch.cat([head.weight for head in heads]))
        model.encoder[-1].bias.copy_(torch.cat([head.bias for head in heads]))
        x, z = torch.rand(3, 1, 28, 28), torch.randn(3, 16)
        told, posterior = encoder(x), model.encode(x).posterior
        torch.testing.assert_close(posterior.mean, told.embedding)
        torch.testing.assert_close(posterior.logvar, told.log_covariance)
        torch.testing.assert_close(model.decode(z), decoder(z).reconstruction)
    parts = [*encoder.parameters(), *decoder.parameters()]
    assert model.parameter_count == sum(p.numel() for p in parts)


def made_up(rates: list[float], loss: float | None, peak: float) -> Found:
    return Found([100 / rate for rate in rates], 100, loss, "float32", 7, "MNIST", peak, 50.0)


def test_the_ratio_is_of_medians_and_the_loss_may_not_be_higher():
    found = {
        "ours": [made_up([900, 1000, 2000], 101.0, 300), made_up([800, 1100], 102.0, 310)],
        "pythae": [made_up([400, 500, 600], 101.0, 400), made_up([300, 700], 102.2, 390)],
        "bare": [made_up([2000], None, 1)],
    }
    rows = {row.what.strip(): row for row in training.rows(SMALL, 2.5, found)}
    ratio = rows["MLP VAE 784-512-16, batch 20: ours ÷ pythae"]
    assert ratio.value == pytest.approx(2.0) and ratio.met is False
    loss = rows["test loss, ours − pythae's"]
    assert loss.value == pytest.approx(-0.1) and loss.met and "mean of 2 seeds" in loss.note
    assert rows["ours"].note == "float32; 800 to 2,000 in 5 epochs"
    assert rows["bare forward + backward"].note.endswith("ours reaches 50%")
    assert (rows["peak memory, ours"].value, rows["peak memory, pythae"].value) == (310, 400)
    found["ours"][0] = made_up([3000], 101.5, 300)
    found["ours"][1] = made_up([3000], 102.5, 300)
    rows = training.rows(SMALL, 2.5, found)
    assert [row.met for row in rows[:2]] == [True, False]
    assert [row.met for row in training.rows(SMALL, None, found)[:2]] == [None, None]


def test_the_command_runs_each_side_in_its_own_process(tmp_path, capsys):
    pytest.importorskip("pythae")
    path = tmp_path / "found.json"
    assert training.main(["--quick", "--only", "mlp-100", "--threads", "1", "--json", str(path)]) == 0
    said, written = capsys.readouterr().out, json.loads(path.read_text(encoding="utf-8"))
    sides = written["cases"]["mlp-100"]
    assert all(len(sides[side]) == 1 and sides[side][0]["peak_mb"] > 100 for side in trainers.SIDES)
    assert sides["ours"][0]["data"].startswith("rendered shapes") and "rendered shapes" in said
    assert sides["case"]["batch_size"] == 20 and written["pythae"] in said + written["pythae"]
    assert written["rows"][0]["value"] > 0 and written["rows"][0]["met"] is None


def test_what_is_missing_or_fails_is_one_sentence(monkeypatch, capsys):
    with pytest.raises(training.TrainerError, match="nobody failed on mlp, batch 20: KeyError: 'nobody'"):
        training.run_side("nobody", SMALL)
    assert training.main(["--device", "warp"]) == 1
    assert "device 'warp' cannot be used here" in capsys.readouterr().err

    def missing(name):
        raise training.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(training.importlib.metadata, "version", missing)
    assert training.main(["--quick"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "requirements-benchmarks.txt" in said


def test_peak_memory_holds_what_was_given_back():
    before = trainers.memory_mb(peak=True)
    block = np.ones(2 * int(before * 1e6) // 8)  # twice the peak, touched
    del block
    assert trainers.memory_mb(peak=True) > 1.5 * before and trainers.memory_mb(peak=False) > 50
