"""All questions as a table to search, and the one that was chosen below it."""

from __future__ import annotations

import streamlit as st

from explorer.content import questions as plan
from explorer.content import say
from explorer.content.questions import Question
from explorer.ui.interview import question as drawn
from explorer.ui.state import View

TABLE = "interview-table"


def browse(view: View, locale: str) -> None:
    """Search, filter, read."""
    found = listed(view, locale)
    everything = plan.questions()
    st.caption(say("interview.found", locale, count=len(found), all=len(everything)))
    if not found:
        st.info(say("interview.none_found", locale))
        return
    slugs = [each.slug for each in everything]
    chosen = view.get("question", slugs[0], lambda s: None if s in slugs else "there is no such question")
    table(view, found, locale)
    question = plan.by_slug()[chosen]
    said = plan.text(chosen, locale)
    drawn.head(question, said, locale)
    st.markdown(f"**{said.ask}**  \n" + " · ".join(said.options))
    left, right = st.columns([2, 3], gap="large")
    with left:
        drawn.experiment(question, said, locale)
        with st.expander(say("interview.see", locale)):
            st.markdown(said.parts["See"])
    with right:
        drawn.answer(question, said, locale)


def listed(view: View, locale: str) -> list[Question]:
    """The questions that search and filters leave."""
    every = say("interview.all", locale)
    words, topic, level = st.columns([2, 2, 1])
    wanted = view.words("search", say("interview.search", locale), place=words,
                        placeholder=say("interview.search_hint", locale))  # fmt: skip
    sections = ["all", *plan.SECTIONS]
    section = view.choice(
        "section", say("interview.section", locale), sections, "all", place=topic,
        format_func=lambda s: every if s == "all" else say(f"section.{s}", locale),
    )  # fmt: skip
    grade = view.choice(
        "level", say("interview.level", locale), ["all", *plan.LEVELS], "all", place=level,
        format_func=lambda s: every if s == "all" else say(f"level.{s}", locale),
    )  # fmt: skip
    found = plan.search(wanted, locale)
    return [q for q in found if section in ("all", q.section) and grade in ("all", q.level)]


def table(view: View, found: list[Question], locale: str) -> None:
    """One row a question; a tapped row is the one that is read."""

    def tapped() -> None:
        rows = st.session_state[TABLE]["selection"]["rows"]
        if rows:
            view.put("question", found[rows[0]].slug)

    st.dataframe(
        {
            "#": [q.id for q in found],
            say("interview.question", locale): [plan.text(q.slug, locale).title for q in found],
            say("interview.section", locale): [say(f"section.{q.section}", locale) for q in found],
            say("interview.level", locale): [say(f"level.{q.level}", locale) for q in found],
        },
        hide_index=True,
        height=260,
        key=TABLE,
        on_select=tapped,
        selection_mode="single-row",
    )
