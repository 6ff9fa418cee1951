"""Anomaly detection in a browser: the line moves, and with it table and ROC, as scikit-learn has them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sklearn.metrics import auc, roc_auc_score, roc_curve

from explorer import zoo
from explorer.studies import alarm
from tests.browser.app_page import copied_link
from tests.browser.live_page import until


@pytest.fixture(scope="module")
def card() -> zoo.ModelCard:
    """A shipped model of one class; without one these tests fail."""
    found = [each for each in zoo.cards().values() if each.dataset == "mnist" and each.group]
    found = [each for each in found if each.gallery_sha256]
    if not found:
        pytest.fail("there is no measured one-class model: train mnist-oneclass-…", pytrace=False)
    return found[-1]


@pytest.fixture(scope="module")
def sets(card: zoo.ModelCard) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors of the normal images that choose the line, of those that are shown, and of the anomalies."""
    stored = zoo.gallery(card.id)
    first, second = alarm.halves(len(stored.error))
    normal, error = np.isin(stored.labels, card.recipe["classes"]), stored.error
    return error[first][normal[first]], error[second][normal[second]], error[second][~normal[second]]


@pytest.fixture
def opened(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None], card: zoo.ModelCard
) -> Page:
    browser_page.goto(f"{server('app.py')}/anomaly?data=mnist&model={card.id}&accepted=5.0")
    expect(browser_page.get_by_text("ROC, area")).to_be_visible(timeout=90_000)
    settle(browser_page)
    return browser_page


def counts(page: Page) -> list[int]:
    """The four numbers of the confusion table."""
    table = page.get_by_test_id("stMarkdown").filter(has_text="called normal")
    cells = table.locator("td").all_inner_texts()
    found = [re.search(r"[\d,]+", text) for text in cells]
    return [int(each.group().replace(",", "")) for each in found if each]


def test_the_line_moves_the_table_and_the_roc_has_scikit_learns_area(opened: Page, sets: tuple) -> None:
    validation, normal, anomalous = sets
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    scores = np.concatenate([normal, anomalous])
    expect(opened.get_by_text(f"ROC, area {roc_auc_score(truth, scores):.4f}")).to_be_visible()
    for key, percent in (("Home", 0.5), ("End", 20.0)):
        opened.get_by_role("slider", name="False alarms you accept").press(key)
        line = np.percentile(validation, 100 - percent)
        called = [np.sum(side) for each in (normal, anomalous) for side in (each < line, each >= line)]
        until(opened, lambda called=called: counts(opened) == [int(n) for n in called])
    assert parse_qs(urlsplit(copied_link(opened)).query)["accepted"] == ["20.0"]

    with opened.expect_download() as download:
        opened.locator(".st-key-anomaly-roc-csv button").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    x, y = ([0.0, *(float(row[name]) for row in rows)] for name in ("false alarms", "found"))
    theirs = roc_curve(truth, scores)
    assert auc(x, y) == pytest.approx(auc(*theirs[:2]), abs=1e-9)


def test_a_drawing_is_scored(opened: Page, sets: tuple) -> None:
    scored = opened.get_by_text(re.compile(r"^Score [\d.,]+, the line"))
    before = scored.inner_text()
    opened.get_by_role("radio", name="Draw", exact=True).click()
    paper = opened.locator(".paper canvas")
    paper.wait_for()
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    places = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8), (0.5, 0.1), (0.5, 0.9)]
    for i, (x, y) in enumerate(places):
        opened.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            opened.mouse.down()
    opened.mouse.up()
    until(opened, lambda: scored.inner_text() != before)
    value = float(re.search(r"Score ([\d.,]+)", scored.inner_text()).group(1).replace(",", ""))
    assert value > np.percentile(sets[0], 95) and "an anomaly" in scored.inner_text()
    assert "own" in parse_qs(urlsplit(copied_link(opened)).query)
