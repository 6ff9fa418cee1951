"""Traversal as a reader uses it: a slider changes the picture, the strip downloads."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Page, expect

HERO = "img[alt^='Decoded picture of the code']"


def test_slider_changes_the_picture_and_start_brings_it_back(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/traversal?data=digits")
    expect(page.locator(HERO)).to_be_visible(timeout=60_000)
    settle(page)
    opening = page.locator(HERO).get_attribute("src")
    slider = page.get_by_test_id("stMain").get_by_role("slider").first
    slider.press("End")
    expect(page.locator(HERO)).not_to_have_attribute("src", opening)
    settle(page)
    page.get_by_role("button", name="Back to the start").click()
    expect(page.locator(HERO)).to_have_attribute("src", opening)


def test_downloads_are_a_png_and_a_moving_gif(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/traversal?data=digits")
    expect(page.locator(HERO)).to_be_visible(timeout=60_000)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG of the rows").click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.format == "PNG" and picture.width > 100
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF of the first row").click()
    film = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert film.format == "GIF" and film.n_frames > 1
