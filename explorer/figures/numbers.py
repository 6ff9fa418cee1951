"""The numbers behind a Plotly figure, as a table."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

COLUMNS = ("series", "x", "y", "error of y")


def rows(figure: go.Figure) -> list[tuple[Any, ...]]:
    """Every point of a figure's named lines and bars, as `COLUMNS` name them; "" where there is no error.

    A trace without a name is an ornament (a band, a guide), and has no rows.
    """
    found: list[tuple[Any, ...]] = []
    for trace in figure.to_dict()["data"]:
        if trace.get("name"):
            x, y = _values(trace.get("x")), _values(trace.get("y"))
            errors = _values(trace.get("error_y", {}).get("array")) or [""] * len(x)
            found += [(trace["name"], *point) for point in zip(x, y, errors, strict=True)]
    return found


def _values(sent: Any) -> Sequence[Any]:
    """A trace's array as Plotly sends it: a list, or bytes in base64 with their type."""
    if isinstance(sent, dict):
        return np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"]).tolist()
    return [] if sent is None else np.asarray(sent).tolist()
