"""Flash cards: the question, then its answer in thirty seconds; the deck decides when it comes back."""

from __future__ import annotations

import streamlit as st

from explorer.content import questions as plan
from explorer.content import say, strings
from explorer.live.cards import cards
from explorer.ui.interview import question as drawn
from explorer.ui.state import View


def flash(view: View, locale: str) -> None:
    """One card, and the controls of the deck below it."""
    place = st.container()
    words = {
        key.removeprefix("cards."): text for key, text in strings(locale).items() if key.startswith("cards.")
    }
    slugs = [question.slug for question in plan.questions()]
    shown, revealed = cards(slugs, words | {"grades": words["grades"].split("|"), "locale": locale})
    st.caption(words["kept"])
    if shown is None:
        return
    question, said = plan.by_slug()[shown], plan.text(shown, locale)
    with place:
        drawn.head(question, said, locale)
        st.markdown(f"**{said.ask}**  \n" + " · ".join(said.options))
        if revealed:
            st.markdown(f"{say('interview.shows', locale)}: **{said.options[question.right]}**")
            st.markdown(said.parts["Thirty seconds"])
            with st.expander(say("interview.trap", locale)):
                st.markdown(said.parts["Trap"])
