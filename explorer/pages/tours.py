"""Guided tours: routes through the pages, to follow on the screen or to print for the class."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.content import say, tours
from explorer.content.tours import Step, Tour
from explorer.live.print import print_button
from explorer.ui import language, state, tour, widgets
from explorer.ui.state import View

PRINT_STYLE = Path(tour.__file__).parent / "assets" / "print.css"

view = View("tours")
controls = st.container(key="screen-only")
locale = language.choose(view, controls)
sheet = view.get(
    "sheet", "", lambda s: None if s.partition(".")[0] in ("", *tours.names()) else "there is no such tour"
)
widgets.header(say("tours.title", locale), say("tours.look_for", locale))


def routes() -> None:
    """Every tour with what happens in it."""
    for name in tours.names():
        route = tours.tour(name, locale)
        with st.container(border=True):
            st.subheader(route.title, anchor=False)
            length = say("tours.minutes", locale, minutes=route.minutes, count=len(route.steps))
            st.caption(f"{length} · {route.for_whom}")
            st.markdown(route.about)
            with st.container(horizontal=True):
                st.button(
                    say("tours.start", locale), key=f"start-{name}", type="primary", on_click=tour.start,
                    args=(name, locale),
                )  # fmt: skip
                for kind in ("worksheet", "answers"):
                    st.button(
                        say(f"tours.{kind}", locale), key=f"{kind}-{name}", on_click=view.put,
                        args=("sheet", f"{name}.{kind}"),
                    )  # fmt: skip
            with st.expander(say("tours.preview", locale)):
                st.markdown("\n".join(f"{i}. {step.title}" for i, step in enumerate(route.steps, 1)))
    st.caption(say("tours.own", locale))


def paper(route: Tour, with_answers: bool) -> None:
    """All steps below each other, with room to write or with the teacher's answers."""
    st.html(PRINT_STYLE)
    with st.container(horizontal=True, key="screen-only-buttons"):
        st.button(say("tours.back_to_list", locale), on_click=view.put, args=("sheet", ""))
        print_button(say("tours.print", locale), key="print-sheet")
    st.subheader(route.title, anchor=False)
    st.caption(say("tours.minutes", locale, minutes=route.minutes, count=len(route.steps)))
    if not with_answers:
        st.markdown(f"{say('tours.name', locale)}: " + "_" * 40)
    for number, step in enumerate(route.steps, 1):
        st.markdown(f"### {number}. {step.title}")
        st.markdown(step.text)
        st.caption(address(step))
        if with_answers:
            st.markdown(f"**{say('tours.teacher', locale)}:** {step.answer}" if step.answer else "")
        elif step.answer:
            st.markdown(say("tours.answer_here", locale) + "\n\n---\n\n---\n\n---")


def address(step: Step) -> str:
    """The full address of a step's page, to type or to scan elsewhere."""
    return state.address(step.page, step.query)


if sheet:
    chosen, _, kind = sheet.partition(".")
    paper(tours.tour(chosen, locale), kind == "answers")
else:
    routes()
widgets.show_code(__file__, tours.read, tour.panel)
