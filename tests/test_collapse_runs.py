"""What the posterior collapse lab reads out of cards: order, schedule, floor, the two to be told apart."""

from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest
import torch

from explorer import zoo
from explorer.models import build
from explorer.studies import collapse
from tests.collapse_runs import EPOCHS, RUNS, SHAPE, make, metrics


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zoo.ModelCard]:
    folder = tmp_path_factory.mktemp("runs")
    make(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "PRETRAINED", folder)
        return dict(zoo.cards())


def test_the_plain_run_comes_first_and_what_is_collapsed_on_purpose_last(cards):
    found = collapse.find(cards.values(), "digits")
    assert [card.id for card in found.measured] == [
        "digits-plain", "digits-floor", "digits-cycles", "digits-nothing",
    ] and not found.waiting  # fmt: skip
    assert collapse.find(cards.values(), "mnist").measured == ()


def test_a_run_without_measurements_or_without_its_training_waits(cards):
    bare = dataclasses.replace(cards["digits-plain"], metrics={})
    short = dataclasses.replace(cards["digits-floor"], curve=[{"epoch": 1}])
    found = collapse.find([bare, short, cards["digits-cycles"]], "digits")
    assert [card.id for card in found.waiting] == ["digits-plain", "digits-floor"]
    assert [card.id for card in found.measured] == ["digits-cycles"]


@pytest.mark.parametrize("more", [
    {}, dict(schedule="linear", rise=0.5), dict(schedule="cyclical", cycles=3, rise=0.7), dict(beta=4.0),
])  # fmt: skip
def test_the_weight_is_the_models_own(cards, more):
    model = build("scheduled", SHAPE | more)
    card = dataclasses.replace(cards["digits-cycles"], arguments=model.arguments)
    epochs = np.linspace(0, EPOCHS, 50)
    expected = []
    for epoch in epochs:
        model.progress = torch.tensor(epoch / EPOCHS, dtype=torch.float64)
        expected.append(model.beta * model.weight().item())
    np.testing.assert_allclose(collapse.weights(card, epochs), expected, atol=1e-9)


def test_the_training_is_epoch_by_dimension(cards):
    epochs, kl = collapse.over_time(cards["digits-floor"])
    assert epochs.tolist() == list(range(1, EPOCHS + 1))
    np.testing.assert_allclose(kl[3], np.array(RUNS["digits-floor"][2]) / 2)


def test_dimensions_are_sorted_by_kl_and_the_floor_is_found(cards):
    card = cards["digits-floor"]
    assert collapse.dimensions(card) == [(0, 4.0, 3.9), (2, 2.0, 1.9), (3, 0.51, 0.01), (1, 0.41, 0.4)]
    assert collapse.at_the_floor(card) == [3, 1]
    assert collapse.at_the_floor(cards["digits-plain"]) == []
    near = dataclasses.replace(card, metrics=metrics([4.0, 0.61, 0.41, 0.39], [0.0] * 4, 4, 18.0))
    assert collapse.at_the_floor(near) == [2]  # within a fifth of the floor


def test_the_cost_is_the_true_bound_beside_the_first_runs(cards):
    rows = collapse.table(collapse.find(cards.values(), "digits").measured)
    assert [row["costs"] for row in rows] == pytest.approx([0.0, 0.91, 1.69, 6.0], abs=1e-6)
    assert rows[1]["negative_elbo"] == pytest.approx(18.0 + 6.92)  # the KL as it is, not lifted to the floor
    assert [row["run"] for row in rows] == ["plain", "floor", "cycles", "nothing"]


def test_the_cures_share_the_plain_runs_decoder_and_the_others_do_not(cards):
    plain = cards["digits-plain"]
    assert [collapse.same_decoder(plain, cards[i]) for i in RUNS] == [True, True, False, False]
    heavier = dataclasses.replace(plain, arguments=plain.arguments | {"beta": 2.0})
    assert not collapse.same_decoder(plain, heavier)


def test_a_duel_hides_the_emptiest_on_either_side_and_is_the_same_for_the_same_seed(cards):
    runs = collapse.find(cards.values(), "digits").measured
    seen = set()
    for seed in range(40):
        first, second, place = collapse.duel(runs, seed)
        assert (first, second)[place].id == "digits-nothing" and first is not second
        assert [c.id for c in collapse.duel(runs, seed)[:2]] == [first.id, second.id]
        seen.add((place, (first, second)[1 - place].id))
    assert len(seen) == 6  # three rivals, each on both sides
    with pytest.raises(ValueError, match="two models are needed"):
        collapse.duel(runs[:1], 0)


def test_where_no_rival_says_three_nats_more_it_is_the_one_that_says_most(cards):
    plain, floor = cards["digits-plain"], cards["digits-floor"]
    assert collapse.value(floor, collapse.TOLD) < collapse.value(plain, collapse.TOLD) + 3
    between = dataclasses.replace(cards["digits-cycles"], id="digits-between")
    for seed in range(20):
        first, second, place = collapse.duel([plain, between, floor], seed)
        assert (first, second)[place] is plain and (first, second)[1 - place] is floor


def test_files_hold_every_number(cards):
    runs = collapse.find(cards.values(), "digits").measured
    table = list(csv.DictReader(io.StringIO(collapse.csv_table(runs))))
    assert [float(row["kl"]) for row in table] == [sum(RUNS[row["id"]][2]) for row in table]
    film = list(csv.DictReader(io.StringIO(collapse.csv_over_time(runs[:2]))))
    assert len(film) == 2 * EPOCHS * 4
    row = next(r for r in film if r["id"] == "digits-floor" and r["epoch"] == "4" and r["dimension"] == "z3")
    assert float(row["kl"]) == pytest.approx(1.0) and float(row["kl_weight"]) == 1
