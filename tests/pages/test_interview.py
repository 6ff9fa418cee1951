"""Interview: nothing opens before a prediction, an observation and a reason; the marks add up."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.content import questions as plan
from explorer.content import say
from explorer.ui.interview import mock
from explorer.ui.interview.mock import Mark

SLUG = "kl-by-hand"


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label == label)


def text(at: AppTest) -> str:
    """What is read: without the glossary's marks."""
    return re.sub(r"</?abbr[^>]*>", "", "\n".join(m.value for m in at.markdown))


def radio(at: AppTest, label: str):
    return next(r for r in at.radio if r.label == label)


# Predict, then reveal


def test_the_answer_opens_only_after_prediction_observation_and_reason(open_page):
    said, question = plan.text(SLUG), plan.by_slug()[SLUG]
    at = open_page("interview", mode="predict", question=SLUG)
    hidden = [said.parts["Do"], said.parts["Thirty seconds"], said.parts["See"]]
    assert button(at, "Commit").disabled and not any(part in text(at) for part in hidden)
    wrong = (question.right + 1) % len(said.options)
    radio(at, "Your prediction").set_value(wrong).run()
    button(at, "Commit").click().run()
    assert said.parts["Do"] in text(at) and said.parts["Thirty seconds"] not in text(at)
    assert button(at, "Open the answer").disabled
    radio(at, "What did you see?").set_value(question.right).run()
    assert button(at, "Open the answer").disabled  # not without a reason
    at.text_area[0].set_value("Because the mean costs its square.").run()
    button(at, "Open the answer").click().run()
    assert said.parts["Thirty seconds"] in text(at) and said.parts["See"] in text(at)
    assert say("interview.surprised") in text(at) and "Because the mean costs its square." in text(at)
    assert f"**{said.options[wrong]}**" in text(at) and f"**{said.options[question.right]}**" in text(at)


@pytest.mark.parametrize("guess, saw, verdict", [(0, 0, "agreed"), (1, 0, "surprised"), (0, 1, "misread")])
def test_prediction_and_observation_are_judged_by_the_experiment(open_page, guess, saw, verdict):
    right, count = plan.by_slug()[SLUG].right, len(plan.text(SLUG).options)
    at = open_page("interview", mode="predict", question=SLUG)
    radio(at, "Your prediction").set_value((right + guess) % count).run()
    button(at, "Commit").click().run()
    radio(at, "What did you see?").set_value((right + saw) % count).run()
    at.text_area[0].set_value("x").run()
    button(at, "Open the answer").click().run()
    assert say(f"interview.{verdict}") in text(at)


def test_progress_is_kept_and_the_next_question_begins_anew(open_page, link_of):
    at = open_page("interview", mode="predict", question=SLUG)
    radio(at, "Your prediction").set_value(0).run()
    button(at, "Commit").click().run()
    at.selectbox(key="interview.question").set_value("sum-or-mean").run()
    assert button(at, "Commit").disabled and link_of(at)["question"] == "sum-or-mean"
    at.selectbox(key="interview.question").set_value(SLUG).run()
    assert plan.text(SLUG).parts["Do"] in text(at)


# Browse


def test_search_and_filters_leave_what_fits(open_page):
    at = open_page("interview", mode="browse")
    everything = plan.questions()
    assert len(at.dataframe[0].value) == len(everything)
    at.selectbox(key="interview.level").set_value("hard").run()
    hard = [q for q in everything if q.level == "hard"]
    assert at.dataframe[0].value["#"].tolist() == [q.id for q in hard]
    at.text_input(key="interview.search").set_value("collapse decoder").run()
    found = at.dataframe[0].value["#"].tolist()
    assert found == [q.id for q in plan.search("collapse decoder") if q.level == "hard"] and 0 < len(
        found
    ) < len(hard)
    at.text_input(key="interview.search").set_value("xyzzy").run()
    assert not at.dataframe and any("fewer" in i.value for i in at.info)


def test_a_question_without_a_checkpoint_carries_no_link_and_says_so(open_page):
    later = next(q for q in plan.questions() if q.later)
    at = open_page("interview", mode="browse", question=later.slug)
    assert not at.get("page_link") and any("waits for" in i.value for i in at.info)
    tried = open_page("interview", mode="browse", question=SLUG)
    assert len(tried.get("page_link")) == 1 and not tried.info


def test_a_question_that_is_not_there_is_said(open_page):
    at = open_page("interview", mode="browse", question="no-such")
    assert any("there is no such question" in w.value for w in at.warning)


# Mock interview


def test_an_interview_from_start_to_summary(open_page):
    at = open_page("interview", mode="mock", count=2, draw=3)
    button(at, "Start").click().run()
    slugs = mock.draw(2, "all", 3)
    points = []
    for number, slug in enumerate(slugs):
        said = plan.text(slug)
        assert said.ask in text(at) and said.parts["Thirty seconds"] not in text(at)
        at.text_area[0].set_value(f"notes {number}").run()
        button(at, "Show rubric and answer").click().run()
        assert len(at.checkbox) == len(said.rubric) and said.parts["Thirty seconds"] in text(at)
        at.checkbox[0].check().run()
        points.append((max(0, said.rubric[0][0]), sum(p for p, _ in said.rubric if p > 0)))
        button(at, "Finish" if number else "Next").click().run()
    reached, possible = (sum(part) for part in zip(*points, strict=True))
    assert re.search(rf"\*\*{reached} of {possible} points in [\d.]+ minutes\*\*", text(at))
    assert "notes 0" in text(at) and "notes 1" in text(at)
    button(at, "Another interview").click().run()
    assert button(at, "Start")


def test_a_red_flag_takes_a_point_and_is_named_in_the_summary():
    said = plan.text(SLUG)
    flags = [points < 0 for points, _ in said.rubric]
    everything = Mark(SLUG, 65.0, "", [True] * len(flags))
    clean = Mark(SLUG, 65.0, "", [not flag for flag in flags])
    assert clean.points("en")[0] == clean.points("en")[1]
    assert everything.points("en")[0] == clean.points("en")[1] - sum(flags)
    assert "Said: " in mock.summary([everything], "en") and "Said: " not in mock.summary([clean], "en")
    assert "1:05" in mock.summary([clean], "en")


@pytest.mark.parametrize("seed", range(5))
def test_a_draw_spreads_over_topics_and_repeats_nothing(seed):
    slugs = mock.draw(7, "all", seed)
    sections = [plan.by_slug()[slug].section for slug in slugs]
    assert len(set(slugs)) == 7 and len(set(sections)) == 7
    assert mock.draw(7, "all", seed) == slugs
    assert all(plan.by_slug()[slug].level == "easy" for slug in mock.draw(5, "easy", seed))


# Flash cards, as far as the server knows of them


def test_a_card_shows_its_answer_only_when_the_browser_says_so(open_page):
    at = open_page("interview", mode="cards")
    said = plan.text(SLUG)
    assert said.ask not in text(at)
    at.session_state["interview-cards"] = {"card": {"slug": SLUG, "revealed": False}}
    at.run()
    assert said.ask in text(at) and said.parts["Thirty seconds"] not in text(at)
    at.session_state["interview-cards"] = {"card": {"slug": SLUG, "revealed": True}}
    at.run()
    assert said.parts["Thirty seconds"] in text(at)
    at.session_state["interview-cards"] = {"card": {"slug": "no-such", "revealed": True}}
    at.run()
    assert not at.exception and said.ask not in text(at)


def test_the_last_words_come_along_with_next(open_page):
    """Notes and ticks that were made since the script last ran are in the mark: both come in one message."""
    at = open_page("interview", mode="mock")
    next(b for b in at.button if b.label == say("mock.start", "en")).click().run()
    next(b for b in at.button if b.label == say("mock.show", "en")).click().run()
    at.text_area[0].set_value("typed at the last moment")
    at.checkbox[0].check()
    next(b for b in at.button if b.label in (say("mock.next", "en"), say("mock.finish", "en"))).click().run()
    (interview,) = (v for v in at.session_state["_view"].values() if isinstance(v, mock.Interview))
    (mark,) = interview.marks
    assert mark.notes == "typed at the last moment" and mark.met[0] and not any(mark.met[1:])
