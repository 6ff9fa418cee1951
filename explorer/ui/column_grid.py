"""A grid of small pictures with a number under each; those that an image uses have a frame."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.figures.style import PETROFF
from explorer.ui.picture_table import data_url

SIZE = 48  # screen pixels, rounded to a whole multiple of the picture's own
STRONGEST = 60  # per cent of colour in a frame: text stays readable on it, light and dark


@dataclass(frozen=True)
class Tile:
    """A picture uint8 (H, W, 3), what it is, the text below, and how strong its frame is, 0 to 1."""

    picture: np.ndarray
    alt: str
    text: str
    mark: float


def column_grid(tiles: Sequence[Tile], label: str) -> None:
    """Draw the tiles in as many columns as fit."""
    side = max(tiles[0].picture.shape[:2])
    size = side * max(1, round(SIZE / side))
    cells = "".join(
        f'<figure{_frame(tile)}><img src="{data_url(tile.picture)}" alt="{html.escape(tile.alt)}">'
        f"<figcaption>{html.escape(tile.text)}</figcaption></figure>"
        for tile in tiles
    )
    st.html(
        f'{_CSS}<div class="cg" style="--cg: {size}px" role="group" aria-label="{html.escape(label)}">'
        f"{cells}</div>"
    )


def _frame(tile: Tile) -> str:
    return f' class="cg-on" style="--on: {round(STRONGEST * tile.mark)}%"' if tile.mark > 0 else ""


_CSS = f"""<style>
.cg {{ display: grid; grid-template-columns: repeat(auto-fill, calc(var(--cg) + 6px)); gap: 4px 6px; }}
.cg figure {{ margin: 0; padding: 3px 3px 0; border-radius: 4px; }}
.cg .cg-on {{ background: color-mix(in srgb, {PETROFF[6]} max(var(--on), 12%), transparent); }}
.cg img {{ display: block; width: var(--cg); height: auto; image-rendering: pixelated; }}
.cg figcaption {{ font-size: .75rem; line-height: 1.4; text-align: center; min-height: 1.4em;
  font-variant-numeric: tabular-nums; white-space: nowrap; }}
</style>"""
