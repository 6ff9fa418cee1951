"""Flash cards in the browser: their schedule against the reference implementation of FSRS in Python."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fsrs import Card, Rating, Scheduler
from playwright.sync_api import Browser

from explorer.live.join import FOLDER, join

Run = Callable[..., Any]
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SLUGS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Run]:
    """`js(body, data)` runs `body` with the module `m`, the data `d` and `at(day)`, a date."""
    page = browser.new_page(timezone_id="UTC")
    address = "data:text/javascript;base64," + base64.b64encode(join("deck").encode()).decode()
    at = f"const at = (days) => new Date({START.timestamp() * 1000} + days * 86400000);"

    def run(body: str, data: Any = None) -> Any:
        return page.evaluate(
            f"async ([a, d]) => {{ const m = await import(a); {at} {body} }}", [address, data]
        )

    yield run
    page.close()


def test_the_library_is_the_published_one():
    text = (FOLDER / "vendor" / "ts_fsrs.js").read_bytes()
    assert hashlib.sha256(text).hexdigest() == (
        "1abe7cddf9df183651d25790f76d0f784ccd5b1e23349cdf2efb542906983d55"
    )


REVIEW = """const deck = new m.Deck(["a"], { interview: d.interview });
const found = [];
let now = at(0);
for (const grade of d.grades) {
  deck.rate("a", grade, now);
  const { due, stability, difficulty } = deck.kept().cards.a;
  found.push([Date.parse(due) / 1000, stability, difficulty]);
  now = new Date(Date.parse(due) + d.late * 1000);
}
return found;"""
HISTORIES = [
    [3, 3, 3, 3, 3],
    [1, 3, 3, 3, 1, 3, 3],
    [4, 3, 2, 3, 4],
    [2, 2, 3, 1, 1, 3, 3, 4],
    [3, 3, 4, 4, 4],
]


@pytest.mark.parametrize("grades", HISTORIES)
@pytest.mark.parametrize("late", [0, 3])
def test_every_review_is_scheduled_as_the_reference_does(js: Run, grades: list[int], late: int) -> None:
    """Reviewed when our deck says; steps within a day and ties between grades are ts-fsrs's own."""
    found = js(REVIEW, {"grades": grades, "interview": "", "late": 86400 * late})
    scheduler, card, now = Scheduler(enable_fuzzing=False, maximum_interval=365), Card(), START
    for grade, (due, stability, difficulty) in zip(grades, found, strict=True):
        card, _ = scheduler.review_card(card, Rating(grade), now)
        assert stability == pytest.approx(card.stability, rel=1e-3)
        assert difficulty == pytest.approx(card.difficulty, rel=1e-3)
        wait, expected = due - now.timestamp(), card.due.timestamp() - now.timestamp()
        assert abs(wait - expected) <= (2 * 86400 if expected >= 86400 else 60)
        now = datetime.fromtimestamp(due + 86400 * late, UTC)


@pytest.mark.parametrize("days", [1, 5, 30])
def test_no_card_waits_beyond_the_interview(js: Run, days: int) -> None:
    interview = (START + timedelta(days=days)).date().isoformat()
    found = js(REVIEW, {"grades": [4, 4, 4], "interview": interview, "late": 0})
    assert (found[0][0] - START.timestamp()) / 86400 <= days
    free = js(REVIEW, {"grades": [4, 4, 4], "interview": "", "late": 0})
    assert (free[-1][0] - free[-2][0]) / 86400 > 30


def test_a_missed_card_comes_back_in_the_session_and_a_known_one_does_not(js: Run) -> None:
    shown = js(
        """const deck = new m.Deck(d);
        const shown = [];
        for (const [grade, minutes] of [[1, 0], [4, 0], [4, 0], [3, 2], [3, 3]]) {
          const now = at(minutes / 1440);
          shown.push(deck.next(now));
          deck.rate(shown.at(-1), grade, now);
        }
        return [...shown, deck.next(at(4 / 1440)), deck.next(at(15 / 1440))];""",
        SLUGS,
    )
    # "a" is due a minute after it was missed, before the last new card; then again ten minutes later
    assert shown == ["a", "b", "c", "a", "d", "a", "a"]


def test_no_more_new_cards_a_day_than_asked_for(js: Run) -> None:
    found = js(
        """const deck = new m.Deck(d, { perDay: 2 });
        const first = [];
        for (let slug; (slug = deck.next(at(0))) && first.length < 9; deck.rate(slug, 4, at(0))) {
          first.push(slug);
        }
        const kept = JSON.parse(JSON.stringify(deck.kept()));
        const later = new m.Deck(d, kept);
        return [first, deck.counts(at(0)), later.fresh(at(0.5)), later.fresh(at(1))];""",
        SLUGS,
    )
    assert found[0] == ["a", "b"] and found[1] == {"due": 0, "fresh": 0, "met": 2, "all": 4}
    assert found[2] == [] and found[3] == ["c", "d"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cards": 3}', '{"cards": {"a": {"due": "soon"}}}', "null"]
)
def test_a_file_that_is_none_of_ours_is_refused_with_a_sentence(js: Run, text: str) -> None:
    said = js("try { m.imported(d); return null; } catch (error) { return error.message; }", text)
    assert said and said.startswith("This file") and said.endswith("exported.")


def test_what_is_exported_comes_back(js: Run) -> None:
    body = """const deck = new m.Deck(d, { interview: "2026-12-24", perDay: 3 });
    deck.rate("b", 3, at(0));
    const again = new m.Deck(d, m.imported(JSON.stringify(deck.kept())));
    return [deck.kept(), again.kept()];"""
    one, other = js(body, SLUGS)
    assert one == other and set(one["cards"]) == {"b"} and len(str(one["cards"]["b"])) < 300
