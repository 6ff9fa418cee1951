"""What is known of a checkpoint, and what is stored of the images that it was tried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message names the file and the cause."""


@dataclass(frozen=True)
class ModelCard:
    """Everything that is known of a checkpoint; it alone rebuilds the model."""

    id: str
    title: str
    family: str
    dataset: str
    arguments: dict[str, Any]
    recipe: dict[str, Any]
    seed: int
    parameters: int
    epochs: int
    images_seen: int
    wall_clock_seconds: float
    device: str
    curve: list[dict[str, float]]
    sha256: str
    terms: str
    #: name -> {"value", "unit", "better": "lower"|"higher"|None, "how", "on"} and, with seeds, "sd", "seeds"
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: sha256 of gallery.npz, once `training.evaluate` has written it
    gallery_sha256: str | None = None

    @classmethod
    def of(cls, content: Any) -> ModelCard:
        """The card of what a JSON file held.

        Raises
        ------
        ValueError, TypeError
            If it is not a mapping of a card's fields to values of their types, or lacks one.
        """
        hints = get_type_hints(cls)
        if not isinstance(content, dict) or set(content) - set(hints):
            raise ValueError("it has fields that a card does not have")
        for name, value in content.items():
            allowed = get_args(hints[name]) if isinstance(hints[name], UnionType) else (hints[name],)
            kinds = [get_origin(kind) or kind for kind in allowed]
            if not isinstance(value, (int, float) if float in kinds else tuple(kinds)):
                raise ValueError(f"its {name} is of type {type(value).__name__}")
        return cls(**content)

    @property
    def group(self) -> str:
        """What pickers list together after the other models: "one class", or "" for what stands by itself."""
        return "one class" if self.recipe.get("classes") else ""


@dataclass(frozen=True)
class Gallery:
    """What is stored of the held-out gallery, in the gallery's order.

    z (N, L); logvar (N, L) or None; labels (N,); error (N,) squared error per image; kl (N,) nats per image
    or None; maps {"tsne", "umap"} of (N, 2). All float32 but the labels. A model of one class has
    cross_entropy (N,), nats per image, too: with kl the parts of its second anomaly score.
    """

    z: np.ndarray
    logvar: np.ndarray | None
    labels: np.ndarray
    error: np.ndarray
    kl: np.ndarray | None
    maps: dict[str, np.ndarray]
    cross_entropy: np.ndarray | None = None
