"""The live point on a map: it decodes under the hand, tells how far data is, goes into the link."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.spatial.distance import cdist

from explorer import latent, projection, zoo
from tests.browser.app_page import copied_link
from tests.browser.apps.path_app import PATHS
from tests.browser.live_page import Map, expect_told, pixels, until

Server = Callable[..., str]
Settle = Callable[[Page], None]
PLANE, NEIGHBOURS = "mnist-vae-2d", "digits-vae"


def open_map(page: Page, server: Server, settle: Settle, model: str, method: str, **more: object) -> Map:
    data = zoo.card(model).dataset
    query = "".join(f"&{name}={value}" for name, value in more.items())
    page.goto(f"{server('app.py')}/latent_map?data={data}&model={model}&map={method}{query}")
    page.locator(".stage[data-view]").wait_for(timeout=60_000)
    page.locator("canvas[data-z]").wait_for()
    settle(page)
    page.locator(".stage").scroll_into_view_if_needed()
    return Map(page)


def hero(page: Page) -> Locator:
    return page.locator("canvas[data-z]")


def handle(page: Page) -> Locator:
    return page.locator(".handle.live")


def code(page: Page) -> np.ndarray:
    return np.array(json.loads(f"[{hero(page).get_attribute('data-z')}]"))


def place(page: Page) -> np.ndarray:
    return np.array(json.loads(handle(page).get_attribute("data-place") or "null"))


def times(page: Page) -> float:
    return float(handle(page).get_attribute("data-times") or "nan")


def assert_decoded(page: Page, model: str, z: np.ndarray) -> None:
    """The picture on screen is what PyTorch decodes."""
    expected = 255 * latent.decode(zoo.load(model), z[None].astype(np.float32))[0, 0]
    np.testing.assert_allclose(pixels(hero(page))[..., 0], expected, atol=1)


def start_drag(found: Map, start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """Press the mouse at one share of the map and move to another; returns the place there."""
    left, top, side = found.origin()
    corners = [np.round([left + x * side, top + y * side]) for x, y in (start, end)]
    found.page.mouse.move(*corners[0])
    found.page.mouse.down()
    found.page.mouse.move(*corners[1], steps=7)
    return found.data(corners[1])


def test_a_drag_on_the_plane_decodes_before_release_and_the_link_reopens_it(
    browser_page: Page, server: Server, settle: Settle
) -> None:
    sent: list[int] = []
    browser_page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(len(data))))
    found = open_map(browser_page, server, settle, PLANE, "plane")
    before = pixels(hero(browser_page))
    browser_page.wait_for_timeout(500)  # for what the page still has to say
    sent.clear()
    wanted = start_drag(found, (0.9, 0.1), (0.3, 0.7))  # it begins far from the live point
    until(browser_page, lambda: np.allclose(place(browser_page), wanted, atol=0.02))
    assert not sent  # the mouse is still down
    np.testing.assert_allclose(place(browser_page), code(browser_page), atol=1e-6)
    assert (pixels(hero(browser_page)) != before).any()
    assert_decoded(browser_page, PLANE, code(browser_page))
    browser_page.mouse.up()
    until(browser_page, lambda: sent)
    settle(browser_page)
    browser_page.wait_for_timeout(500)  # for what must not come
    assert len(sent) == 1
    z, shown = code(browser_page), pixels(hero(browser_page))
    browser_page.goto(copied_link(browser_page))
    hero(browser_page).wait_for()
    settle(browser_page)
    until(browser_page, lambda: np.array_equal(code(browser_page), z))
    np.testing.assert_array_equal(pixels(hero(browser_page)), shown)


def test_a_drag_over_tsne_decodes_the_mean_of_the_neighbouring_codes(
    browser_page: Page, server: Server, settle: Settle
) -> None:
    found = open_map(browser_page, server, settle, NEIGHBOURS, "tsne")
    stored = zoo.gallery(NEIGHBOURS)
    points = stored.maps["tsne"]
    wanted = start_drag(found, (0.1, 0.1), (0.47, 0.61))
    until(browser_page, lambda: np.allclose(place(browser_page), wanted, rtol=1e-3))
    at = place(browser_page)
    distance = np.linalg.norm(points - at, axis=1)
    nearest = np.argsort(distance)[:15]
    d = distance[nearest]
    weights = np.exp(-(d - d[0]) / d.std()) / d
    expected = (weights[:, None] * stored.z[nearest]).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(code(browser_page), expected, atol=1e-3)
    assert_decoded(browser_page, NEIGHBOURS, code(browser_page))
    far = cdist(code(browser_page)[None], stored.z).min() / projection.typical_distance(stored.z)
    assert times(browser_page) == pytest.approx(far, rel=1e-4)
    expect(handle(browser_page).locator(".reading")).to_have_text(f"{far:.1f} ×")
    expect(browser_page.locator(".distance")).to_contain_text("mean of 15 neighbouring codes")
    browser_page.mouse.up()
    settle(browser_page)
    np.testing.assert_array_equal(place(browser_page), at)  # it stays where the hand has left it


def test_clicking_a_point_takes_the_live_point_to_its_code(
    browser_page: Page, server: Server, settle: Settle
) -> None:
    found = open_map(browser_page, server, settle, NEIGHBOURS, "pca")
    stored = zoo.gallery(NEIGHBOURS)
    points = projection.pca(stored.z).points
    gaps = cdist(points, points) + 1e9 * np.eye(len(points))
    index = int(gaps.min(axis=1).argmax())  # the loneliest: a mouse cannot miss it
    browser_page.mouse.click(*found.screen(points)[index])
    until(browser_page, lambda: np.allclose(code(browser_page), stored.z[index], atol=1e-4))
    np.testing.assert_allclose(place(browser_page), points[index], atol=1e-3)
    assert_decoded(browser_page, NEIGHBOURS, code(browser_page))


def cells(page: Page, model: str) -> tuple[np.ndarray, np.ndarray]:
    """The lattice's pictures (24, 24, H, W) on screen, and PyTorch's at the cells' centres."""
    canvas = page.locator("canvas.lattice")
    x0, x1, y0, y1 = json.loads(canvas.get_attribute("data-extent") or "null")
    side = 24
    x = x0 + (x1 - x0) * (np.arange(side) + 0.5) / side
    y = y1 - (y1 - y0) * (np.arange(side) + 0.5) / side
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    decoded = 255 * latent.decode(zoo.load(model), grid)[:, 0]
    height, width = decoded.shape[1:]
    shown = pixels(canvas)[..., 0].reshape(side, height, side, width).swapaxes(1, 2)
    return shown, decoded.reshape(side, side, height, width)


def test_the_lattice_is_decoded_for_what_is_seen(browser_page: Page, server: Server, settle: Settle) -> None:
    found = open_map(browser_page, server, settle, PLANE, "plane")
    lattice = browser_page.locator("canvas.lattice[data-extent]")
    lattice.wait_for(state="attached")
    whole = lattice.get_attribute("data-extent")
    np.testing.assert_allclose(*cells(browser_page, PLANE), atol=1)
    browser_page.get_by_role("button", name="Zoom in").click()
    expect(lattice).not_to_have_attribute("data-extent", whole)
    left, top, side = found.origin()
    extent = json.loads(lattice.get_attribute("data-extent"))
    corners = found.data(np.array([[left, top + side], [left + side, top]]))
    np.testing.assert_allclose(np.array(extent).reshape(2, 2).T, corners, atol=1e-6)
    np.testing.assert_allclose(*cells(browser_page, PLANE), atol=1)
    browser_page.get_by_text("Decoded pictures behind the points").click()
    expect(lattice).to_have_count(0)
    assert not pixels(browser_page.locator("canvas.lattice")).any()


def test_the_keyboard_moves_the_live_point(browser_page: Page, server: Server, settle: Settle) -> None:
    found = open_map(browser_page, server, settle, PLANE, "plane")
    before = place(browser_page)
    handle(browser_page).focus()
    outline = handle(browser_page).evaluate("(element) => getComputedStyle(element).outlineWidth")
    assert outline == "2px"
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        browser_page.keyboard.press(key)
    until(browser_page, lambda: np.abs(place(browser_page) - before).min() > 0)
    pixel = (place(browser_page) - before) * found.view()[2:4]
    np.testing.assert_allclose(pixel, [8, -40], atol=0.2)
    expect(browser_page.locator(".spoken")).to_contain_text(f"{times(browser_page):.1f} ×")
    z = code(browser_page)
    settle(browser_page)
    browser_page.goto(copied_link(browser_page))
    hero(browser_page).wait_for()
    until(browser_page, lambda: np.array_equal(code(browser_page), z))


def test_when_zoomed_the_handle_drags_and_the_rest_pans(
    browser_page: Page, server: Server, settle: Settle
) -> None:
    found = open_map(browser_page, server, settle, PLANE, "plane", z="[0.2,-0.3]")
    browser_page.get_by_role("button", name="Zoom in").click()
    until(browser_page, lambda: found.view()[4] == pytest.approx(1.5))
    z, view = code(browser_page), found.view()
    start_drag(found, (0.8, 0.8), (0.7, 0.7))
    browser_page.mouse.up()
    until(browser_page, lambda: found.view() != view)
    np.testing.assert_array_equal(code(browser_page), z)
    view = found.view()
    box = handle(browser_page).bounding_box()
    assert box is not None and (box["width"], box["height"]) == (40, 40)
    middle = np.array([box["x"] + 20, box["y"] + 20])
    browser_page.mouse.move(*middle)
    browser_page.mouse.down()
    browser_page.mouse.move(*(middle + [50, 30]), steps=5)
    browser_page.mouse.up()
    wanted = z + np.array([50, -30]) / view[2:4]
    until(browser_page, lambda: np.allclose(code(browser_page), wanted, atol=2e-3))
    assert found.view() == view


def test_a_finger_drags_the_handle_and_scrolls_beside_it(
    phone_page: Page, server: Server, settle: Settle
) -> None:
    found = open_map(phone_page, server, settle, PLANE, "plane")
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 390
    assert found.stage.evaluate("(stage) => stage.style.touchAction") == "pan-y"
    assert handle(phone_page).evaluate("(e) => getComputedStyle(e).touchAction") == "none"
    z, top = code(phone_page), found.origin()[1]
    box = handle(phone_page).bounding_box()
    assert box is not None
    middle = np.array([box["x"] + 20, box["y"] + 20])
    finger = phone_page.context.new_cdp_session(phone_page)

    def touch(kind: str, *places: np.ndarray) -> None:
        points = [{"x": float(x), "y": float(y)} for x, y in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", middle)
    for share in np.linspace(0, 1, 8):
        touch("touchMove", middle + share * np.array([40, -60]))
    wanted = z + np.array([40, 60]) / found.view()[2:4]
    until(phone_page, lambda: np.allclose(code(phone_page), wanted, atol=0.02))
    assert_decoded(phone_page, PLANE, code(phone_page))
    touch("touchEnd")
    assert found.origin()[1] == top  # the page has not scrolled


def test_pins_run_along_their_paths(browser_page: Page, server: Server, settle: Settle) -> None:
    browser_page.goto(server("tests/browser/apps/path_app.py"))
    settle(browser_page)
    found = Map(browser_page)
    pins = browser_page.get_by_role("slider")
    expect(pins).to_have_count(2)
    expect(pins.nth(0)).to_have_attribute("aria-valuenow", "0.25")

    def middle(i: int) -> np.ndarray:
        box = pins.nth(i).bounding_box()
        assert box is not None
        return np.array([box["x"] + 20, box["y"] + 20])

    starts = [(PATHS[0][0] + PATHS[0][1]) / 2, PATHS[1][0] + (PATHS[1][1] - PATHS[1][0]) / 4]
    for i, start in enumerate(starts):
        np.testing.assert_allclose(middle(i), found.screen(start), atol=0.6)
    browser_page.mouse.move(*middle(0))
    browser_page.mouse.down()
    browser_page.mouse.move(*found.screen(PATHS[0][1]), steps=6)  # the middle row
    expect(pins.nth(1)).to_have_attribute("aria-valuenow", "0.50")  # both follow one cursor
    expect_told(browser_page, "told", [])
    browser_page.mouse.up()
    np.testing.assert_allclose(middle(1), found.screen(PATHS[1].mean(axis=0)), atol=1.5)
    until(browser_page, lambda: browser_page.locator("#told").inner_text() != "[]")
    told = json.loads(browser_page.locator("#told").inner_text())
    assert len(told) == 1 and told[0][0] == pytest.approx(0.5, abs=0.01)
    pins.nth(0).focus()
    browser_page.keyboard.press("ArrowRight")
    expect_told(browser_page, "told", [*told, [round(told[0][0] + 0.01, 4)]])
