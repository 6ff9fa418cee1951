"""A sheet of thumbnails: many small images in one picture, cut up again in the browser."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from explorer.live.pack import digest, pack

GREY_LEVELS = 16
ENOUGH = 1_000_000  # bytes; a larger PNG gives way to a smaller WebP, which is less crisp
LARGEST_SIDE = 16_383  # WebP's limit; browsers' own is about the same


@dataclass(frozen=True)
class SpriteSheet:
    """Thumbnails of equal size, row by row in one PNG or WebP picture.

    Image `i` lies at column `i % columns`, row `i // columns`; cells are `cell_w` × `cell_h`, `n` in all.
    Thumbnails are for looking at: 16 grey levels, or a lossy WebP for colours and where that is too large.
    """

    image: bytes
    digest: str
    columns: int
    cell_w: int
    cell_h: int
    n: int

    @classmethod
    def from_images(cls, images: np.ndarray) -> SpriteSheet:
        """Make a sheet of `images`, uint8 (N, C, H, W) with C = 1 (grey) or 3 (red, green, blue).

        5,000 MNIST images take about 0.5 MB and 0.3 s: cache the result.

        Raises:
            ValueError: wrong dtype or shape, no image, or more than one picture can hold.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3) or 0 in images.shape:
            raise ValueError(
                f"A sheet takes uint8 (N, 1 or 3, H, W), not {images.dtype} {images.shape}; convert them."
            )
        n, channels, height, width = images.shape
        columns = math.ceil(math.sqrt(n * height / width))
        rows = math.ceil(n / columns)
        if max(columns * width, rows * height) > LARGEST_SIDE:
            raise ValueError(
                f"{n} images of {width} × {height} pixels do not fit one sprite sheet; pass smaller ones."
            )
        cells = np.zeros((rows * columns, channels, height, width), np.uint8)
        cells[:n] = images
        cells = cells.reshape(rows, columns, channels, height, width)
        sheet = cells.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
        image = _webp(sheet) if channels == 3 else _grey(sheet[..., 0])
        name = digest(image, f"{columns} {width} {height} {n}".encode())
        return cls(image, name, columns, width, height, n)

    @cached_property
    def packed(self) -> bytes:
        """The sheet as an asset: a picture, and its type for the browser."""
        mime = "image/png" if self.image.startswith(b"\x89PNG") else "image/webp"
        return pack({"asset": self.digest, "mime": mime}, {"image": np.frombuffer(self.image, np.uint8)})


def _grey(sheet: np.ndarray) -> bytes:
    """Return uint8 (H, W) as a PNG, or as a WebP where that saves much."""
    png = _grey_png(sheet)
    return png if len(png) <= ENOUGH else min(png, _webp(sheet[..., None]), key=len)


def _grey_png(grey: np.ndarray) -> bytes:
    """Return uint8 (H, W) as a PNG of 16 grey levels, 4 bits a pixel."""
    step = 255 // (GREY_LEVELS - 1)
    levels = ((grey.astype(np.uint16) + step // 2) // step).astype(np.uint8)
    height, width = grey.shape
    picture = Image.frombytes("P", (width, height), levels.tobytes())
    picture.putpalette([step * level for level in range(GREY_LEVELS) for _ in range(3)])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", bits=4, compress_level=6)
    return buffer.getvalue()


def _webp(sheet: np.ndarray) -> bytes:
    """Return uint8 (H, W, 1 or 3) as a lossy WebP."""
    buffer = io.BytesIO()
    Image.fromarray(np.broadcast_to(sheet, (*sheet.shape[:2], 3)).copy()).save(
        buffer, "WEBP", quality=70, method=2
    )
    return buffer.getvalue()
