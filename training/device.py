"""Where a training computes, and in which arithmetic."""

from __future__ import annotations

import torch


def pick_device(name: str | None = None) -> torch.device:
    """The named device, else a GPU where there is one, else the CPU.

    Raises
    ------
    ValueError
        If the named device is not here.
    """
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device {name!r} cannot be used here: name another one, or none.") from error
    return device


def has_bf16(device: torch.device) -> bool:
    """True if the hardware multiplies in bfloat16 (elsewhere autocast would only cost time)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported())


def arithmetic(device: torch.device, bf16: bool) -> str:
    """Device and arithmetic, as cards and tables state them."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        threads = torch.get_num_threads()
        name = f"CPU, {threads} thread{'s' if threads > 1 else ''}"
    return f"{name}, {'bfloat16 autocast' if bf16 else 'float32'}"
