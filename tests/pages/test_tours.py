"""Tours: a step opens its page with its text at the side; on paper the answers stand apart."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer.content import tours

FIRST = tours.names()[0]


def button(at: AppTest, key: str):
    return next(b for b in at.button if b.key == key)


def written(at: AppTest) -> str:
    return "\n".join(m.value for m in at.markdown)


def test_every_tour_is_offered_the_shortest_first(open_page):
    at = open_page("tours")
    titles = [tours.tour(name).title for name in tours.names()]
    assert [s.value for s in at.subheader] == titles
    minutes = [tours.tour(name).minutes for name in tours.names()]
    assert minutes == sorted(minutes)


def test_a_tour_shows_its_step_beside_the_page_until_it_ends(open_page):
    at = open_page("tours")
    button(at, f"start-{FIRST}").click().run()
    tour = tours.tour(FIRST)
    assert f"#### {tour.steps[0].title}" in written(at) and tour.steps[0].text in written(at)
    assert any(f"Step 1 of {len(tour.steps)}" in c.value for c in at.caption)
    assert button(at, "tour-back").disabled
    button(at, "tour-next").click().run()
    assert f"#### {tour.steps[1].title}" in written(at)
    button(at, "tour-back").click().run()
    assert f"#### {tour.steps[0].title}" in written(at)
    button(at, "tour-end").click().run()
    assert tour.steps[0].text not in written(at) and not any(b.key == "tour-next" for b in at.button)
    assert not at.exception


@pytest.mark.parametrize("kind", ["worksheet", "answers"])
def test_on_paper_only_the_teacher_reads_the_answers(open_page, link_of, kind):
    at = open_page("tours")
    button(at, f"{kind}-{FIRST}").click().run()
    assert link_of(at)["sheet"] == f"{FIRST}.{kind}"
    steps = tours.tour(FIRST).steps
    assert all(step.text in written(at) for step in steps)
    answers = [step.answer for step in steps if step.answer]
    assert all((answer in written(at)) == (kind == "answers") for answer in answers)


def test_a_link_to_a_sheet_that_is_not_there_says_so(open_page):
    at = open_page("tours", sheet="none.worksheet")
    assert any("there is no such tour" in w.value for w in at.warning) and at.subheader


def test_the_projector_hides_the_sidebar_and_the_link_carries_it(open_page, link_of):
    at = open_page("tours")
    assert "projector" not in link_of(at)
    button(at, "projector-on").click().run()
    assert not any(b.key == "projector-on" for b in at.button)
    assert link_of(at)["projector"] == "true"
    button(at, "projector-off").click().run()
    assert not any(b.key == "projector-off" for b in at.button)
    assert any(b.key == "projector-off" for b in open_page("tours", projector=True).button)
