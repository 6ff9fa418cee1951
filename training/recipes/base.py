"""What a recipe is: everything that a checkpoint is made from, as one value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from explorer.storage import LEVELS


@dataclass(frozen=True)
class Corruption:
    """A kind of `explorer.corruption` with its level drawn uniformly from [low, high] for each image."""

    kind: str
    low: float
    high: float


#: Marks a field that came later: at its default it is left out, so that older recipes keep their digests.
LATER = {"later": True}


@dataclass(frozen=True)
class Recipe:
    """A named run.

    The learning rate rises linearly over the first `warmup` of all steps and falls as a half cosine to 0.
    With several `corruptions` each batch draws one; the target stays clean. `precision` "bf16" is used only
    where the hardware multiplies in bfloat16. `classes`, where there are any, are the only labels that the
    model sees in training. With `levels` below 127 the weights are stored with so many steps on either side
    of 0, and the last part of the training is done with weights so rounded. With a `subset` the model sees
    only so many training images, those drawn first by `numpy.random.default_rng(0)`. Where `start` names a
    checkpoint, the run begins with its weights.
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
    classes: tuple[int, ...] = field(default=(), metadata=LATER)
    levels: int = field(default=LEVELS, metadata=LATER)
    subset: int = field(default=0, metadata=LATER)
    start: str = field(default="", metadata=LATER)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready values, for the card."""
        values = asdict(self)
        for each in fields(self):
            if each.metadata == LATER and values[each.name] == each.default:
                del values[each.name]
        return json.loads(json.dumps(values))

    @property
    def digest(self) -> str:
        """Changes whenever the recipe does: a run is only resumed with the recipe that began it."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]
