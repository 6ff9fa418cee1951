"""What a map is given besides its points, and what it says: pins, a lattice, events."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from explorer.live.pack import digest, pack, unpack_bits
from explorer.live.sprites import encode_png


@dataclass(frozen=True)
class MapEvent:
    """What the reader did on a map.

    `click`: `index` is the point, None for an empty place (only with `empty_clicks=True`), and `x`, `y` the
    place in the map's own coordinates. `lasso`: `indices`, int64 (K,) ascending, are the points inside.
    `clear`: Escape was pressed.
    """

    kind: Literal["click", "lasso", "clear"]
    index: int | None = None
    x: float | None = None
    y: float | None = None
    indices: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True)
class Pin:
    """A labelled mark on top of the points, in the map's coordinates; `hollow` tells a second kind apart."""

    x: float
    y: float
    label: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Lattice:
    """A picture behind the points that covers x0 ≤ x ≤ x1, y0 ≤ y ≤ y1; its first row lies at y1, the top."""

    image: bytes
    extent: tuple[float, float, float, float]
    digest: str

    @classmethod
    def from_image(cls, image: np.ndarray, extent: tuple[float, float, float, float]) -> Lattice:
        """Make a lattice of uint8 (H, W) or (H, W, 3 or 4) and its extent (x0, x1, y0, y1).

        Raises:
            ValueError: wrong dtype or shape, or an extent that is empty or not finite.
        """
        image = np.asarray(image)
        if image.ndim == 3 and image.shape[2] == 1:
            image = image[..., 0]
        if image.dtype != np.uint8 or not (image.ndim == 2 or image.ndim == 3 and image.shape[2] in (3, 4)):
            raise ValueError(
                f"A lattice is uint8 (H, W) or (H, W, 3 or 4), not {image.dtype} {image.shape}; convert it."
            )
        x0, x1, y0, y1 = (float(edge) for edge in extent)
        if not (np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1):
            raise ValueError(
                f"The lattice's extent (x0, x1, y0, y1) = {extent} is empty; give x0 < x1 and y0 < y1."
            )
        png = encode_png(image)
        return cls(png, (x0, x1, y0, y1), digest(png))

    @cached_property
    def packed(self) -> bytes:
        """The picture as an asset."""
        return pack(
            {"asset": self.digest, "mime": "image/png"}, {"image": np.frombuffer(self.image, np.uint8)}
        )


def decode_event(event: Mapping[str, Any], count: int) -> MapEvent:
    """Turn the browser's message about a map of `count` points into a `MapEvent`.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    kind = event.get("kind") if isinstance(event, Mapping) else None
    try:
        if kind == "click":
            index = None if event["index"] is None else int(event["index"])
            x, y = float(event["x"]), float(event["y"])
            if (index is None or 0 <= index < count) and np.isfinite([x, y]).all():
                return MapEvent("click", index, x, y)
        elif kind == "lasso":
            packed = base64.b64decode(event["indices"], validate=True)
            return MapEvent("lasso", indices=unpack_bits(packed, count))
        elif kind == "clear":
            return MapEvent("clear")
    except (KeyError, TypeError, OverflowError, binascii.Error) as error:
        raise ValueError(f"The map sent a {kind} that cannot be read ({error}); reload the page.") from error
    raise ValueError(
        f"The map sent {str(event)[:80]}, which does not fit its {count} points; reload the page."
    )
