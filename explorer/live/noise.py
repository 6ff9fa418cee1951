"""The live part of the Denoising page: noise of any level, every method's result and its scores.

`noise_study` shows the large pictures and the level's slider, `noise_methods` every method with its residual.
Both follow the level's cursor; the noisy image's code goes to a cursor of its own, which a map can follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.live.component import component
from explorer.live.pack import pack


def noise_study(
    key: str,
    *,
    level: str,
    code: str,
    plain: str | None,
    clean: np.ndarray,
    draws: np.ndarray,
    kind: str,
    max_level: float,
    settings: Sequence[tuple[float, Mapping[str, Mapping[str, float]]]],
    voters: int,
    exclude: int | None,
    truth: int,
    words: Mapping[str, Any],
    sizes: tuple[int, int, int],
    rendered: Mapping[str, np.ndarray] | None = None,
) -> str:
    """Show clean, noisy, denoised and the best classical result, and return the study's name, which is `key`.

    Args:
        level: the cursor of one number that the slider moves, from 0 to `max_level` in steps of 0.01.
        code: the cursor that has the denoiser with its encoder; it is moved to the noisy image's code.
        plain: a cursor that has another model with its encoder, to compare with, or None.
        clean: float32 (C, H, W) in [0, 1].
        draws: the random numbers of `corruption.draws` for this kind and image.
        settings: rows of [level, {method: parameters}] for the classical filters; the nearest level counts.
        voters: how many of the nearest gallery codes vote, without code `exclude`; `truth` is the class.
        words: sentences and names; see `explorer/ui/denoisers.py`.
        sizes: CSS pixels for a picture on a phone, beside a sidebar, on a wide screen.
        rendered: where the browser cannot run a model, Python's result at the current level: "denoiser" and
            "plain" (C, H, W), "denoiserCode" (L,).
    """
    meta = {"bench": key, "level": level, "code": code, "plain": plain or "", "shape": list(clean.shape)}
    meta |= {"kind": kind, "max": float(max_level), "settings": [[each, dict(s)] for each, s in settings]}
    meta |= {"voters": voters, "exclude": exclude, "truth": int(truth), "words": dict(words)}
    arrays = {"clean": clean, "draws": draws, **(rendered or {})}
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    component("noise")(key=key, data=pack(meta | {"sizes": list(sizes)}, arrays))
    return key


def noise_methods(
    key: str,
    *,
    study: str,
    level: str,
    code: str,
    names: Mapping[str, str],
    residual: str,
    palette: np.ndarray,
    sizes: tuple[int, int, int],
) -> None:
    """Show every method's picture in the study of that name, its residual below, and its scores.

    Args:
        names: title by method, in order; "noisy", "denoiser", "plain", "median", "non_local_means".
        residual: the word for result − clean.
        palette: uint8 (2 k + 1, 3), colours from −1 to +1.
    """
    meta = {"bench": study, "level": level, "code": code, "names": dict(names), "residual": residual}
    component("noise_methods")(key=key, data=pack(meta | {"sizes": list(sizes)}, {"palette": palette}))
