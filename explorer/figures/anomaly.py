"""Scores of normal images and anomalies: histogram, ROC, and where each class lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout, still
from explorer.metrics.anomaly import Curve

NORMAL, STRANGE, LIMIT = PETROFF[0], PETROFF[6], "#808694"


def _scale(logarithmic: bool) -> dict[str, str]:
    return dict(type="log", dtick="D2") if logarithmic else dict(type="linear")


def histogram(
    normal: np.ndarray,
    anomalous: np.ndarray,
    threshold: float,
    unit: str,
    logarithmic: bool,
    own: float | None = None,
    bins: int = 60,
) -> go.Figure:
    """Shares of normal images and of anomalies by score, the threshold as a line, `own` as a second one.

    What lies beyond the last bin counts in it.
    """
    forth, back = (np.log10, lambda x: 10**x) if logarithmic else (lambda x: x, lambda x: x)
    both = forth(np.concatenate([normal, anomalous]))
    edges = np.linspace(both.min(), max(np.quantile(both, 0.995), forth(threshold)) + 1e-6, bins + 1)
    middle = back((edges[1:] + edges[:-1]) / 2)
    figure = go.Figure()
    for scores, name, colour in ((normal, "normal", NORMAL), (anomalous, "anomalies", STRANGE)):
        counts = np.histogram(np.clip(forth(scores), edges[0], edges[-1]), edges)[0]
        figure.add_bar(
            x=middle, y=100 * counts / len(scores), width=np.diff(back(edges)), name=name,
            marker_color=colour, opacity=0.65, marker_line_width=0,
            hovertemplate=f"{name}, %{{x:.3g}}: %{{y:.1f}} %<extra></extra>",
        )  # fmt: skip
    marks = [(threshold, "alarm →", LIMIT, "solid", 1.02)]
    if own is not None:
        inside = float(back(np.clip(forth(own), edges[0], edges[-1])))
        marks.append((inside, "yours", PETROFF[4], "dot", 0.88))
    for x, text, colour, dash, height in marks:
        figure.add_vline(x=x, line=dict(color=colour, width=3, dash=dash))
        figure.add_annotation(
            x=forth(x), y=height, yref="paper", text=text, showarrow=False, xanchor="left", xshift=4
        )
    layout(figure, "How strange the images look to the model", unit, "% of the images", 360)
    figure.update_xaxes(range=[edges[0], edges[-1]], **_scale(logarithmic))
    return still(figure.update_layout(barmode="overlay", bargap=0, legend_y=-0.24, margin_t=64))


def small_histogram(
    normal: np.ndarray, anomalous: np.ndarray, threshold: float, unit: str, logarithmic: bool, own: float
) -> go.Figure:
    """The same without title and legend, beside a picture."""
    figure = histogram(normal, anomalous, threshold, unit, logarithmic, own)
    return figure.update_layout(height=240, title_text="", showlegend=False, margin_t=32)


def roc(curve: Curve, area: float, false_alarm: float, hit: float) -> go.Figure:
    """The curve with the threshold's place on it."""
    x, y = corners(curve)
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=dict(color=LIMIT, dash="dot"), hoverinfo="skip")
    figure.add_scatter(
        x=x, y=y, mode="lines", line=dict(color=STRANGE, width=3), name="ROC",
        hovertemplate="false alarms %{x:.3f}, found %{y:.3f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[false_alarm], y=[hit], mode="markers", marker=dict(color=NORMAL, size=14), name="threshold",
        hovertemplate="the threshold: false alarms %{x:.3f}, found %{y:.3f}<extra></extra>",
    )  # fmt: skip
    layout(figure, f"ROC, area {area:.4f}", "share of false alarms", "share of anomalies found", 360)
    figure.update_yaxes(range=[-0.02, 1.02], scaleanchor="x", constrain="domain")
    figure.update_xaxes(range=[-0.02, 1.02], constrain="domain")
    return still(figure.update_layout(showlegend=False))


def corners(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """The points of the curve where it turns: the same line with fewer points."""
    x, y = curve.false_alarm, curve.hit
    turns = np.diff(x[:-1]) * np.diff(y[1:]) != np.diff(x[1:]) * np.diff(y[:-1])
    kept = np.concatenate([[True], turns, [True]])
    return x[kept], y[kept]


def by_class(
    names: Sequence[str],
    scores: Sequence[np.ndarray],
    normal: Sequence[bool],
    threshold: float,
    unit: str,
    logarithmic: bool,
) -> go.Figure:
    """Where nine in ten images of each class lie, the lowest median on top, and the share that is called."""
    order = np.argsort([-np.median(each) for each in scores])
    figure = go.Figure()
    for place, i in enumerate(order):
        low, median, high = np.quantile(scores[i], (0.05, 0.5, 0.95))
        colour = NORMAL if normal[i] else STRANGE
        figure.add_scatter(
            x=[low, high], y=[place, place], mode="lines", line=dict(color=colour, width=9), hoverinfo="skip"
        )
        figure.add_scatter(
            x=[median], y=[place], mode="markers",
            hovertemplate=f"{names[i]}: median %{{x:.3g}}<extra></extra>",
            marker=dict(color="white", size=8, line=dict(color=colour, width=2)),
        )  # fmt: skip
    kinds = ["normal, " if normal[i] else "" for i in order]
    called = [100 * float((scores[i] >= threshold).mean()) for i in order]
    text = [f"{names[i]} · {kind}{share:.0f} %" for i, kind, share in zip(order, kinds, called, strict=True)]
    figure.add_vline(x=threshold, line=dict(color=LIMIT, width=3))
    height = 100 + 26 * max(5, len(order))
    layout(figure, "Which class slips through: its share of alarms", unit, "", height)
    figure.update_xaxes(**_scale(logarithmic))
    figure.update_yaxes(tickvals=list(range(len(order))), ticktext=text, range=[-0.7, len(order) - 0.3])
    return still(figure.update_layout(showlegend=False, margin_l=150))
