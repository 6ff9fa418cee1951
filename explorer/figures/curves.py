"""Learning curves."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.figures.style import PETROFF, layout
from explorer.zoo import ModelCard


def learning_curve(card: ModelCard) -> go.Figure:
    """Training and gallery reconstruction against epochs, and the KL where there is one."""
    names = {"vae": "cross-entropy"}
    term = names.get(card.family, "squared error")
    unit = "nats per image" if card.family == "vae" else "per image"
    series = [
        ("reconstruction", f"{term}, training", PETROFF[0]),
        ("gallery_reconstruction", f"{term}, gallery", PETROFF[2]),
    ]
    if any(point["regularizer"] for point in card.curve):
        series.append(("regularizer", "KL, training", PETROFF[1]))
    figure = go.Figure()
    for field, label, colour in series:
        points = [(p["epoch"], p[field]) for p in card.curve if field in p]
        figure.add_scatter(
            x=[p[0] for p in points],
            y=[p[1] for p in points],
            name=label,
            mode="lines",
            line=dict(color=colour, width=2),
        )
    return layout(figure, "Learning curve", "epoch", unit)
