"""Posteriors of some images on a code of two numbers, one panel a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.style import PETROFF, layout

PRIOR = "#7d8594"
ACROSS = 3  # panels side by side
TURN = np.linspace(0, 2 * np.pi, 41)


def posteriors(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]], labels: np.ndarray, names: Sequence[str], title: str
) -> go.Figure:
    """Ellipses of one standard deviation: `panels` gives mean (N, 2) and std (N, 2) of q(z|x) by title.

    The colour tells the class; the dashed circle is the prior's own standard deviation.
    """
    reach = max(2.5, *(float((np.abs(mean) + std).max()) for mean, std in panels.values()))
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure = make_subplots(
        rows=down, cols=across, subplot_titles=list(panels), horizontal_spacing=0.03, vertical_spacing=0.12
    )
    for place, (mean, std) in enumerate(panels.values()):
        where = dict(row=place // across + 1, col=place % across + 1)
        figure.add_scatter(
            x=np.cos(TURN), y=np.sin(TURN), mode="lines", line=dict(color=PRIOR, dash="dash", width=1.5),
            hoverinfo="skip", showlegend=False, **where,
        )  # fmt: skip
        for label in np.unique(labels):
            x, y = _outlines(mean[labels == label], std[labels == label])
            figure.add_scatter(
                x=x, y=y, mode="lines", line=dict(color=PETROFF[label % len(PETROFF)], width=1.5),
                name=names[label], legendgroup=names[label], showlegend=place == 0,
                hovertemplate=f"{names[label]}<extra></extra>", **where,
            )  # fmt: skip
    layout(figure, title, "", "", 110 + 250 * down)
    figure.update_xaxes(range=[-reach, reach], fixedrange=True, zeroline=False, constrain="domain")
    figure.update_yaxes(range=[-reach, reach], fixedrange=True, zeroline=False)
    for place in range(len(panels)):
        axis = "x" if place == 0 else f"x{place + 1}"
        figure.update_yaxes(scaleanchor=axis, row=place // across + 1, col=place % across + 1)
    return figure.update_layout(margin_t=80, legend_y=-0.08)


def _outlines(mean: np.ndarray, std: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ellipses (N) as one line with gaps."""
    circle = np.stack([np.cos(TURN), np.sin(TURN)])  # (2, T)
    points = mean[:, :, None] + std[:, :, None] * circle
    gapped = np.concatenate([points, np.full((len(points), 2, 1), np.nan)], axis=2)
    return gapped[:, 0].ravel(), gapped[:, 1].ravel()
