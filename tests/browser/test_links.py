"""A link carries the whole view: open it, leave at once, come back, change something, copy, reopen."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.browser.app_page import copied_link

HERO = "canvas[data-z]"


def hero(page: Page) -> tuple[str, str]:
    """The code that the picture shows, and its pixels."""
    canvas = page.locator(HERO)
    return str(canvas.get_attribute("data-z")), canvas.evaluate("(canvas) => canvas.toDataURL()")


def test_link_navigate_change_copy_reopen(
    server: Callable[[str], str], browser_page: Page, browser: Browser, settle: Callable[[Page], None]
) -> None:
    page, address = browser_page, server("app.py")
    page.goto(f"{address}/traversal?data=mnist&model=mnist-ae&start=The+mean")
    page.get_by_role("link", name="Latent map").click()  # at once, before the first run has ended
    expect(page.get_by_role("heading", name="Which pictures")).to_be_visible()
    settle(page)
    expect(page.get_by_text("How this model was trained: Autoencoder 784-128-64-32")).to_be_visible()

    page.get_by_role("link", name="Traversal").click()
    expect(page.locator(HERO)).to_be_visible()
    settle(page)
    start = page.get_by_role("radio", name="The mean")
    expect(start).to_be_checked()

    before = hero(page)
    slider = page.get_by_test_id("stMain").get_by_role("slider").first
    for _ in range(20):
        slider.press("ArrowRight")
    slider.blur()
    expect(page.locator(HERO)).not_to_have_attribute("data-z", before[0])
    changed = hero(page)
    assert changed[1] != before[1]

    link = copied_link(page)
    query = parse_qs(urlsplit(link).query)
    assert query["model"] == ["mnist-ae"] and query["data"] == ["mnist"] and query["start"] == ["The mean"]
    assert "z" in query

    fresh = browser.new_page()
    fresh.goto(link)
    expect(fresh.locator(HERO)).to_be_visible(timeout=60_000)
    settle(fresh)
    assert hero(fresh) == changed
    assert parse_qs(urlsplit(copied_link(fresh)).query) == query
    fresh.close()


def test_reset_opens_the_first_view(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page, address = browser_page, server("app.py")
    page.goto(f"{address}/traversal?data=digits&start=The+mean")
    expect(page.get_by_role("radio", name="The mean")).to_be_checked(timeout=60_000)
    settle(page)
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("radio", name="An input")).to_be_checked()
    settle(page)
    query = parse_qs(urlsplit(copied_link(page)).query)
    assert query["data"] == ["mnist"] and query["start"] == ["An input"]
