"""Pictures in a row with numbers under them, at whole-number scales that follow the width of the screen."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import images

#: Screen pixels that a picture may take on a phone, beside a sidebar, and on a wide screen or projector.
HERO, CELL = (168, 196, 280), (56, 112, 140)
GAP = 12
CSS = """<style>
.rows-box { container-type: inline-size; }
.rows { display: grid; gap: 12px; justify-content: start; font-size: .875rem; line-height: 1.35; }
.rows figure { margin: 0; width: var(--size); display: grid; grid-template-rows: subgrid; row-gap: 4px; }
.rows img { display: block; width: var(--size); height: auto;
  image-rendering: pixelated; border-radius: 2px;
  outline: 1px solid color-mix(in srgb, currentColor 22%, transparent); outline-offset: -1px; }
.rows figcaption { font-variant-numeric: tabular-nums; }
.rows strong { font-weight: 600; align-self: end; }
.rows figcaption span { display: block; }
</style>"""


@dataclass(frozen=True)
class Figure:
    """A column of a row: a title, pictures (uint8, as `images.picture` takes them), lines of text below."""

    title: str
    pictures: Sequence[np.ndarray]
    alts: Sequence[str]
    lines: Sequence[str] = ()


def figure_row(figures: Sequence[Figure], sizes: tuple[int, int, int], key: str) -> None:
    """Draw figures side by side; where they do not fit at the smallest size, in two columns.

    `sizes` are `HERO` or `CELL`; each is rounded down to a whole multiple of the pictures' own size.
    """
    side = max(images.picture(np.asarray(figures[0].pictures[0])).shape[:2])
    small, middle, large = (side * max(1, size // side) for size in sizes)
    count = len(figures)

    def needed(size: int) -> int:
        return count * size + (count - 1) * GAP

    def when(size: int, rule: str) -> str:
        return f"@container (min-width: {needed(size)}px) {{ .rows-{key} {{ {rule} }} }}"

    style = f"""<style>
.rows-{key} {{ --size: {small}px; grid-template-columns: repeat(2, var(--size)); }}
.rows-{key} {{ font-size: {".875rem" if small >= 100 else ".75rem"}; }}
.rows-{key} figure {{ grid-row: span {len(figures[0].pictures) + 2}; }}
{when(small, f"grid-template-columns: repeat({count}, var(--size));")}
{when(middle, f"--size: {middle}px; font-size: .875rem;")}
{when(large, f"--size: {large}px;")}
</style>"""
    body = "".join(_figure(each) for each in figures)
    st.html(f'{CSS}{style}<div class="rows-box"><div class="rows rows-{key}">{body}</div></div>')


def _figure(figure: Figure) -> str:
    pictures = "".join(
        f'<img src="{images.data_url(images.png(np.asarray(picture)))}" alt="{html.escape(alt)}">'
        for picture, alt in zip(figure.pictures, figure.alts, strict=True)
    )
    lines = "".join(f"<span>{html.escape(line)}</span>" for line in figure.lines)
    title = f"<strong>{html.escape(figure.title)}</strong>"
    return f"<figure>{title}{pictures}<figcaption>{lines}</figcaption></figure>"
