"""Charts of a β ladder: one model in orange, the others grey, each with its β beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer import ladder
from explorer.figures.finished import Finished
from explorer.figures.style import PETROFF, layout, still
from explorer.zoo import ModelCard

QUIET, LOUD, LINE = "#7d8594", PETROFF[6], "rgba(125,133,148,0.55)"


@dataclass(frozen=True)
class Charts:
    """Every chart of a ladder with one β marked; `gap` is None where the cards state no MIG."""

    trade_off: Finished
    kl: Finished
    units: Finished
    distortion: Finished
    rate: Finished
    gap: Finished | None


def charts(rungs: Sequence[ModelCard], highlight: str) -> Charts:
    """Draw all charts of a ladder: they depend on nothing else, so they can be kept."""
    limit = rungs[0].arguments["latent_dim"]
    gap = None
    if all(ladder.MIG in card.metrics for card in rungs):
        gap = against_beta(rungs, ladder.MIG, highlight, "Mutual information gap ↑", "MIG (share)")
    curves = (
        ("reconstruction", "Distortion while training", "cross-entropy (nats per image)"),
        ("regularizer", "Rate while training", "KL (nats per image)"),
    )
    distortion, rate = (
        learning_curves(rungs, field, highlight, title, unit) for field, title, unit in curves
    )
    return Charts(
        trade_off=Finished(rate_distortion(rungs, highlight)),
        kl=Finished(kl_per_dimension(rungs, highlight)),
        units=Finished(
            against_beta(
                rungs, ladder.ACTIVE, highlight, f"Active units, of {limit}", "active units", top=1.05 * limit
            )
        ),
        distortion=Finished(distortion),
        rate=Finished(rate),
        gap=None if gap is None else Finished(gap),
    )


def _label(card: ModelCard) -> str:
    return f"β = {ladder.name(card)}"


def _colours(rungs: Sequence[ModelCard], highlight: str) -> list[str]:
    return [LOUD if ladder.name(card) == highlight else QUIET for card in rungs]


def _bars(spreads: Sequence[ladder.Spread]) -> dict:
    """Error bars of one standard deviation over seeds; none where there is one seed."""
    if all(each.sd is None for each in spreads):
        return dict(visible=False)
    return dict(type="data", array=[each.sd or 0.0 for each in spreads], color=QUIET, thickness=1.5, width=4)


def _still(figure: go.Figure) -> go.Figure:
    """No zooming, no legend."""
    return still(figure).update_layout(showlegend=False)


def _padded(spreads: Sequence[ladder.Spread], before: float, after: float) -> tuple[float, float]:
    low = min(each.mean - (each.sd or 0.0) for each in spreads)
    high = max(each.mean + (each.sd or 0.0) for each in spreads)
    width = max(high - low, 1e-6)
    return low - before * width, high + after * width


def rate_distortion(rungs: Sequence[ModelCard], highlight: str, height: int = 400) -> go.Figure:
    """Distortion against rate: a dot a model, ± one sd over seeds, and lines of constant rate + distortion.

    The lines have slope -1: a model trained with β = 1 is to reach the lowest of them. Dots carry the β as
    text in `customdata`.
    """
    rates = [ladder.spread(card, ladder.RATE) for card in rungs]
    distortions = [ladder.spread(card, ladder.DISTORTION) for card in rungs]
    x_range, y_range = _padded(rates, 0.12, 0.3), _padded(distortions, 0.12, 0.16)
    figure = go.Figure()
    _constant_sums(
        figure, x_range, y_range, [(r.mean, d.mean) for r, d in zip(rates, distortions, strict=True)]
    )
    names = [ladder.name(card) for card in rungs]
    figure.add_scatter(
        x=[each.mean for each in rates],
        y=[each.mean for each in distortions],
        error_x=_bars(rates),
        error_y=_bars(distortions),
        mode="lines+markers+text",
        line=dict(color=QUIET, width=2),
        marker=dict(
            color=_colours(rungs, highlight), size=[15 if n == highlight else 10 for n in names], opacity=1
        ),
        text=[
            f"<b>{_label(c)}</b>" if n == highlight else _label(c) for c, n in zip(rungs, names, strict=True)
        ],
        textposition="top right",
        textfont_size=13,
        customdata=names,
        hovertemplate="β = %{customdata}<br>rate %{x:.1f} nats<br>distortion %{y:.1f} nats<extra></extra>",
        selected=dict(marker_opacity=1),
        unselected=dict(marker_opacity=1),
    )
    figure.update_xaxes(range=x_range, zeroline=False)
    figure.update_yaxes(range=y_range, zeroline=False)
    x, y = "rate: KL (nats per image)", "distortion: cross-entropy (nats per image)"
    layout(
        figure, "More rate, less distortion" if _falls(distortions) else "Rate and distortion", x, y, height
    )
    return _still(figure)


def _falls(by_rising_beta: Sequence[ladder.Spread]) -> bool:
    """True if a smaller β always means a smaller value."""
    return all(a.mean < b.mean for a, b in pairwise(by_rising_beta))


def _constant_sums(
    figure: go.Figure,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    dots: Sequence[tuple[float, float]],
) -> None:
    """Up to ten dotted lines x + y = c, named at the right edge where no dot's own name stands."""
    low, high = x_range[0] + y_range[0], x_range[1] + y_range[1]
    raw = (high - low) / 10
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(power * next(m for m in (1, 2, 5, 10) if m * power >= raw))
    line = 0.08 * (y_range[1] - y_range[0])  # about the height of a line of text
    right = [y for x, y in dots if x > x_range[0] + 0.5 * (x_range[1] - x_range[0])]
    for total in np.arange(np.ceil(low / step) * step, high, step):
        start, end = max(x_range[0], total - y_range[1]), min(x_range[1], total - y_range[0])
        figure.add_scatter(
            x=[start, end], y=[total - start, total - end], mode="lines", hoverinfo="skip",
            line=dict(color=LINE, width=1, dash="dot"), name=f"sum {total:g}",
        )  # fmt: skip
        edge = total - x_range[1]
        if y_range[0] <= edge < y_range[1] - line and all(abs(edge - y) > line for y in right):
            figure.add_annotation(
                x=x_range[1], y=edge, text=f"sum {total:g}", showarrow=False, font_size=11, opacity=0.8,
                xanchor="right", yanchor="bottom",
            )  # fmt: skip


def kl_per_dimension(rungs: Sequence[ModelCard], highlight: str) -> go.Figure:
    """KL of each dimension as bars, largest first, one panel a model, all on the same axis."""
    columns = min(3, len(rungs))
    rows = -(-len(rungs) // columns)
    figure = make_subplots(
        rows=rows, cols=columns, shared_yaxes="all", subplot_titles=[_label(card) for card in rungs],
        horizontal_spacing=0.04, vertical_spacing=0.14,
    )  # fmt: skip
    for place, (card, colour) in enumerate(zip(rungs, _colours(rungs, highlight), strict=True)):
        values = np.array(card.metrics["kl_per_dimension"]["value"])
        order = np.argsort(-values, kind="stable")
        figure.add_bar(
            x=np.arange(len(values)), y=values[order], marker_color=colour, name=_label(card),
            customdata=[f"z{i + 1}" for i in order],
            hovertemplate="%{customdata}: %{y:.3f} nats<extra></extra>",
            row=place // columns + 1, col=place % columns + 1,
        )  # fmt: skip
    layout(figure, "KL of each dimension, largest first", "", "", 96 + 150 * rows)
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(title_text="nats", col=1)
    return _still(figure.update_layout(margin_t=80, margin_b=16, bargap=0.15))


def against_beta(
    rungs: Sequence[ModelCard], metric: str, highlight: str, title: str, unit: str, top: float | None = None
) -> go.Figure:
    """A metric against β (logarithmic where none is 0): mean ± sd over seeds, every seed a small ring."""
    spreads = [ladder.spread(card, metric) for card in rungs]
    betas = [ladder.beta(card) for card in rungs]
    figure = go.Figure()
    if any(len(each.seeds) > 1 for each in spreads):
        figure.add_scatter(
            x=[b for b, each in zip(betas, spreads, strict=True) for _ in each.seeds],
            y=[value for each in spreads for value in each.seeds],
            mode="markers", marker=dict(symbol="circle-open", size=6, color=QUIET), name="seeds",
            hovertemplate="β = %{x}, one seed: %{y:.3g}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=betas,
        y=[each.mean for each in spreads],
        error_y=_bars(spreads),
        mode="lines+markers",
        line=dict(color=QUIET, width=2),
        marker=dict(
            opacity=1,
            color=_colours(rungs, highlight),
            size=[13 if ladder.name(c) == highlight else 9 for c in rungs],
        ),
        name="mean",
        hovertemplate="β = %{x}: %{y:.3g}<extra></extra>",
    )
    layout(figure, title, "β", unit)
    scale = "log" if min(betas) > 0 else "linear"
    figure.update_xaxes(type=scale, tickvals=betas, ticktext=[ladder.name(card) for card in rungs])
    figure.update_yaxes(range=[0, top] if top else None, rangemode="tozero")
    return _still(figure)


def learning_curves(
    rungs: Sequence[ModelCard], field: str, highlight: str, title: str, unit: str
) -> go.Figure:
    """A term of the loss ("reconstruction" or "regularizer") per epoch, training images, a line a model."""
    figure = go.Figure()
    ends = np.array([card.curve[-1][field] for card in rungs])
    low = min(point[field] for card in rungs for point in card.curve)
    high = max(point[field] for card in rungs for point in card.curve)
    heights = _apart(ends, 0.065 * max(high - low, 1e-6))
    for card, colour, height in zip(rungs, _colours(rungs, highlight), heights, strict=True):
        loud = colour == LOUD
        figure.add_scatter(
            x=[point["epoch"] for point in card.curve],
            y=[point[field] for point in card.curve],
            mode="lines",
            line=dict(color=colour, width=3 if loud else 1.5), name=_label(card),
            hovertemplate=f"{_label(card)}, epoch %{{x}}: %{{y:.1f}}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", y=height, text=f"<b>{_label(card)}</b>" if loud else _label(card),
            showarrow=False, xanchor="left", font=dict(size=12, color=LOUD if loud else None),
        )  # fmt: skip
    layout(figure, title, "epoch", unit)
    last = max(card.curve[-1]["epoch"] for card in rungs)
    figure.update_xaxes(range=[1, last], tick0=0 if last > 6 else 1, dtick=max(1, 5 * round(last / 25)))
    return _still(figure.update_layout(margin_r=64))


def _apart(values: np.ndarray, gap: float) -> np.ndarray:
    """Heights for labels of `values`, in their order, at least `gap` from each other."""
    placed = np.array(values, float)
    order = np.argsort(values)
    for before, after in zip(order, order[1:], strict=False):
        placed[after] = max(placed[after], placed[before] + gap)
    return placed
