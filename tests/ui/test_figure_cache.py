"""A figure is drawn once for the same arguments, and anew for others."""

import numpy as np
import plotly.graph_objects as go

from explorer.ui.figure_cache import figure_of

DRAWN = []


def line(values: np.ndarray, *, name: str = "") -> go.Figure:
    DRAWN.append(name)
    return go.Figure(go.Scatter(y=values.tolist(), name=name))


def other(values: np.ndarray, *, name: str = "") -> go.Figure:
    return go.Figure(go.Bar(y=values.tolist(), name=name))


def test_equal_arguments_share_a_figure_and_others_do_not():
    DRAWN.clear()
    first = figure_of(line, np.arange(3.0), name="a")
    assert figure_of(line, np.arange(3.0), name="a") is first
    assert DRAWN == ["a"]
    changed = [
        figure_of(line, np.array([0.0, 1.0, 2.5]), name="a"),  # another number
        figure_of(line, np.arange(3), name="a"),  # another type of the same numbers
        figure_of(line, np.arange(3.0), name="b"),
        figure_of(other, np.arange(3.0), name="a"),  # another drawing of the same
    ]
    assert all(each is not first for each in changed)
    assert changed[0].to_dict()["data"][0]["y"] == [0.0, 1.0, 2.5]
    assert changed[3].to_dict()["data"][0]["type"] == "bar"
