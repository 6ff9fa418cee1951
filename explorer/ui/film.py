"""Film strips: frames side by side at a whole-number scale that follows the width, and a slider as wide."""

from __future__ import annotations

import html

import numpy as np
import streamlit as st

from explorer import images

LARGEST, GAP = 96, 2  # screen pixels: a frame on a projector, and between frames
THUMB = 6  # half a slider's thumb, by which Streamlit insets its track
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

    def size(factor: float) -> str:
        return f"{count * width * factor + (count - 1) * GAP:g}px"

    def enlarged(factor: float) -> str:
        ends = f"{slider} {{ padding-inline: {max(0, width * factor / 2 - THUMB):g}px; }}"
        return f"{strips}, {slider} {{ width: min(100%, {size(factor)}); }} {ends}"

    def where_it_fits(factor: float, rules: str) -> str:
        return f"@container (min-width: {size(factor)}) {{ {rules} }}"

    rules = [
        f"{strips} {{ grid-template-columns: repeat({count}, minmax(0, 1fr)); }}",
        enlarged(1),
        where_it_fits(1, f"{strips} img {{ image-rendering: pixelated; }}"),
    ]
    for halves in range(3, 2 * max(1, LARGEST // width) + 1):
        rule = where_it_fits(halves / 2, enlarged(halves / 2))
        # Half a step is a whole number of pixels on a fine screen only.
        rules.append(f"@media (min-resolution: 2dppx) {{ {rule} }}" if halves % 2 else rule)
    st.html(CSS + "\n".join(rules) + "\n</style>")


def strip(title: str, frames: np.ndarray, alt: str, now: int | None = None) -> None:
    """Frames (T, C, H, W), uint8 or float in [0, 1], side by side under a title; frame `now` is marked."""
    pixels = images.to_uint8(np.asarray(frames))
    pictures = "".join(
        f'<img src="{images.data_url(images.png(frame))}" alt=""{" class=now" if i == now else ""}>'
        for i, frame in enumerate(pixels)
    )
    kind = f"film film-{len(pixels)}-{pixels.shape[3]}"
    st.html(
        f'<div class="film-box"><p>{html.escape(title)}</p>'
        f'<div class="{kind}" role="img" aria-label="{html.escape(alt)}">{pictures}</div></div>'
    )


def scrub() -> st.delta_generator.DeltaGenerator:
    """The place of the slider along the strips, from the middle of the first frame to that of the last."""
    return st.container(key="film-scrub")
