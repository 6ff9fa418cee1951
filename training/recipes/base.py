"""What a recipe is: everything that a checkpoint is made from, as one value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Corruption:
    """A kind of `explorer.corruption` with its level drawn uniformly from [low, high] for each image."""

    kind: str
    low: float
    high: float


@dataclass(frozen=True)
class Recipe:
    """A named run.

    The learning rate rises linearly over the first `warmup` of all steps and falls as a half cosine to 0.
    With several `corruptions` each batch draws one; the target stays clean. `precision` "bf16" is used only
    where the hardware multiplies in bfloat16.
    """

    id: str
    title: str
    dataset: str
    family: str
    arguments: dict[str, Any]
    epochs: int
    batch_size: int = 128
    learning_rate: float = 1e-3
    warmup: float = 0.02
    seeds: tuple[int, ...] = (0,)
    corruptions: tuple[Corruption, ...] = field(default=())
    precision: str = "bf16"

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready values, for the card."""
        return json.loads(json.dumps(asdict(self)))

    @property
    def digest(self) -> str:
        """Changes whenever the recipe does: a run is only resumed with the recipe that began it."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]
