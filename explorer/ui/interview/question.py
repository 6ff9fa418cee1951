"""How a question is drawn: its head, its experiment, its answer."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.content import say
from explorer.content.questions import Question, Text
from explorer.ui import load, state, widgets

#: The parts of an answer that open in place, each with the key of its title.
ANSWER = {
    "Thirty seconds": "interview.thirty",
    "Three minutes": "interview.three",
    "What a senior engineer adds": "interview.senior",
    "Trap": "interview.trap",
}


def head(question: Question, said: Text, locale: str) -> None:
    """Number, title, topic and level."""
    st.subheader(f"{question.id}. {said.title}", anchor=False)
    topic, level = say(f"section.{question.section}", locale), say(f"level.{question.level}", locale)
    st.caption(f"{topic} · {level}")


def experiment(question: Question, said: Text, locale: str) -> None:
    """The gesture that answers, and the way to the page where it is done."""
    st.markdown(said.parts["Do"])
    if question.later:
        family = say(f"later.{question.later}", locale)
        st.info(say("interview.waits", locale, family=family))
        return
    st.page_link(
        f"explorer/pages/{question.page}.py",
        label=say("interview.open", locale),
        icon=":material/arrow_forward:",
        query_params=query(question),
    )


def query(question: Question) -> dict[str, str]:
    """The query of a question's link; a model brings its data set along."""
    card = load.cards().get(question.link.get("model", ""))
    return state.query(({} if card is None else {"data": card.dataset}) | question.link)


def answer(question: Question, said: Text, locale: str, opened: str = "Thirty seconds") -> None:
    """The answer at three depths, the trap, a question back, and where it comes from."""
    for part, title in ANSWER.items():
        with st.expander(say(title, locale), expanded=part == opened):
            widgets.explained(said.parts[part], said.locale)
    with st.expander(say("interview.back", locale)):
        asked, _, answered = said.parts["Back to you"].partition("\n>")
        st.markdown(asked)
        if answered and st.toggle(say("interview.back_answer", locale), key=f"back-{question.slug}"):
            st.markdown(answered.replace("\n>", "\n"))
    if question.sources:
        st.caption(f"{say('interview.sources', locale)}: {'; '.join(question.sources)}")


def options(said: Text, label: str, key: str, chosen: int | None, keep: Callable[[int], None]) -> None:
    """The options as radio buttons, none chosen at first; `keep` gets the index of the one that is."""

    def taken() -> None:
        keep(st.session_state[key])

    st.radio(
        label,
        range(len(said.options)),
        index=chosen,
        format_func=lambda i: said.options[i],
        key=key,
        on_change=taken,
    )
