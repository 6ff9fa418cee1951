"""What a figure's "Data (CSV)" holds: every number of its named lines, in the order drawn."""

from __future__ import annotations

import csv
import io

import numpy as np
import plotly.graph_objects as go

from explorer import ladder, zoo
from explorer.csv_file import csv_text
from explorer.figures import beta, numbers
from explorer.figures.finished import Finished

X, Y = np.linspace(0, 1, 5, dtype=np.float32), np.arange(5) ** 2


def drawn() -> go.Figure:
    figure = go.Figure()
    figure.add_scatter(x=X, y=Y, name="squares", error_y={"array": Y / 10})
    figure.add_bar(x=["a", "b"], y=[3, 4], name="bars")
    figure.add_scatter(x=[0, 1], y=[0, 0])  # a guide
    return figure


def test_named_traces_with_their_errors_and_no_guides():
    rows = numbers.rows(drawn())
    assert [row[0] for row in rows] == ["squares"] * 5 + ["bars"] * 2
    np.testing.assert_array_equal([row[1] for row in rows[:5]], X)
    assert [row[2:] for row in rows[:5]] == [(int(y), y / 10) for y in Y]
    assert rows[5:] == [("bars", "a", 3, ""), ("bars", "b", 4, "")]


def test_a_finished_figure_has_the_same_numbers():
    assert numbers.rows(Finished(drawn())) == numbers.rows(drawn())


def test_the_file_of_a_page_has_the_cards_numbers():
    rungs = ladder.find(zoo.cards().values(), "mnist").rungs
    text = csv_text(numbers.COLUMNS, numbers.rows(beta.kl_per_dimension(rungs, "4")))
    read = list(csv.DictReader(io.StringIO(text)))
    for card in rungs:
        found = [float(row["y"]) for row in read if row["series"] == f"β = {ladder.name(card)}"]
        stated = card.metrics["kl_per_dimension"]["value"]
        np.testing.assert_allclose(found, sorted(stated, reverse=True), atol=1e-9)
