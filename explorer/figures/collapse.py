"""Charts of collapse: KL against information, the KL over training, the linear VAE's eigenvalues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.curves import PAIR
from explorer.figures.style import PETROFF, layout, still
from explorer.studies import collapse
from explorer.zoo import ModelCard

QUIET = "#7d8594"


def totals(cards: Sequence[ModelCard]) -> go.Figure:
    """KL of the whole code over training, a line a run, and its weight in the loss as a dotted one."""
    figure = go.Figure()
    for card, colour in zip(cards, PAIR, strict=False):
        epochs, kl = collapse.over_time(card)
        name = collapse.name(card)
        figure.add_scatter(
            x=epochs, y=kl.sum(axis=1), mode="lines+markers", line=dict(color=colour, width=2.5), name=name,
            hovertemplate=f"{name}, epoch %{{x}}: %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
        fine = np.linspace(0, card.epochs, 401)
        figure.add_scatter(
            x=fine, y=collapse.weights(card, fine), mode="lines", yaxis="y2", hoverinfo="skip",
            line=dict(color=colour, width=1.2, dash="dot"), name=f"{name}: KL weight", showlegend=False,
        )  # fmt: skip
    layout(figure, "KL of the whole code", "epoch", "KL (nats per image)", 360)
    top = max(float(card.arguments["beta"]) for card in cards)
    second = dict(overlaying="y", side="right", showgrid=False, zeroline=False, fixedrange=True)
    second |= dict(title="weight of the KL (dotted)", range=[0, 1.08 * top], tickvals=[0, top / 2, top])
    figure.update_layout(yaxis2=second, margin_r=60)
    return still(figure.update_yaxes(rangemode="tozero"))


def kl_and_information(card: ModelCard, chosen: int) -> go.Figure:
    """KL and mutual information of each dimension as pairs of bars, the floor of free bits as a line."""
    found = collapse.dimensions(card)
    names = [f"z{index + 1}" for index, _, _ in found]
    marked = [f"<b>▸ {name}</b>" if index == chosen else name
              for name, (index, _, _) in zip(names, found, strict=True)]  # fmt: skip
    figure = go.Figure()
    for place, (label, colour) in enumerate((("KL", PAIR[0]), ("mutual information", PAIR[1])), start=1):
        figure.add_bar(
            x=marked, y=[each[place] for each in found], name=label, marker_color=colour, customdata=names,
            hovertemplate=f"%{{customdata}}: {label} %{{y:.3f}} nats<extra></extra>",
        )  # fmt: skip
    if floor := card.arguments["free_bits"]:
        figure.add_hline(
            y=floor, line=dict(color=QUIET, width=2, dash="dash"), annotation_text=f"floor {floor:g} nats"
        )
    layout(figure, "What a dimension costs, and what it says", "dimension, largest KL first", "nats", 340)
    return still(figure.update_layout(barmode="group", bargap=0.25))


def eigenvalues(lambdas: np.ndarray, noise: float, latent_dim: int) -> go.Figure:
    """Variances of the data's first directions as bars, logarithmic, those above the noise in colour."""
    shown = lambdas[:latent_dim]
    figure = go.Figure()
    for alive, label, colour in ((True, "alive", PETROFF[0]), (False, "collapsed", PETROFF[3])):
        places = np.flatnonzero((shown > noise) == alive)
        figure.add_bar(
            x=places + 1, y=shown[places], name=f"{label}: {len(places)}", marker_color=colour,
            hovertemplate="direction %{x}: variance %{y:.3g}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=noise, line=dict(color=PETROFF[2], width=2, dash="dash"))
    figure.add_annotation(  # on a logarithmic axis a text stands at the logarithm
        text="noise variance", x=1, xref="paper", xanchor="right", y=np.log10(noise), yanchor="bottom",
        showarrow=False, font_size=12,
    )  # fmt: skip
    layout(figure, "Only what rises above the noise stays alive", "principal direction", "variance", 360)
    low = np.log10(max(min(shown.min(), noise), 1e-6)) - 0.2
    figure.update_yaxes(type="log", range=[low, np.log10(max(shown.max(), noise)) + 0.3], dtick=1)
    figure.update_xaxes(range=[0.4, latent_dim + 0.6])
    return still(figure.update_layout(bargap=0.1))
