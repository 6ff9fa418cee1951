"""Weights on disk: float32, float16, or one byte a weight with a scale for every 32 of them.

Rounding in blocks: w ≈ scale · q, q an integer in [-127, 127], scale the block's largest |w| over 127
(Dettmers et al. 2022, arXiv:2110.02861, section 2, linear instead of dynamic). Biases stay float16.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 32
TYPES = (torch.int8, torch.float16, torch.float32)
_SCALE = ".scale"


def compress(state: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Named weights in the type that is stored; for int8 each matrix gets a companion `name.scale`.

    Raises
    ------
    ValueError
        If the type is none of `TYPES`.
    """
    if dtype not in TYPES:
        raise ValueError(f"weights cannot be stored as {dtype}: choose from {', '.join(map(str, TYPES))}.")
    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu().float()
        if dtype is torch.int8 and tensor.ndim >= 2:
            stored[name], stored[name + _SCALE] = _to_blocks(tensor)
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


def _to_blocks(tensor: Tensor) -> tuple[Tensor, Tensor]:
    rows = tensor.reshape(len(tensor), -1)
    blocks = _blocks(rows)
    scale = (blocks.abs().amax(dim=2) / 127).half()
    # A scale that float16 rounds to 0 belongs to a block of zeros, as far as float16 can say.
    divisor = torch.where(scale > 0, scale, torch.ones_like(scale)).float()[..., None]
    whole = (blocks / divisor).round().clamp(-127, 127).to(torch.int8)
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
