"""Colours and layout that all charts share."""

from __future__ import annotations

import plotly.graph_objects as go

#: Petroff's ten colours, distinguishable with colour-blindness (arXiv:2107.02270).
PETROFF = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


def layout(figure: go.Figure, title: str, x: str, y: str, height: int = 320) -> go.Figure:
    """One message as the title, axes named with units, transparent ground."""
    figure.update_layout(
        title=dict(text=title, font_size=15, x=0, xanchor="left"),
        xaxis_title=x,
        yaxis_title=y,
        height=height,
        margin=dict(l=56, r=16, t=48, b=48),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend=dict(orientation="h", y=-0.28),
        hovermode="closest",
    )
    return figure


def still(figure: go.Figure) -> go.Figure:
    """No zooming: a finger that scrolls the page passes over the chart."""
    return figure.update_xaxes(fixedrange=True).update_yaxes(fixedrange=True)
