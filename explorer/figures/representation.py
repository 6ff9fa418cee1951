"""Accuracy against labels with its spread; error against accuracy of all models; error over passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout, still

PIXELS, PCA, NET, OTHERS = PETROFF[3], PETROFF[1], PETROFF[9], "#808694"
MORE = (PETROFF[7], PETROFF[8])
MODELS = (PETROFF[0], PETROFF[6], PETROFF[4], PETROFF[2], PETROFF[5])


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def few_labels(
    counts: Mapping[str, Sequence[int]],
    accuracy: Mapping[str, np.ndarray],
    colours: Mapping[str, str],
    what: str,
) -> go.Figure:
    """Mean accuracy (counts, draws) in % against the number of labels, the standard deviation as a band."""
    figure = go.Figure()
    for name, each in accuracy.items():
        x, mean, sd = list(counts[name]), 100 * each.mean(axis=1), 100 * each.std(axis=1, ddof=1)
        figure.add_scatter(
            x=x + x[::-1], y=np.concatenate([mean + sd, (mean - sd)[::-1]]), fill="toself", mode="lines",
            line_width=0, fillcolor=_faint(colours[name]), hoverinfo="skip", showlegend=False,
            legendgroup=name,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=mean, mode="lines+markers", name=name, legendgroup=name, customdata=sd,
            line=dict(color=colours[name], width=3),
            hovertemplate=f"{name}, %{{x}} labels: %{{y:.1f}} ± %{{customdata:.1f}} %<extra></extra>",
        )  # fmt: skip
    layout(figure, what, "labelled images", "% of held-out images labelled right", 440)
    figure.update_xaxes(type="log", tickvals=sorted({n for each in counts.values() for n in each}))
    return still(figure.update_layout(legend_y=-0.2, margin_b=110))


@dataclass(frozen=True)
class Spot:
    """A model in the scatter: error per pixel and accuracy in [0, 1], with standard deviations over seeds (0
    for one seed)."""

    title: str
    error: float
    error_sd: float
    accuracy: float
    accuracy_sd: float


def scatter(spots: Sequence[Spot], marked: Sequence[str], accuracy: str, title: str) -> go.Figure:
    """Accuracy against reconstruction error; models of the titles `marked` in colours of their own."""
    figure = go.Figure()
    groups = [("other models", OTHERS, [spot for spot in spots if spot.title not in marked])]
    for colour, name in zip(MODELS, dict.fromkeys(marked), strict=False):
        groups.append((name, colour, [spot for spot in spots if spot.title == name]))
    for name, colour, shown in groups:
        figure.add_scatter(
            x=[spot.error for spot in shown], y=[100 * spot.accuracy for spot in shown], name=name,
            text=[spot.title for spot in shown], mode="markers",
            error_x=dict(array=[spot.error_sd for spot in shown], color=colour, thickness=1),
            error_y=dict(array=[100 * spot.accuracy_sd for spot in shown], color=colour, thickness=1),
            marker=dict(color=colour, size=9 if colour == OTHERS else 15),
            hovertemplate="%{text}: error %{x:.3g}, %{y:.1f} %<extra></extra>",
        )  # fmt: skip
    layout(figure, title, "mean squared error per pixel, lower is better", accuracy, 440)
    figure.update_xaxes(type="log", exponentformat="power", dtick=1)
    return still(figure.update_layout(legend_y=-0.2, margin_b=110))


def passes(errors: np.ndarray, levels: Mapping[str, float]) -> go.Figure:
    """Error on the hidden pixels of chains (S, passes), and of methods that answer once as lines."""
    figure = go.Figure()
    x = np.arange(1, errors.shape[1] + 1)
    for place, each in enumerate(errors):
        figure.add_scatter(
            x=x, y=each, mode="lines+markers", name=f"chain {place + 1}",
            line=dict(color=MODELS[place % len(MODELS)], width=2), marker_size=5,
            hovertemplate=f"chain {place + 1}, pass %{{x}}: %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
    for (name, level), dash in zip(levels.items(), ("dot", "dash", "dashdot"), strict=False):
        figure.add_scatter(
            x=[1, max(2, errors.shape[1])], y=[level, level], mode="lines", name=name,
            line=dict(color=OTHERS, dash=dash), hoverinfo="name+y",
        )  # fmt: skip
    layout(
        figure, "The known pixels put back after each pass", "pass", "mean squared error, hidden pixels", 340
    )
    return still(figure.update_yaxes(rangemode="tozero").update_layout(legend_y=-0.24, margin_b=90))
