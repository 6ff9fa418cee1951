"""gallery.npz: arrays of the held-out gallery, as few bytes as their use allows.

Codes and log-variances take one of 256 values between the least and the largest of their dimension (an error
of at most 0.2 % of that range; the least value, often an exact 0, stays exact), one of 4,096 where the code
is a place on a map, so that its points show no lattice. Other floats are float16 with
7 of the 10 bits of their mantissa (a relative error of at most 0.4 %). A map, a neighbour and a distance need
no more. What is larger than float16 holds (the KL of an image that a one-class model has never seen the like
of) is stored as the largest number, 65,280.
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

#: Codes of at most so many numbers are places on a map.
NARROW = 3
CODES = ("z", "logvar")
LARGEST = 65_280.0  # the largest float16 of so many bits
_RANGE = ".range"


def pack(arrays: dict[str, np.ndarray]) -> bytes:
    """The file of named arrays; `z` and `logvar` are (N, L)."""
    small: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if name in CODES:
            small[name], small[name + _RANGE] = _to_steps(array)
        else:
            small[name] = _shortened(array) if array.dtype.kind == "f" else array
    file = io.BytesIO()
    np.savez_compressed(file, **small)
    return file.getvalue()


def unpack(content: bytes) -> dict[str, np.ndarray]:
    """What `pack` was given, rounded: float32, or the type that it had if that was none of floats.

    Raises
    ------
    ValueError, TypeError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error
        If it is no such file.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):  # np.load would take a lone array too
        raise ValueError("it is not a zip archive")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        stored = {name: archive[name] for name in archive.files}
    if odd := [n for n, a in stored.items() if not isinstance(a, np.ndarray) or a.dtype.kind not in "fiu"]:
        raise ValueError(f"{odd[0]} is no array of numbers")
    ranges = {name.removesuffix(_RANGE): stored.pop(name) for name in list(stored) if name.endswith(_RANGE)}
    if stray := set(ranges) - set(stored):
        raise ValueError(f"it has a range of {sorted(stray)[0]}, but no {sorted(stray)[0]}")
    for name, (low, step) in ranges.items():
        stored[name] = low + step * stored[name].astype(np.float32)
    return {n: a.astype(np.float32) if a.dtype.kind == "f" else a for n, a in stored.items()}


def as_stored(codes: np.ndarray) -> np.ndarray:
    """Codes (N, L) as they would come back from the file, float32."""
    whole, (low, step) = _to_steps(codes)
    return low + step * whole.astype(np.float32)


def steps(latent_dim: int) -> int:
    """How many steps lie between the least and the largest value of a dimension of codes of this width."""
    return 4095 if latent_dim <= NARROW else 255


def _to_steps(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, L) -> whole numbers (N, L), and float32 (2, L): the least value and the step of each dimension."""
    low, high = codes.min(axis=0).astype(np.float32), codes.max(axis=0).astype(np.float32)
    most = steps(codes.shape[1])
    step = (high - low) / most
    whole = np.rint((codes - low) / np.where(step > 0, step, 1))
    return whole.clip(0, most).astype(np.min_scalar_type(most)), np.stack([low, step])


def _shortened(array: np.ndarray) -> np.ndarray:
    """float16 whose last three mantissa bits are 0, rounded to nearest; finite ones not beyond `LARGEST`."""
    held = np.where(np.isfinite(array), np.clip(array, -LARGEST, LARGEST), array)
    bits = held.astype(np.float16).view(np.uint16)
    return ((bits + np.uint16(4)) & np.uint16(0xFFF8)).view(np.float16)
