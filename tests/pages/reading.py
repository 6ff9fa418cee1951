"""What page tests read off a page."""

from __future__ import annotations

import base64
import json

import numpy as np


def figure(at, title: str) -> dict:
    """The figure whose title begins so."""
    figures = [json.loads(each.proto.spec) for each in at.get("plotly_chart")]
    return next(f for f in figures if f["layout"]["title"].get("text", "").startswith(title))


def numbers(values: list | dict) -> np.ndarray:
    """Numbers of a figure, which Plotly sends as a list or as bytes."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    return np.array(values, float)


def words(at) -> str:
    """All running text and captions."""
    return " ".join(each.value for each in (*at.markdown, *at.caption))
