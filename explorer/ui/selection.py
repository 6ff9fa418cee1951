"""A set of gallery indices as short text, so that a lasso fits into a link."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np


def to_text(indices: np.ndarray, count: int) -> str:
    """Indices below `count` as URL-safe text: a bit for each, deflated."""
    if len(indices) == 0:
        return ""
    bits = np.zeros(count, bool)
    bits[indices] = True
    return base64.urlsafe_b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode().rstrip("=")


def from_text(text: str, count: int) -> np.ndarray:
    """The indices (K,) int64, ascending.

    Raises
    ------
    ValueError
        If the text is not one of `to_text` for that count.
    """
    if not text:
        return np.zeros(0, np.int64)
    size = (count + 7) // 8
    try:
        inflated = zlib.decompressobj().decompress(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), size + 1
        )
    except (binascii.Error, zlib.error) as error:
        raise ValueError("the selection is damaged") from error
    if len(inflated) != size:
        raise ValueError("the selection belongs to another gallery")
    return np.flatnonzero(np.unpackbits(np.frombuffer(inflated, np.uint8))[:count]).astype(np.int64)
