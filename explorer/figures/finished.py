"""Figures that are drawn once and shown to everyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go


class Finished(go.Figure):
    """What a browser is sent of `figure`, and nothing else: to be kept and shown, no longer to be changed.

    Plotly copies a figure, number by number, whenever it is sent. This one has done so for the last time:
    whoever shows it shares one dictionary. Its own `data` and `layout` are empty.
    """

    def __init__(self, figure: go.Figure) -> None:
        super().__init__()
        self._sent = figure.to_dict()

    def moved(self, name: str, x: Sequence[float], y: Sequence[float]) -> Finished:
        """The same figure with the points of its trace `name` elsewhere."""
        return self.changed(name, x=list(x), y=list(y))

    def changed(self, name: str, **fields: Any) -> Finished:
        """The same figure with other fields, as Plotly's JSON has them, in trace `name`, the rest shared."""
        other = Finished(go.Figure())
        traces = [each | fields if each.get("name") == name else each for each in self._sent["data"]]
        other._sent = self._sent | {"data": traces}
        return other

    def to_dict(self) -> dict[str, Any]:
        """The figure as Plotly's JSON has it; not to be written to."""
        return self._sent
