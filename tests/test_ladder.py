"""The β ladder is found by what its cards say, and what is said of it follows from their numbers."""

from __future__ import annotations

import csv
import dataclasses
import io
from itertools import pairwise, permutations

import plotly.io
import pytest

from explorer import ladder, zoo
from explorer.figures import beta as figures
from explorer.ui import ladder_text


def card(beta: float, seeds: dict[str, list[float]] | None = None, **other) -> zoo.ModelCard:
    """A card with made-up metrics; `seeds` maps a metric to its values, their mean and sd computed here."""
    values = {"kl": [20.0 / (1 + beta)], "cross_entropy": [80.0 + 4 * beta], "active_units": [3]} | (
        seeds or {}
    )
    values.setdefault(
        "cross_entropy_plus_kl", [a + b for a, b in zip(values["kl"], values["cross_entropy"], strict=True)]
    )
    better = {"cross_entropy": "lower", "cross_entropy_plus_kl": "lower", "mig": "higher"}
    metrics = {}
    for name, found in values.items():
        mean = sum(found) / len(found)
        metrics[name] = {
            "value": mean,
            "unit": "nats per image",
            "better": better.get(name),
            "how": "",
            "on": "",
        }
        if len(found) > 1:
            sd = (sum((v - mean) ** 2 for v in found) / (len(found) - 1)) ** 0.5
            metrics[name] |= {"sd": sd, "seeds": found}
    metrics["kl_per_dimension"] = {
        "value": [0.5, 2.0, 0.001],
        "unit": "nats",
        "better": None,
        "how": "",
        "on": "",
    }
    fields = dict(
        id=f"x-b{beta:g}", title="", family="vae", dataset="digits", seed=0, parameters=1, epochs=3,
        images_seen=1, wall_clock_seconds=1.0, device="", sha256="", terms="", metrics=metrics,
        arguments={"image_shape": [1, 8, 8], "latent_dim": 3, "widths": [8], "beta": beta},
        recipe={"batch_size": 64, "learning_rate": 1e-3, "warmup": 0.02, "corruptions": []},
        curve=[{"epoch": e, "reconstruction": 90.0 / e, "regularizer": 2.0 * e} for e in (1, 2, 3)],
    )  # fmt: skip
    return zoo.ModelCard(**(fields | other))


def betas(found: ladder.Ladder | None) -> list[float]:
    return [ladder.beta(rung) for rung in found.rungs]


@pytest.mark.parametrize("order", list(permutations((16.0, 0.25, 4.0))))
def test_found_and_sorted_whatever_the_order(order):
    assert betas(ladder.find([card(b) for b in order], "digits")) == [0.25, 4.0, 16.0]


@pytest.mark.parametrize(
    "change",
    [
        dict(dataset="mnist"),
        dict(family="autoencoder"),
        dict(epochs=4),
        dict(arguments={"image_shape": [1, 8, 8], "latent_dim": 4, "widths": [8], "beta": 4.0}),
        dict(recipe={"batch_size": 32, "learning_rate": 1e-3, "warmup": 0.02, "corruptions": []}),
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_model_that_differs_in_more_than_beta_is_no_rung(change):
    stranger = card(4.0, **{"id": "stranger"} | change)
    assert betas(ladder.find([card(1.0), stranger, card(8.0)], "digits")) == [1.0, 8.0]


def test_one_beta_is_no_ladder_and_the_longest_ladder_wins():
    assert ladder.find([card(1.0), card(1.0, id="again")], "digits") is None
    wide = {"image_shape": [1, 8, 8], "latent_dim": 3, "widths": [99]}
    others = [card(b, id=f"wide-{b}", arguments=wide | {"beta": b}) for b in (1.0, 2.0, 3.0)]
    found = ladder.find([card(1.0), card(2.0), *others], "digits")
    assert [rung.id for rung in found.rungs] == ["wide-1.0", "wide-2.0", "wide-3.0"]


def test_an_unmeasured_model_waits():
    found = ladder.find([card(1.0), card(2.0), card(4.0, metrics={})], "digits")
    assert betas(found) == [1.0, 2.0]
    assert [rung.id for rung in found.waiting] == ["x-b4"]


def test_the_shipped_ladders_differ_in_beta_alone():
    for dataset in {each.dataset for each in zoo.cards().values()}:
        found = ladder.find(zoo.cards().values(), dataset)
        for a, b in pairwise(found.rungs if found else ()):
            assert ladder.beta(a) < ladder.beta(b)
            assert {k for k in a.arguments if a.arguments[k] != b.arguments[k]} == {"beta"}
            assert a.recipe["seeds"] == b.recipe["seeds"]


def test_error_bars_are_the_seeds_standard_deviation():
    rungs = [
        card(b, {"kl": [r, r + 2], "cross_entropy": [80 + b, 86 + b]}) for b, r in ((1.0, 20.0), (4.0, 9.0))
    ]
    (dots,) = (trace for trace in figures.rate_distortion(rungs, "4").data if trace.customdata is not None)
    assert list(dots.x) == [21.0, 10.0] and list(dots.y) == [84.0, 87.0]
    assert list(dots.error_x.array) == pytest.approx([2**0.5] * 2)
    assert list(dots.error_y.array) == pytest.approx([18**0.5] * 2)
    alone = figures.rate_distortion([card(1.0), card(4.0)], "4").data[-1]
    assert alone.error_x.visible is False and alone.error_y.visible is False


def test_lines_of_constant_sum_have_slope_minus_one():
    lines = [t for t in figures.rate_distortion([card(1.0), card(4.0)], "4").data if t.line.dash == "dot"]
    assert len(lines) >= 3
    for line in lines:
        assert line.y[0] + line.x[0] == pytest.approx(line.y[1] + line.x[1])
        assert line.name == f"sum {line.x[0] + line.y[0]:g}"


def test_dimensions_are_sorted_and_named_as_they_were():
    figure = figures.kl_per_dimension([card(1.0), card(4.0)], "4")
    assert list(figure.data[0].y) == [2.0, 0.5, 0.001]
    assert list(figure.data[0].customdata) == ["z2", "z1", "z3"]
    assert ladder.largest_dimension(card(1.0)) == (1, 2.0)


def test_labels_of_learning_curves_do_not_overlap():
    rungs = [card(b) for b in (1.0, 2.0, 4.0)]  # the same curve three times
    heights = sorted(
        a.y for a in figures.learning_curves(rungs, "regularizer", "4", "", "").layout.annotations
    )
    assert all(b - a > 0.1 for a, b in pairwise(heights))


def test_a_finished_chart_sends_what_was_drawn():
    rungs = [card(1.0), card(4.0)]
    charts = figures.charts(rungs, "4")
    for finished, drawn in (
        (charts.trade_off, figures.rate_distortion(rungs, "4")),
        (charts.kl, figures.kl_per_dimension(rungs, "4")),
    ):
        assert plotly.io.to_json(finished) == plotly.io.to_json(drawn)
    assert charts.gap is None  # these cards state no MIG


def test_a_beta_of_zero_can_be_drawn():
    figure = figures.against_beta([card(0.0), card(4.0)], "active_units", "4", "", "")
    assert figure.layout.xaxis.type == "linear"


def test_the_story_says_what_the_numbers_say():
    rungs = [
        card(1.0, {"kl": [20.0], "cross_entropy": [80.0], "active_units": [9]}),
        card(4.0, {"kl": [10.0], "cross_entropy": [105.0], "active_units": [4]}),
    ]
    text = ladder_text.story(rungs)
    assert "rate falls from 20.0 to 10.0" in text and "distortion rises from 80.0 to 105" in text
    assert "costs 2.50 nats" in text  # (105 - 80) / (20 - 10)
    assert "9 are active" in text and "4 at β" in text
    assert "smallest at β\u00a0=\u00a01 (100.0 nats), the very sum" in text

    swapped = [
        card(1.0, {"kl": [10.0], "cross_entropy": [105.0]}),
        card(4.0, {"kl": [20.0], "cross_entropy": [80.0]}),
    ]
    text = ladder_text.story(swapped)
    assert "rate rises from 10.0 to 20.0" in text and "distortion falls from 105 to 80.0" in text
    assert "costs" not in text  # nothing was traded
    assert "smallest at β\u00a0=\u00a04" in text and "comes to 115.0 on these images." in text


@pytest.mark.parametrize(
    "low, high, said", [([0.1, 0.3], [0.2, 0.4], "overlap, so"), ([0.1, 0.2], [0.3, 0.4], "do not overlap")]
)
def test_the_gap_is_only_ordered_where_the_seeds_settle_it(low, high, said):
    rungs = [card(1.0, {"kl": [1, 1], "cross_entropy": [1, 1], "mig": low}), card(4.0)]
    rungs[1] = card(4.0, {"kl": [1, 1], "cross_entropy": [1, 1], "mig": high})
    text = ladder_text.gap_story(rungs)
    assert "largest at β = 4" in text and said in text


def test_table_holds_the_cards_numbers_unrounded():
    rungs = [card(1.0, {"kl": [20.0, 21.0], "cross_entropy": [80.0, 80.5]}), card(4.0)]
    rows = list(csv.DictReader(io.StringIO(ladder.csv_text(rungs))))
    assert [float(row["beta"]) for row in rows] == [1.0, 4.0]
    assert float(rows[0]["kl"]) == 20.5 and float(rows[0]["kl_sd"]) == pytest.approx(0.5**0.5, rel=1e-12)
    assert rows[1]["kl_sd"] == "" and rows[0]["largest_dimension"] == "z2"


def test_followed_factors_are_listed_by_kl_and_an_empty_latent_follows_nothing():
    follows = {"value": [["x", 0.9], ["y", 0.8], ["scale", 0.7]]}
    one, four = card(1.0), card(4.0)
    rungs = [dataclasses.replace(c, metrics=c.metrics | {"followed_factor": follows}) for c in (one, four)]
    column = [row["β = 4"] for row in ladder_text.followed_table(rungs)]
    assert column == ["z2: y 0.80 (KL 2.00)", "z1: x 0.90 (KL 0.50)", "z3: nothing (KL 0.00)"]
