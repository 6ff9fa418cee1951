"""Samples by class, the aggregate posterior against the prior, the two parts of the KL term, a walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.style import PETROFF, layout, still

GREY = "#808694"
SETS = (PETROFF[2], PETROFF[1], PETROFF[4], PETROFF[0])  # of samples, at most four


def by_class(counts: Mapping[str, np.ndarray], names: Sequence[str], real: np.ndarray | None) -> go.Figure:
    """Shares of the classes (K,) int in each set of samples, and of real images as a grey step."""
    figure = go.Figure()
    if real is not None:
        figure.add_bar(x=list(names), y=100 * real / real.sum(), name="real", marker_color=GREY, opacity=0.55)
    for colour, (name, values) in zip(SETS, counts.items(), strict=False):
        figure.add_bar(x=list(names), y=100 * values / values.sum(), name=name, marker_color=colour)
    layout(figure, "Which classes the samples look like", "", "% of the samples", 360)
    figure.update_xaxes(type="category")
    long = max(map(len, names)) > 2  # such names stand upright
    below = dict(legend_y=-0.75, margin_b=190, height=430) if long else dict(legend_y=-0.2, margin_b=120)
    return still(figure.update_layout(barmode="group", bargap=0.2, **below))


def plane(
    xs: np.ndarray,
    ys: np.ndarray,
    values: np.ndarray,
    circles: Sequence[np.ndarray],
    hole: Sequence[float],
    ratio: bool,
) -> go.Figure:
    """values (Y, X) over the plane: log p - log q in nats (`ratio`), red in a hole; else the codes' density.

    Circles (M, 2) are those of the Gaussian that codes are drawn from. Dots that cannot be seen carry each
    place as [x, y]; the trace "here" has no point yet.
    """  # fmt: skip
    limit = 4.0
    figure = go.Figure()
    colours = dict(zmin=-limit, zmax=limit, colorscale="RdBu", reversescale=True) if ratio else dict(
        colorscale="Viridis"
    )  # fmt: skip
    figure.add_heatmap(
        x=xs, y=ys, z=np.clip(values, -limit, limit) if ratio else values, hoverinfo="skip", **colours,
        colorbar=dict(title=dict(text="nats" if ratio else "density", side="right"), thickness=12),
    )  # fmt: skip
    ink = "#222" if ratio else "#fff"
    for circle in circles:
        figure.add_scatter(
            x=circle[:, 0], y=circle[:, 1], mode="lines", line=dict(color=ink, width=1.5, dash="dot"),
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    grid_x, grid_y = (each.ravel() for each in np.meshgrid(xs, ys))
    places = np.round(np.stack([grid_x, grid_y], axis=1), 4)
    unit = " nats" if ratio else ""
    figure.add_scatter(
        x=grid_x, y=grid_y, mode="markers", marker=dict(size=9, color="#000", opacity=0), name="places",
        customdata=places.tolist(), text=[f"{value:.2g}" for value in values.ravel()], showlegend=False,
        hovertemplate=f"(%{{x:.1f}}, %{{y:.1f}}): %{{text}}{unit}<extra></extra>",
        selected=dict(marker_opacity=0), unselected=dict(marker_opacity=0),
    )  # fmt: skip
    shapes = (("deepest hole", [hole[0]], [hole[1]], "x-thin", 2), ("here", [], [], "circle-open", 3))
    for name, x, y, symbol, width in shapes:
        marker = dict(symbol=symbol, size=14, color=ink, line=dict(width=width, color=ink))
        what = dict(mode="markers", name=name, marker=marker, hoverinfo="skip", showlegend=False)
        figure.add_scatter(x=x, y=y, **what)
    title = "Red: holes, codes are drawn where none was" if ratio else "Where the codes lie"
    layout(figure, title, "z1", "z2", 460)
    figure.update_yaxes(scaleanchor="x", range=[ys[0], ys[-1]], constrain="domain")
    return still(figure.update_xaxes(range=[xs[0], xs[-1]], constrain="domain"))


def along_walk(typical: tuple[float, float]) -> go.Figure:
    """Pixel distance to the nearest real image along a walk; grey: nine in ten real images, `typical`.

    The trace "distance" has no points yet: x is t (T,), y the distance (T,).
    """
    figure = go.Figure()
    figure.add_hrect(y0=typical[0], y1=typical[1], fillcolor=GREY, opacity=0.25, line_width=0)
    seen = [0, 1.15 * typical[1]]  # what the axis always spans, however near the walk stays
    figure.add_scatter(x=[0, 1], y=seen, mode="markers", marker_opacity=0, hoverinfo="skip")
    figure.add_scatter(
        x=[], y=[], mode="lines+markers", line=dict(color=PETROFF[6], width=3), name="distance",
        hovertemplate="t = %{x:.2f}: %{y:.2f}<extra></extra>",
    )  # fmt: skip
    layout(figure, "Out of the data", "t, from the start to the point", "to the nearest real image", 260)
    figure.update_yaxes(rangemode="tozero")
    return still(figure.update_layout(showlegend=False))


def each_dimension(
    z: np.ndarray, densities: np.ndarray, names: Sequence[str], mismatch: np.ndarray
) -> go.Figure:
    """The aggregate's density of each dimension (L, T) at z (T,), filled, over N(0, 1) as a line."""
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    titles = [f"{name} · {each:.2f} nats" for name, each in zip(names, mismatch, strict=True)]
    figure = make_subplots(
        rows=rows, cols=columns, shared_yaxes="all", subplot_titles=titles, horizontal_spacing=0.03,
        vertical_spacing=min(0.2, 0.5 / rows),
    )  # fmt: skip
    normal = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    for place, (name, values) in enumerate(zip(names, densities, strict=True)):
        where = dict(row=place // columns + 1, col=place % columns + 1)
        figure.add_scatter(
            x=z, y=values, fill="tozeroy", line=dict(color=PETROFF[0], width=1), name=name, **where
        )
        figure.add_scatter(x=z, y=normal, line=dict(color=PETROFF[6], dash="dash"), name="N(0, 1)", **where)
    layout(figure, "Blue: all posteriors together; dashed: N(0, 1)", "", "", 100 + 130 * rows)
    figure.update_yaxes(showticklabels=False, range=[0, 1.25 * max(float(densities.max()), 0.4)])
    figure.update_annotations(font_size=12)
    return still(figure.update_layout(showlegend=False, margin=dict(t=84, b=32, l=16)))


def kl_parts(
    names: Sequence[str], information: Sequence[float], mismatch: Sequence[float], bound: float
) -> go.Figure:
    """Average KL as two bars that add up, one a model, nats; a line at the bound of the first."""
    figure = go.Figure()
    figure.add_bar(x=list(names), y=list(information), name="information I(x; z)", marker_color=PETROFF[0])
    figure.add_bar(x=list(names), y=list(mismatch), name="aggregate ≠ prior", marker_color=PETROFF[1])
    figure.add_hline(y=bound, line=dict(color=GREY, dash="dot"))
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=bound, yanchor="bottom", showarrow=False,
        text=f"log N = {bound:.2f}", font_size=12,
    )  # fmt: skip
    layout(figure, "What the average KL pays for", "", "nats per image", 340)
    figure.update_xaxes(type="category", tickangle=0, tickfont_size=11)
    return still(figure.update_layout(barmode="stack", legend_y=-0.2))
