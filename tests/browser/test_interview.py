"""Flash cards in the browser: a card is met, rated, kept over a reload; a tour walks from page to page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from explorer.content import questions as plan
from explorer.content import tours

Server = Callable[[str], str]
STORED = "localStorage.getItem('latent-explorer.cards')"


def test_a_card_is_rated_kept_and_does_not_come_back_at_once(
    browser_page: Page, server: Server, settle: Callable[[Page], None]
) -> None:
    page, (first, second) = browser_page, plan.questions()[:2]
    address = f"{server('app.py')}/interview?mode=cards"
    page.goto(address)
    counts = page.locator(".counts")
    expect(counts).to_have_text(f"0 due · 10 new today · 0 of {len(plan.questions())} met")
    expect(page.get_by_role("heading", name=plan.text(first.slug).title)).to_be_visible()
    answer = page.get_by_text(plan.text(first.slug).parts["Thirty seconds"][:40])
    expect(answer).to_have_count(0)
    page.get_by_role("button", name="Show the answer").click()
    expect(
        page.get_by_text("What the experiment shows: " + plan.text(first.slug).options[first.right])
    ).to_be_visible()
    grades = page.locator(".grades button")
    expect(grades).to_have_count(4)
    expect(grades.first).to_contain_text("in 1 minute")
    page.keyboard.press("Tab")  # from "Good" to "Easy"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=plan.text(second.slug).title)).to_be_visible()
    kept = json.loads(page.evaluate(STORED))
    assert set(kept["cards"]) == {first.slug} and kept["cards"][first.slug]["reps"] == 1
    page.goto(address)
    expect(counts).to_have_text(f"0 due · 9 new today · 1 of {len(plan.questions())} met")
    expect(page.get_by_role("heading", name=plan.text(second.slug).title)).to_be_visible()


def test_a_tour_opens_its_pages_and_keeps_its_text_at_the_side(browser_page: Page, server: Server) -> None:
    page, tour = browser_page, tours.tour(tours.names()[0])
    page.goto(f"{server('app.py')}/tours")
    page.get_by_role("button", name="Start", exact=True).first.click()
    side = page.locator(".st-key-tour")
    for number, step in enumerate(tour.steps[:3]):
        expect(side.get_by_role("heading", name=step.title)).to_be_visible()
        for name, value in step.query.items():
            expect(page).to_have_url(re.compile(re.escape(f"{name}={value}")))
        main = page.get_by_test_id("stMainBlockContainer").bounding_box()
        box = side.bounding_box()
        assert main is not None and box is not None and box["x"] > main["x"] + main["width"] / 2
        if number < 2:
            side.get_by_role("button", name="Next").click()
    side.get_by_role("button", name="End the tour").click()
    expect(side).to_have_count(0)
