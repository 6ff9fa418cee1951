"""Traversal as a reader uses it: picture, pad and strip follow the hand, and the server hears once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer import latent, zoo
from tests.browser.app_page import copied_link
from tests.browser.live_page import pixels, told_events, until

Server = Callable[[str], str]
MODEL = "digits-vae"
LINK = "traversal?data=digits&model=digits-vae&start=The+mean"
HERO = "canvas[aria-label='Decoded picture of the code on the sliders']"
FILLED = ".strip[data-z]"


def open_traversal(page: Page, server: Server, link: str = LINK, app: str = "app.py") -> list[str]:
    """Open the page, wait for its pictures, and return what the browser sends to the server from now on."""
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.extend(told_events(frame))))
    page.goto(f"{server(app)}/{link}")
    page.locator(f"{HERO}[data-z]").wait_for()
    page.locator(FILLED).wait_for()
    page.wait_for_timeout(500)  # what the page says while it opens
    sent.clear()
    return sent


def decoded(z: list[float] | np.ndarray, model_id: str = MODEL) -> np.ndarray:
    """Grey levels (…, H, W) of codes (…, L), by PyTorch."""
    z = np.array(z, np.float32)
    images = 255 * latent.decode(zoo.load(model_id), z.reshape(-1, z.shape[-1]))[:, 0]
    return images.reshape(*z.shape[:-1], *images.shape[1:])


def code_on(element: Locator) -> list[float]:
    return [float(number) for number in (element.get_attribute("data-z") or "").split(",")]


def expect_picture_of(page: Page, z: list[float]) -> None:
    assert code_on(page.locator(HERO)) == pytest.approx(z)
    np.testing.assert_allclose(pixels(page.locator(HERO))[..., 0], decoded(z), atol=1)


def track(page: Page, which: int = 0) -> Locator:
    return page.locator(".track").nth(which)


def value_of(slider: Locator) -> float:
    return float(slider.get_attribute("aria-valuenow") or "nan")


def place_on(page: Page, slider: Locator, share: float) -> tuple[float, float]:
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    return box["x"] + 10 + share * (box["width"] - 20), box["y"] + box["height"] / 2


def first_dimension(page: Page) -> int:
    """The place in the code of the first slider's number."""
    return int(track(page).get_attribute("aria-label").split(" ")[0].removeprefix("z")) - 1


def test_the_picture_follows_the_finger_and_the_server_hears_once(
    browser_page: Page, server: Server, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    sent = open_traversal(page, server)
    expect_picture_of(page, [0.0] * 6)
    page.mouse.move(*place_on(page, track(page), 0.5))
    page.mouse.down()
    before = pixels(page.locator(HERO))
    for share in (0.55, 0.7, 0.8, 0.9):
        page.mouse.move(*place_on(page, track(page), share))
        until(page, lambda share=share: value_of(track(page)) == pytest.approx(6 * share - 3, abs=1e-3))
        z = [0.0] * 6
        z[first_dimension(page)] = value_of(track(page))
        until(page, lambda z=z: code_on(page.locator(HERO)) == z)
        expect_picture_of(page, z)
    assert np.abs(pixels(page.locator(HERO))[..., 0] - before[..., 0].astype(int)).max() > 20
    page.wait_for_timeout(400)
    assert not sent, "the server hears of it before the release"
    page.mouse.up()
    until(page, lambda: sent)
    settle(page)
    page.wait_for_timeout(400)
    assert len(sent) == 1
    expect_picture_of(page, z)
    link = copied_link(page)
    assert json.loads(parse_qs(urlsplit(link).query)["z"][0]) == pytest.approx(z)

    other = page.context.browser.new_context().new_page()
    open_traversal(other, server, link.partition("/traversal")[2].join(("traversal", "")))
    expect_picture_of(other, z)
    assert (pixels(other.locator(HERO)) == pixels(page.locator(HERO))).all()
    other.context.close()


def test_start_and_double_click_bring_back_what_was(browser_page: Page, server: Server) -> None:
    page = browser_page
    open_traversal(page, server)
    opening = code_on(page.locator(HERO))
    page.mouse.click(*place_on(page, track(page, 1), 0.2))
    until(page, lambda: code_on(page.locator(HERO)) != opening)
    page.mouse.dblclick(*place_on(page, track(page, 1), 0.8))
    until(page, lambda: code_on(page.locator(HERO)) == opening)
    page.mouse.click(*place_on(page, track(page, 0), 1.0))
    until(page, lambda: code_on(page.locator(HERO))[first_dimension(page)] == 3)
    page.get_by_role("button", name="Back to the start").click()
    until(page, lambda: code_on(page.locator(HERO)) == opening)
    expect_picture_of(page, opening)


def test_the_strip_is_pytorchs_and_a_frame_sets_its_number(browser_page: Page, server: Server) -> None:
    page = browser_page
    open_traversal(page, server)

    def expect_rows(z: list[float]) -> None:
        until(page, lambda: code_on(page.locator(FILLED)) == z)
        expect(page.locator(".strip .row.old")).to_have_count(0)
        for row in page.locator(".strip .row").all():
            index = int(row.inner_text().split(" ")[0].removeprefix("z")) - 1
            expected = decoded(latent.traverse(np.array(z), index, np.linspace(-3, 3, 9)))
            for frame, levels in zip(row.locator("img").all(), expected, strict=True):
                np.testing.assert_allclose(pixels(frame)[..., 0], levels, atol=1)
            nearest = int(np.argmin(np.abs(np.linspace(-3, 3, 9) - z[index])))
            expect(row.locator("[aria-current]")).to_have_accessible_name(
                f"z{index + 1} = {np.linspace(-3, 3, 9)[nearest]:.2f}".replace("-", "−")
            )

    expect_rows([0.0] * 6)
    page.mouse.move(*place_on(page, track(page), 0.5))
    page.mouse.down()
    page.mouse.move(*place_on(page, track(page), 0.15))
    until(page, lambda: page.locator(FILLED).count() and code_on(page.locator(FILLED)) != [0.0] * 6)
    expect_rows(code_on(page.locator(HERO)))  # the button is still down
    page.mouse.up()
    page.locator(".strip .row").nth(1).locator("button").nth(7).click()
    until(page, lambda: value_of(track(page, 1)) == 2.25)
    expect_rows(code_on(page.locator(HERO)))


def test_the_pad_moves_two_numbers_and_its_axes_are_in_the_link(browser_page: Page, server: Server) -> None:
    page = browser_page
    sent = open_traversal(page, server)
    pad = page.locator(".surface")
    pad.scroll_into_view_if_needed()
    page.locator("select[name=across]").select_option("4")
    page.locator("select[name=up]").select_option("0")
    expect(pad).to_have_accessible_name("z5 across, z1 up")
    until(page, lambda: len(sent) >= 2)
    sent.clear()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.1 * box["height"])
    until(page, lambda: code_on(page.locator(HERO)) != [0.0] * 6)
    z = code_on(page.locator(HERO))
    assert z[4] == pytest.approx(1.6, abs=0.2) and z[0] == pytest.approx(2.6, abs=0.2)
    assert z[1:4] + z[5:] == [0.0] * 4
    expect(pad).to_have_attribute("aria-valuetext", f"z5 {z[4]:.2f}, z1 {z[0]:.2f}")
    expect_picture_of(page, z)
    assert not sent
    page.mouse.up()
    until(page, lambda: len(sent) == 1)
    page.locator("select[name=up]").select_option("4")  # the other axis' own: they change places
    expect(pad).to_have_accessible_name("z1 across, z5 up")
    until(page, lambda: len(sent) == 2)
    page.wait_for_timeout(300)
    query = parse_qs(urlsplit(copied_link(page)).query)
    assert json.loads(query["axes"][0]) == [0, 4] and json.loads(query["z"][0]) == pytest.approx(z)


def test_the_keyboard_reaches_everything(browser_page: Page, server: Server) -> None:
    page = browser_page
    sent = open_traversal(page, server)

    def focused(selector: str, key: str = "Tab") -> None:
        inside = "(() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) "
        inside += "e = e.shadowRoot.activeElement; return e; })()"
        for _ in range(120):
            page.keyboard.press(key)
            if page.evaluate(f"{inside}?.matches({json.dumps(selector)}) ?? false"):
                style = f"getComputedStyle({inside})"
                outline = page.evaluate(f"[{style}.outlineStyle, {style}.outlineWidth, {style}.boxShadow]")
                assert outline[0] != "none" and outline[1] != "0px" or outline[2] != "none", selector
                return
        raise AssertionError(f"the Tab key does not reach {selector}")

    def press(slider: Locator, keys: str, value: float) -> None:
        for key in keys.split():
            page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", f"{value:.4f}")

    focused(".track")
    first = track(page)
    press(first, "ArrowRight ArrowUp ArrowLeft", 0.06)
    press(first, "Shift+ArrowRight PageUp PageDown", 0.36)
    press(first, "Home", -3)
    press(first, "End", 3)
    press(first, "Backspace", 0)
    press(first, "PageUp", 0.6)
    assert not sent  # the hand has not paused
    until(page, lambda: len(sent) == 1)
    page.keyboard.press("r")
    page.keyboard.press("c")
    page.wait_for_timeout(500)  # for what must not come
    assert len(sent) == 1  # neither rerun (r) …
    expect(page.get_by_text("Clear caches")).to_have_count(0)  # … nor "clear caches" (c)

    focused("summary")
    page.keyboard.press("Enter")
    focused(".folded .track")
    press(page.locator(".folded .track").first, "ArrowLeft", -0.06)
    focused("select[name=across]")  # which also leaves the slider: the hand has let go
    until(page, lambda: len(sent) == 2)
    page.keyboard.press("End")
    until(page, lambda: len(sent) == 3)
    focused(".surface")
    before = page.locator(".surface").get_attribute("aria-valuetext")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".surface")).not_to_have_attribute("aria-valuetext", before or "")
    focused(".frames button")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-valuenow", "3.0000")
    z = code_on(page.locator(HERO))
    until(page, lambda: len(sent) == 5, sent)  # the pad's and the frame's
    focused("[data-testid=stPopoverButton]", "Shift+Tab")
    page.keyboard.press("Enter")
    link = page.get_by_test_id("stPopoverBody").locator("code").inner_text()
    assert json.loads(parse_qs(urlsplit(link).query)["z"][0]) == pytest.approx(z)


def test_a_finger_moves_a_slider_and_scrolls_the_page(phone_page: Page, server: Server) -> None:
    page = phone_page
    sent = open_traversal(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *place: float) -> None:
        points = [{"x": place[0], "y": place[1]}] if place else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def scrolled() -> float:
        return page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop")

    slider = track(page, 2)
    (x, y), (to, _) = place_on(page, slider, 0.5), place_on(page, slider, 0.9)
    assert (slider.bounding_box() or {})["height"] >= 40
    top = scrolled()
    touch("touchStart", x, y)
    for part in np.linspace(0, 1, 12):
        touch("touchMove", x + part * (to - x), y)
    until(page, lambda: value_of(slider) == pytest.approx(2.4, abs=0.05))
    z = code_on(page.locator(HERO))
    expect_picture_of(page, z)
    assert page.locator(HERO).is_visible() and not sent and scrolled() == top
    touch("touchEnd")
    until(page, lambda: len(sent) == 1)

    value = value_of(slider)
    touch("touchStart", x, y)
    for part in np.linspace(0, 1, 12):
        touch("touchMove", x + 2, y - 150 * part)
    touch("touchEnd")
    until(page, lambda: scrolled() > top + 50)
    assert value_of(slider) == value and code_on(page.locator(HERO)) == z
    box = page.locator(HERO).bounding_box()
    assert box is not None and 0 <= box["y"] < 200  # the picture stays in sight
    assert len(sent) == 1


def test_theme_and_page_changes_lose_nothing_and_leave_nothing(
    browser_page: Page, server: Server, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    open_traversal(page, server)
    inspector = page.context.new_cdp_session(page)

    def evaluate(source: str) -> str:
        request = {"expression": source, "objectGroup": "test"}
        return inspector.send("Runtime.evaluate", request)["result"]["objectId"]

    def in_memory() -> int:
        """Tracks that something still holds, on the page or not; the garbage is collected first."""
        found = {"prototypeObjectId": evaluate("HTMLDivElement.prototype"), "objectGroup": "test"}
        objects = inspector.send("Runtime.queryObjects", found)["objects"]["objectId"]
        count = "function () { return this.filter((e) => e.className === 'track').length; }"
        call = {"functionDeclaration": count, "objectId": objects, "returnByValue": True}
        counted = inspector.send("Runtime.callFunctionOn", call)["result"]["value"]
        inspector.send("Runtime.releaseObjectGroup", {"objectGroup": "test"})  # it holds them, too
        return counted

    def listeners() -> list[int]:
        hosts = "[...document.querySelectorAll('*')].map((element) => element.shadowRoot)"
        counts = []
        for selector in (".track", ".surface", ".strip"):
            root = f"{hosts}.find((root) => root?.querySelector('{selector}'))"
            for each in (root, f"{root}.querySelector('{selector}')"):
                handle = {"objectId": evaluate(each)}
                counts.append(len(inspector.send("DOMDebugger.getEventListeners", handle)["listeners"]))
        return counts

    page.mouse.click(*place_on(page, track(page), 0.83))
    until(page, lambda: value_of(track(page)) > 1.9)
    settle(page)
    until(page, lambda: page.locator(FILLED).count() == 1)
    z, heard = code_on(page.locator(HERO)), listeners()
    for scheme in ("dark", "light", "dark"):
        picture = track(page).screenshot()
        page.emulate_media(color_scheme=scheme)
        until(page, lambda old=picture: track(page).screenshot() != old)
    assert listeners() == heard and code_on(page.locator(HERO)) == z
    assert code_on(page.locator(FILLED)) == z

    kept = []
    for _ in range(5):
        page.get_by_role("link", name="β comparison").click()
        expect(page.locator(".track")).to_have_count(0)
        settle(page)
        page.get_by_role("link", name="Traversal").click()
        page.locator(FILLED).wait_for()
        until(page, lambda: code_on(page.locator(HERO)) == z == code_on(page.locator(FILLED)))
        kept.append(in_memory())
    expect_picture_of(page, z)
    assert listeners() == heard
    # Chromium and React may hold what was on screen last, but what grows is ours.
    assert max(kept) <= 3 * page.locator(".track").count(), f"what has left the page is held: {kept} tracks"


def test_where_the_browser_cannot_the_server_decodes(browser_page: Page, server: Server) -> None:
    page = browser_page
    sent = open_traversal(page, server, app="tests/browser/apps/refused_app.py")
    expect(page.get_by_text("the server decodes it")).to_be_visible()
    expect_picture_of(page, [0.0] * 6)
    page.mouse.move(*place_on(page, track(page), 0.5))
    page.mouse.down()
    page.mouse.move(*place_on(page, track(page), 0.9))
    expect(page.locator(f"{HERO}.old")).to_be_visible()
    expect(page.locator(".strip .row.old")).to_have_count(page.locator(".strip .row").count())
    assert not sent
    page.mouse.up()
    expect(page.locator(f"{HERO}.old")).to_have_count(0)
    until(page, lambda: code_on(page.locator(FILLED)) != [0.0] * 6)
    z = code_on(page.locator(FILLED))
    assert z[first_dimension(page)] == pytest.approx(2.4, abs=1e-2)
    expect_picture_of(page, z)
    expected = decoded(latent.traverse(np.array(z), first_dimension(page), np.linspace(-3, 3, 9)))
    first_row = page.locator(".strip .row").first
    expect(first_row).not_to_have_class("row old")
    for frame, levels in zip(first_row.locator("img").all(), expected, strict=True):
        np.testing.assert_allclose(pixels(frame)[..., 0], levels, atol=1)


def test_downloads_are_a_png_and_a_moving_gif(browser_page: Page, server: Server) -> None:
    page = browser_page
    open_traversal(page, server)
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG of the rows").click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.format == "PNG" and picture.width > 100
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF of the first row").click()
    film = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert film.format == "GIF" and film.n_frames > 1
