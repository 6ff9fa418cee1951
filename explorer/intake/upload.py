"""From the bytes of an upload to upright, opaque 8-bit pixels."""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.intake.errors import IntakeError

MAX_BYTES = 10 * 2**20
MAX_PIXELS = 16_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")  # Pillow's names; no other reader is even tried
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GIF_SIGNATURES = (b"GIF87a", b"GIF89a")
EXIF_ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's readers raise on altered bytes, beside OSError.
DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded upload: upright, opaque, eight bits.

    pixels: uint8 (H, W, 3), red-green-blue, as the file shows it (no polarity applied); read-only.
    name: the file's name, shortened and printable.
    """

    pixels: np.ndarray
    name: str


def read_upload(data: bytes, name: str) -> Picture:
    """Decode an uploaded PNG, JPEG, WebP, BMP or GIF (its first frame).

    EXIF orientation is applied, transparency laid on white, palettes and CMYK converted, 16-bit greys scaled
    to 8 bits. The size is read from the header and checked before any pixel is decoded.

    Raises
    ------
    IntakeError
        If the file is empty, over 10 MB, of another format, without pixels, over 16 megapixels, cut off or
        damaged.
    """
    shown = _printable(name)
    if not data:
        raise IntakeError(f"“{shown}” is empty (0 bytes): choose another file.")
    if len(data) > MAX_BYTES:
        raise IntakeError(f"“{shown}” is larger than {MAX_BYTES // 2**20} MB: save it smaller and try again.")
    damaged = IntakeError(f"“{shown}” is cut off or damaged: save it again and choose the new file.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels(shown)
            if _is_cut_off(data):
                raise damaged
            pixels = _opaque_rgb(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(shown) from error
    except Image.UnidentifiedImageError as error:
        raise _unidentified(data, shown) or damaged from error
    except IntakeError:
        raise
    except DECODING_ERRORS as error:
        raise damaged from error
    pixels.setflags(write=False)
    return Picture(pixels, shown)


def _opaque_rgb(image: Image.Image) -> np.ndarray:
    """Decode an opened image to uint8 (H, W, 3): upright, on white."""
    image.load()
    turn = TURNS.get(image.getexif().get(EXIF_ORIENTATION))
    if image.mode.startswith("I;16"):  # Pillow's own conversion clips at 255
        levels = np.asarray(image).astype(np.uint32)
        grey = ((levels * 255 + 32767) // 65535).astype(np.uint8)
        if "transparency" in image.info:
            grey[levels == image.info["transparency"]] = 255
        image = Image.fromarray(grey)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    return np.array(image if turn is None else image.transpose(turn))


def _is_cut_off(data: bytes) -> bool:
    """True for a PNG, GIF or BMP that ends early or (PNG) whose checksums fail.

    Pillow reads these as soon as the first frame's pixels are there; it refuses the other formats itself.
    """
    if data.startswith(PNG_SIGNATURE):
        return not _png_is_whole(memoryview(data))
    if data.startswith(GIF_SIGNATURES):
        return not _gif_is_whole(data)
    if data.startswith(b"BM"):
        return struct.unpack_from("<I", data, 2)[0] > len(data)
    return False


def _png_is_whole(data: memoryview) -> bool:
    start = len(PNG_SIGNATURE)
    while start + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            return False
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if checksum != zlib.crc32(data[start + 4 : end - 4]):
            return False
        if kind == b"IEND":
            return True
        start = end
    return False


def _gif_is_whole(data: bytes) -> bool:
    """Walk the blocks up to the trailer; running out of bytes raises IndexError."""

    def colour_table(flags: int) -> int:
        return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0

    at = 13 + colour_table(data[10])
    while data[at] != 0x3B:  # the trailer
        if data[at] == 0:  # stray terminators occur and do no harm
            at += 1
            continue
        if data[at] == 0x21:  # an extension
            at += 2
        elif data[at] == 0x2C:  # a frame: descriptor, colour table, code size
            at += 10 + colour_table(data[at + 9]) + 1
        else:
            return False
        while data[at]:
            at += data[at] + 1
        at += 1
    return True


def _unidentified(data: bytes, shown: str) -> IntakeError | None:
    """Why no reader took the file; None if it only seems damaged."""
    sizes = {PNG_SIGNATURE: (">II", 16), b"GIF8": ("<HH", 6), b"BM": ("<ii", 18)}
    for signature, (layout, offset) in sizes.items():
        if data.startswith(signature) and len(data) >= offset + struct.calcsize(layout):
            if 0 in struct.unpack_from(layout, data, offset):
                return IntakeError(f"“{shown}” has no pixels (width or height is 0): choose another file.")
    if data.startswith((*sizes, b"\xff\xd8")) or (data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"")):
        return None
    return IntakeError(
        f"“{shown}” is not a PNG, JPEG, WebP, BMP or GIF image: save it as one of these first."
    )


def _too_many_pixels(shown: str) -> IntakeError:
    return IntakeError(
        f"“{shown}” has more than {MAX_PIXELS // 10**6} megapixels: scale it down to 4000 x 4000 "
        "pixels at most and try again."
    )


def _printable(name: str) -> str:
    """The file's last name part, at most 60 characters, without what Markdown or a terminal would act on."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c if c.isprintable() and c not in "[]<>`$*" else "?" for c in last)
    return (plain if len(plain) <= 60 else plain[:40] + "…" + plain[-19:]) or "file"
