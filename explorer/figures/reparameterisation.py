"""Charts of gradient estimators: how they scatter, how averaging calms them, and what can be rewritten."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.style import PETROFF, layout, still

#: The pathwise and the score-function estimator, on every picture that shows both.
PATHWISE, SCORE = PETROFF[0], PETROFF[6]
QUIET = "#7d8594"
BINS = 61


def histograms(
    values: Sequence[np.ndarray], names: Sequence[str], mean: float, reach: float, unit: str, marked: str
) -> go.Figure:
    """One panel an estimator over one axis, mean ± reach; what lies beyond is counted in the last bins."""
    figure = make_subplots(
        rows=len(values), cols=1, shared_xaxes=True, vertical_spacing=0.14, subplot_titles=list(names)
    )
    edges = np.linspace(mean - reach, mean + reach, BINS + 1)
    for row, (each, colour) in enumerate(zip(values, (PATHWISE, SCORE), strict=True), start=1):
        counts, _ = np.histogram(np.clip(each, edges[0], edges[-1]), bins=edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2, y=counts / len(each), width=edges[1] - edges[0],
            marker_color=colour, marker_line_width=0, name=names[row - 1], row=row, col=1,
            hovertemplate="%{x:.3g}: share %{y:.3f}<extra></extra>",
        )  # fmt: skip
        figure.add_vline(
            x=mean, line=dict(color=QUIET, width=2, dash="dash"), row=row, col=1,
            annotation=dict(text=marked, font_size=12) if row == 1 else None,
        )  # fmt: skip
    layout(figure, "The same mean, another spread", "", "", 420)
    figure.update_yaxes(title_text="share of draws", rangemode="tozero")
    figure.update_xaxes(range=[edges[0], edges[-1]])
    figure.update_xaxes(title_text=unit, row=len(values), col=1)
    return still(figure.update_layout(showlegend=False, bargap=0, margin_t=84))


def variances(curves: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> go.Figure:
    """Variance of the mean of n draws against n, both logarithmic: dots, and lines of slope −1."""
    figure = go.Figure()
    for (name, counts, found), colour in zip(curves, (PATHWISE, SCORE), strict=True):
        figure.add_scatter(
            x=counts, y=found[0] / counts, mode="lines", line=dict(color=colour, width=1.5, dash="dot"),
            name=f"{name}: first dot / n", showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=counts, y=found, mode="markers", marker=dict(color=colour, size=9), name=name,
            hovertemplate="n = %{x}: variance %{y:.3g}<extra></extra>",
        )  # fmt: skip
    layout(figure, "Averaging: slope −1 for both", "draws averaged, n", "variance of the mean", 360)
    figure.update_xaxes(type="log", tickvals=[4**k for k in range(8)], ticktext=[str(4**k) for k in range(8)])
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return still(figure.update_layout(margin_l=68))


def held_noise(thetas: np.ndarray, curves: np.ndarray, now: float, parameter: str) -> go.Figure:
    """z (K, T) of K held noises against the parameter (T,): what a derivative would be the slope of."""
    figure = go.Figure()
    for place, curve in enumerate(curves):
        figure.add_scatter(
            x=thetas, y=curve, mode="lines", line=dict(color=PATHWISE, width=2), opacity=0.35 + 0.13 * place,
            hovertemplate="%{x:.2f}: z = %{y:.3g}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=now, line=dict(color=QUIET, width=2, dash="dash"))
    layout(figure, "Five held draws, the parameter moves", parameter, "z", 320)
    return still(figure.update_layout(showlegend=False))


def temperature(
    values: np.ndarray, biases: np.ndarray, deviations: np.ndarray, now: float, score: float
) -> go.Figure:
    """Size of the relaxation's bias, and spread of one draw, against the temperature (T,)."""
    figure = go.Figure()
    for name, curve, colour in (("spread of one draw", deviations, PATHWISE), ("bias", biases, PETROFF[2])):
        figure.add_scatter(
            x=values, y=curve, mode="lines", line=dict(color=colour, width=2.5), name=name,
            hovertemplate=f"temperature %{{x:.2f}}: {name} %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(
        y=score, line=dict(color=SCORE, width=1.5, dash="dot"), annotation_text="spread of the score function"
    )
    figure.add_vline(x=now, line=dict(color=QUIET, width=2, dash="dash"))
    layout(figure, "Cold: it scatters. Warm: it is biased.", "temperature", "of the gradient", 320)
    figure.update_xaxes(type="log", tickvals=[0.05, 0.1, 0.2, 0.5, 1, 2])
    return still(figure.update_yaxes(rangemode="tozero"))
