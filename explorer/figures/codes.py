"""A code as bars, and the classes of a selection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.finished import Finished
from explorer.figures.style import PETROFF, layout


def code_bars(z: np.ndarray, std: np.ndarray | None, order: Sequence[int]) -> go.Figure:
    """The numbers of a code z (L,) in a given order of dimensions; whiskers: the posterior's std (L,)."""
    order = list(order)
    whiskers = None if std is None else dict(type="data", array=std[order], thickness=1.5, width=3)
    names = [f"z{d + 1}" for d in order]
    figure = go.Figure(
        go.Bar(name="code", x=names, y=z[order], error_y=whiskers, marker_color=PETROFF[0], showlegend=False)
    )
    title = "The code" if std is None else "The code: mean ± std of q(z|x)"
    layout(figure, title, "dimension, the most informative first", "value", height=250)
    figure.update_xaxes(showticklabels=len(order) <= 16, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def other_code(drawn: Finished, z: np.ndarray, std: np.ndarray | None, order: Sequence[int]) -> Finished:
    """`code_bars` of another code of the same model, from one that is drawn: without the cost of drawing."""
    fields: dict[str, Any] = {"y": z[list(order)].tolist()}
    if std is not None:
        fields["error_y"] = dict(type="data", array=std[list(order)].tolist(), thickness=1.5, width=3)
    return drawn.changed("code", **fields)


def class_counts(counts: np.ndarray, names: Sequence[str]) -> go.Figure:
    """How many of a selection belong to each class: counts (K,) int, names (K,)."""
    figure = go.Figure(
        go.Bar(
            x=list(names), y=counts, text=counts, textposition="outside", cliponaxis=False,
            marker_color=[PETROFF[i % len(PETROFF)] for i in range(len(names))],
        )
    )  # fmt: skip
    layout(figure, f"{int(counts.sum()):,} images selected", "class", "images", height=250)
    figure.update_xaxes(type="category", fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure
