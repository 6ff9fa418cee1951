"""Flash cards: which question is next, told by the deck that lies in the visitor's own browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st

from explorer.live.join import FOLDER, join
from explorer.live.pack import pack

KEY = "interview-cards"


def cards(slugs: Sequence[str], words: dict[str, Any]) -> tuple[str | None, bool]:
    """Draw the deck's controls; returns the slug of the card that is shown, None if none is due, and whether
    its answer is.

    Args:
        slugs: the cards, in the order in which new ones are met.
        words: the strings of the component by name, "grades" a list of four, "locale" a language tag.
    """
    state = _component()(
        key=KEY,
        data=pack({"slugs": list(slugs), "words": words}),
        on_card_change=lambda: None,
    )
    card = state.get("card") or {}
    slug = card.get("slug") if isinstance(card, dict) else None
    return (slug, card.get("revealed") is True) if slug in slugs else (None, False)


@cache
def _component() -> Callable[..., Any]:
    markup = {kind: (FOLDER / f"cards.{kind}").read_text(encoding="utf-8") for kind in ("html", "css")}
    code = f"const MARKUP = {json.dumps(markup)};\n{join('cards_alone')}"
    return st.components.v2.component("latent_explorer_cards", js=code)
