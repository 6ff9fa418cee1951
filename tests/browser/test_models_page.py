"""Models in a browser: tick rows, sort, open a model elsewhere, and come back by the link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from explorer import catalogue, zoo
from tests.browser.app_page import copied_link

ROW, TICK, KIND = 36, 18, 290  # pixels: a row's height, where its box is, and the second column's header
OPEN = "models?of=mnist&metrics=%5B%5D&open=%5B%22mnist-vae%22%5D"
TABLE = "[data-testid=stDataFrame] canvas"


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]) -> Page:
    browser_page.goto(f"{server('app.py')}/{OPEN}")
    expect(heading(browser_page, "A")).to_contain_text(zoo.card("mnist-vae").title, timeout=60_000)
    browser_page.wait_for_selector(f"{TABLE} [role=gridcell]", state="attached")
    settle(browser_page)
    return browser_page


def heading(page: Page, letter: str) -> Locator:
    """The title of the model that is open under this letter."""
    return page.locator("h3", has=page.locator(".chip", has_text=letter))


def titles(page: Page) -> list[str]:
    """Titles down the table, in the order in which they are shown."""
    column = page.locator(f"{TABLE} [role=columnheader]", has_text="Model").get_attribute("aria-colindex")
    cells = page.locator(f"{TABLE} [role=gridcell][aria-colindex='{column}']")
    return [text.strip() for text in cells.all_text_contents()]


def tick(page: Page, row: int) -> None:
    box = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + TICK, box["y"] + ROW * (row + 1.5))


def test_ticked_rows_open_side_by_side_and_a_third_closes_the_oldest(opened: Page) -> None:
    listed = titles(opened)
    own = listed.index(zoo.card("mnist-vae").title)
    first, second = [i for i in range(8) if i != own][:2]
    tick(opened, first)
    expect(heading(opened, "B")).to_contain_text(listed[first])
    expect(opened.get_by_alt_text("B, rebuilt: 0")).to_be_visible()
    tick(opened, second)
    expect(heading(opened, "A")).to_contain_text(listed[first])
    expect(heading(opened, "B")).to_contain_text(listed[second])
    tick(opened, first)  # again: it closes
    expect(heading(opened, "A")).to_contain_text(listed[second])
    expect(heading(opened, "B")).to_have_count(0)


def test_a_sorted_table_opens_the_row_that_is_ticked_and_so_does_its_link(
    opened: Page, browser: Browser
) -> None:
    before, rows = titles(opened), opened.locator(f"{TABLE} tbody")
    text = rows.text_content()
    box = opened.get_by_test_id("stDataFrame").bounding_box()
    opened.mouse.click(box["x"] + KIND, box["y"] + ROW / 2)
    opened.wait_for_function(
        "([css, text]) => document.querySelector(css).textContent !== text", arg=[f"{TABLE} tbody", text]
    )
    listed = titles(opened)
    # The page draws the rows that are seen and no others, so those of before need not be there any more.
    kinds = {card.title: catalogue.kind(card).name for card in zoo.cards().values()}
    shown = [kinds[title] for title in listed]
    assert listed != before and shown == sorted(shown) and len(set(shown)) > 1
    moved = (title != here for title, here in zip(listed, before, strict=False))
    row = next(i for i, new in enumerate(moved) if new and listed[i] != zoo.card("mnist-vae").title)
    tick(opened, row)
    expect(heading(opened, "B")).to_contain_text(listed[row])

    link = copied_link(opened)
    first, second = json.loads(parse_qs(urlsplit(link).query)["open"][0])
    assert first == "mnist-vae" and zoo.card(second).title == listed[row]
    again = browser.new_page()
    again.goto(link)
    expect(heading(again, "B")).to_contain_text(listed[row], timeout=60_000)
    again.close()


def test_open_in_leads_to_the_page_with_the_model_and_back(opened: Page) -> None:
    listed = titles(opened)
    tick(opened, 0)
    expect(heading(opened, "B")).to_contain_text(listed[0])
    opened.locator("[data-testid=stMain] a", has_text="Traversal").last.click()
    expect(opened.get_by_role("heading", name="What does each number of the code do?")).to_be_visible()
    model = opened.get_by_role("combobox", name="Model", exact=True)
    expect(model).to_have_value(re.compile(f"{re.escape(listed[0])}$"))
    opened.locator("[data-testid=stSidebarNav] a", has_text="Models").click()
    expect(heading(opened, "A")).to_contain_text(listed[0])
    expect(heading(opened, "B")).to_contain_text(zoo.card("mnist-vae").title)  # came along as the second


def test_a_phone_shows_one_model_below_the_other(opened: Page) -> None:
    tick(opened, 0)
    expect(heading(opened, "B")).to_be_visible()
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.wait_for_function("document.querySelector('.mt').clientWidth <= 390")
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.get_by_test_id("stMain").evaluate("each => each.scrollWidth <= each.clientWidth")
    above, below = (heading(opened, letter).bounding_box() for letter in "AB")
    assert above["y"] + above["height"] < below["y"] and abs(above["x"] - below["x"]) < 2
