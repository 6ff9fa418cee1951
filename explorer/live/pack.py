"""Pack a header and arrays into one block of bytes: only so does Streamlit hand on binary data untouched.

Layout, little-endian: 4 bytes `LXP1` · uint32 length of the header · the header (JSON, UTF-8) · the arrays'
bytes, one after another. The header is `{"meta": {…}, "arrays": [{"name", "dtype", "shape", "bytes"}, …]}`.
`js/pack.js` reads it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAGIC = b"LXP1"
DTYPES = ("uint8", "int8", "int32", "float16", "float32")


def pack(meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> bytes:
    """Return `meta` (plain JSON values) and `arrays` (each of one of `DTYPES`) as bytes.

    float16 arrives in the browser as float32.

    Raises:
        ValueError: an array has another dtype, or `meta` holds NaN, infinity or something that JSON has no
            form for.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in (arrays or {}).items()}
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(
                f"The array {name!r} is {array.dtype.name}; convert it to one of {', '.join(DTYPES)}."
            )
    listed = [
        {"name": name, "dtype": array.dtype.name, "shape": array.shape, "bytes": array.nbytes}
        for name, array in arrays.items()
    ]
    try:
        header = json.dumps(
            {"meta": dict(meta), "arrays": listed}, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The header holds a value that JSON has no form for ({error}); pass plain values."
        ) from error
    blocks = [array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes() for array in arrays.values()]
    return b"".join([MAGIC, struct.pack("<I", len(header)), header, *blocks])


def digest(*parts: bytes | np.ndarray) -> str:
    """Return a name for the content of `parts`, shapes and dtypes included: 32 hex digits of BLAKE2b."""
    content = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            content.update(f"{part.dtype}{part.shape}".encode())
            part = np.ascontiguousarray(part).tobytes()
        content.update(struct.pack("<Q", len(part)) + part)
    return content.hexdigest()


def unpack_bits(packed: bytes, count: int) -> np.ndarray:
    """Return the indices, int64 ascending, of the set bits; bit i is bit i % 8, lowest first, of byte i // 8.

    Raises:
        ValueError: `packed` is not exactly as long as `count` bits need.
    """
    if len(packed) != (count + 7) // 8:
        raise ValueError(f"A selection among {count} points does not fill {len(packed)} bytes; lasso again.")
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=count, bitorder="little")
    return np.flatnonzero(bits).astype(np.int64)
