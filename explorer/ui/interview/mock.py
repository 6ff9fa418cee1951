"""A mock interview: questions drawn by a seed, a clock, a rubric to mark oneself by, a summary to keep."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from explorer.content import questions as plan
from explorer.content import say
from explorer.live.clock import clock
from explorer.ui import widgets
from explorer.ui.interview import question as drawn
from explorer.ui.state import View


@dataclass
class Mark:
    """One answered question: seconds taken, notes, and which lines of the rubric were met."""

    slug: str
    seconds: float
    notes: str
    met: list[bool]

    def points(self, locale: str) -> tuple[int, int]:
        """Points reached, points to reach; a red flag takes one."""
        rubric = plan.text(self.slug, locale).rubric
        reached = sum(points for (points, _), met in zip(rubric, self.met, strict=True) if met)
        return max(0, reached), sum(points for points, _ in rubric if points > 0)


@dataclass
class Interview:
    """One interview under way."""

    slugs: list[str] = field(default_factory=list)
    minutes: int = 5
    began: float = 0.0  # of the current question, seconds since the epoch
    shown: bool = False
    marks: list[Mark] = field(default_factory=list)


def draw(count: int, level: str, seed: int) -> list[str]:
    """Slugs of `count` questions of a level ("all": any), no two of one topic while that can be."""
    suited = [q for q in plan.questions() if level in ("all", q.level)]
    order = np.random.default_rng(seed).permutation(len(suited))
    shuffled = [suited[i] for i in order]
    first_of = {q.section: q for q in reversed(shuffled)}
    spread = [q for q in shuffled if first_of[q.section] is q]
    rest = [q for q in shuffled if first_of[q.section] is not q]
    return [q.slug for q in (spread + rest)[:count]]


def mock(view: View, locale: str) -> None:
    """Set up, ask, mark, sum up."""
    interview = view.keep("mock", Interview())
    if not interview.slugs:
        set_up(view, interview, locale)
    elif len(interview.marks) < len(interview.slugs):
        ask(interview, locale)
    else:
        sum_up(interview, locale)


def set_up(view: View, interview: Interview, locale: str) -> None:
    """How many questions, of which level, for how long."""
    st.markdown(say("mock.intro", locale))
    columns = st.columns(4)
    count = int(view.slider("count", say("mock.count", locale), 1, 10, 3, 1, place=columns[0]))
    minutes = int(view.slider("minutes", say("mock.minutes", locale), 1, 15, 5, 1, place=columns[1]))
    every = say("interview.all", locale)
    level = view.choice(
        "mock_level", say("interview.level", locale), ["all", *plan.LEVELS], "all", place=columns[2],
        format_func=lambda s: every if s == "all" else say(f"level.{s}", locale),
    )  # fmt: skip
    seed = int(view.slider("draw", say("mock.seed", locale), 0, 99, 0, 1, place=columns[3]))

    def start() -> None:
        interview.slugs, interview.minutes = draw(count, level, seed), minutes
        interview.began, interview.shown, interview.marks = time.time(), False, []

    st.button(say("mock.start", locale), type="primary", on_click=start)


def ask(interview: Interview, locale: str) -> None:
    """The current question, its clock, notes; then the rubric."""
    at = len(interview.marks)
    slug = interview.slugs[at]
    question, said = plan.by_slug()[slug], plan.text(slug, locale)
    st.caption(say("mock.progress", locale, number=at + 1, all=len(interview.slugs)))
    drawn.head(question, said, locale)
    st.markdown(f"**{said.ask}**")
    words = {
        "left": say("mock.time_left", locale, time="{time}"),
        "over": say("mock.time_over", locale, time="{time}"),
    }
    clock(interview.began + 60 * interview.minutes, words, key=f"clock-{slug}")
    st.text_area(say("mock.notes", locale), key=f"notes-{slug}")
    if not interview.shown:

        def show() -> None:
            interview.shown = True
            st.session_state[f"taken-{slug}"] = time.time() - interview.began

        st.button(say("mock.show", locale), type="primary", on_click=show)
        return
    st.markdown(f"**{say('mock.rubric', locale)}**")
    for i, (points, sentence) in enumerate(said.rubric):
        st.checkbox(
            f"{sentence} ({points})" if points > 0 else f":red[{say('mock.red_flags', locale)}] {sentence}",
            key=f"met-{slug}-{i}",
        )
    last = at + 1 == len(interview.slugs)

    def go_on() -> None:  # reads what stands there when it is pressed: the last words may come along with it
        now = st.session_state
        met = [now[f"met-{slug}-{i}"] for i in range(len(said.rubric))]
        interview.marks.append(Mark(slug, now[f"taken-{slug}"], now[f"notes-{slug}"], met))
        interview.began, interview.shown = time.time(), False

    st.button(say("mock.finish" if last else "mock.next", locale), type="primary", on_click=go_on)
    drawn.answer(question, said, locale)


def sum_up(interview: Interview, locale: str) -> None:
    """Points, times, red flags; as a file too."""
    text = summary(interview.marks, locale)
    st.markdown(text)
    widgets.download(
        say("mock.download", locale), text.encode, "mock-interview.md", "text/markdown", "mock-summary"
    )
    st.button(say("mock.again", locale), on_click=interview.slugs.clear)


def summary(marks: list[Mark], locale: str) -> str:
    """The marked interview as Markdown."""
    reached, possible = (sum(parts) for parts in zip(*(m.points(locale) for m in marks), strict=True))
    minutes = widgets.number(sum(m.seconds for m in marks) / 60, 2)
    total = say("mock.total", locale, points=reached, all=possible, minutes=minutes)
    lines = [f"### {say('mock.summary', locale)}", "", f"**{total}**", ""]
    for mark in marks:
        said = plan.text(mark.slug, locale)
        points, all_points = mark.points(locale)
        share = say("mock.points", locale, points=points, all=all_points)
        lines += [
            f"#### {plan.by_slug()[mark.slug].id}. {said.title}",
            "",
            f"{share} · {clock_text(mark.seconds)}",
            "",
        ]
        for (worth, sentence), met in zip(said.rubric, mark.met, strict=True):
            if worth > 0:
                lines.append(f"- [{'x' if met else ' '}] {sentence} ({worth})")
            elif met:
                lines.append(f"- {say('mock.red_said', locale, sentence=sentence)}")
        if mark.notes.strip():
            lines += ["", *(f"> {line}" for line in mark.notes.strip().splitlines())]
        lines.append("")
    return "\n".join(lines)


def clock_text(seconds: float) -> str:
    """Minutes and seconds: 4:05."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
