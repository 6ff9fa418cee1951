"""Numbers to colours: a diverging map centred on zero and a sequential one, both perceptually even."""

from __future__ import annotations

from functools import cache

import numpy as np

# OKLab (Björn Ottosson 2020, "A perceptual color space for image processing"): linear sRGB -> cone response,
# then the cube root of the response -> (lightness, green-red, blue-yellow).
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

# Viridis, 256 colours of two hex digits a channel (Stéfan van der Walt and Nathaniel Smith 2015, CC0).
_VIRIDIS = (
    "44015444025645045745055946075a46085c460a5d460b5e470d60470e61471063471164471365481467481668481769"
    "48186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979472a7a472c7a"
    "472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84433d84433e85423f85"
    "4240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a3d4e8a3c4f8a3c508b3b518b"
    "3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d355e8d355f8d34608d34618d33628d"
    "33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e"
    "2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e297b8e287c8e287d8e277e8e277f8e27808e26818e"
    "26828e26828e25838e25848e25858e24868e24878e23888e23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d"
    "21918c20928c20928c20938c1f948c1f958b1f968b1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f88"
    "1fa0881fa1881fa1871fa28720a38620a48621a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad81"
    "28ae8029af7f2ab07f2cb17e2db27d2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc74"
    "3fbc7340bd7242be7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc863"
    "5ec96260ca6063cb5f65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d"
    "84d44b86d54989d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32"
    "addc30b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21a"
    "d8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723fde725"
)


def diverging(values: np.ndarray, limit: float, *, dark: bool = False) -> np.ndarray:
    """Blue below zero, red above, neutral at zero: uint8 (H, W, 3).

    Each half is a straight line in OKLab, and both ends have the same lightness and chroma: equal steps look
    equally large, and both signs weigh the same.

    Parameters
    ----------
    values : real (H, W), finite
    limit : positive; -limit and limit, and what lies beyond, get the end colours. Use the same limit
        for pictures that are compared.
    dark : centre near black with bright ends, for the dark theme; else centre near white with deep ends

    Raises
    ------
    ValueError
        If the values are not finite (H, W) or the limit is not positive and finite.
    """
    values = _check_values(values)
    if not 0 < limit < np.inf:
        raise ValueError(
            f"the limit is {limit} but must be positive and finite: take the largest absolute value."
        )
    table = _diverging_table(dark)
    half = len(table) // 2
    return table[half + np.rint(np.clip(values / limit, -1, 1) * half).astype(int)]


def sequential(values: np.ndarray, vmin: float, vmax: float) -> np.ndarray:
    """Viridis from vmin (dark) to vmax (bright): uint8 (H, W, 3).

    Parameters
    ----------
    values : real (H, W), finite
    vmin, vmax : finite, vmin < vmax; values outside get the end colours

    Raises
    ------
    ValueError
        If the values are not finite (H, W) or the range is empty.
    """
    values = _check_values(values)
    if not (np.isfinite(vmin) and np.isfinite(vmax) and vmin < vmax):
        raise ValueError(f"the range is [{vmin}, {vmax}] but vmin must be below vmax, both finite: widen it.")
    table = _viridis_table()
    share = np.clip((values - vmin) / (vmax - vmin), 0, 1)
    return table[np.rint(share * (len(table) - 1)).astype(int)]


def _check_values(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiu":
        raise ValueError(
            f"the values are {values.dtype} {values.shape} but must be numbers (H, W): choose one plane."
        )
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("some values are not finite: mend or mask them before colouring.")
    return values


@cache
def _diverging_table(dark: bool) -> np.ndarray:
    """uint8 (255, 3), blue to grey to red: with one more for the gaps it fills a GIF palette."""
    centre, end, chroma = (0.22, 0.74, 0.13) if dark else (0.975, 0.50, 0.15)  # all colours lie within sRGB
    hue = np.radians(np.where(np.arange(255) < 127, 255.0, 25.0))
    share = np.abs(np.linspace(-1, 1, 255))
    oklab = np.stack(
        [centre + share * (end - centre), share * chroma * np.cos(hue), share * chroma * np.sin(hue)], axis=1
    )
    linear = np.linalg.solve(_CONES, np.linalg.solve(_OKLAB, oklab.T) ** 3).T.clip(0, 1)
    return _frozen(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255)


@cache
def _viridis_table() -> np.ndarray:
    """uint8 (256, 3)."""
    return _frozen(np.frombuffer(bytes.fromhex(_VIRIDIS), np.uint8).reshape(256, 3))


def _frozen(table: np.ndarray) -> np.ndarray:
    table = np.rint(table).astype(np.uint8)
    table.setflags(write=False)  # cached: shared by all sessions
    return table
