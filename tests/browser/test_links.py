"""A link carries the whole view: open it, leave at once, come back, change something, copy, reopen."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urljoin, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.browser.app_page import copied_link

HERO = "img[alt^='Decoded picture of the code']"


def hero_bytes(page: Page) -> bytes:
    source = page.locator(HERO).get_attribute("src")
    return page.request.get(urljoin(page.url, source)).body()


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

    before = hero_bytes(page)
    source = page.locator(HERO).get_attribute("src")
    slider = page.get_by_test_id("stMain").get_by_role("slider").first
    for _ in range(60):
        slider.press("ArrowRight")
    expect(page.locator(HERO)).not_to_have_attribute("src", source)
    settle(page)
    page.wait_for_timeout(500)  # the last key's run
    settle(page)
    changed = hero_bytes(page)
    assert changed != before

    link = copied_link(page)
    query = parse_qs(urlsplit(link).query)
    assert query["model"] == ["mnist-ae"] and query["data"] == ["mnist"] and query["start"] == ["The mean"]
    assert "z" in query

    fresh = browser.new_page()
    fresh.goto(link)
    expect(fresh.locator(HERO)).to_be_visible(timeout=60_000)
    settle(fresh)
    assert hero_bytes(fresh) == changed
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
