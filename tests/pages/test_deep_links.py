"""Every link of the questions and the tours opens, without a notice, and shows the state that it names."""

from __future__ import annotations

import json

import pytest

from explorer.content import questions as plan
from explorer.content import tours
from explorer.ui import state
from explorer.ui.interview.question import query

QUESTIONS = [q for q in plan.questions() if q.page]
STEPS = [(name, i) for name in tours.names() for i in range(len(tours.tour(name).steps))]


def opened(at, link: dict[str, str], carried: dict[str, str]) -> None:
    """No error and no notice; every value of the link is the page's value now."""
    assert not at.exception and not at.error, [e.value for e in at.error]
    notices = [w.value for w in at.warning if "link" in w.value.casefold()]
    assert not notices, notices
    for name, value in link.items():
        assert same(carried.get(name), value), f"{name} is {carried.get(name)}, not {value}"


def same(now: str | None, asked: str) -> bool:
    """Equal as text, or as the numbers that the texts are."""
    if now == asked:
        return True
    try:
        return json.loads(now or "null") == json.loads(asked)
    except ValueError:
        return False


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q.id}-{q.slug}")
def test_a_questions_link_shows_the_state_that_it_names(open_page, link_of, question):
    at = open_page(question.page, **query(question))
    opened(at, state.query(question.link), link_of(at))


@pytest.mark.parametrize("name, index", STEPS)
def test_a_tours_step_shows_the_state_that_it_names(open_page, link_of, name, index):
    step = tours.tour(name).steps[index]
    at = open_page(step.page, **step.query)
    opened(at, step.query, link_of(at))


def test_every_question_of_a_family_that_is_here_has_a_page():
    assert all(not q.link for q in plan.questions() if q.later)
    waiting = {q.later for q in plan.questions() if q.later}
    assert waiting <= {"discrete", "hierarchical", "adversarial", "neighbours", "recommender", "molecules"}
