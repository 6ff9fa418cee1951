"""What the map shows, in a real Chromium: colours, view, theme, marks, and what it costs."""

from __future__ import annotations

import json

import matplotlib
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.apps.live_data import cloud
from tests.browser.live_page import (
    APP,
    LABELS,
    POINTS,
    VALUES,
    Map,
    N,
    Server,
    expect_told,
    isolated,
    pixels,
    told,
    until,
)


def test_a_new_colour_does_not_send_the_pictures_again(browser_page: Page, server: Server) -> None:
    received: list[int] = []
    browser_page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data)))
    )
    found = Map.open(browser_page, server, "n=2500")
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


def test_colours_follow_values_and_classes(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
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
    until(browser_page, lambda: np.allclose(colour(), expected, atol=8))


def test_zoom_and_pan_stay_with_the_points(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    whole = found.view()
    place = found.screen(POINTS[isolated()]).round()
    under = found.data(place)
    found.move_to(place)
    browser_page.mouse.wheel(0, -600)
    until(browser_page, lambda: found.view()[4] > 3)
    np.testing.assert_allclose(found.screen(under), place, atol=0.5)
    browser_page.mouse.down()
    browser_page.mouse.move(place[0] + 60, place[1] - 25, steps=5)
    browser_page.mouse.up()
    until(browser_page, lambda: np.allclose(found.screen(under), place + [60, -25], atol=0.5))
    near = found.view()
    for act in (
        lambda: browser_page.get_by_text("value", exact=True).click(),
        lambda: browser_page.get_by_text("Pins and a path").click(),
        lambda: browser_page.emulate_media(color_scheme="dark"),
    ):
        before = found.stage.screenshot()
        act()
        until(browser_page, lambda before=before: found.stage.screenshot() != before)
        assert found.view() == near
    browser_page.get_by_text("Other points").click()
    expected = json.dumps([-whole[0], -whole[1], *whole[2:]], separators=(",", ":"))
    expect(found.stage).to_have_attribute("data-view", expected)
    assert told(browser_page, "events") == 0


def test_a_double_click_shows_the_whole_map_again(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    whole = found.view()
    browser_page.get_by_role("button", name="Zoom in").click()
    expect(browser_page.get_by_role("button", name="Zoom out")).to_be_enabled()
    until(browser_page, lambda: found.view()[4] == pytest.approx(1.5))
    left, top, _ = found.origin()
    browser_page.mouse.dblclick(left + 5, top + 5)
    expect(browser_page.get_by_role("button", name="Zoom out")).to_be_disabled()
    until(browser_page, lambda: found.view() == whole)


def test_the_theme_reaches_the_canvas(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    browser_page.get_by_text("Pins and a path").click()
    x, y = (found.screen(np.array([8, 0])) - found.origin()[:2]).round().astype(int)  # the path's first dot

    def dot() -> list[int]:
        return pixels(browser_page.locator("canvas.marks"))[y, x].tolist()

    until(browser_page, lambda: dot() == [15, 17, 21, 255])
    browser_page.emulate_media(color_scheme="dark")
    until(browser_page, lambda: dot() == [236, 238, 242, 255])


def test_nothing_listens_twice_after_many_calls(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    inspector = browser_page.context.new_cdp_session(browser_page)

    def listeners() -> list[int]:
        counts = []
        for which in ("root", "root.querySelector('.stage')", "root.querySelector('[name=lasso]')"):
            hosts = "[...document.querySelectorAll('*')].map((element) => element.shadowRoot)"
            source = f"((root) => {which})({hosts}.find((root) => root?.querySelector('.stage')))"
            handle = inspector.send("Runtime.evaluate", {"expression": source})["result"]["objectId"]
            heard = inspector.send("DOMDebugger.getEventListeners", {"objectId": handle})["listeners"]
            counts.append(len(heard))
        return counts

    before = listeners()
    assert all(before)
    for colour, scheme in (("value", "dark"), ("label", "light"), ("value", "dark")):
        picture = found.stage.screenshot()
        browser_page.get_by_text(colour, exact=True).click()
        until(browser_page, lambda old=picture: found.stage.screenshot() != old)
        picture = found.stage.screenshot()
        browser_page.emulate_media(color_scheme=scheme)
        until(browser_page, lambda old=picture: found.stage.screenshot() != old)
    assert listeners() == before
    browser_page.mouse.click(*found.screen(POINTS[isolated()]))
    expect_told(browser_page, "selected", [isolated()])
    assert told(browser_page, "events") == 1


def test_the_shelf_is_empty_when_the_map_has_left_the_page(browser_page: Page, server: Server) -> None:
    Map.open(browser_page, server, f"page=two&n={N}")
    shelf = "[...globalThis[Symbol.for('latent-explorer.assets')].items.values()].map((item) => item.users)"
    until(browser_page, lambda: browser_page.evaluate(shelf) == [1, 1, 1])
    browser_page.get_by_text("draw", exact=True).click()
    browser_page.locator(".paper").wait_for()
    until(browser_page, lambda: browser_page.evaluate(shelf) == [])
    assert browser_page.evaluate("globalThis[Symbol.for('latent-explorer.assets')].waiting.size") == 0
    browser_page.get_by_text("map", exact=True).click()
    browser_page.locator(".stage[data-view]").wait_for()
    until(browser_page, lambda: browser_page.evaluate(shelf) == [1, 1, 1])


def test_pins_and_paths_are_drawn(browser_page: Page, server: Server) -> None:
    found = Map.open(browser_page, server)
    marks = browser_page.locator("canvas.marks")
    before = pixels(marks)
    angle = np.linspace(0, 2, 11)
    drawn = np.concatenate([[[0, 0], [5, 5]], np.stack([8 * np.cos(angle), 8 * np.sin(angle)], 1)])
    places = (found.screen(drawn) - found.origin()[:2]).astype(int)
    browser_page.get_by_text("Pins and a path").click()
    until(browser_page, lambda: (pixels(marks) != before).any())
    after = pixels(marks)
    for x, y in places:
        near = np.s_[y - 4 : y + 5, x - 4 : x + 5]
        assert (before[near] != after[near]).any()
    assert (after[:, -22:, 3] > 0).any() and not (before[:, -22:, 3] > 0).any()  # the pin beyond the border


def test_data_that_cannot_be_read_is_a_sentence(browser_page: Page, server: Server) -> None:
    browser_page.goto(f"{server(APP)}/?page=bad")
    expect(browser_page.get_by_role("alert")).to_contain_text("Reload the page.")
    expect(browser_page.locator(".stage")).to_be_hidden()
