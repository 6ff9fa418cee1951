"""Pictures to files: PNG, GIF, data URLs and the labelled grid that a reader downloads."""

from __future__ import annotations

import base64
import io
import math
import unicodedata
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from explorer.images.arrays import picture, scaled_cells

MAX_FPS = 50  # GIF counts in 1/100 s, and browsers slow down whatever is shorter than 2/100 s
PAGE = {False: (255, 255, 255), True: (14, 17, 23)}  # by dark
TEXT = {False: (49, 51, 63), True: (250, 250, 250)}
HAIRLINE = {False: (208, 210, 216), True: (72, 76, 86)}
MARGIN = 12
# Pillow's built-in font has few signs beyond ASCII: these are written out.
WRITTEN_OUT = str.maketrans(
    {
        "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "λ": "lambda", "μ": "mu",
        "π": "pi", "σ": "sigma", "τ": "tau", "Δ": "Delta", "−": "-", "–": "-", "—": "-", "×": "x", "→": "->",
        "≤": "<=", "≥": ">=", "ß": "ss", "ø": "o", "ł": "l",
    }
)  # fmt: skip


def png(array: np.ndarray) -> bytes:
    """A PNG of grey uint8 (H, W), a picture (H, W, 3) or an image (C, H, W); ValueError for another shape."""
    array = np.asarray(array)
    pixels = picture(array)
    grey = array.ndim == 2 or array.shape[2] != 3 and array.shape[0] == 1
    return _save_png(Image.fromarray(np.ascontiguousarray(pixels[..., 0]) if grey else pixels))


def gif(frames: np.ndarray, fps: float, *, bounce: bool = False, loop: bool = True) -> bytes:
    """An animated GIF with one palette for all frames and no dithering.

    Greys are exact, and so are up to 256 colours; more are reduced to 256.

    Parameters
    ----------
    frames : uint8 (T, H, W) grey or (T, H, W, 3), T at least 1
    fps : frames a second, above 0 and at most 50; a frame lasts a whole number of 1/100 s
    bounce : play forward, then back to the start, the two ends once a round
    loop : for ever; else once

    Equal neighbouring frames are stored as one that lasts longer.

    Raises
    ------
    ValueError
        If an argument is not as above.
    """
    frames = np.asarray(frames)
    colour = frames.ndim == 4 and frames.shape[3] == 3
    if frames.dtype != np.uint8 or frames.size == 0 or not (frames.ndim == 3 or colour):
        raise ValueError(
            f"the frames are {frames.dtype} {frames.shape} but must be uint8 (T, H, W) or (T, H, W, 3)."
        )
    if not 0 < fps <= MAX_FPS:
        raise ValueError(f"the speed is {fps} frames a second but must lie in (0, {MAX_FPS}]: slow it down.")
    indices, palette = _indexed(frames) if colour else (frames, np.arange(256, dtype=np.uint8).repeat(3))
    if bounce:
        indices = np.concatenate([indices, indices[-2:0:-1]])
    pages = [Image.fromarray(np.ascontiguousarray(index)) for index in indices]
    for page in pages:
        page.putpalette(palette.tobytes())
    options = {"loop": 0} if loop else {}
    buffer = io.BytesIO()
    pages[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=pages[1:],
        duration=10 * round(100 / fps),
        optimize=False,
        **options,
    )
    return buffer.getvalue()


def data_url(data: bytes) -> str:
    """A PNG or GIF as a `data:` URL; ValueError for anything else."""
    for signature, kind in ((b"\x89PNG\r\n\x1a\n", "png"), (b"GIF8", "gif")):
        if data.startswith(signature):
            return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    raise ValueError("the data is neither a PNG nor a GIF: encode the picture with png or gif first.")


def labelled_grid(
    images: np.ndarray,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    *,
    title: str = "",
    scale: int = 2,
    gap: int = 6,
    dark: bool = False,
    font_size: int = 14,
) -> bytes:
    """A PNG of a grid of images with labels, to download.

    Parameters
    ----------
    images : uint8 (R, K, C, H, W)
    row_labels, column_labels : R and K texts, or none; columns move apart where a label is wider than
        an image
    title : one line above the grid
    scale, gap : screen pixels a pixel, and between neighbours
    dark : light on dark
    font_size : pixels, of Pillow's built-in font; Greek letters are written out, accents dropped

    Raises
    ------
    ValueError
        If an argument is not as above, or a text has a character that the font lacks.
    """
    cells = scaled_cells(images, scale, gap)
    rows, columns, height, width, _ = cells.shape
    font = ImageFont.load_default(font_size)
    row_texts = _texts(row_labels, rows, "row", font)
    column_texts = _texts(column_labels, columns, "column", font)
    heading = _writable(title, font)
    line = sum(font.getmetrics()) + 4
    pitch = max(width, _widest(column_texts, font)) + gap
    left = MARGIN + (_widest(row_texts, font) + 8 if row_texts else 0)
    top = MARGIN + line * (bool(heading) + bool(column_texts))
    right = max(left + columns * pitch - gap, MARGIN + _widest([heading], font)) + MARGIN
    sheet = Image.new("RGB", (right, top + rows * (height + gap) - gap + MARGIN), PAGE[dark])
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), heading, TEXT[dark], font)
    for k, text in enumerate(column_texts):
        draw.text((left + k * pitch + (pitch - gap) / 2, top - 4), text, TEXT[dark], font, anchor="md")
    for r, text in enumerate(row_texts):
        draw.text((left - 8, top + r * (height + gap) + height / 2), text, TEXT[dark], font, anchor="rm")
    for r, k in np.ndindex(rows, columns):
        x, y = left + k * pitch + (pitch - gap - width) // 2, top + r * (height + gap)
        draw.rectangle((x - 1, y - 1, x + width, y + height), outline=HAIRLINE[dark])
        sheet.paste(Image.fromarray(np.ascontiguousarray(cells[r, k])), (x, y))
    return _save_png(sheet)


def _save_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def _indexed(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames (T, H, W, 3) as indices uint8 (T, H, W) into one palette uint8 (3n,) for all of them."""
    strip = Image.fromarray(np.ascontiguousarray(frames.reshape(-1, frames.shape[2], 3)))
    reduced = strip.quantize(256, method=Image.Quantize.MEDIANCUT)  # exact where 256 colours suffice
    return np.asarray(reduced).reshape(frames.shape[:3]), np.array(reduced.getpalette(), np.uint8)


def _texts(labels: Sequence[str], count: int, name: str, font: ImageFont.FreeTypeFont) -> list[str]:
    if len(labels) not in (0, count):
        raise ValueError(
            f"there are {len(labels)} {name} labels for {count} {name}s: give one each, or none."
        )
    return [_writable(label, font) for label in labels]


def _widest(texts: Sequence[str], font: ImageFont.FreeTypeFont) -> int:
    return math.ceil(max((font.getlength(text) for text in texts), default=0))


def _writable(text: str, font: ImageFont.FreeTypeFont) -> str:
    """The text in signs that the font has; ValueError names one that cannot be written."""
    plain = unicodedata.normalize("NFKD", str(text).translate(WRITTEN_OUT))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    lacking = bytes(font.getmask("\uffff"))
    for sign in set(plain):
        if not sign.isprintable() or (not sign.isspace() and bytes(font.getmask(sign)) == lacking):
            raise ValueError(f"the label {text!r} has {sign!r}, which the font lacks: write it otherwise.")
    return plain
