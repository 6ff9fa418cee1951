"""What a denoiser undoes: four kinds of corruption of images in [0, 1].

Every result is clipped to [0, 1] again, because a corrupted image is still an image: that is what a file,
a screen and a classical filter get to see.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor


def gaussian(x: Tensor, level: Tensor, generator: torch.Generator | None) -> Tensor:
    """Additive white noise of standard deviation `level` (B, 1, 1, 1)."""
    return x + level * torch.randn(x.shape, generator=generator, device=x.device)


def salt_pepper(x: Tensor, level: Tensor, generator: torch.Generator | None) -> Tensor:
    """A share `level` of the pixels becomes black or white, half of them each."""
    u = torch.rand(_plane(x), generator=generator, device=x.device)
    x = torch.where(u < level / 2, torch.zeros_like(x), x)
    return torch.where(u >= 1 - level / 2, torch.ones_like(x), x)


def masking(x: Tensor, level: Tensor, generator: torch.Generator | None) -> Tensor:
    """A share `level` of the pixels is set to 0 (Vincent et al. 2008, section 2.3)."""
    u = torch.rand(_plane(x), generator=generator, device=x.device)
    return torch.where(u < level, torch.zeros_like(x), x)


def block(x: Tensor, level: Tensor, generator: torch.Generator | None) -> Tensor:
    """A square whose side is `level` times the image's is set to 0, at a random place inside the image."""
    b, _, h, w = x.shape
    side = torch.round(level.view(b, 1) * min(h, w))
    corner = torch.rand((b, 2), generator=generator, device=x.device)
    top = torch.floor(corner[:, :1] * (h - side + 1))
    left = torch.floor(corner[:, 1:] * (w - side + 1))
    rows = torch.arange(h, device=x.device).view(1, h)
    columns = torch.arange(w, device=x.device).view(1, w)
    in_rows = (rows >= top) & (rows < top + side)
    in_columns = (columns >= left) & (columns < left + side)
    hidden = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    return torch.where(hidden, torch.zeros_like(x), x)


def _plane(x: Tensor) -> tuple[int, int, int, int]:
    """One random number a pixel, shared by the channels: a dead pixel is dead in every colour."""
    return (x.shape[0], 1, x.shape[2], x.shape[3])


_FUNCTIONS: dict[str, Callable[[Tensor, Tensor, torch.Generator | None], Tensor]] = {
    "gaussian": gaussian,
    "salt_pepper": salt_pepper,
    "masking": masking,
    "block": block,
}
KINDS: tuple[str, ...] = tuple(_FUNCTIONS)
#: What the level of each kind means, for labels.
LEVEL_NAMES: dict[str, str] = {
    "gaussian": "standard deviation σ",
    "salt_pepper": "share of pixels",
    "masking": "share of pixels",
    "block": "side, as a share of the image",
}


def corrupt(x: Tensor, kind: str, level: float | Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Corrupted copy of x.

    Parameters
    ----------
    x : Tensor (B, C, H, W) in [0, 1]
    kind : one of `KINDS`
    level : float, or Tensor (B,) with one level an image; see `LEVEL_NAMES`. At least 0, and at most 1 for
        all kinds but "gaussian".

    Raises
    ------
    ValueError
        If the kind is not known, a level is out of range, or there is not one level an image.
    """
    if kind not in _FUNCTIONS:
        raise ValueError(f"noise kind {kind!r} is not known: choose from {', '.join(KINDS)}.")
    level = torch.as_tensor(level, dtype=x.dtype, device=x.device)
    if level.shape not in ((), (len(x),)):
        given = tuple(level.shape)
        raise ValueError(f"levels of shape {given} do not fit {len(x)} images: give one, or one an image.")
    level = level.expand(len(x)).view(-1, 1, 1, 1)
    if x.device.type == "cpu" and len(x) and not _in_range(kind, level):
        top = "" if kind == "gaussian" else " and at most 1"
        raise ValueError(f"the level of {kind} noise must be at least 0{top}.")
    return _FUNCTIONS[kind](x, level, generator).clamp(0.0, 1.0)


def draws(kind: str, shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """The random numbers with which `corrupt_array` corrupts one image of `shape` (C, H, W), at any level.

    float32: "gaussian" (C, H, W), standard normal; "salt_pepper" and "masking" (1, H, W), uniform in [0, 1);
    "block" (2,), uniform, for top and left. The level only scales or thresholds them, so noise of one seed
    grows with its level. ValueError if the kind is not known.
    """
    if kind not in _FUNCTIONS:
        raise ValueError(f"noise kind {kind!r} is not known: choose from {', '.join(KINDS)}.")
    generator = torch.Generator().manual_seed(seed)
    if kind == "gaussian":
        return torch.randn((1, *shape), generator=generator)[0].numpy()
    size = (1, 2) if kind == "block" else (1, 1, *shape[1:])
    return torch.rand(size, generator=generator)[0].numpy()


def _in_range(kind: str, level: Tensor) -> bool:
    return bool((level >= 0).all()) and (kind == "gaussian" or bool((level <= 1).all()))


def corrupt_array(x: np.ndarray, kind: str, level: float, seed: int = 0) -> np.ndarray:
    """`corrupt` for arrays: x (B, C, H, W) float in [0, 1] -> the same, reproducible by `seed`."""
    if x.dtype.kind != "f":
        raise ValueError(f"images of type {x.dtype} cannot be corrupted: make them floats in [0, 1].")
    generator = torch.Generator().manual_seed(seed)
    tensor = torch.as_tensor(np.ascontiguousarray(x, dtype=np.float32))
    return corrupt(tensor, kind, level, generator).numpy()
