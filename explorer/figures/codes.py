"""The classes of a selection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout


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
