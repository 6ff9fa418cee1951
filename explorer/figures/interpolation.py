"""What happens along a path through code space: one number a frame, beside its range in the gallery."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout

COLOURS = {"linear": PETROFF[0], "spherical": PETROFF[6]}


def along_path(
    t: np.ndarray,
    curves: Mapping[str, np.ndarray],
    band: tuple[float, float, float],
    *,
    title: str,
    y: str,
) -> go.Figure:
    """Curves (T,) over t (T,), by name in `COLOURS`, each labelled at its middle.

    The traces "linear now" and "spherical now" have no point yet: see `Finished.moved`.

    band: 5 %, 50 % and 95 % quantiles of the same number in the gallery, in grey, the median as a line.
    """
    low, median, high = band
    figure = go.Figure()
    figure.add_hrect(y0=low, y1=high, fillcolor="#808694", opacity=0.2, line_width=0, layer="below")
    figure.add_hline(y=median, line=dict(color="#808694", width=1.5, dash="dot"), layer="below")
    middle = len(t) // 2
    upper = max(curves, key=lambda name: float(curves[name][middle]))
    for name, values in curves.items():
        figure.add_scatter(
            x=t, y=values, name=name, mode="lines+markers", line=dict(color=COLOURS[name], width=3),
            marker=dict(size=6), showlegend=False,
            hovertemplate=f"{name}, t = %{{x:.1f}}: %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=[], y=[], name=f"{name} now", mode="markers", marker=dict(color=COLOURS[name], size=13),
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        figure.add_annotation(
            x=t[middle], y=values[middle], text=f"<b>{name}</b>", showarrow=False,
            yshift=16 if name == upper else -16, font=dict(color=COLOURS[name], size=14),
        )  # fmt: skip
    highest = max(high, *(float(values.max()) for values in curves.values()))
    layout(figure, title, "t", y, height=265)
    figure.update_xaxes(range=[-0.04, 1.04], dtick=0.5, fixedrange=True, zeroline=False)
    figure.update_yaxes(range=[0, 1.18 * highest], fixedrange=True, zeroline=False)
    return figure
