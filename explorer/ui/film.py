"""Film strips: frames side by side at a whole-number scale that follows the width, and a slider as wide."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from explorer import images

LARGEST, GAP = 96, 2  # screen pixels: a frame on a projector, and between frames
CSS = """<style>
.film-box, .st-key-film-scrub { container-type: inline-size; }
.film-box p { margin: 0 0 4px; font-weight: 600; }
.film { display: grid; gap: 2px; }
.film img { display: block; width: 100%; height: auto; border-radius: 2px; image-rendering: auto;
  outline: 1px solid color-mix(in srgb, currentColor 22%, transparent); outline-offset: -1px; }
.film img.now { outline: 3px solid #e76300; outline-offset: 0; z-index: 1; }
"""


def style(count: int, width: int) -> None:
    """Prepare strips of `count` frames, each `width` pixels wide, and the slider in `scrub`."""
    strips, slider = f".film-{count}-{width}", ".st-key-film-scrub [data-testid=stSlider]"

    def rule(factor: float) -> str:
        size = f"{count * width * factor + (count - 1) * GAP:g}px"
        box = f"{strips}, {slider} {{ width: min(100%, {size}); }}"
        return box if factor == 1 else f"@container (min-width: {size}) {{ {box} }}"

    rules = [
        f"{strips} {{ grid-template-columns: repeat({count}, minmax(0, 1fr)); }}",
        f"{slider} {{ padding-inline: calc(min(100%, {LARGEST * count}px) / {2 * count}); }}",
    ]
    for factor in range(2, 2 * max(1, LARGEST // width) + 1):  # 1, 1.5, 2 … times
        whole = factor % 2 == 0
        rules.append(rule(factor / 2) if whole else f"@media (min-resolution: 2dppx) {{ {rule(factor / 2)} }}")
    needed = count * width + (count - 1) * GAP
    rules.append(f"@container (min-width: {needed}px) {{ {strips} img {{ image-rendering: pixelated; }} }}")
    st.html(CSS + "\n".join(rules) + "\n</style>")


def strip(title: str, frames: np.ndarray, alt: str, now: int | None = None) -> None:
    """Frames (T, C, H, W), uint8 or float in [0, 1], side by side under a title; frame `now` is marked."""
    pixels = images.to_uint8(np.asarray(frames))
    pictures = "".join(
        f'<img src="{images.data_url(images.png(frame))}" alt=""{" class=now" if i == now else ""}>'
        for i, frame in enumerate(pixels)
    )
    st.html(
        f'<div class="film-box"><p>{html.escape(title)}</p><div class="film film-{len(pixels)}-{pixels.shape[3]}" '
        f'role="img" aria-label="{html.escape(alt)}">{pictures}</div></div>'
    )


def scrub() -> st.delta_generator.DeltaGenerator:
    """The place of the slider along the strips, from the middle of the first frame to that of the last."""
    return st.container(key="film-scrub")
