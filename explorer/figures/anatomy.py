"""Charts of the Anatomy page: terms over draws, KL of one dimension, losses of one pixel, maps of pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.style import PETROFF, layout, still


def both_terms(reconstruction: np.ndarray, kl: float, of_mean: float) -> go.Figure:
    """Reconstruction terms (N,) of as many draws beside the KL, on axes of the same width in nats."""
    half = 0.6 * max(float(np.ptp(np.append(reconstruction, of_mean))), 1.0)
    middle = (float(max(reconstruction.max(), of_mean)) + float(min(reconstruction.min(), of_mean))) / 2
    size = 2 * half / 30
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.06)
    for column, (values, centre, name) in enumerate(
        [(reconstruction, middle, "reconstruction"), (np.full(len(reconstruction), kl), kl, "KL")], 1
    ):
        bins = dict(start=centre - half - size / 2, end=centre + half + size, size=size)
        figure.add_histogram(
            x=values, xbins=bins, name=name, marker_color=PETROFF[0 if column == 1 else 1],
            showlegend=False, row=1, col=column,
        )  # fmt: skip
        figure.update_xaxes(
            title_text=f"{name}, nats", range=[centre - half, centre + half], row=1, col=column
        )
    figure.add_vline(x=of_mean, line_dash="dot", annotation_text="of the mean", row=1, col=1)
    title = f"{len(reconstruction)} draws of one image: the reconstruction scatters, the KL does not move"
    layout(figure, title, "", "draws", 300)
    figure.update_xaxes(title_text="reconstruction, nats", row=1, col=1)
    return still(figure)


def two_gaussians(mean: float, std: float, kl: float) -> go.Figure:
    """The densities of q = N(mean, std²) and of the prior N(0, 1)."""
    x = np.linspace(min(-4.0, mean - 4 * std), max(4.0, mean + 4 * std), 600)

    def density(m: float, s: float) -> np.ndarray:
        return np.exp(-0.5 * ((x - m) / s) ** 2) / (s * np.sqrt(2 * np.pi))

    figure = go.Figure()
    figure.add_scatter(x=x, y=density(0, 1), name="prior N(0, 1)", line=dict(color=PETROFF[3], width=2))
    figure.add_scatter(
        x=x, y=density(mean, std), name="q(z|x)", line=dict(color=PETROFF[0], width=2), fill="tozeroy"
    )
    return still(layout(figure, f"KL(q ‖ p) = {kl:.3g} nats", "z", "density", 300))


def pixel_losses(
    predictions: np.ndarray, curves: Mapping[str, np.ndarray], target: float, at: float, now: Sequence[float]
) -> go.Figure:
    """Losses of one pixel against its prediction, a line at the target and dots at the prediction `at`."""
    figure = go.Figure()
    for (name, values), colour in zip(curves.items(), (PETROFF[0], PETROFF[1], PETROFF[2]), strict=True):
        figure.add_scatter(x=predictions, y=values, name=name, line=dict(color=colour, width=2))
    figure.add_scatter(
        x=[at] * len(now), y=list(now), mode="markers", showlegend=False, name="now",
        marker=dict(size=11, color=[PETROFF[0], PETROFF[1], PETROFF[2]], line=dict(width=1)),
    )  # fmt: skip
    figure.add_vline(x=target, line_dash="dot", annotation_text=f"target {target:.2f}")
    layout(figure, "All three are lowest at the target, not all of them zero", "prediction", "loss", 340)
    return still(figure.update_yaxes(range=[0, 2.5]).update_xaxes(range=[0, 1]))


def pixel_map(image: np.ndarray | None, values: np.ndarray, title: str, bar: str) -> go.Figure:
    """The input (H, W) in grey beside a signed map (H, W) of its pixels, blue below 0 and red above."""
    figure = make_subplots(1, 2, horizontal_spacing=0.04, subplot_titles=("input", "map"))
    if image is not None:
        grey = go.Heatmap(z=image, colorscale="gray", zmin=0, zmax=1, showscale=False, name="input")
        figure.add_trace(grey, row=1, col=1)
    limit = max(float(np.abs(values).max()), 1e-12)
    shown = go.Heatmap(
        z=values, colorscale="RdBu_r", zmid=0, zmin=-limit, zmax=limit, colorbar_title=bar, name="map"
    )
    figure.add_trace(shown, row=1, col=2)
    layout(figure, title, "", "", 360)
    for column, anchor in ((1, "x"), (2, "x2")):
        figure.update_yaxes(scaleanchor=anchor, row=1, col=column)
    figure.update_yaxes(autorange="reversed", constrain="domain", visible=False)
    return still(figure.update_xaxes(visible=False, constrain="domain"))


def held_still(
    names: Sequence[str], code: Sequence[np.ndarray], output: Sequence[np.ndarray], what: str
) -> go.Figure:
    """Mean ratios over images, one bar a model, with the middle half of the images as a whisker."""
    titles = ("‖Δz‖ / ‖Δx‖", "‖Δx̂‖ / ‖Δx‖")
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.05)
    for column, ratios in enumerate((code, output), 1):
        means = [float(np.mean(each)) for each in ratios]
        low, high = ([float(np.quantile(each, q)) for each in ratios] for q in (0.25, 0.75))
        above = [max(h - m, 0.0) for h, m in zip(high, means, strict=True)]
        below = [max(m - v, 0.0) for v, m in zip(low, means, strict=True)]
        figure.add_bar(
            y=list(names), x=means, orientation="h", showlegend=False, name=titles[column - 1],
            error_x=dict(type="data", array=above, arrayminus=below, color=PETROFF[8]),
            marker_color=PETROFF[0 if column == 1 else 6], row=1, col=column,
        )  # fmt: skip
        figure.update_xaxes(range=[0, 1.25 * max(*high, *means)], row=1, col=column)
        for place, value in enumerate(means):  # at the right end: a short bar has no room for its number
            figure.add_annotation(
                x=1, xref="x domain" if column == 1 else "x2 domain", xanchor="right", y=place,
                yref="y" if column == 1 else "y2", text=f"{value:.3g}", showarrow=False,
            )  # fmt: skip
    title = f"How far code and output move with the input: {what}"
    layout(figure, title, "", "", 150 + 44 * len(names)).update_layout(margin_l=8)
    for column, name in enumerate(titles, 1):
        figure.update_xaxes(title_text=name, row=1, col=column)
    return still(figure.update_yaxes(autorange="reversed", automargin=True))


def against_shift(shifts: Sequence[int], curves: Mapping[str, np.ndarray]) -> go.Figure:
    """Mean squared error of the reconstruction against the shift of the input, one line a model."""
    figure = go.Figure()
    for i, (name, values) in enumerate(curves.items()):
        figure.add_scatter(
            x=list(shifts), y=values, name=name, mode="lines+markers",
            line=dict(color=PETROFF[i % 10], width=2),
        )  # fmt: skip
    layout(figure, "Error of the reconstruction while the input moves right", "pixels", "squared error ↓")
    return still(figure.update_yaxes(rangemode="tozero"))
