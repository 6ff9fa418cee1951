"""Charts of the experiments on the Models page: activations, their means, and the bound over its codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.curves import PAIR
from explorer.figures.style import PETROFF, layout, still
from explorer.importance import Estimate

BINS = 30
ZERO, TARGET = PETROFF[1], PETROFF[2]


def activations(z: np.ndarray, colour: str, title: str) -> go.Figure:
    """Histogram of one image's activations z (L,); what is exactly zero has a bar of its own."""
    figure, rest = go.Figure(), z[z != 0]
    low, high = (float(rest.min()), float(rest.max())) if len(rest) else (0.0, 1.0)
    low = min(0.0, low)
    width = max(high - low, 1e-6) / BINS
    if len(rest) < len(z):
        figure.add_bar(
            x=[0.0], y=[len(z) - len(rest)], width=[0.7 * width], offset=[-0.75 * width], marker_color=ZERO,
            name="exactly zero", hovertemplate="exactly zero: %{y} units<extra></extra>",
        )  # fmt: skip
    counts, edges = np.histogram(rest, bins=BINS, range=(low, low + BINS * width))
    figure.add_bar(
        x=edges[:-1] + width / 2, y=np.where(counts > 0, counts, np.nan), width=[0.9 * width] * BINS,
        marker_color=colour, name="others",
        hovertemplate="around %{x:.3g}: %{y} units<extra></extra>",
    )  # fmt: skip
    layout(figure, title, "activation", "units, log scale", 300)
    ticks = [n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n <= 1.3 * len(z)]
    figure.update_yaxes(type="log", tickvals=ticks, range=[np.log10(0.7), np.log10(1.3 * len(z))])
    return still(figure.update_layout(barmode="overlay", showlegend=len(rest) < len(z)))


def means(values: np.ndarray, colour: str, title: str, target: float | None) -> go.Figure:
    """Mean activation of each unit over the gallery (L,), largest first, with the target rate as a line."""
    figure = go.Figure()
    figure.add_scatter(
        x=np.arange(1, len(values) + 1), y=np.sort(values)[::-1], mode="markers", name="unit",
        marker=dict(color=colour, size=4), showlegend=False,
        hovertemplate="rank %{x}: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    if target is not None:
        figure.add_hline(
            y=target, line=dict(color=TARGET, dash="dash"), annotation_text=f"target {target:g}",
            annotation_position="top right",
        )  # fmt: skip
    if (values >= 0).all():
        figure.update_yaxes(rangemode="tozero")
    return still(layout(figure, title, "units, by rank", "mean activation", 300))


def bounds(curves: Mapping[str, Sequence[Estimate]], now: int, title: str) -> go.Figure:
    """The bound over the number of codes, a line for each letter, its spread as a band; a mark at `now`."""
    figure = go.Figure()
    for (name, found), colour in zip(curves.items(), PAIR, strict=False):
        banded = [each for each in found if each.repetitions > 1]
        x = [each.count for each in banded]
        upper, lower = ([each.mean + s * each.sd for each in banded] for s in (1, -1))
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        figure.add_scatter(
            x=x + x[::-1], y=upper + lower[::-1], fill="toself", mode="lines", line_width=0,
            fillcolor=f"rgba({red},{green},{blue},0.18)", hoverinfo="skip", showlegend=False,
            legendgroup=name,
        )  # fmt: skip
        figure.add_scatter(
            x=[each.count for each in found], y=[each.mean for each in found], mode="lines+markers",
            name=name, legendgroup=name, line=dict(color=colour, width=3),
            marker=dict(size=[13 if each.count == now else 6 for each in found]),
            hovertemplate=f"{name}, %{{x}} codes: %{{y:.1f}} nats<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=now, line=dict(color="#808694", dash="dot"))
    layout(figure, title, "codes averaged, log scale", "bound on log p(x), nats", 340)
    ticks = (1, 10, 100, 1000, 5000)
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{n:,}" for n in ticks])
    return still(figure)
