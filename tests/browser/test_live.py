"""The map under the hand, in a real Chromium: what one does, and what Python hears."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from PIL import Image
from playwright.sync_api import Page, expect
from scipy.spatial import cKDTree

from tests.browser.apps.live_data import grey_levels
from tests.browser.live_page import LABELS, POINTS, Map, N, Server, expect_told, isolated, pixels, told, until


def test_hovering_shows_the_points_own_picture(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    expect(found.card).to_be_hidden()
    i = isolated()
    found.move_to(found.screen(POINTS[i]))
    expect(found.card).to_be_visible()
    assert found.pointed() == i
    expect(found.card).to_contain_text(f"No. {i}")
    picture = found.card.locator("canvas")
    picture.wait_for()
    box = picture.bounding_box()
    assert box is not None and (box["width"], box["height"]) == (84, 84)
    assert pixels(picture)[5, [5, 20], 0].tolist() == list(grey_levels(i))
    # And so on screen: enlarged three times, not smoothed.
    shown = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L")).astype(int)
    np.testing.assert_allclose(shown[2:40, 2:41], grey_levels(i)[0], atol=1)
    np.testing.assert_allclose(shown[2:40, 43:82], grey_levels(i)[1], atol=1)
    browser_page.mouse.move(5, 5)
    expect(found.card).to_be_hidden()


def test_a_click_tells_python_the_point(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    for i in (isolated(), int(np.argmax(POINTS[:, 0]))):
        place = found.screen(POINTS[i])
        browser_page.mouse.click(*place)
        expect_told(browser_page, "selected", [i])
        np.testing.assert_allclose(told(browser_page, "clicked"), found.data(place), atol=0.05)
    assert told(browser_page, "events") == 2


def test_a_click_on_nothing_is_not_sent(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    left, top, side = found.origin()
    corners = np.array([[left + a * side, top + b * side] for a in (0.04, 0.96) for b in (0.04, 0.96)])
    distance = cKDTree(found.screen(POINTS)).query(corners)[0]
    browser_page.mouse.click(*corners[np.argmax(distance)])
    browser_page.mouse.click(*found.screen(POINTS[isolated()]))
    expect_told(browser_page, "selected", [isolated()])
    assert told(browser_page, "events") == 1


@pytest.mark.parametrize("by", ["shift", "button"])
def test_a_lasso_tells_python_the_points_inside(browser_page: Page, server: Server, by: str) -> None:
    found = Map.open(browser_page, server)
    centre = np.median(POINTS, axis=0)
    turn = np.linspace(0, 2 * np.pi, 40)
    radius = 5 + np.sin(3 * turn)  # not convex
    corners = found.screen(centre + np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)).round()
    if by == "button":
        browser_page.get_by_role("button", name="Lasso").click()
    else:
        browser_page.keyboard.down("Shift")
    browser_page.mouse.move(*corners[0])
    browser_page.mouse.down()
    for corner in corners[1:]:
        browser_page.mouse.move(*corner)
    browser_page.mouse.up()
    browser_page.keyboard.up("Shift")
    expected = np.flatnonzero(Outline(found.data(corners)).contains_points(POINTS)).tolist()
    assert 20 < len(expected) < N - 20
    expect_told(browser_page, "selected", expected)
    assert told(browser_page, "events") == 1
    # The mode is over: a drag moves the map again. Escape takes the selection back.
    expect(browser_page.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "false")
    found.stage.press("Escape")
    expect_told(browser_page, "selected", [])


def test_a_chip_brings_one_class_forward(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    i = isolated()
    other = int((LABELS[i] + 1) % 10)
    chip = browser_page.locator(".chip").nth(other)
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    found.move_to(found.screen(POINTS[i]))
    assert found.pointed() != i
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    found.move_to(found.screen(POINTS[i]))
    assert found.pointed() == i
    assert told(browser_page, "events") == 0


def test_the_keyboard_reaches_every_act(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    while not browser_page.evaluate(
        "document.activeElement.shadowRoot?.activeElement?.matches('.stage') ?? false"
    ):
        browser_page.keyboard.press("Tab")
    outline = found.stage.evaluate("(stage) => getComputedStyle(stage).outlineWidth")
    assert outline == "2px"
    browser_page.keyboard.press("ArrowRight")
    start = found.pointed()
    browser_page.keyboard.press("ArrowRight")
    i = found.pointed()
    assert POINTS[i, 0] > POINTS[start, 0]
    browser_page.keyboard.press("Shift+ArrowUp")
    far = found.pointed()
    assert (POINTS[far, 1] - POINTS[i, 1]) * found.view()[3] >= 40
    expect(browser_page.locator(".spoken")).to_contain_text(f"No. {far}")
    browser_page.keyboard.press("Enter")
    expect_told(browser_page, "selected", [far])
    runs = told(browser_page, "runs")
    for key in ("r", "c", "+", "+"):
        browser_page.keyboard.press(key)
    until(browser_page, lambda: found.view()[4] == pytest.approx(2.25))
    browser_page.keyboard.press("0")
    until(browser_page, lambda: found.view()[4] == 1)
    browser_page.wait_for_timeout(500)  # for what must not come
    assert told(browser_page, "runs") == runs  # neither rerun (r) …
    expect(browser_page.get_by_text("Clear caches")).to_have_count(0)  # … nor "clear caches" (c)
    browser_page.keyboard.press("Escape")
    expect_told(browser_page, "selected", [])


def test_the_wheel_scrolls_the_page_until_the_pointer_moves_on_the_map(
    browser_page: Page, server: Server
) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 500})
    found = Map.open(browser_page, server)
    left, top, side = found.origin()
    browser_page.mouse.move(left + side / 2, top + side / 2)  # comes to rest there in one leap
    browser_page.mouse.wheel(0, 120)
    until(browser_page, lambda: found.origin()[1] < top)
    assert found.view()[4] == 1


def test_a_finger_taps_scrolls_and_pinches(phone_page: Page, server: Server) -> None:
    found = Map.open(phone_page, server)
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 390
    left, _, side = found.origin()
    assert left >= 0 and left + side <= 390
    for button in phone_page.locator(".tools button").all():
        box = button.bounding_box()
        assert box is not None and box["width"] >= 40 and box["height"] >= 40
    phone_page.touchscreen.tap(*found.screen(POINTS[isolated()]))
    expect_told(phone_page, "selected", [isolated()])
    expect(found.card).to_be_visible()
    assert found.stage.evaluate("(stage) => stage.style.touchAction") == "pan-y"

    finger = phone_page.context.new_cdp_session(phone_page)
    middle = np.array(found.origin()[:2]) + side / 2

    def touch(kind: str, *places: np.ndarray) -> None:
        points = [{"x": float(x), "y": float(y), "id": i} for i, (x, y) in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    apart = np.array([30.0, 0.0])
    touch("touchStart", middle - apart)
    touch("touchStart", middle - apart, middle + apart)
    for grown in np.linspace(1, 3, 9):
        touch("touchMove", middle - grown * apart, middle + grown * apart)
    touch("touchEnd")
    until(phone_page, lambda: found.view()[4] == pytest.approx(3, rel=0.05))
    assert found.stage.evaluate("(stage) => stage.style.touchAction") == "none"
    assert told(phone_page, "events") == 1
