"""An image as text short enough for a link."""

from __future__ import annotations

import base64
import math
import struct
import zlib

import numpy as np

from explorer.intake.errors import IntakeError, check_shape

HEADER = ">BHH"  # of a link's image: channels, height, width


def encode_text(image: np.ndarray) -> str:
    """An image uint8 (C, H, W) as URL-safe text: shape and pixels, deflated, base64url without padding.

    A 28x28 digit takes about 260 characters. Raises ValueError if the image is of another type or shape.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8:
        raise ValueError(f"the image is {image.dtype} but must be uint8: convert it with images.to_uint8.")
    shape = check_shape(image.shape)
    packed = zlib.compress(struct.pack(HEADER, *shape) + image.tobytes(), 9)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode_text(text: str, image_shape: tuple[int, int, int]) -> np.ndarray:
    """The image uint8 (C, H, W) that `encode_text` wrote.

    At most one byte more than the image needs is ever inflated; zlib's checksum tells altered text.

    Raises
    ------
    IntakeError
        If the text is too long, altered, cut off, or holds an image of another shape.
    """
    shape = check_shape(image_shape)
    size = struct.calcsize(HEADER) + math.prod(shape)
    if len(text) > 2 * size + 64:  # deflate adds less than 1 % to what it cannot shrink, base64 a third
        raise IntakeError("The image in this link is too long for this data set: copy the link again.")
    damaged = IntakeError("The image in this link is altered or cut off: copy the link again.")
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        raw = inflater.decompress(packed, size + 1)
        found = struct.unpack_from(HEADER, raw)
    except (ValueError, zlib.error, struct.error) as error:
        raise damaged from error
    if base64.urlsafe_b64encode(packed).rstrip(b"=") != text.encode():
        raise damaged
    if found != shape:
        raise IntakeError(
            f"The image in this link is {_times(found)} but this data set's are {_times(shape)}: "
            "choose the data set that the link was made with."
        )
    if len(raw) != size or not inflater.eof or inflater.unused_data:
        raise damaged
    return np.frombuffer(raw, np.uint8, offset=struct.calcsize(HEADER)).reshape(shape).copy()


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
