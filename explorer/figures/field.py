"""A denoiser's corrections as arrows over a plane of images, with the path of a picture through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout

ARROW, PATH, GREY = PETROFF[0], PETROFF[6], "#808694"
SYMBOLS = ("star", "x", "diamond")  # of named places
HEIGHT = 500


@dataclass(frozen=True)
class Arrows:
    """places, arrows (M, 2); in all pixels: lengths (M,), and the share (M,) of them that the plane shows."""

    places: np.ndarray
    arrows: np.ndarray
    lengths: np.ndarray
    shares: np.ndarray


def plane(
    xs: np.ndarray,
    ys: np.ndarray,
    density: np.ndarray,
    classes: Mapping[str, np.ndarray],
    shown: Arrows,
    scale: float,
    named: Mapping[str, np.ndarray],
    title: str,
    axes: tuple[str, str],
) -> go.Figure:
    """Arrows, drawn at `scale` times their length, over the density (Y, X) of real images at xs, ys.

    `classes` and `named` give places (2,) their texts. The dot at each arrow's foot carries its place as
    [x, y]; the trace "path" has no point yet (see `Finished.changed`).
    """  # fmt: skip
    figure = go.Figure()
    figure.add_heatmap(
        x=xs, y=ys, z=density, showscale=False, hoverinfo="skip", zsmooth="best", name="density",
        colorscale=[[0, "rgba(148,164,162,0)"], [1, "rgba(148,164,162,0.75)"]],
    )  # fmt: skip
    for text, (x, y) in classes.items():
        figure.add_annotation(x=float(x), y=float(y), text=text, showarrow=False, font_size=14, opacity=0.8)
    _arrows(figure, shown, scale)
    figure.add_scatter(
        x=[], y=[], mode="lines+markers+text", name="path", text=[], textposition="top center",
        line=dict(color=PATH, width=3), marker=dict(size=9, color=PATH, line=dict(color="white", width=1)),
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    for symbol, (name, (x, y)) in zip(SYMBOLS, named.items(), strict=False):
        figure.add_scatter(
            x=[x], y=[y], mode="markers", name=name, hovertemplate=f"{name}<extra></extra>",
            marker=dict(symbol=symbol, size=13, color=PETROFF[2], line=dict(color="white", width=1)),
        )  # fmt: skip
    layout(figure, title, *axes, HEIGHT)
    figure.update_layout(legend=dict(orientation="h", y=-0.2), margin_b=90)
    wide, high = ([float(each[0]), float(each[-1])] for each in (xs, ys))
    figure.update_xaxes(range=wide, constrain="domain", fixedrange=True, zeroline=False, showgrid=False)
    return figure.update_yaxes(
        range=high, constrain="domain", fixedrange=True, scaleanchor="x", zeroline=False, showgrid=False
    )


def _arrows(figure: go.Figure, shown: Arrows, scale: float) -> None:
    """A shaft, a head and a foot for each arrow; a short arrow gets a small head."""
    feet, tips = shown.places, shown.places + scale * shown.arrows
    gap = np.full(len(feet), np.nan)
    figure.add_scatter(
        x=np.stack([feet[:, 0], tips[:, 0], gap], axis=1).ravel(),
        y=np.stack([feet[:, 1], tips[:, 1], gap], axis=1).ravel(),
        mode="lines", line=dict(color=ARROW, width=1.5), hoverinfo="skip", showlegend=False, name="shafts",
    )  # fmt: skip
    spacing = np.diff(np.unique(feet[:, 0])).max()
    drawn = np.linalg.norm(tips - feet, axis=1) / spacing  # in places, some 35 pixels each
    figure.add_scatter(
        x=tips[:, 0], y=tips[:, 1], mode="markers", hoverinfo="skip", showlegend=False, name="heads",
        marker=dict(
            symbol="arrow", angle=np.degrees(np.arctan2(shown.arrows[:, 0], shown.arrows[:, 1])), color=ARROW,
            size=np.clip(16 * drawn, 3, 10),
        ),
    )  # fmt: skip
    figure.add_scatter(
        x=feet[:, 0], y=feet[:, 1], mode="markers", name="feet", showlegend=False,
        marker=dict(size=6, color=ARROW, opacity=0.6), customdata=np.round(feet, 3).tolist(),
        text=[f"{n:.1f}, {100 * s:.0f} %" for n, s in zip(shown.lengths, shown.shares, strict=True)],
        hovertemplate="(%{x:.1f}, %{y:.1f}): length and share in the plane %{text}<extra></extra>",
        selected=dict(marker_opacity=0.6), unselected=dict(marker_opacity=0.6),
    )  # fmt: skip


def steps(lengths: np.ndarray, real: np.ndarray, clean: np.ndarray, typical: float) -> go.Figure:
    """Over the times applied: the correction (T,), the distance to the nearest real image and to the clean
    one (T + 1,); dotted: the median distance of a real image to its nearest other one."""
    figure = go.Figure()
    lines = (
        ("the correction", np.arange(1, len(lengths) + 1), lengths, PATH, "solid"),
        ("to the nearest real image", np.arange(len(real)), real, ARROW, "dash"),
        ("to the clean picture", np.arange(len(clean)), clean, PETROFF[4], "dot"),
    )
    for name, x, y, colour, dash in lines:
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", name=name, line=dict(color=colour, dash=dash, width=2.5),
            hovertemplate=f"{name}: %{{y:.2f}} after %{{x}}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=typical, line=dict(color=GREY, dash="dot", width=1.5))
    layout(figure, "One long step, then short ones", "times applied", "distance over all pixels", 340)
    figure.update_xaxes(dtick=1, fixedrange=True)
    return figure.update_yaxes(rangemode="tozero", fixedrange=True)
