"""The map and the canvas in a real Chromium: what the hand does, what the screen shows, what Python hears."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.path import Path as Outline
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from scipy.spatial import cKDTree

from tests.browser.apps.live_data import cloud, grey_levels

APP = "tests/browser/apps/live_app.py"
N = 400
POINTS, LABELS, VALUES = cloud(N)


class Map:
    """The map on a page, with the places of its points on the screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = page.locator(".stage")
        self.card = page.locator(".card")

    def view(self) -> list[float]:
        """The data under the middle (x, y), CSS pixels per unit (x, y), zoom."""
        return json.loads(self.stage.get_attribute("data-view") or "null")

    def origin(self) -> tuple[float, float, float]:
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + 1, box["y"] + 1, box["width"] - 2  # the border

    def screen(self, places: np.ndarray) -> np.ndarray:
        """Data coordinates (…, 2) as CSS pixels of the page."""
        x, y, scale_x, scale_y, _ = self.view()
        left, top, side = self.origin()
        return (places - [x, y]) * [scale_x, -scale_y] + [left + side / 2, top + side / 2]

    def data(self, places: np.ndarray) -> np.ndarray:
        """CSS pixels of the page as data coordinates."""
        x, y, scale_x, scale_y, _ = self.view()
        left, top, side = self.origin()
        return (places - [left + side / 2, top + side / 2]) / [scale_x, -scale_y] + [x, y]

    def pointed(self) -> int:
        return int(self.stage.get_attribute("data-pointed") or -1)

    def move_to(self, place: np.ndarray) -> None:
        self.page.mouse.move(*(place - 3))
        self.page.mouse.move(*place)


def told(page: Page, name: str) -> Any:
    return json.loads(page.locator(f"#{name}").inner_text())


def pixels(canvas: Locator) -> np.ndarray:
    """What a canvas holds: uint8 (H, W, 4), red, green, blue, alpha."""
    address = canvas.evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))


def expect_told(page: Page, name: str, value: Any) -> None:
    expect(page.locator(f"#{name}")).to_have_text(json.dumps(value))


@pytest.fixture
def open_map(server: Callable[..., str], settle: Callable[[Page], None]) -> Callable[..., Map]:
    def start(page: Page, query: str = f"n={N}") -> Map:
        page.goto(f"{server(APP)}/?{query}")
        settle(page)
        page.locator(".stage[data-view]").wait_for()
        return Map(page)

    return start


@pytest.fixture
def open_canvas(server: Callable[..., str], settle: Callable[[Page], None]) -> Callable[..., Locator]:
    def start(page: Page, query: str = "page=draw") -> Locator:
        page.goto(f"{server(APP)}/?{query}")
        settle(page)
        canvas = page.locator(".paper canvas")
        canvas.wait_for()
        return canvas

    return start


def isolated() -> int:
    """The point that is farthest from its nearest neighbour."""
    return int(np.argmax(cKDTree(POINTS).query(POINTS, k=2)[0][:, 1]))


def test_hovering_shows_the_points_own_picture(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
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


def test_a_click_tells_python_the_point(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    for i in (isolated(), int(np.argmax(POINTS[:, 0]))):
        place = found.screen(POINTS[i])
        browser_page.mouse.click(*place)
        expect_told(browser_page, "selected", [i])
        np.testing.assert_allclose(told(browser_page, "clicked"), found.data(place), atol=0.05)
    assert told(browser_page, "events") == 2


def test_a_click_on_nothing_is_not_sent(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    left, top, side = found.origin()
    corners = np.array([[left + a * side, top + b * side] for a in (0.04, 0.96) for b in (0.04, 0.96)])
    distance = cKDTree(found.screen(POINTS)).query(corners)[0]
    browser_page.mouse.click(*corners[np.argmax(distance)])
    browser_page.mouse.click(*found.screen(POINTS[isolated()]))
    expect_told(browser_page, "selected", [isolated()])
    assert told(browser_page, "events") == 1


@pytest.mark.parametrize("by", ["shift", "button"])
def test_a_lasso_tells_python_the_points_inside(
    browser_page: Page, open_map: Callable[..., Map], by: str
) -> None:
    found = open_map(browser_page)
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


def test_a_new_colour_does_not_send_the_pictures_again(
    browser_page: Page, open_map: Callable[..., Map]
) -> None:
    received: list[int] = []
    browser_page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data)))
    )
    found = open_map(browser_page, "n=2500")
    sheet_bytes = 2500 * 28 * 14 // 2  # of noise, 4 bits a pixel
    assert sum(received) > sheet_bytes
    for choice in ("value", "label"):
        before = found.page.locator("#runs").inner_text()
        received.clear()
        browser_page.get_by_text(choice, exact=True).click()
        expect(browser_page.locator("#runs")).not_to_have_text(before)
        expect(browser_page.locator(".colour-bar")).to_be_visible(visible=choice == "value")
        assert 0 < sum(received) < 100_000 < sheet_bytes / 4
    found.move_to(found.screen(cloud(2500)[0][7]))
    expect(found.card.locator("canvas")).to_be_visible()


def test_colours_follow_values_and_classes(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    i = isolated()
    place = (found.screen(POINTS[i]) - found.origin()[:2]).astype(int)
    dots = browser_page.locator("canvas.dots")

    def colour() -> list[int]:
        return pixels(dots)[place[1], place[0]].tolist()

    petroff = "3f90da ffa90e bd1f01 94a4a2 832db6 a96b59 e76300 b9ac70 717581 92dadd".split()
    assert bytes(colour()).hex() == petroff[LABELS[i]] + "ff"
    browser_page.get_by_text("value", exact=True).click()
    browser_page.locator(".colour-bar").wait_for()
    expect(browser_page.locator(".colour-bar")).to_contain_text("Error (nats)")
    low, high = np.quantile(VALUES, (0.005, 0.995))
    assert f"{low:.3g}" in browser_page.locator(".colour-bar").inner_text()
    expected = np.array(matplotlib.colormaps["viridis"]((VALUES[i] - low) / (high - low))) * 255
    browser_page.wait_for_timeout(100)
    np.testing.assert_allclose(colour(), expected, atol=8)


def test_a_chip_brings_one_class_forward(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
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


def test_the_keyboard_reaches_every_act(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
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
    browser_page.wait_for_timeout(100)
    assert found.view()[4] == pytest.approx(2.25)
    browser_page.keyboard.press("0")
    browser_page.wait_for_timeout(500)
    assert found.view()[4] == 1
    assert told(browser_page, "runs") == runs  # neither rerun (r) …
    expect(browser_page.get_by_text("Clear caches")).to_have_count(0)  # … nor "clear caches" (c)
    browser_page.keyboard.press("Escape")
    expect_told(browser_page, "selected", [])


def test_zoom_and_pan_stay_with_the_points(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    whole = found.view()
    place = found.screen(POINTS[isolated()]).round()
    under = found.data(place)
    found.move_to(place)
    browser_page.mouse.wheel(0, -600)
    browser_page.wait_for_function(
        "(s) => JSON.parse(s.dataset.view)[4] > 3", arg=found.stage.element_handle()
    )
    np.testing.assert_allclose(found.screen(under), place, atol=0.5)
    browser_page.mouse.down()
    browser_page.mouse.move(place[0] + 60, place[1] - 25, steps=5)
    browser_page.mouse.up()
    browser_page.wait_for_timeout(100)
    np.testing.assert_allclose(found.screen(under), place + [60, -25], atol=0.5)
    near = found.view()
    for act in (
        lambda: browser_page.get_by_text("value", exact=True).click(),
        lambda: browser_page.get_by_text("Pins and a path").click(),
        lambda: browser_page.emulate_media(color_scheme="dark"),
    ):
        before = browser_page.screenshot()
        act()
        browser_page.wait_for_timeout(1_000)
        assert browser_page.screenshot() != before
        assert found.view() == near
    browser_page.get_by_text("Other points").click()
    expected = json.dumps([-whole[0], -whole[1], *whole[2:]], separators=(",", ":"))
    expect(found.stage).to_have_attribute("data-view", expected)
    assert told(browser_page, "events") == 0


def test_the_wheel_scrolls_the_page_until_the_pointer_moves_on_the_map(
    browser_page: Page, open_map: Callable[..., Map]
) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 500})
    found = open_map(browser_page)
    left, top, side = found.origin()
    browser_page.mouse.move(left + side / 2, top + side / 2)  # comes to rest there in one leap
    browser_page.mouse.wheel(0, 120)
    browser_page.wait_for_timeout(300)
    assert found.view()[4] == 1
    assert found.origin()[1] < top


def test_a_double_click_shows_the_whole_map_again(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    whole = found.view()
    browser_page.get_by_role("button", name="Zoom in").click()
    expect(browser_page.get_by_role("button", name="Zoom out")).to_be_enabled()
    browser_page.wait_for_timeout(100)
    assert found.view()[4] == pytest.approx(1.5)
    left, top, _ = found.origin()
    browser_page.mouse.dblclick(left + 5, top + 5)
    expect(browser_page.get_by_role("button", name="Zoom out")).to_be_disabled()
    browser_page.wait_for_timeout(100)
    assert found.view() == whole


def test_the_theme_reaches_the_canvas(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    browser_page.get_by_text("Pins and a path").click()
    browser_page.wait_for_timeout(1_000)
    x, y = (found.screen(np.array([8, 0])) - found.origin()[:2]).round().astype(int)  # the path's first dot

    def dot() -> list[int]:
        return pixels(browser_page.locator("canvas.marks"))[y, x].tolist()

    assert dot() == [15, 17, 21, 255]
    browser_page.emulate_media(color_scheme="dark")
    browser_page.wait_for_timeout(1_000)
    assert dot() == [236, 238, 242, 255]


def test_nothing_listens_twice_after_many_calls(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page)
    inspector = browser_page.context.new_cdp_session(browser_page)

    def listeners() -> list[int]:
        counts = []
        for which in ("root", "root.querySelector('.stage')", "root.querySelector('[name=lasso]')"):
            hosts = "[...document.querySelectorAll('*')].map((element) => element.shadowRoot)"
            source = f"((root) => {which})({hosts}.find((root) => root?.querySelector('.stage')))"
            handle = inspector.send("Runtime.evaluate", {"expression": source})["result"]["objectId"]
            found = inspector.send("DOMDebugger.getEventListeners", {"objectId": handle})["listeners"]
            counts.append(len(found))
        return counts

    before = listeners()
    assert all(before)
    for round_ in range(3):
        browser_page.get_by_text("value" if round_ % 2 == 0 else "label", exact=True).click()
        browser_page.wait_for_timeout(300)
        browser_page.emulate_media(color_scheme="dark" if round_ % 2 == 0 else "light")
        browser_page.wait_for_timeout(300)
    assert listeners() == before
    browser_page.mouse.click(*found.screen(POINTS[isolated()]))
    expect_told(browser_page, "selected", [isolated()])
    assert told(browser_page, "events") == 1


def test_the_shelf_is_empty_when_the_map_has_left_the_page(
    browser_page: Page, open_map: Callable[..., Map]
) -> None:
    open_map(browser_page, f"page=two&n={N}")
    shelf = "[...globalThis[Symbol.for('latent-explorer.assets')].items.values()].map((item) => item.users)"
    assert browser_page.evaluate(shelf) == [1, 1, 1]
    browser_page.get_by_text("draw", exact=True).click()
    browser_page.locator(".paper").wait_for()
    browser_page.wait_for_timeout(300)
    assert browser_page.evaluate(shelf) == []
    assert browser_page.evaluate("globalThis[Symbol.for('latent-explorer.assets')].waiting.size") == 0
    browser_page.get_by_text("map", exact=True).click()
    browser_page.locator(".stage[data-view]").wait_for()
    assert browser_page.evaluate(shelf) == [1, 1, 1]


def test_pins_paths_and_the_lattice_are_drawn(browser_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(browser_page, f"n={N}&lattice=1")
    ground = pixels(browser_page.locator("canvas.ground"))
    corners = (found.screen(np.array([[-12, 12], [12, -12]])) - found.origin()[:2]).round().astype(int)
    (left, top), (right, bottom) = corners
    assert (ground[top + 2 : bottom - 2, left + 2 : right - 2, 3] > 0).all()
    assert (ground[: top - 2, :, 3] == 0).all() and (ground[:, : left - 2, 3] == 0).all()
    tile = (right - left) / 10  # discs grow to the right, row by row alike
    bright = [
        int((ground[top:bottom, int(left + k * tile) : int(left + (k + 1) * tile), 0] > 90).sum())
        for k in (1, 8)
    ]
    assert bright[1] > 5 * bright[0] > 0

    marks = browser_page.locator("canvas.marks")
    before = pixels(marks)
    browser_page.get_by_text("Pins and a path").click()
    browser_page.wait_for_timeout(1_000)
    after = pixels(marks)
    angle = np.linspace(0, 2, 11)
    drawn = [[0, 0], [5, 5], *np.stack([8 * np.cos(angle), 8 * np.sin(angle)], 1)]
    for x, y in (found.screen(np.array(drawn)) - found.origin()[:2]).astype(int):
        near = np.s_[y - 4 : y + 5, x - 4 : x + 5]
        assert (before[near] != after[near]).any()
    assert (after[:, -22:, 3] > 0).any() and not (before[:, -22:, 3] > 0).any()  # the pin beyond the border


def test_data_that_cannot_be_read_is_a_sentence(
    server: Callable[..., str], settle: Callable[[Page], None], browser_page: Page
) -> None:
    browser_page.goto(f"{server(APP)}/?page=bad")
    settle(browser_page)
    expect(browser_page.get_by_role("alert")).to_contain_text("Reload the page.")
    expect(browser_page.locator(".stage")).to_be_hidden()


def test_a_finger_taps_scrolls_and_pinches(phone_page: Page, open_map: Callable[..., Map]) -> None:
    found = open_map(phone_page)
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
    phone_page.wait_for_timeout(200)
    assert found.view()[4] == pytest.approx(3, rel=0.05)
    assert found.stage.evaluate("(stage) => stage.style.touchAction") == "none"
    assert told(phone_page, "events") == 1


def draw(page: Page, canvas: Locator, places: list[tuple[float, float]]) -> None:
    """A stroke through places in shares of the canvas."""
    box = canvas.bounding_box()
    assert box is not None
    on_page = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*on_page[0])
    page.mouse.down()
    for place in on_page[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


@pytest.mark.parametrize("ink", ["bright", "dark"])
def test_a_drawing_follows_the_pen(browser_page: Page, open_canvas: Callable[..., Locator], ink: str) -> None:
    canvas = open_canvas(browser_page, f"page=draw&ink={ink}")
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


def test_strokes_are_taken_back_one_by_one(browser_page: Page, open_canvas: Callable[..., Locator]) -> None:
    canvas = open_canvas(browser_page)
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


def test_python_puts_a_drawing_on_the_canvas_and_takes_it_away(
    browser_page: Page, open_canvas: Callable[..., Locator]
) -> None:
    canvas = open_canvas(browser_page)
    draw(browser_page, canvas, [(0.1, 0.1), (0.9, 0.1)])
    expect_told(browser_page, "changes", 1)
    browser_page.get_by_role("button", name="Put a square").click()
    expect(browser_page.locator("#drawing")).to_contain_text(json.dumps([40, 71, 40, 71]))

    def ink() -> np.ndarray:
        return pixels(canvas)[..., 0] / 255

    browser_page.wait_for_timeout(300)
    assert ink()[:70].mean() < 0.01 and ink().mean() == pytest.approx((32 / 112) ** 2, rel=0.05)
    draw(browser_page, canvas, [(0.1, 0.1), (0.9, 0.1)])  # strokes go on top of it
    expect_told(browser_page, "changes", 2)
    assert told(browser_page, "drawing")["box"][2:] == pytest.approx([112 * 0.1 - 5, 71], abs=2)
    browser_page.get_by_role("button", name="Take it away").click()
    expect_told(browser_page, "drawing", None)
    browser_page.wait_for_timeout(300)
    assert ink().max() == 0


def test_a_drawing_outlasts_a_change_of_page(browser_page: Page, open_map: Callable[..., Map]) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 1000})
    open_map(browser_page, f"page=two&n={N}")
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
    browser_page.wait_for_timeout(500)
    assert told(browser_page, "drawing") == facts
    difference = pixels(canvas).astype(int) - before
    assert np.abs(difference).mean() < 2  # the same strokes, by way of 112 pixels


def test_a_finger_draws_without_scrolling(phone_page: Page, open_canvas: Callable[..., Locator]) -> None:
    canvas = open_canvas(phone_page)
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
