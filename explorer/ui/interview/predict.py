"""Predict, then reveal: commit to an answer, look, say what was seen and why; only then the answer opens."""

from __future__ import annotations

import streamlit as st

from explorer.content import questions as plan
from explorer.content import say
from explorer.content.questions import Question, Text
from explorer.ui.interview import question as drawn
from explorer.ui.state import View


def predict(view: View, locale: str) -> None:
    """One question, step by step."""
    tried = [question for question in plan.questions() if question.page]
    slugs = [question.slug for question in tried]
    chosen = view.choice(
        "question", say("interview.question", locale), slugs, slugs[0],
        format_func=lambda s: f"{plan.by_slug()[s].id}. {plan.text(s, locale).title}",
    )  # fmt: skip
    question, said = plan.by_slug()[chosen], plan.text(chosen, locale)
    progress = view.keep(f"progress-{chosen}", {})
    drawn.head(question, said, locale)
    guess(said, progress, chosen, locale)
    if not progress.get("committed"):
        return
    with st.container(border=True):
        st.markdown(f"**{say('interview.try_it', locale)}**")
        drawn.experiment(question, said, locale)
    looked(said, progress, chosen, locale)
    if progress.get("open"):
        reveal(question, said, progress, locale)
        following = slugs[(slugs.index(chosen) + 1) % len(slugs)]
        left, right = st.columns(2)
        left.button(
            say("interview.next", locale), on_click=view.put, args=("question", following), width="stretch",
            type="primary",
        )  # fmt: skip
        right.button(say("interview.again", locale), on_click=progress.clear, width="stretch")


def guess(said: Text, progress: dict, slug: str, locale: str) -> None:
    """The prediction; once it is committed it stays."""
    st.markdown(f"**{said.ask}**")
    if progress.get("committed"):
        st.markdown(say("interview.committed", locale, option=f"**{said.options[progress['guess']]}**"))
        return
    label = say("interview.prediction", locale)
    drawn.options(said, label, f"guess-{slug}", progress.get("guess"), lambda i: progress.update(guess=i))
    st.button(
        say("interview.commit", locale),
        type="primary",
        disabled="guess" not in progress,
        on_click=progress.update,
        kwargs={"committed": True},
    )


def looked(said: Text, progress: dict, slug: str, locale: str) -> None:
    """What was seen, and why: both before the answer."""
    if progress.get("open"):
        return
    label = say("interview.saw", locale)
    drawn.options(said, label, f"saw-{slug}", progress.get("saw"), lambda i: progress.update(saw=i))
    key = f"why-{slug}"
    st.text_area(
        say("interview.why", locale),
        progress.get("why", ""),
        key=key,
        on_change=lambda: progress.update(why=st.session_state[key].strip()),
    )
    st.button(
        say("interview.reveal", locale),
        type="primary",
        disabled="saw" not in progress or not progress.get("why"),
        on_click=progress.update,
        kwargs={"open": True},
    )


def reveal(question: Question, said: Text, progress: dict, locale: str) -> None:
    """Prediction, observation and experiment side by side, then the answer."""
    entries = {
        "interview.prediction": said.options[progress["guess"]],
        "interview.saw": said.options[progress["saw"]],
        "interview.shows": said.options[question.right],
    }
    for column, (key, option) in zip(st.columns(3), entries.items(), strict=True):
        column.caption(say(key, locale))
        column.markdown(f"**{option}**")
    if progress["saw"] != question.right:
        verdict = "interview.misread"
    elif progress["guess"] != progress["saw"]:
        verdict = "interview.surprised"
    else:
        verdict = "interview.agreed"
    st.markdown(say(verdict, locale))
    st.markdown(said.parts["See"])
    st.markdown(f"{say('interview.your_why', locale)}: *{progress['why']}*")
    drawn.answer(question, said, locale)
