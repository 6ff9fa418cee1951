"""A measurement beside its target: as a table to read and as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One number, None where it was not measured. It is a target with `limit` (at most) or `least`."""

    what: str
    value: float | None
    unit: str
    limit: float | None = None
    note: str = ""
    least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none. What was not measured is not met."""
        if self.limit is None and self.least is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.limit if self.least is None else self.value >= self.least

    def as_json(self) -> dict[str, Any]:
        """The row as a JSON object, with `met`."""
        return asdict(self) | {"met": self.met}


def table(rows: Sequence[Row]) -> str:
    """The rows as lines of text in columns: what, value, target, whether it is met, note."""
    cells = [("", "value", "target", "", "")]
    for row in rows:
        value = "not measured" if row.value is None else f"{_number(row.value)} {row.unit}".strip()
        target = "" if row.limit is None else f"≤ {_number(row.limit)} {row.unit}".strip()
        target = target if row.least is None else f"≥ {_number(row.least)} {row.unit}"
        met = {True: "met", False: "NOT met", None: ""}[row.met]
        cells.append((row.what, value, target, met, row.note))
    return columns(cells)


def columns(cells: Sequence[Sequence[str]]) -> str:
    """Text in columns: the first flush left, the next two flush right, what follows flush left."""
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = []
    for line in cells:
        padded = [
            text.rjust(width) if i in (1, 2) else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What shares the processor with a measurement: its cores and the load average of the last minute."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "load_average": load}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
