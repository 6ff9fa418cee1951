"""The drawing canvas in a real Chromium: what the pen does, and what Python gets."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.live_page import Map, N, Server, draw, expect_told, open_canvas, pixels, told, until


@pytest.mark.parametrize("ink", ["bright", "dark"])
def test_a_drawing_follows_the_pen(browser_page: Page, server: Server, ink: str) -> None:
    canvas = open_canvas(browser_page, server, f"page=draw&ink={ink}")
    assert told(browser_page, "drawing") is None
    draw(browser_page, canvas, [(0.25, 0.5), (0.75, 0.5)])
    expect_told(browser_page, "changes", 1)
    facts = told(browser_page, "drawing")
    assert (facts["shape"], facts["dtype"]) == ([112, 112], "uint8")
    half = 112 / 12 / 2  # of the pen
    low, high = 112 * 0.25 - half, 112 * 0.75 + half
    assert facts["box"] == pytest.approx([low, high, 56 - half, 56 + half], abs=2)
    area = (high - low) * 2 * half - (4 - np.pi) * half**2  # round ends
    assert facts["sum"] / 255 == pytest.approx(area, rel=0.05)
    shown = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("L"))
    middle, corner = shown[shown.shape[0] // 2, shown.shape[1] // 2], shown[20, 20]
    assert (middle, corner) == ((255, 0) if ink == "bright" else (0, 255))


def test_strokes_are_taken_back_one_by_one(browser_page: Page, server: Server) -> None:
    canvas = open_canvas(browser_page, server)
    undo, clear = (browser_page.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    expect(undo).to_be_disabled()
    draw(browser_page, canvas, [(0.2, 0.2), (0.2, 0.8)])
    expect_told(browser_page, "changes", 1)
    first = told(browser_page, "drawing")
    draw(browser_page, canvas, [(0.8, 0.2), (0.8, 0.8)])
    expect_told(browser_page, "changes", 2)
    assert told(browser_page, "drawing")["box"][1] > first["box"][1] + 50
    undo.focus()
    browser_page.keyboard.press("Enter")
    expect_told(browser_page, "changes", 3)
    assert told(browser_page, "drawing") == first
    clear.click()
    expect_told(browser_page, "drawing", None)
    expect(undo).to_be_disabled()
    for button in (undo, clear):
        box = button.bounding_box()
        assert box is not None and box["width"] >= 40 and box["height"] >= 40


def test_python_puts_a_drawing_on_the_canvas_and_takes_it_away(browser_page: Page, server: Server) -> None:
    canvas = open_canvas(browser_page, server)
    draw(browser_page, canvas, [(0.1, 0.1), (0.9, 0.1)])
    expect_told(browser_page, "changes", 1)
    browser_page.get_by_role("button", name="Put a square").click()
    expect(browser_page.locator("#drawing")).to_contain_text(json.dumps([40, 71, 40, 71]))

    def ink() -> np.ndarray:
        return pixels(canvas)[..., 0] / 255

    until(browser_page, lambda: ink()[:70].mean() < 0.01)
    assert ink().mean() == pytest.approx((32 / 112) ** 2, rel=0.05)
    draw(browser_page, canvas, [(0.1, 0.1), (0.9, 0.1)])  # strokes go on top of it
    expect_told(browser_page, "changes", 2)
    assert told(browser_page, "drawing")["box"][2:] == pytest.approx([112 * 0.1 - 5, 71], abs=2)
    browser_page.get_by_role("button", name="Take it away").click()
    expect_told(browser_page, "drawing", None)
    until(browser_page, lambda: ink().max() == 0)


def test_a_drawing_outlasts_a_change_of_page(browser_page: Page, server: Server) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 1000})
    Map.open(browser_page, server, f"page=two&n={N}")
    canvas = browser_page.locator(".paper canvas")
    browser_page.get_by_text("draw", exact=True).click()
    canvas.wait_for()
    draw(browser_page, canvas, [(0.3, 0.3), (0.6, 0.7)])
    expect_told(browser_page, "changes", 1)
    before, facts = pixels(canvas), told(browser_page, "drawing")
    browser_page.get_by_text("map", exact=True).click()
    browser_page.locator(".stage[data-view]").wait_for()
    expect(canvas).to_have_count(0)
    browser_page.get_by_text("draw", exact=True).click()
    canvas.wait_for()
    # The same strokes, by way of 112 pixels.
    until(browser_page, lambda: np.abs(pixels(canvas).astype(int) - before).mean() < 2)
    assert told(browser_page, "drawing") == facts


def test_a_finger_draws_without_scrolling(phone_page: Page, server: Server) -> None:
    canvas = open_canvas(phone_page, server)
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 390
    box = canvas.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 390
    finger = phone_page.context.new_cdp_session(phone_page)
    for kind, share in [
        ("touchStart", 0.2),
        *(("touchMove", s) for s in np.linspace(0.2, 0.8, 8)),
        ("touchEnd", None),
    ]:
        place = (
            []
            if share is None
            else [{"x": box["x"] + box["width"] / 2, "y": box["y"] + share * box["height"]}]
        )
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": place})
    expect_told(phone_page, "changes", 1)
    x0, x1, y0, y1 = told(phone_page, "drawing")["box"]
    assert [y0, y1] == pytest.approx([112 * 0.2 - 5, 112 * 0.8 + 5], abs=3) and x1 - x0 < 14
    assert phone_page.evaluate("scrollY") == 0
