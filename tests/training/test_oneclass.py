"""What the cards of one-class models say, and the command that compares all ten."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from explorer import datasets, zoo
from explorer.models import build
from training import anomaly, recipes, train

CPU = torch.device("cpu")


@pytest.fixture
def family(home, tiny, monkeypatch) -> list:
    """One-class recipes of digits for the classes 2 and 5, as the only ones, with checkpoints and figures."""
    made = [
        tiny(id=f"digits-oneclass-{c}", classes=(c,), batch_size=32, epochs=4, title=f"One class: {c}")
        for c in (2, 5)
    ]
    monkeypatch.setattr(recipes, "recipes", lambda: {recipe.id: recipe for recipe in made})
    monkeypatch.setattr(anomaly, "LEFT_OUT_EPOCHS", 2)
    for recipe in made:
        train.train(recipe, 0, CPU, resume=False, stop=lambda: False)
        found = anomaly.measure(zoo.load(recipe.id), datasets.get("digits"), recipe.classes)
        anomaly.add(recipe.id, found)
    return made


def test_the_area_is_that_of_the_models_own_errors(family):
    model, test = zoo.load("digits-oneclass-5"), datasets.get("digits").split("test")
    x = torch.from_numpy(test.pixels())
    error = (model.decode(model.encode(x).z) - x).square().sum((1, 2, 3)).numpy()
    stated = zoo.card("digits-oneclass-5").metrics["auroc_error"]
    assert stated["value"] == pytest.approx(roc_auc_score(test.labels != 5, error), abs=1e-6)
    normal = int((test.labels == 5).sum())
    assert stated["on"] == f"test split: {normal} images of 5 against {300 - normal} of the other classes"
    assert stated["better"] == "higher" and "squared error" in stated["how"]


def test_leaving_one_class_out_and_the_means_go_into_every_card(family, capsys):
    before = {recipe.id: zoo.card(recipe.id) for recipe in family}
    assert anomaly.main(["digits", "--device", "cpu"]) == 0
    cards = [zoo.card(recipe.id) for recipe in family]
    for card in cards:
        kept = {name: card.metrics[name] for name in before[card.id].metrics}
        assert dataclasses.replace(card, metrics=kept) == before[card.id]
    for name in ("auroc_error", "auroc_elbo"):
        for of in (name, f"{name}_left_out"):
            values = [card.metrics[of]["value"] for card in cards]
            assert values[0] != values[1]
            for card in cards:
                assert card.metrics[f"{of}_mean"]["value"] == pytest.approx(np.mean(values))
    # The class that was left out is the anomaly, and the model has not seen it.
    recipe = anomaly.without(family[1], datasets.get("digits"))
    assert recipe.classes == (0, 1, 2, 3, 4, 6, 7, 8, 9) and recipe.epochs == 2
    assert train.seed_path(recipe, 0).is_file()
    model, test = anomaly.trained(recipe, CPU), datasets.get("digits").split("test")
    x = torch.from_numpy(test.pixels())
    error = (model.decode(model.encode(x).z) - x).square().sum((1, 2, 3)).numpy()
    stated = cards[1].metrics["auroc_error_left_out"]["value"]
    assert stated == pytest.approx(roc_auc_score(test.labels == 5, error), abs=1e-6)


def test_a_second_run_of_the_command_trains_nothing(family, monkeypatch):
    assert anomaly.main(["digits"]) == 0
    before = zoo.card("digits-oneclass-2")
    monkeypatch.setattr(anomaly, "Run", None)
    assert anomaly.main(["digits"]) == 0 and zoo.card("digits-oneclass-2") == before


def test_what_cannot_be_compared_is_named(family, capsys):
    card = zoo.card("digits-oneclass-2")
    zoo.write_card(dataclasses.replace(card, metrics={}))
    for name, said in (
        ("digits", "not measured yet: run `python -m training.evaluate digits-oneclass-2` first."),
        ("shapes", "Shapes (rendered) has no one-class recipes: choose another data set."),
        ("digits-oneclass-5", "models of digits have nowhere else to look: choose another model."),
        ("nothing", "nothing/card.json cannot be read"),
    ):
        assert anomaly.main([name]) == 1
        assert capsys.readouterr().err.splitlines()[-1].startswith(said)


def test_another_data_set_is_strange_or_not_by_its_own_scores():
    """A model whose answer never changes: pictures near that answer are the likelier ones."""
    model = build("vae", dict(image_shape=[1, 8, 8], latent_dim=2, widths=[4])).eval().requires_grad_(False)
    for weights in model.parameters():
        weights.zero_()
    model.decoder[-2].bias.fill_(-2.0)  # nearly black, whatever the code
    here, there = Fake("Bright", 200), Fake("Dark", 20)
    found = anomaly.elsewhere(model, here, there)
    assert found["elsewhere_auroc_elbo"].value == found["elsewhere_auroc_error"].value == 0.0
    assert anomaly.elsewhere(model, there, here)["elsewhere_auroc_elbo"].value == 1.0
    p, pixel = 1 / (1 + np.exp(2.0)), 200 / 255
    nats = -64 * (pixel * np.log(p) + (1 - pixel) * np.log(1 - p))
    assert f"means {nats:.1f} and " in found["elsewhere_auroc_elbo"].how
    assert found["elsewhere_auroc_elbo"].on == "test splits: 6 images of Bright against 6 of Dark"


class Fake:
    """A data set of six flat pictures of one grey."""

    def __init__(self, title: str, grey: int) -> None:
        self.title, self.grey = title, grey

    def split(self, name: str) -> datasets.Split:
        assert name == "test"
        return datasets.Split(np.full((6, 1, 8, 8), self.grey, np.uint8), np.zeros(6, np.int64))
