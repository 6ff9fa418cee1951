"""Denoising in a browser: noise added, taken away again and renewed; the row downloaded; a link reopened."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.app_page import copied_link


def hero(page: Page, title: str):
    """One of the four large pictures."""
    return page.locator(".rows-heroes figure", has_text=title).locator("img")


def pixels(page: Page, title: str) -> np.ndarray:
    """A large picture as float in [0, 1], (28, 28)."""
    source = hero(page, title).get_attribute("src")
    picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    return np.asarray(picture.convert("L")) / 255


def error(page: Page, title: str) -> float:
    """Mean squared error of a large picture against the clean one."""
    return float(np.mean((pixels(page, title) - pixels(page, "Clean")) ** 2))


def test_more_noise_new_noise_download_and_reopen(
    server: Callable[[str], str], browser_page: Page, browser: Browser, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/denoising?data=mnist&model=mnist-dae&level=0.5")
    expect(hero(page, "Denoised")).to_be_visible(timeout=60_000)
    settle(page)
    assert error(page, "Denoised") < error(page, "Noisy input") / 4
    box = hero(page, "Clean").bounding_box()
    assert box["width"] == box["height"] and box["width"] % 28 == 0 and box["width"] >= 168
    clean, noisy, weak = pixels(page, "Clean"), pixels(page, "Noisy input"), error(page, "Noisy input")
    dot = page.get_by_test_id("stPlotlyChart").first.locator(".scatterlayer .points path").last
    expect(dot).to_be_visible()
    before = dot.bounding_box()["x"]

    source = hero(page, "Noisy input").get_attribute("src")
    slider = page.get_by_test_id("stMain").get_by_role("slider")
    for _ in range(6):
        slider.press("ArrowRight")
    expect(page.get_by_test_id("stSliderThumbValue")).to_have_text("0.80")
    expect(hero(page, "Noisy input")).not_to_have_attribute("src", source)
    settle(page)
    page.wait_for_timeout(500)  # the last key's run
    settle(page)
    assert np.array_equal(pixels(page, "Clean"), clean)
    assert error(page, "Noisy input") > 1.3 * weak
    assert dot.bounding_box()["x"] > before + 10

    source = hero(page, "Noisy input").get_attribute("src")
    page.get_by_role("button", name="New noise").click()
    expect(hero(page, "Noisy input")).not_to_have_attribute("src", source)
    settle(page)
    assert np.array_equal(pixels(page, "Clean"), clean)
    assert not np.array_equal(pixels(page, "Noisy input"), noisy)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG of the row").click()
    assert waiting.value.suggested_filename == "mnist-dae-gaussian-0.8.png"
    picture = np.asarray(Image.open(waiting.value.path()).convert("RGB"))
    assert picture.shape[1] > 6 * 112 and picture.shape[0] > 2 * 112
    enlarged = np.rint(255 * pixels(page, "Denoised")).astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    found = [
        (y, x)
        for y, x in np.argwhere(picture[:-111, :-111, 0] == enlarged[0, 0])
        if np.array_equal(picture[y : y + 112, x : x + 112, 0], enlarged)
    ]
    assert len(found) == 1  # the very picture on screen lies in the file

    link = copied_link(page)
    query = parse_qs(urlsplit(link).query)
    assert query["level"] == ["0.8"] and query["seed"] == ["1"] and query["kind"] == ["gaussian"]
    fresh = browser.new_page()
    fresh.goto(link)
    expect(hero(fresh, "Denoised")).to_be_visible(timeout=60_000)
    settle(fresh)
    for title in ("Clean", "Noisy input", "Denoised"):
        assert np.array_equal(pixels(fresh, title), pixels(page, title))
    assert parse_qs(urlsplit(copied_link(fresh)).query) == query
    fresh.close()


def test_four_heroes_fit_a_phone_two_by_two(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server('app.py')}/denoising?data=mnist&model=mnist-dae&kind=block")
    expect(hero(page, "Denoised")).to_be_visible(timeout=60_000)
    settle(page)
    boxes = [img.bounding_box() for img in page.locator(".rows-heroes img").all()]
    assert len({box["x"] for box in boxes}) == 2 and len({box["y"] for box in boxes}) == 2
    assert all(box["width"] % 28 == 0 and box["x"] + box["width"] <= 390 for box in boxes)
    cells = [img.bounding_box() for img in page.locator(".rows-cells img").all()]
    assert len({cell["y"] for cell in cells}) == 2  # results in one line, residuals in another
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_from_a_data_set_without_a_denoiser(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/denoising?data=digits")
    page.get_by_role("button", name="Open the denoiser of MNIST").click(timeout=60_000)
    expect(hero(page, "Denoised")).to_be_visible(timeout=60_000)
    settle(page)
    assert error(page, "Denoised") < error(page, "Noisy input")
