"""Learning curves."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer import catalogue
from explorer.figures.style import PETROFF, layout, still
from explorer.zoo import ModelCard

#: The first and the second of two models, on every picture that shows both.
PAIR = (PETROFF[0], PETROFF[6])


def learning_curve(card: ModelCard, title: str = "Learning curve") -> go.Figure:
    """Training and gallery reconstruction against epochs, and the KL where there is one: it is in nats too.

    A penalty has another unit than the squared error beside it, and is left out.
    """
    term = catalogue.reconstruction(card)
    series = [
        ("reconstruction", f"{term.name}, training", PETROFF[0]),
        ("gallery_reconstruction", f"{term.name}, gallery", PETROFF[2]),
    ]
    if term.unit == catalogue.NATS:
        series.append(("regularizer", "KL, training", PETROFF[1]))
    figure = go.Figure()
    for field, label, colour in series:
        _line(figure, card, field, label, colour)
    return layout(figure, title, "epoch", term.unit)


def reconstruction_curves(cards: Sequence[ModelCard], names: Sequence[str]) -> go.Figure:
    """Reconstruction terms against epochs: of held-out images solid, of training images dotted.

    Raises
    ------
    ValueError
        If they are not of the same term, unit and images, so that one axis would compare what cannot be.
    """
    if not all(catalogue.comparable(cards[0], other) for other in cards[1:]):
        raise ValueError("these models do not have the same reconstruction term: draw a figure for each.")
    term = catalogue.reconstruction(cards[0])
    figure = go.Figure()
    for card, name, colour in zip(cards, names, PAIR, strict=False):
        _line(figure, card, "gallery_reconstruction", f"{name}, held-out", colour)
        _line(figure, card, "reconstruction", f"{name}, training", colour, dash="dot")
    layout(figure, "Reconstruction while training", "epoch", f"{term.name} ({term.unit})", 340)
    return still(figure)


def _line(
    figure: go.Figure, card: ModelCard, field: str, name: str, colour: str, dash: str = "solid"
) -> None:
    points = [(p["epoch"], p[field]) for p in card.curve if field in p]
    figure.add_scatter(
        x=[p[0] for p in points],
        y=[p[1] for p in points],
        name=name,
        mode="lines",
        line=dict(color=colour, width=2, dash=dash),
    )
