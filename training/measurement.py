"""One measured number of a card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """One number (or list, or table) with its unit, what is better, how and on what it was measured."""

    value: Any
    unit: str
    better: str | None
    how: str
    on: str
