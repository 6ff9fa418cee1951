"""A table of numbers in a box of its own, which scrolls where the screen is narrow."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st


def number_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, label: str) -> None:
    """Draw a table; the first cell of a row names it, the others are set to the right, digit under digit.

    Names wrap where the screen is narrow, and the box can be scrolled with keys (a dataframe hides its
    numbers beside a long name there, and Streamlit's own table cannot be reached without a mouse).

    Raises
    ------
    ValueError
        If a row does not have a cell for each head.
    """
    if any(len(row) != len(heads) for row in rows):
        raise ValueError(f"a row does not have {len(heads)} cells: give each head its own.")
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    st.html(
        f'{_CSS}<div class="nt" role="region" tabindex="0" aria-label="{html.escape(label)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    name, *others = (html.escape(cell) for cell in cells)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'


_CSS = """<style>
.nt { overflow-x: auto; }
.nt table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.nt th, .nt td { padding: 5px 0 5px 18px; text-align: right; line-height: 1.35; vertical-align: bottom;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.nt th:first-child { padding-left: 0; text-align: left; min-width: 100px; }
.nt th { font-weight: 400; }
.nt thead th { font-weight: 600; }
</style>"""
