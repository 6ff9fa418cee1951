"""PSNR against the level of the noise: one image, every method, and the average beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout

#: method -> label, colour, dash, width
LINES = {
    "denoiser": ("denoised", PETROFF[0], "solid", 3.5),
    "noisy": ("noisy input", PETROFF[8], "dot", 2),
    "plain": ("plain", PETROFF[4], "longdash", 2),
    "median": ("median", PETROFF[1], "dash", 2),
    "non_local_means": ("NL means", PETROFF[5], "dashdot", 2),
}
FAIL = PETROFF[2]
HEIGHT, TOP, BOTTOM, LABEL = 400, 76, 52, 15  # pixels; LABEL is the height that a label needs


def psnr_curve(
    levels: np.ndarray,
    psnr: Mapping[str, np.ndarray],
    average: tuple[Sequence[float], Sequence[float]],
    *,
    title: str,
    level_name: str,
    fails: float | None,
    fails_on_average: float | None,
) -> go.Figure:
    """Lines of PSNR in dB against levels (T,) for each method of `psnr`, (T,) each, infinite where unchanged.

    `average` is the card's averaged line of the denoiser (levels, dB), drawn thin; crosses mark where the
    denoised image is worse than the noisy input; the trace "now" has no point yet (see `Finished.moved`);
    vertical lines mark the levels `fails` and `fails_on_average`.
    """
    figure = go.Figure()
    finite = np.concatenate([v[np.isfinite(v)] for v in psnr.values()] + [np.asarray(average[1])])
    low, high = float(finite.min()) - 1.0, float(finite.max()) + 1.0
    figure.add_scatter(
        x=average[0], y=average[1], mode="lines", line=dict(color=PETROFF[0], width=1, dash="solid"),
        name="denoised, average", hovertemplate="average %{y:.1f} dB<extra></extra>",
    )  # fmt: skip
    for name in sorted(psnr, key=lambda n: n == "denoiser"):  # ours last, on top
        label, colour, dash, width = LINES[name]
        shown = np.where(np.isfinite(psnr[name]), psnr[name], np.nan)
        figure.add_scatter(
            x=levels, y=shown, mode="lines", name=label, line=dict(color=colour, dash=dash, width=width),
            hovertemplate=f"{label} %{{y:.1f}} dB at %{{x:g}}<extra></extra>",
        )  # fmt: skip
    worse = psnr["denoiser"] < psnr["noisy"]
    figure.add_scatter(
        x=levels[worse], y=psnr["denoiser"][worse], mode="markers", name="worse than the noisy input",
        marker=dict(symbol="x", size=9, color=FAIL), hovertemplate="worse than the input<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[], y=[], mode="markers", name="now",
        marker=dict(size=14, color=PETROFF[0], line=dict(color="white", width=2)),
        hovertemplate="now: %{y:.1f} dB at %{x:g}<extra></extra>",
    )  # fmt: skip
    _failures(figure, fails, fails_on_average, float(levels[-1]))
    _end_labels(figure, psnr, float(average[1][-1]), low, high)
    layout(figure, title, level_name, "PSNR (dB), higher is better", HEIGHT)
    figure.update_layout(showlegend=False, margin=dict(l=48, r=96, t=TOP, b=BOTTOM))
    figure.update_xaxes(range=[-0.02 * levels[-1], 1.02 * levels[-1]], fixedrange=True)
    figure.update_yaxes(range=[low, high], fixedrange=True)
    return figure


def _failures(figure: go.Figure, fails: float | None, average: float | None, end: float) -> None:
    """Vertical lines from which on it fails: for this image thick with a tinted ground, on average thin."""
    if fails is not None:
        figure.add_vrect(x0=fails, x1=1.02 * end, fillcolor=FAIL, opacity=0.08, line_width=0, layer="below")
    for level, text, width, shift in ((fails, "fails", 2.5, 1), (average, "on average", 1, 1 + LABEL)):
        if level is None:
            continue
        figure.add_vline(x=level, line=dict(color=FAIL, width=width))
        figure.add_annotation(  # above the lines, towards the middle
            x=level, y=1, yref="paper", yanchor="bottom", yshift=shift, text=f"{text} from {level:g}",
            xanchor="right" if level > 0.5 * end else "left", showarrow=False, font_size=12,
        )  # fmt: skip


def _end_labels(
    figure: go.Figure, psnr: Mapping[str, np.ndarray], average: float, low: float, high: float
) -> None:
    """A label at the end of each line; labels that would overlap move apart."""
    ends = {LINES[n][0]: (float(v[np.isfinite(v)][-1]), LINES[n][1]) for n, v in psnr.items()}
    ends["average"] = (average, PETROFF[0])
    order = sorted(ends, key=lambda label: ends[label][0])
    step = (high - low) * LABEL / (HEIGHT - TOP - BOTTOM)
    places = spread([ends[label][0] for label in order], step, low + step / 2)  # outside Plotly hides it
    for label, y in zip(order, places, strict=True):
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=6, y=y, yanchor="middle", showarrow=False, font_size=12,
            text=f'<span style="color:{ends[label][1]}">{"─" if label == "average" else "━"}</span> {label}',
        )  # fmt: skip


def spread(values: Sequence[float], step: float, low: float) -> list[float]:
    """Ascending values moved as little as needed to lie at least `step` apart, none below `low`."""
    placed = [float(v) for v in values]
    for _ in range(50):  # neighbours share what is missing; a few rounds settle any cluster
        for i in range(1, len(placed)):
            lacking = step - (placed[i] - placed[i - 1])
            if lacking > 1e-9:
                placed[i - 1] -= lacking / 2
                placed[i] += lacking / 2
    placed[0] = max(placed[0], low)
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + step)
    return placed
