"""A table of pictures in a box of its own, which scrolls where the screen is narrow."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st

from explorer import images
from explorer.figures.style import PETROFF

#: Screen pixels that a picture may take: on a phone, beside a sidebar, on a wide screen or projector.
SIZES = (56, 84, 112)
PADDING, LABEL = 12, 76
_BACKGROUNDS = ("theme.light.backgroundColor", "theme.dark.backgroundColor")


@dataclass(frozen=True)
class Heading:
    """A line over the whole width."""

    text: str


@dataclass(frozen=True)
class Pictures:
    """A row of images uint8 (C, H, W), one a column; `small` ones do not grow with the screen.

    The row's label is text, or the image `label_image` with the text under it.
    """

    label: str
    cells: Sequence[np.ndarray]
    alts: Sequence[str]
    small: bool = False
    label_image: np.ndarray | None = None


@dataclass(frozen=True)
class Texts:
    """A row of texts; what follows the first line of a label or cell is set smaller."""

    label: str
    cells: Sequence[str]


def picture_table(
    columns: Sequence[str],
    rows: Sequence[Heading | Pictures | Texts],
    *,
    key: str,
    label: str,
    marked: int | None,
) -> None:
    """Draw the table; the column `marked` stands out. Images are enlarged by whole factors only.

    Raises
    ------
    ValueError
        If a row does not have a cell for each column.
    """
    for row in rows:
        if not isinstance(row, Heading) and len(row.cells) != len(columns):
            raise ValueError(f"the row {row.label!r} has {len(row.cells)} cells for {len(columns)} columns.")
    side = max(np.asarray(next(row for row in rows if isinstance(row, Pictures)).cells[0]).shape[1:])
    head = "".join(f'<th scope="col"{_on(i, marked)}>{html.escape(c)}</th>' for i, c in enumerate(columns))
    body = "".join(_row(row, len(columns), marked) for row in rows)
    st.html(
        f'{_style(key, side, len(columns))}<div class="pt pt-{key}" role="region" tabindex="0" '
        f'aria-label="{html.escape(label)}"><table><thead><tr><td class="pt-label"></td>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: Heading | Pictures | Texts, count: int, marked: int | None) -> str:
    if isinstance(row, Heading):
        return (
            f'<tr><th class="pt-heading" colspan="{count + 1}"><span>{html.escape(row.text)}</span></th></tr>'
        )
    label = _lines(row.label)
    if isinstance(row, Texts):
        cells = [_lines(text) for text in row.cells]
    else:
        if row.label_image is not None:
            label = f"{_image(row.label_image, row.label, row.small)}{label}"
        cells = [_image(cell, alt, row.small) for cell, alt in zip(row.cells, row.alts, strict=True)]
    drawn = "".join(f"<td{_on(i, marked)}>{cell}</td>" for i, cell in enumerate(cells))
    return f'<tr><th scope="row" class="pt-label">{label}</th>{drawn}</tr>'


def _on(index: int, marked: int | None) -> str:
    return ' class="pt-on"' if index == marked else ""


def _lines(text: str) -> str:
    first, *others = text.split("\n")
    return html.escape(first) + "".join(f"<small>{html.escape(line)}</small>" for line in others)


def _image(image: np.ndarray, alt: str, small: bool) -> str:
    kind = ' class="pt-small"' if small else ""
    return f'<img src="{data_url(image)}" alt="{html.escape(alt)}"{kind}>'


def data_url(image: np.ndarray) -> str:
    """An image, as `images.picture` takes it, as the address of a PNG; the latest few thousand are kept."""
    image = np.asarray(image)
    return _data_url(image.tobytes(), image.dtype.str, image.shape)


@lru_cache(maxsize=4096)
def _data_url(pixels: bytes, kind: str, shape: tuple[int, ...]) -> str:
    """The image as a PNG; kept, because most pictures of a table stay when something is changed."""
    return images.data_url(images.png(np.frombuffer(pixels, kind).reshape(shape)))


def _style(key: str, side: int, count: int) -> str:
    """Sizes as whole multiples of an image's side, as large as the columns allow, and the page's ground."""
    small, middle, large = (side * max(1, round(size / side)) for size in SIZES)
    light, dark = (st.get_option(name) for name in _BACKGROUNDS)

    def needed(size: int) -> int:
        return max(LABEL, size + PADDING) + count * (size + PADDING)  # an image may stand in the labels too

    return f"""{_CSS}<style>
.pt-{key} {{ --small: {small}px; }}
.pt-{key} table {{ --size: {small}px; }}
.pt-{key} .pt-label {{ background: Canvas; background: light-dark({light}, {dark}); }}
@container (min-width: {needed(middle)}px) {{ .pt-{key} table {{ --size: {middle}px; }} }}
@container (min-width: {needed(large)}px) {{ .pt-{key} table {{ --size: {large}px; }} }}
</style>"""


_CSS = f"""<style>
.pt {{ overflow-x: auto; container-type: inline-size; }}
.pt table {{ border-collapse: separate; border-spacing: 0; font-size: .875rem;
  font-variant-numeric: tabular-nums; }}
.pt th, .pt td {{ padding: 2px {PADDING // 2}px; text-align: center; vertical-align: middle;
  line-height: 1.3; }}
.pt thead th {{ font-weight: 600; padding-bottom: 4px; white-space: nowrap; }}
.pt small {{ display: block; font-size: .75rem; white-space: nowrap; }}
.pt .pt-label {{ position: sticky; left: 0; z-index: 1; width: {LABEL}px; min-width: {LABEL}px;
  box-sizing: border-box; padding-left: 0; text-align: left; font-weight: 400; }}
.pt .pt-heading {{ text-align: left; padding: 10px 0 2px; font-weight: 600; }}
.pt .pt-heading span {{ position: sticky; left: 0; display: inline-block; max-width: 100cqw; }}
.pt .pt-on {{ background: color-mix(in srgb, {PETROFF[6]} 22%, transparent); }}
.pt thead .pt-on {{ border-top: 3px solid {PETROFF[6]}; border-radius: 4px 4px 0 0; }}
.pt img {{ display: block; margin: 0 auto; width: var(--size); max-width: none; height: auto;
  image-rendering: pixelated; border-radius: 2px;
  outline: 1px solid color-mix(in srgb, currentColor 22%, transparent); outline-offset: -1px; }}
.pt th img {{ margin: 0 0 2px; }}
.pt img.pt-small {{ width: var(--small); }}
</style>"""
