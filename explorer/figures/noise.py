"""What the assumed noise of a Gaussian decoder does to the likelihood of the same residuals."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout
from explorer.studies import loss_scale

RANGE = np.geomspace(0.02, 1.0, 120)


def nll_against_noise(mse: float, pixels: int, std: float) -> go.Figure:
    """-log p(x|z) in nats per image over the pixel std; marked: the std that is asked for, the likeliest."""
    best = loss_scale.likeliest_noise(mse)

    def nll(at: float) -> float:
        return loss_scale.gaussian_nll(mse, at, pixels)

    figure = go.Figure()
    line = dict(color=PETROFF[0], width=2)
    figure.add_scatter(x=RANGE, y=[nll(s) for s in RANGE], mode="lines", name="these residuals", line=line)
    for name, at, colour in (("likeliest", best, PETROFF[2]), ("assumed", std, PETROFF[1])):
        figure.add_scatter(
            x=[at], y=[nll(at)], mode="markers+text", name=name, text=[name], textposition="top center",
            marker=dict(color=colour, size=11),
        )  # fmt: skip
    title = "The same residuals under another noise"
    layout(figure, title, "assumed std of a pixel", "-log p(x|z) (nats per image)", 320)
    whole = nll(1.0) - nll(best)
    top = max(nll(1.0), nll(std)) + 0.15 * whole
    figure.update_xaxes(type="log", fixedrange=True)
    return figure.update_yaxes(range=[nll(best) - 0.1 * whole, top], fixedrange=True)
