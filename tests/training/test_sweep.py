"""The vmapped sweep: each member is the run that it stands for, and the table says what the members do."""

from __future__ import annotations

import json
import statistics

import numpy as np
import pytest
import torch

from explorer import datasets
from training import sweep as sweeping
from training.loop import Run
from training.recipes import Corruption
from training.sweep import Sweep, found
from training.validation import gallery_loss

CPU = torch.device("cpu")
BETAS, SEEDS = (0.5, 4.0), (3, 8, 5)


@pytest.fixture(scope="module")
def trained(tiny) -> Sweep:
    sweep = Sweep(tiny(epochs=2), BETAS, SEEDS, CPU)
    sweep.train()
    return sweep


def alone(tiny, beta: float, seed: int, **changes) -> Run:
    recipe = tiny(**changes)
    return Run(tiny(**changes | {"arguments": recipe.arguments | {"beta": beta}}), seed, CPU)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_member_takes_the_steps_of_its_own_run(tiny, trained, beta, seed):
    run = alone(tiny, beta, seed, epochs=2)
    before = {n: w.clone() for n, w in run.model.state_dict().items()}
    run.train()
    member = trained.member(beta, seed)
    assert member.beta == beta and trained.step == run.step == 36
    for name, weight in run.model.state_dict().items():
        torch.testing.assert_close(member.state_dict()[name], weight, rtol=1e-3, atol=2e-5)
        assert (weight - before[name]).abs().max() > 5e-3  # far more than what is let pass


def test_members_differ_in_beta_and_in_seed(trained):
    heads = [trained.member(beta, seed).encoder[-1].weight for beta in BETAS for seed in SEEDS]
    assert all((a - b).abs().max() > 1e-2 for i, a in enumerate(heads) for b in heads[:i])


def test_distortion_and_rate_are_those_of_each_member_by_itself(trained):
    images = torch.from_numpy(datasets.get("digits").split("train").images.copy())  # two batches
    distortion, rate = trained.measure(images)
    assert distortion.shape == rate.shape == (2, 3)
    for i, beta in enumerate(BETAS):
        for j, seed in enumerate(SEEDS):
            expected = gallery_loss(trained.member(beta, seed), images)
            assert (distortion[i, j].item(), rate[i, j].item()) == pytest.approx(expected, rel=1e-5)
    assert (rate[0] > rate[1]).all()


def test_what_was_found_is_the_mean_and_the_spread_over_the_seeds(trained):
    images = torch.from_numpy(datasets.get("digits").split("gallery").images.copy())
    facts, (distortion, rate) = found(trained, images), trained.measure(images)
    for i, row in enumerate(facts["rows"]):
        for name, values in (("distortion", distortion[i].tolist()), ("rate", rate[i].tolist())):
            assert row[name]["mean"] == pytest.approx(np.mean(values))
            assert row[name]["sd"] == pytest.approx(statistics.stdev(values))
    assert facts["images_per_second"] == pytest.approx(6 * 36 * 64 / trained.seconds)
    lines = sweeping.table(facts).splitlines()
    assert len(lines) == 3 and lines[2].split()[0] == "4" and "±" in lines[2]


def test_the_arithmetic_follows_the_recipe_and_the_hardware(tiny, monkeypatch):
    monkeypatch.setattr(sweeping, "has_bf16", lambda device: True)
    assert not Sweep(tiny(), (1.0,), (0,), CPU).autocast
    sweep = Sweep(tiny(precision="bf16", epochs=1), (1.0, 2.0), (0,), CPU)
    sweep.train()
    assert sweep.autocast and all(w.dtype == torch.float32 for w in sweep.weights.values())
    assert found(sweep, sweep.images[:50])["rows"][0]["distortion"]["sd"] is None


def test_what_cannot_be_swept_is_refused(tiny):
    for recipe in (tiny(family="autoencoder"), tiny(corruptions=(Corruption("masking", 0, 1),))):
        with pytest.raises(ValueError, match="tiny cannot be swept: give a VAE of grey pixels"):
            Sweep(recipe, BETAS, SEEDS, CPU)
    with pytest.raises(ValueError, match="give at least one of each"):
        Sweep(tiny(), BETAS, (), CPU)
    with pytest.raises(ValueError, match="batches of 1198 but has 1197 images"):
        Sweep(tiny(batch_size=1198), BETAS, SEEDS, CPU)
    sweep = Sweep(tiny(learning_rate=1e30, epochs=1), (1.0,), (0,), CPU)
    with pytest.raises(FloatingPointError, match="weights of tiny are no longer finite"):
        sweep.train()


def test_the_command_prints_a_row_for_each_beta_and_writes_json(tmp_path, monkeypatch, capsys, tiny):
    monkeypatch.setattr(sweeping, "RECIPE", tiny())
    path = tmp_path / "sweep.json"
    assert sweeping.main(["--dataset", "digits", "--epochs", "1", "--images", "128", "--device", "cpu",
                          "--json", str(path)]) == 0  # fmt: skip
    said, written = capsys.readouterr().out, json.loads(path.read_text(encoding="utf-8"))
    assert "35 runs of 1 epochs on 128 images" in said
    assert [row["beta"] for row in written["rows"]] == list(sweeping.BETAS)
    assert all(len(row["rate"]["values"]) == 5 for row in written["rows"])
    assert sweeping.main(["--device", "warp"]) == 1
    assert "device 'warp' cannot be used here" in capsys.readouterr().err
