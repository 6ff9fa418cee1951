"""A tour under way: its step at the side of every page, and the way to the next one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.content import say, tours
from explorer.content.tours import Step, Tour

_TOUR = "_tour"
STYLE = Path(__file__).parent / "assets" / "tour.css"


def start(name: str, locale: str, step: int = 0) -> None:
    """Begin a tour, for a button's callback: the next run opens its step."""
    st.session_state[_TOUR] = {"name": name, "locale": locale, "step": step, "open": True}


def end() -> None:
    """Leave the tour where it is."""
    st.session_state.pop(_TOUR, None)


def follow() -> None:
    """Open the page of a step that was just chosen; call it before the page runs."""
    under_way = st.session_state.get(_TOUR)
    if under_way and under_way.pop("open", False):
        step = _current(under_way)[1]
        st.switch_page(f"explorer/pages/{step.page}.py", query_params=step.query)


def panel() -> None:
    """The step's text, at the side of a wide screen and above the page on a narrow one."""
    under_way = st.session_state.get(_TOUR)
    if not under_way:
        return
    tour, step = _current(under_way)
    locale, at = under_way["locale"], under_way["step"]
    st.html(STYLE)
    with st.container(key="tour"):
        st.caption(f"{tour.title} · {say('tours.step', locale, number=at + 1, all=len(tour.steps))}")
        st.markdown(f"#### {step.title}")
        st.markdown(step.text)
        if step.answer:
            with st.expander(say("tours.teacher", locale)):
                st.markdown(step.answer)
        _buttons(under_way, len(tour.steps))


def _buttons(under_way: dict, count: int) -> None:
    name, locale, at = under_way["name"], under_way["locale"], under_way["step"]
    with st.container(horizontal=True):
        st.button(
            say("tours.back", locale), key="tour-back", disabled=at == 0, on_click=start,
            args=(name, locale, at - 1),
        )  # fmt: skip
        if at + 1 < count:
            st.button(
                say("tours.next", locale), key="tour-next", type="primary", on_click=start,
                args=(name, locale, at + 1),
            )  # fmt: skip
        else:
            st.button(say("tours.finish", locale), key="tour-finish", type="primary", on_click=end)
        st.button(say("tours.reopen", locale), key="tour-open", on_click=start, args=(name, locale, at))
        st.button(say("tours.end", locale), key="tour-end", on_click=end)


def _current(under_way: dict) -> tuple[Tour, Step]:
    tour = tours.tour(under_way["name"], under_way["locale"])
    return tour, tour.steps[min(under_way["step"], len(tour.steps) - 1)]
