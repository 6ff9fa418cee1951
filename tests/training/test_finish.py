"""`python -m training.finish`: a checkpoint made smaller, and a card that counts what that took."""

from __future__ import annotations

import pytest
import torch

from explorer import datasets, storage, zoo
from training import finish, train
from training.loop import ROUNDED_SHARE
from training.validation import gallery_loss

CPU = torch.device("cpu")


@pytest.fixture
def shipped(home, tiny, monkeypatch) -> zoo.ModelCard:
    """The checkpoint of a recipe of 40 epochs that asked for no levels."""
    train.train(tiny(epochs=40), 0, CPU, resume=False, stop=lambda: False)
    monkeypatch.setattr(finish, "get", lambda name: {"tiny": tiny(epochs=40, levels=15)}[name])
    return zoo.card("tiny")


def on_gallery() -> float:
    images = torch.from_numpy(datasets.get("digits").split("gallery").images.copy())
    return gallery_loss(zoo.load("tiny"), images)[0]


def test_the_weights_take_fewer_levels_and_lose_little(shipped):
    before, size = on_gallery(), len((zoo.PRETRAINED / "tiny" / zoo.WEIGHTS).read_bytes())
    assert finish.main(["tiny", "--device", "cpu"]) == 0
    assert len((zoo.PRETRAINED / "tiny" / zoo.WEIGHTS).read_bytes()) < 0.85 * size
    matrices = [t for t in zoo.stored("tiny").values() if t.dtype is torch.int8]
    assert matrices and max(t.abs().max() for t in matrices) == 15 < storage.LEVELS
    assert on_gallery() < 1.01 * before


def test_the_card_counts_all_epochs_images_and_seconds(shipped):
    finish.main(["tiny", "--device", "cpu"])
    card, more = zoo.card("tiny"), round(40 * ROUNDED_SHARE)
    assert card.recipe == shipped.recipe | {"levels": 15}
    assert card.epochs == 40 + more and card.images_seen == shipped.images_seen * (40 + more) // 40
    assert card.wall_clock_seconds >= shipped.wall_clock_seconds
    assert card.curve[: len(shipped.curve)] == shipped.curve
    assert [p["epoch"] for p in card.curve[len(shipped.curve) :]] == list(range(41, 41 + more))
    seconds = [p["seconds"] for p in card.curve]
    assert seconds == sorted(seconds)
    assert card.metrics == {} and card.gallery_sha256 is None  # measured anew by `training.evaluate`


def test_a_recipe_that_changed_in_more_is_refused(shipped, tiny, monkeypatch, capsys):
    for changes, words in (
        ({"levels": 15, "epochs": 9}, "epochs, levels changed"),
        ({"epochs": 40}, "nothing"),
    ):
        monkeypatch.setattr(finish, "get", lambda name, changes=changes: tiny(**changes))
        assert finish.main(["tiny", "--device", "cpu"]) == 1
        assert words in capsys.readouterr().err and zoo.card("tiny") == shipped


def test_a_checkpoint_that_is_not_there_is_named(home, tiny, monkeypatch, capsys):
    monkeypatch.setattr(finish, "get", lambda name: tiny(levels=15))
    assert finish.main(["tiny", "--device", "cpu"]) == 1
    assert "tiny/card.json cannot be read" in capsys.readouterr().err
