"""`python -m training.stacked` on digits: what is fine-tuned, from where, with which labels."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer import datasets
from training import stacked, twins
from training.stacked import FineTuning, Fit

QUICK = (FineTuning(0.05, 2, 30, 50), FineTuning(1e-4, 2, 30, 50))


@pytest.fixture
def recipe(home, tiny):
    arguments = dict(image_shape=[1, 8, 8], latent_dim=4, widths=[24, 20], activation="relu", pretraining=1.0)
    return tiny(id="tiny-stack", family="stacked", arguments=arguments)


def test_a_classifier_begins_where_it_is_told_to(recipe):
    built, random = (stacked.classifier(start, recipe, seed=3) for start in stacked.STARTS)
    encoder = twins.trained(recipe).encoder
    assert [type(a) for a in built] == [type(a) for a in random] == [type(a) for a in encoder]
    assert built[-1].out_features == 10 and all(p.requires_grad for p in built.parameters())
    for place in (1, 3):
        assert torch.equal(built[place].weight, encoder[place].weight)
        assert not torch.equal(random[place].weight, encoder[place].weight)
    other = stacked.classifier("random", recipe, seed=4)
    assert not torch.equal(random[1].weight, other[1].weight)


def test_draws_hold_as_many_of_each_class_and_differ():
    labels = datasets.get("digits").split("train").labels
    first, second = (stacked.draw(labels, 100, seed) for seed in (0, 1))
    for chosen in (first, second):
        assert len(set(chosen)) == 100 and np.bincount(labels[chosen]).tolist() == [10] * 10
    assert set(first) != set(second) and set(first) == set(stacked.draw(labels, 100, 0))
    assert stacked.draw(labels, None, 0).tolist() == list(range(1197))


def test_fine_tuning_is_stochastic_gradient_descent_on_the_cross_entropy(monkeypatch):
    """Full batches, so that the order does not matter: the same steps by torch's own optimiser."""
    monkeypatch.setattr(stacked, "has_bf16", lambda device: False)
    split = datasets.get("digits").split("train")
    images, labels = torch.from_numpy(split.images[:40].copy()), torch.from_numpy(split.labels[:40].copy())
    torch.manual_seed(0)
    mine, theirs = (torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10)) for _ in range(2))
    theirs.load_state_dict(mine.state_dict())
    stacked.fine_tune(mine, images, labels, FineTuning(0.2, 1, 7, 40), 0)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.2, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=7)
    for _ in range(7):
        optimizer.zero_grad()
        F.cross_entropy(theirs(images / 255), labels).backward()
        optimizer.step()
        schedule.step()
    torch.testing.assert_close(mine[1].weight, theirs[1].weight, rtol=1e-4, atol=1e-6)


def test_every_image_is_seen_once_an_epoch(monkeypatch):
    seen = []

    class Watched(torch.nn.Linear):
        def forward(self, x):
            seen.extend(x[:, 0, 0, 0].mul(255).round().int().tolist())
            return super().forward(x.flatten(1))

    images = torch.arange(30, dtype=torch.uint8).view(30, 1, 1, 1)
    stacked.fine_tune(
        Watched(1, 10), images, torch.zeros(30, dtype=torch.int64), FineTuning(0.1, 2, 0, 10), 0
    )
    assert sorted(seen[:30]) == sorted(seen[30:]) == list(range(30)) and seen[:30] != seen[30:]


def test_the_error_rate_counts_wrong_labels():
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    split = datasets.get("digits").split("train")
    images, labels = torch.from_numpy(split.images.copy()), torch.from_numpy(split.labels.copy())
    right = (network(images / 255).argmax(1) == labels).double().mean().item()
    assert stacked.error_rate(network, images, labels) == pytest.approx(1 - right)


def test_all_fits_are_made_once_and_kept(recipe, monkeypatch):
    asked = []
    fit = stacked.fit

    def watched(dataset, recipe, how, labels, start, seed):
        asked.append((labels, how.learning_rate, start, seed))
        if len(asked) == 4:
            raise KeyboardInterrupt
        return fit(dataset, recipe, how, labels, start, seed)

    monkeypatch.setattr(stacked, "fit", watched)
    with pytest.raises(KeyboardInterrupt):
        stacked.run(recipe, QUICK, (50, None))
    found = stacked.run(recipe, QUICK, (50, None))
    fits = [
        (labels, rate, start, seed)
        for labels in (50, None) for rate in (0.05, 1e-4) for start in stacked.STARTS
        for seed in range(3 if labels else 1)
    ]  # fmt: skip
    assert asked == fits[:4] + fits[3:]
    assert [(one.labels, one.learning_rate, one.start, one.seed) for one in found] == fits
    assert stacked.run(recipe, QUICK, (50, None)) == found and len(asked) == 17
    assert all(0 < one.gallery < 1 and 0 < one.test < 1 for one in found)
    assert any(one.gallery != one.test for one in found)
    assert stacked.results_path(recipe, QUICK) != stacked.results_path(recipe, QUICK[:1])
    # A rate that hardly moves the weights learns less, and is not the one that is chosen.
    for start in stacked.STARTS:
        assert [one.learning_rate for one in stacked.best(found, 50, start)] == [0.05] * 3


def made_up(labels: int | None, start: str) -> list[Fit]:
    """0.02 is better on the gallery, 0.1 on the test split."""
    tests = [0.10, 0.12, 0.14] if labels else [0.0125]
    chosen = [Fit(labels, start, 0.02, seed, 0.1, test) for seed, test in enumerate(tests)]
    return [Fit(labels, start, 0.1, seed, 0.2, 0.001) for seed in range(len(tests))] + chosen


def test_the_gallery_chooses_and_the_test_split_judges(monkeypatch, capsys):
    fits = [one for n in stacked.LABELS for start in stacked.STARTS for one in made_up(n, start)]
    monkeypatch.setattr(stacked, "run", lambda: fits)
    found = stacked.measure(datasets.get("digits"))
    assert set(found) == {f"error_{n}_{start}" for n in (100, 1000, "all") for start in stacked.STARTS}
    few, every = found["error_100_pretrained"], found["error_all_random"]
    assert few.value == pytest.approx(12.0) and few.unit == every.unit == "%"
    assert "with 100 labels" in few.how and "learning rate 0.02 (of 0.1, 0.02, by the gallery)" in few.how
    assert few.how.endswith("; mean of 3 draws, standard deviation 2.00")
    assert every.value == pytest.approx(1.25) and "from random weights, fine-tuned with 1,197 " in every.how
    assert every.on == "test split, 300 images"
    monkeypatch.setattr(stacked, "PRETRAINING", dataclasses.replace(stacked.PRETRAINING, dataset="digits"))
    assert stacked.main([]) == 0
    assert "error_100_pretrained      12.00 %" in capsys.readouterr().out
