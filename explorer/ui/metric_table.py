"""Every number of one or two cards as a table that says how each was measured."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer import catalogue
from explorer.figures.curves import PAIR
from explorer.ui.widgets import number
from explorer.ui.zoo_table import ARROWS, metric_name
from explorer.zoo import ModelCard

LETTERS = ("A", "B")


def metric_table(cards: Sequence[ModelCard], key: str) -> None:
    """Draw the metrics of one card, or of two with a column each; the better value is bold (see
    `catalogue.better`)."""
    one = len(cards) == 1
    published = [catalogue.published(card) for card in cards]
    with_published = any(published)
    heads = ["Metric", *(["Measured"] if one else LETTERS), *(["Published"] * with_published)]
    rows = "".join(_row(name, cards, published, with_published) for name in _names(cards, published))
    head = "".join(f'<th scope="col">{text}</th>' for text in [*heads, "How, and on what"])
    st.html(
        f'{_CSS}<div class="mt mt-{key}" role="region" tabindex="0" aria-label="Every metric of the card">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def chip(letter: str) -> str:
    """A model's letter with its colour on the curves, as HTML."""
    colour = PAIR[LETTERS.index(letter)]
    return f'<span class="chip" style="border-left: .5em solid {colour}; padding-left: .35em">{letter}</span>'


def _names(cards: Sequence[ModelCard], published: Sequence[Mapping]) -> list[str]:
    """Metrics in the cards' order; a published figure that stands beside ours has no row of its own."""
    names = dict.fromkeys(name for card in cards for name in card.metrics)
    beside = [
        metric
        for card, found in zip(cards, published, strict=True)
        for own, figures in found.items()
        if own in card.metrics
        for metric in figures
    ]
    return [
        name for name in names
        if not catalogue.is_published(name) or not all(c.metrics.get(name) in [None, *beside] for c in cards)
    ]  # fmt: skip


def _row(name: str, cards: Sequence[ModelCard], published: Sequence[Mapping], with_published: bool) -> str:
    found = [card.metrics.get(name) for card in cards]
    stated = [metric for metric in found if metric is not None]
    units = {metric["unit"] for metric in stated}
    unit = units.pop() if len(units) == 1 else ""
    best = catalogue.better(cards[0], cards[1], name) if len(cards) > 1 else None
    title = f"{metric_name(name)}\u00a0{ARROWS[stated[0]['better']]}".strip()
    cells = [f'<th scope="row">{html.escape(title)}<small>{html.escape(unit)}</small></th>']
    for card, metric in zip(cards, found, strict=True):
        text = "" if metric is None else html.escape(_value(metric, with_unit=not unit))
        mark = "<b>{}</b><small>better</small>" if best is not None and card is best else "{}"
        cells.append(f"<td>{mark.format(text)}</td>")
    if with_published:
        cells.append(f"<td>{_published([p.get(name, ()) for p in published])}</td>")
    cells.append(f'<td class="how">{_how(found)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _value(metric: Mapping[str, Any], with_unit: bool) -> str:
    value = metric["value"]
    unit = f" {metric['unit']}" if with_unit else ""
    if isinstance(value, (int, float)):
        sd = catalogue.spread(metric)
        spread = "" if sd is None else f" ± {number(sd, 2)}"
        return f"{_figure(value)}{spread}{unit}"
    if isinstance(value, list) and value and all(isinstance(each, (int, float)) for each in value):
        return f"{_figure(min(value))} to {_figure(max(value))} ({len(value)} values)"
    if isinstance(value, dict) and all(isinstance(each, (int, float)) for each in value.values()):
        return ", ".join(f"{each} {_figure(part)}" for each, part in value.items())
    return "a table, in the card"


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else number(value).replace("-", "−")


def _published(figures: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """Published figures, each with its source; of two models with those whose counterpart it is."""
    whose: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    for letter, of_one in zip(LETTERS, figures, strict=False):
        for metric in of_one:
            whose.setdefault(metric["how"], []).append(letter)
            shown[metric["how"]] = _figure(metric["value"])
    return "".join(
        f"{shown[how]}{_of(letters) if len(figures) > 1 else ''}"
        f"<small>{html.escape(how.removeprefix('published: '))}</small>"
        for how, letters in whose.items()
    )


def _of(letters: Sequence[str]) -> str:
    return f" beside {' and '.join(letters)}"


def _how(found: Sequence[Mapping[str, Any] | None]) -> str:
    """How and on what; once where both models were measured alike."""
    texts = [None if m is None else f"{m['how']}; {m['on']}{_seeds(m)}" for m in found]
    said = {text for text in texts if text is not None}
    if len(said) == 1:
        return html.escape(said.pop())
    parts = [f"{LETTERS[i]}: {html.escape(text)}" for i, text in enumerate(texts) if text is not None]
    return "<br>".join(parts)


def _seeds(metric: Mapping[str, Any]) -> str:
    return f"; mean ± standard deviation of {len(metric['seeds'])} training seeds" if "sd" in metric else ""


_CSS = """<style>
.mt { overflow-x: auto; }
.mt table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; width: 100%; }
.mt th, .mt td { padding: 5px 14px 5px 0; text-align: left; vertical-align: top; line-height: 1.35;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.mt th { font-weight: 400; }
.mt thead th { font-weight: 600; }
.mt tbody th { min-width: 118px; }
.mt td { min-width: 76px; }
.mt small { display: block; font-size: .78rem; opacity: .75; }
.mt .how { min-width: 240px; font-size: .8125rem; }
</style>"""
