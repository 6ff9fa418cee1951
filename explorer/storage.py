"""Weights on disk: float32, float16, or one small integer a weight with a scale for every 32 of them.

Rounding in blocks: w ≈ scale · q, q an integer in [-levels, levels], scale the block's largest |w| over
levels (Dettmers et al. 2022, arXiv:2110.02861, section 2, linear instead of dynamic). Biases stay float16.
The file is deflated, so that fewer levels than a byte can hold take fewer bits.
"""

from __future__ import annotations

import gzip
import zlib

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

BLOCK = 32
TYPES = (torch.int8, torch.float16, torch.float32)
LEVELS = 127  # all that a signed byte holds on either side of 0
_SCALE = ".scale"


def to_bytes(stored: dict[str, Tensor]) -> bytes:
    """The file of named weights: safetensors, deflated; the same weights give the same bytes."""
    return gzip.compress(save(stored), compresslevel=9, mtime=0)


def from_bytes(content: bytes) -> dict[str, Tensor]:
    """What `to_bytes` was given.

    Raises
    ------
    ValueError
        If it is no such file.
    """
    try:
        return load(gzip.decompress(content))
    except (SafetensorError, OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from error


def compress(state: dict[str, Tensor], dtype: torch.dtype, levels: int = LEVELS) -> dict[str, Tensor]:
    """Named weights in the type that is stored; for int8 each matrix gets a companion `name.scale`.

    Raises
    ------
    ValueError
        If the type is none of `TYPES`, or there are fewer than 1 or more than 127 levels.
    """
    if dtype not in TYPES:
        raise ValueError(f"weights cannot be stored as {dtype}: choose from {', '.join(map(str, TYPES))}.")
    if not 1 <= levels <= LEVELS:
        raise ValueError(f"a byte holds 1 to {LEVELS} levels on either side of 0, not {levels}.")
    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu().float()
        if dtype is torch.int8 and tensor.ndim >= 2:
            stored[name], stored[name + _SCALE] = _to_blocks(tensor, levels)
        else:
            stored[name] = tensor.to(torch.float16 if dtype is torch.int8 else dtype).contiguous()
    return stored


def expand(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """float32 weights of their own (no memory shared with `stored`) out of what `compress` made.

    Raises
    ------
    ValueError
        If a scale is missing, does not fit its matrix, or has none.
    """
    state: dict[str, Tensor] = {}
    scales = {name for name in stored if name.endswith(_SCALE)}
    matrices = {name for name, tensor in stored.items() if tensor.dtype is torch.int8}
    if stray := scales - {name + _SCALE for name in matrices}:
        raise ValueError(f"{sorted(stray)[0]} belongs to no matrix of single bytes")
    for name, tensor in stored.items():
        if name in scales:
            continue
        if tensor.dtype is torch.int8:
            state[name] = _from_blocks(name, tensor, stored.get(name + _SCALE))
        else:
            state[name] = tensor.to(torch.float32, copy=True)
    return state


def rounded(tensor: Tensor, levels: int) -> Tensor:
    """A matrix (R, …), float32, as it comes back from disk when it is stored with so many levels."""
    return _from_blocks("", *_to_blocks(tensor, levels))


def _to_blocks(tensor: Tensor, levels: int) -> tuple[Tensor, Tensor]:
    rows = tensor.reshape(len(tensor), -1)
    blocks = _blocks(rows)
    scale = (blocks.abs().amax(dim=2) / levels).half()
    # A scale that float16 rounds to 0 belongs to a block of zeros, as far as float16 can say.
    divisor = torch.where(scale > 0, scale, torch.ones_like(scale)).float()[..., None]
    whole = (blocks / divisor).round().clamp(-levels, levels).to(torch.int8)
    return whole.reshape(len(rows), -1)[:, : rows.shape[1]].reshape(tensor.shape).contiguous(), scale


def _from_blocks(name: str, tensor: Tensor, scale: Tensor | None) -> Tensor:
    rows = tensor.reshape(len(tensor), -1).float()
    blocks = _blocks(rows)
    if scale is None or scale.shape != blocks.shape[:2]:
        raise ValueError(f"{name} has no scales that fit it")
    whole = blocks * scale.float()[..., None]
    return whole.reshape(len(rows), -1)[:, : rows.shape[1]].reshape(tensor.shape).contiguous()


def _blocks(rows: Tensor) -> Tensor:
    """(R, C) -> (R, ceil(C / 32), 32), the last block filled with zeros."""
    padded = F.pad(rows, (0, -rows.shape[1] % BLOCK))
    return padded.reshape(len(rows), -1, BLOCK)
