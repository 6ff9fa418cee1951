"""Match the target: what is scored is what is on screen, and a round counts moves until it is matched."""

from __future__ import annotations

import json

import numpy as np
import pytest

from explorer import latent, zoo
from explorer.studies import match
from explorer.ui.load import dimension_order
from explorer.ui.matches import Round

MODELS = ["mnist-vae", "mnist-ae", "shapes-beta-b1", "mnist-cvae", "mnist-collapse-plain"]


def state(at) -> dict:
    return at.session_state["_view"]["match.rounds"]


def closeness_of(model_id: str, z: list[float], count: int, seed: int) -> float:
    """The same number by the library alone."""
    gallery, model = zoo.gallery(model_id), zoo.load(model_id)
    order, _, alive = dimension_order(model_id)
    living = [i for i, lives in zip(order, alive, strict=True) if lives]
    task = match.task(gallery.z, living, count, seed)
    labels = np.full(3, gallery.labels[task.index]) if model.label_count else None
    target, start, now = latent.decode(model, np.stack([task.hidden, task.start, z]), labels=labels)
    return 1 - np.linalg.norm(target - now) / np.linalg.norm(target - start)


@pytest.mark.parametrize("model_id", [m for m in MODELS if m in zoo.cards()])
def test_it_opens_unmatched_for_every_family(open_page, model_id):
    at = open_page("match", model=model_id)
    assert [m.value for m in at.metric] == ["0 %", "0"]
    assert not at.success


def test_the_closeness_on_screen_is_that_of_the_two_pictures(open_page):
    at = open_page("match", model="shapes-beta-b4", target=3)
    game = state(at)[Round("shapes-beta-b4", 2, 3)]
    game.z = [value + 0.5 for value in game.z]
    game.moves = 2
    at.run()
    expected = closeness_of("shapes-beta-b4", game.z, 2, 3)
    assert at.metric[0].value == f"{100 * max(expected, 0):.0f} %" and at.metric[1].value == "2"


def test_giving_up_shows_the_code_and_does_not_count(open_page):
    at = open_page("match", model="mnist-vae", target=1, sliders="3")
    next(b for b in at.button if b.label.startswith("Give up")).click().run()
    assert (
        at.metric[0].value == "100 %" and not at.success and any("does not count" in i.value for i in at.info)
    )
    next(b for b in at.button if b.label == "Back to the start").click().run()
    assert at.metric[0].value == "0 %"


def test_a_match_is_told_and_recorded(open_page, link_of, table_of):
    at = open_page("match", model="mnist-vae", target=1, sliders="3")
    game = state(at)[Round("mnist-vae", 3, 1)]
    gallery = zoo.gallery("mnist-vae")
    order, *_ = dimension_order("mnist-vae")
    game.z, game.moves = [float(v) for v in match.task(gallery.z, order, 3, 1).hidden], 4
    at.run()
    assert [s.value for s in at.success] == ["Matched in 4 moves."]
    assert [row["Matched"] for row in table_of(at, "Your rounds").values()] == ["yes"]
    assert json.loads(link_of(at)["target"]) == 1 and link_of(at)["sliders"] == "3"
    next(b for b in at.button if b.label == "Next target").click().run()
    assert link_of(at)["target"] == "2" and at.metric[1].value == "0"
    assert [row["Moves ↓"] for row in table_of(at, "Your rounds").values()] == ["4"]
