"""Posterior collapse lab in a browser: play a training, scrub it, find the collapsed one, save numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer import zoo
from explorer.studies import collapse
from tests.browser.app_page import copied_link

FILM = ".film"


@pytest.fixture(scope="module")
def runs() -> tuple[zoo.ModelCard, ...]:
    """The shipped runs; without at least two these tests fail."""
    found = collapse.find(zoo.cards().values(), "mnist").measured
    if len(found) < 2:
        pytest.fail("there are no two measured runs: train and evaluate mnist-collapse-…", pytrace=False)
    return found


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None], runs) -> Page:
    browser_page.goto(f"{server('app.py')}/collapse?data=mnist&left={runs[0].id}&right={runs[1].id}&epoch=2")
    expect(browser_page.locator(FILM)).to_have_attribute("data-shown", "2", timeout=60_000)
    settle(browser_page)
    return browser_page


def totals(page: Page) -> list[float]:
    """The KL of each run at the epoch on screen, as the film says it."""
    told = page.locator(f"{FILM} figure").evaluate_all("all => all.map(e => e.dataset.kl)")
    return [float(each) for each in told]


def expected(runs, epoch: int) -> list[float]:
    found = []
    for card in runs[:2]:
        point = next(p for p in card.curve if p["epoch"] == epoch)
        found.append(sum(point["gallery_kl_per_dimension"]))
    return found


def test_play_runs_to_the_last_epoch_and_each_shows_the_cards_kl(opened: Page, runs) -> None:
    last = runs[0].epochs
    assert totals(opened) == pytest.approx(expected(runs, 2), rel=1e-5)
    opened.get_by_role("button", name="Play the training").click()
    expect(opened.get_by_role("button", name="Stop")).to_be_visible()
    expect(opened.locator(FILM)).to_have_attribute("data-shown", str(last))
    expect(opened.get_by_role("button", name="Play the training")).to_be_visible()
    assert totals(opened) == pytest.approx(expected(runs, last), rel=1e-5)
    assert parse_qs(urlsplit(copied_link(opened)).query)["epoch"] == [str(last)]


def test_the_arrow_keys_scrub_and_the_saved_training_is_the_cards(opened: Page, runs, tmp_path: Path) -> None:
    rail = opened.get_by_role("slider", name="Epoch", exact=True)
    pixels = "e => e.toDataURL()"
    before = opened.locator(f"{FILM} canvas").first.evaluate(pixels)
    for epoch in (3, 4, 5):
        rail.press("ArrowRight")
        expect(opened.locator(FILM)).to_have_attribute("data-shown", str(epoch))
    assert totals(opened) == pytest.approx(expected(runs, 5), rel=1e-5)
    assert opened.locator(f"{FILM} canvas").first.evaluate(pixels) != before
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Data (CSV)").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    for card in runs[:2]:
        kl = np.array([float(row["kl"]) for row in rows if row["id"] == card.id])
        np.testing.assert_allclose(kl, collapse.over_time(card)[1].ravel())


def test_the_collapsed_one_is_found_by_moving_sliders(
    opened: Page, settle: Callable[[Page], None], runs
) -> None:
    first, second, place = collapse.duel(runs, 0)
    sources = {side: opened.locator(f"img[alt='Model {side}: decoded from the sliders']") for side in "AB"}
    for side in "AB":
        before = sources[side].get_attribute("src")
        slider = opened.get_by_role("slider", name=f"{side}: dimension with the largest KL")
        for _ in range(3):
            slider.press("PageUp")
        settle(opened)
        if side != "AB"[place]:  # the full one must answer; what the empty one does is for the reader to see
            expect(sources[side]).not_to_have_attribute("src", before)
    expect(opened.get_by_role("button", name="Reveal")).to_be_disabled()
    opened.get_by_role("radio", name="AB"[place], exact=True).click()
    opened.get_by_role("button", name="Reveal").click()
    said = opened.get_by_text("is the collapsed one")
    expect(said).to_contain_text("That is right")
    text = opened.get_by_test_id("stMain").inner_text()
    assert all(f"“{collapse.name(card)}”" in text for card in (first, second))


def test_a_phone_shows_the_film_one_run_under_the_other(
    server: Callable[[str], str], phone_page: Page, settle: Callable[[Page], None], runs
) -> None:
    phone_page.goto(f"{server('app.py')}/collapse?data=mnist&epoch=2")
    expect(phone_page.locator(FILM)).to_have_attribute("data-shown", "2", timeout=60_000)
    settle(phone_page)
    assert phone_page.get_by_test_id("stMain").evaluate("each => each.scrollWidth <= each.clientWidth")
    boxes = [phone_page.locator(f"{FILM} canvas").nth(i).bounding_box() for i in (0, 1)]
    assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]
    assert all(box["x"] + box["width"] <= 390 for box in boxes)
