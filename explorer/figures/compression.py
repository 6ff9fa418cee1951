"""Error against bits an image, and against the size of the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout, still
from explorer.studies.compression import Point

PCA, MODEL, SECOND, OTHERS = PETROFF[1], PETROFF[0], PETROFF[6], "#808694"
FILES = {"JPEG": PETROFF[4], "WebP": PETROFF[2], "PNG": PETROFF[5]}
MSE, PSNR = "mse", "psnr"
NOTHING = 1e-9  # an error that is rounding alone: all of the image is in the code
AXIS = {MSE: "mean squared error per pixel", PSNR: "PSNR (dB), higher is better"}


def _line(figure: go.Figure, points: Sequence[Point], of: str, name: str, colour: str, **more) -> None:
    """A codec's points; an error of 0 has no place on a logarithmic axis, nor has an infinite PSNR."""
    drawn = [p for p in points if p.mse > 0 and np.isfinite(getattr(p, of))]
    figure.add_scatter(
        x=[p.bits for p in drawn], y=[getattr(p, of) for p in drawn], name=name, mode="lines+markers",
        line=dict(color=colour, width=2), customdata=[p.setting for p in drawn],
        hovertemplate=f"{name}, %{{customdata}}: %{{x:,.0f}} bits, %{{y:.4g}}<extra></extra>",
    )  # fmt: skip
    figure.data[-1].update(**more)


def rate_distortion(
    pca: Sequence[Point],
    files: Mapping[str, Sequence[Point]],
    ours: Mapping[str, Sequence[Point]],
    others: Mapping[str, Point],
    bits: int,
    of: str,
) -> go.Figure:
    """Error (`of` "mse" or "psnr") against bits an image, of PCA, files, one or two models over n, and the
    other models at n = `bits`."""
    figure = go.Figure()
    _line(figure, pca, of, f"PCA, {bits} bits a number", PCA)
    for colour, (name, points) in zip((MODEL, SECOND), ours.items(), strict=False):
        _line(figure, points, of, name, colour, line=dict(color=colour, width=3))
        needed = [Point(p.setting, p.entropy, p.mse, p.psnr) for p in points if p.entropy]
        _line(
            figure, needed, of, f"{name}: entropy", colour, mode="lines", line=dict(color=colour, dash="dot")
        )
        now = next(p for p in points if p.setting == bits)
        figure.add_scatter(
            x=[now.bits], y=[getattr(now, of)], mode="markers", showlegend=False, hoverinfo="skip",
            marker=dict(size=16, symbol="circle-open", color=colour, line_width=3),
        )  # fmt: skip
    figure.add_scatter(
        x=[p.bits for p in others.values()], y=[getattr(p, of) for p in others.values()], mode="markers",
        name=f"other models, {bits} bits a number", text=list(others),
        marker=dict(color=OTHERS, size=8, symbol="diamond"),
        hovertemplate="%{text}: %{x:,.0f} bits, %{y:.4g}<extra></extra>",
    )  # fmt: skip
    for kind, points in files.items():
        _line(figure, points, of, kind, FILES[kind])
    layout(figure, "Files begin where codes have long ended", "bits an image", AXIS[of], 460)
    figure.update_xaxes(type="log", dtick=1)
    scale = dict(type="log", dtick=1, exponentformat="power") if of == MSE else dict(type="linear")
    figure.update_yaxes(**scale)
    return still(figure.update_layout(legend_y=-0.2, margin_b=120))


def by_size(lines: Mapping[str, Mapping[int, float]]) -> go.Figure:
    """Squared error of one image against the numbers in the code, a line for each way to code it."""
    figure = go.Figure()
    for colour, (name, line) in zip((MODEL, OTHERS, PCA), lines.items(), strict=False):
        figure.add_scatter(
            x=list(line), y=list(line.values()), name=name, mode="lines+markers",
            line=dict(color=colour, width=2),
            hovertemplate=f"{name}, %{{x}} numbers: %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
    layout(figure, "This input: error against numbers", "numbers in the code", AXIS[MSE], 320)
    figure.update_xaxes(type="log", tickvals=[1, 2, 4, 8, 16, 32, 64, 256, 1024])
    figure.update_yaxes(type="log", dtick=1, exponentformat="power")
    return still(figure.update_layout(legend_y=-0.25, margin_b=90))


def against_size(
    pca: tuple[Sequence[int], Sequence[float]],
    models: Mapping[str, tuple[int, float]],
    chosen: str,
    floor: float | None,
    title: str,
    unit: str,
    logarithmic: bool,
) -> go.Figure:
    """A quantity against the numbers in the code, of PCA as a line and of models as points; `floor`: of the
    images themselves."""  # fmt: skip
    figure = go.Figure()
    places = [(x, y) for x, y in zip(*pca, strict=True) if y > NOTHING or not logarithmic]
    figure.add_scatter(
        x=[x for x, _ in places], y=[y for _, y in places], mode="lines+markers",
        name="PCA", line=dict(color=PCA, width=2),
        hovertemplate="PCA, %{x} numbers: %{y:.4g}<extra></extra>",
    )  # fmt: skip
    for name, colour, ours in (("models", OTHERS, False), (chosen, MODEL, True)):
        drawn = {title: place for title, place in models.items() if (title == chosen) == ours}
        figure.add_scatter(
            x=[x for x, _ in drawn.values()], y=[y for _, y in drawn.values()], mode="markers", name=name,
            text=list(drawn), marker=dict(color=colour, size=14 if ours else 9, symbol="diamond"),
            hovertemplate="%{text}, %{x} numbers: %{y:.4g}<extra></extra>",
        )  # fmt: skip
    if floor is not None:
        figure.add_hline(y=floor, line=dict(color=OTHERS, dash="dot"))
        figure.add_annotation(
            x=1, xref="paper", xanchor="right", y=floor, yanchor="bottom", showarrow=False,
            text="the images themselves", font_size=12,
        )  # fmt: skip
    layout(figure, title, "numbers in the code", unit, 360)
    figure.update_xaxes(type="log", tickvals=[1, 2, 4, 8, 16, 32, 64, 256, 1024])
    scale = dict(type="log", dtick=1, exponentformat="power") if logarithmic else dict(rangemode="tozero")
    figure.update_yaxes(**scale)
    return still(figure.update_layout(legend_y=-0.22, margin_b=90))
