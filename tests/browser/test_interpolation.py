"""Interpolation in a real browser: scrub, play, click an end on the map, draw one, swap, take it along."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from explorer import datasets, latent, zoo
from explorer.metrics.neighbours import nearest
from tests.browser.live_page import until

PATH = "interpolation?data=digits&model=digits-vae&map=umap"
START, CHANGE = 120_000, 30_000  # milliseconds, on two cores that have other work
T = np.linspace(0, 1, 11)
READ = """(canvases) => canvases.map((canvas) => {
    const { data, width, height } =
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return [height, width, [...data].filter((_, i) => i % 4 === 0)];
})"""
#: Counts what the page sends to Python, before anything of it runs.
COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
window.messages = 0;
WebSocket.prototype.send = function (data) { window.messages += 1; return send.call(this, data); };
"""


@pytest.fixture
def opened(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> Callable[..., Page]:
    """A function that opens the page, at a width in CSS pixels."""

    def start(path: str = PATH, width: int = 1280, page: Page = browser_page) -> Page:
        page.set_viewport_size({"width": width, "height": 900})
        page.add_init_script(COUNT_MESSAGES)
        page.goto(f"{server('app.py')}/{path}", wait_until="commit", timeout=START)
        ready(page)
        settle(page)
        return page

    return start


def ready(page: Page, t: float | None = None) -> None:
    """Wait until the strips are whole and the large pictures show t."""
    expect(page.locator("div.walk").first).to_be_attached(timeout=START)
    for place in page.locator("div.walk").all():
        expect(place).to_have_attribute("data-strips", "22", timeout=START)
        if t is not None:
            expect(place).to_have_attribute("data-shown", f"{t:g}", timeout=CHANGE)


def strip(page: Page, number: int) -> Locator:
    """The pictures of one strip: 0 linear, 1 spherical, 2 pixels."""
    return page.locator(".film").nth(number).locator("canvas")


def frames(pictures: Locator) -> np.ndarray:
    """uint8 (T, H, W) of the pictures."""
    read = pictures.evaluate_all(READ)
    return np.stack([np.array(data, np.uint8).reshape(height, width) for height, width, data in read])


def large(page: Page, row: int = 0) -> np.ndarray:
    """The three large pictures, uint8 (3, H, W)."""
    return frames(page.locator(".heroes").nth(row).locator("canvas"))


def made(model_id: str, a: int, b: int, t: np.ndarray) -> np.ndarray:
    """Linear, spherical and blended pictures, uint8 (3, T, H, W), by Python."""
    x = datasets.get(zoo.card(model_id).dataset).split("gallery").pixels(np.array([a, b]))
    model = zoo.load(model_id)
    z = latent.encode(model, x)[0]
    ways = [latent.decode(model, path(*z, t)) for path in (latent.lerp, latent.slerp)]
    return np.rint(255 * np.stack([*ways, latent.lerp(*x, t)])[:, :, 0]).astype(np.uint8)


def close(shown: np.ndarray, expected: np.ndarray) -> bool:
    """Equal but for one of 256 grey levels."""
    return shown.shape == expected.shape and np.abs(shown.astype(int) - expected.astype(int)).max() <= 1


def changed(page: Page, pictures: Locator, act: Callable[[], None]) -> None:
    """Act, and wait until the first of the pictures is another one."""
    before = frames(pictures.first)
    act()
    until(page, lambda: not np.array_equal(frames(pictures.first), before), "the picture is still the same")
    ready(page)


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found is not None
    return dict(found)


def said(page: Page) -> dict[str, str]:
    """What the copied link carries."""
    page.get_by_role("button", name="Copy link").click()
    text = page.get_by_test_id("stPopoverBody").locator("code").inner_text()
    page.keyboard.press("Escape")
    return {name: values[0] for name, values in parse_qs(urlsplit(text).query).items()}


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="t, from A to B").first


def sent(page: Page) -> int:
    return int(page.evaluate("window.messages"))


@pytest.mark.parametrize("model_id", ["digits-vae", "mnist-ae"])
def test_strips_are_python_s(opened: Callable[..., Page], model_id: str) -> None:
    page = opened(f"interpolation?data={zoo.card(model_id).dataset}&model={model_id}")
    link = said(page)
    expected = made(model_id, int(link["aindex"]), int(link["bindex"]), T)
    for number in range(3):
        assert close(frames(strip(page, number)), expected[number])


def test_scrubbing_moves_the_large_pictures_before_the_release(
    opened: Callable[..., Page], browser: Browser, settle: Callable[[Page], None]
) -> None:
    page = opened()
    link = said(page)
    a, b = int(link["aindex"]), int(link["bindex"])
    settle(page)
    before, now = sent(page), frames(strip(page, 0))
    assert close(large(page), made("digits-vae", a, b, np.array([0.5]))[:, 0])
    area, frame = box(slider(page)), box(strip(page, 0).first)["width"]
    assert area["height"] >= 40

    def x_of(t: float) -> float:
        return area["x"] + frame / 2 + t * (area["width"] - frame)

    y = area["y"] + area["height"] / 2
    page.mouse.move(x_of(0.5), y)
    page.mouse.down()
    for t in (0.6, 0.73, 0.37):
        page.mouse.move(x_of(t), y, steps=4)
        ready(page, t)
        assert close(large(page), made("digits-vae", a, b, np.array([t]))[:, 0])
    expect(strip(page, 0).nth(4)).to_have_class("now")
    assert sent(page) == before
    expect(page.get_by_text("63 % of A and 37 % of B")).to_be_visible()
    check_numbers(page, a, b, 0.37)
    page.mouse.up()
    settle(page)
    page.wait_for_timeout(300)  # for what must not come
    assert sent(page) == before + 1
    np.testing.assert_array_equal(frames(strip(page, 0)), now)
    assert said(page) == link | {"t": "0.37"}
    address = copied(page)
    fresh = browser.new_page()
    fresh.goto(address)
    ready(fresh, 0.37)
    np.testing.assert_array_equal(large(fresh), large(page))
    fresh.close()


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    text = page.get_by_test_id("stPopoverBody").locator("code").inner_text()
    page.keyboard.press("Escape")
    return text


def check_numbers(page: Page, a: int, b: int, t: float) -> None:
    """Distances and lengths under the large pictures are those of the codes."""
    x = datasets.get("digits").split("gallery").pixels(np.array([a, b]))
    z = latent.encode(zoo.load("digits-vae"), x)[0]
    others = np.delete(zoo.gallery("digits-vae").z, [a, b], axis=0)
    for number, path in enumerate((latent.lerp, latent.slerp)):
        code = path(*z, np.array([t]))
        far, length = page.locator(".heroes figure").nth(number).locator("span").all_inner_texts()[:2]
        assert float(far.split()[0]) == pytest.approx(nearest(code, others, 1)[1][0, 0], rel=0.006)
        assert float(length.split()[-1]) == pytest.approx(np.linalg.norm(code), rel=0.006)


def test_the_keyboard_scrubs_and_tells_once(
    opened: Callable[..., Page], settle: Callable[[Page], None]
) -> None:
    page = opened()
    link = said(page)
    settle(page)
    slider(page).focus()
    before = sent(page)
    for _ in range(3):
        page.keyboard.down("ArrowRight")
    ready(page, 0.53)
    page.keyboard.up("ArrowRight")
    settle(page)
    assert sent(page) == before + 1
    for key, t in (("PageUp", 0.63), ("ArrowLeft", 0.62), ("Home", 0), ("End", 1), ("PageDown", 0.9)):
        page.keyboard.press(key)
        ready(page, t)
    expected = made("digits-vae", int(link["aindex"]), int(link["bindex"]), np.array([0.9]))
    assert close(large(page), expected[:, 0])
    settle(page)
    assert said(page)["t"] == "0.9"


def test_a_pressed_frame_is_shown_large(opened: Callable[..., Page]) -> None:
    page = opened()
    strip(page, 1).nth(8).click()
    ready(page, 0.8)
    np.testing.assert_array_equal(large(page)[1], frames(strip(page, 1))[8])


def test_an_animation_plays_a_round_and_stops_when_told(
    server: Callable[[str], str], browser: Browser, settle: Callable[[Page], None]
) -> None:
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.add_init_script(COUNT_MESSAGES)
    page.goto(f"{server('app.py')}/{PATH}&t=0.4", timeout=START)
    ready(page, 0.4)
    settle(page)
    button = page.locator(".walk button").first
    before = sent(page)
    page.evaluate(
        """() => {
            const find = (root) => root.querySelector('.walk')
                ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot))
                    .find(Boolean);
            window.seen = [];
            new MutationObserver(() => window.seen.push(Number(find(document).dataset.shown)))
                .observe(find(document), { attributeFilter: ['data-shown'] });
        }"""
    )
    button.click()
    expect(button).to_have_text("Stop")
    expect(button).to_have_text("Animate", timeout=CHANGE)  # by itself, after a round
    ready(page, 0.4)
    seen = page.evaluate("window.seen")
    assert min(seen) < 0.1 and max(seen) > 0.9 and len(set(seen)) > 11
    assert sent(page) == before  # it came home: there is nothing to tell
    for stop in (lambda: button.click(), lambda: page.keyboard.press("Escape")):
        button.click()
        expect(button).to_have_text("Stop")
        page.wait_for_timeout(400)
        stop()
        expect(button).to_have_text("Animate")
        settle(page)
        page.wait_for_timeout(200)  # the last frame
        place = page.locator(".walk").first.get_attribute("data-shown")
        page.wait_for_timeout(400)
        assert page.locator(".walk").first.get_attribute("data-shown") == place
        assert float(place) == pytest.approx(round(float(place), 2))
    settle(page)
    assert said(page)["t"] == f"{float(place):g}"
    context.close()


def test_who_wants_no_motion_gets_steps(opened: Callable[..., Page]) -> None:
    page = opened()  # the fixture's page asks for reduced motion
    button = page.locator(".walk button").first
    button.click()
    shown = page.locator(".walk").first
    expect(shown).to_have_attribute("data-shown", "0")
    expect(shown).to_have_attribute("data-shown", "0.1")
    expect(shown).to_have_attribute("data-shown", "0.2")
    slider(page).press("End")  # a hand takes over
    expect(button).to_have_text("Animate")
    page.wait_for_timeout(800)
    expect(shown).to_have_attribute("data-shown", "1")


def test_a_pin_dragged_along_the_path_moves_the_pictures(
    opened: Callable[..., Page], settle: Callable[[Page], None]
) -> None:
    page = opened("interpolation?data=mnist&model=mnist-ae-2d&map=plane&t=0.5")
    pin = page.locator(".handle[role=slider]").first
    pin.scroll_into_view_if_needed()
    before, shown = sent(page), large(page)
    area = box(pin)
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2 + 25, area["y"] + area["height"] / 2 + 25, steps=5)
    page.wait_for_timeout(200)
    t = float(pin.get_attribute("aria-valuenow") or "nan")
    assert t != pytest.approx(0.5, abs=0.02)
    assert slider(page).get_attribute("aria-valuetext") == f"t = {t:.2f}"
    assert not np.array_equal(large(page), shown) and sent(page) == before
    page.mouse.up()
    settle(page)
    page.wait_for_timeout(300)  # for what must not come
    assert sent(page) == before + 1 and float(said(page)["t"]) == pytest.approx(t, abs=0.011)


def test_two_models_follow_one_bar(opened: Callable[..., Page]) -> None:
    page = opened("interpolation?data=mnist&model=mnist-vae-2d&second=mnist-ae-2d&map=plane")
    link = said(page)
    expect(page.locator("div.walk")).to_have_count(2)
    slider(page).press("PageUp")
    ready(page, 0.6)
    a, b = int(link["aindex"]), int(link["bindex"])
    for row, model_id in enumerate(("mnist-vae-2d", "mnist-ae-2d")):
        assert close(large(page, row), made(model_id, a, b, np.array([0.6]))[:, 0])


def test_a_click_on_the_map_sets_the_chosen_end(opened: Callable[..., Page]) -> None:
    page = opened()
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    expect(stage).to_have_attribute("data-view", re.compile(r"\["), timeout=CHANGE)
    points = zoo.gallery("digits-vae").maps["umap"]
    lonely = np.argsort(-nearest(points, points, 1, exclude=np.arange(len(points)))[1][:, 0])
    for end, index, moving, other in (("b", int(lonely[0]), 10, "a"), ("a", int(lonely[1]), 0, "b")):
        page.get_by_role("radio", name=end.upper(), exact=True).click(force=True)
        kept = said(page)[f"{other}index"]
        x, y, scale_x, scale_y, _ = json.loads(str(stage.get_attribute("data-view")))
        area = box(stage)
        place = (
            float(area["x"] + area["width"] / 2 + (points[index, 0] - x) * scale_x),
            float(area["y"] + area["height"] / 2 - (points[index, 1] - y) * scale_y),
        )
        changed(page, strip(page, 2).nth(moving), lambda place=place: page.mouse.click(*place))
        link = said(page)
        assert (link[f"{end}index"], link[f"{other}index"]) == (str(index), kept)


def test_a_drawing_is_an_end_and_stays_with_its_canvas_when_swapped(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_role("radio", name="Draw").nth(1).click(force=True)
    canvas = page.get_by_label("Draw here")
    expect(canvas).to_be_visible(timeout=CHANGE)
    area = box(canvas)

    def stroke() -> None:
        page.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 0.2 * area["height"])
        page.mouse.down()
        page.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 0.8 * area["height"], steps=8)
        page.mouse.up()

    changed(page, strip(page, 2).nth(10), stroke)
    expect(page.get_by_role("heading", level=1)).to_contain_text("and your drawing?")
    before = [frames(strip(page, number)) for number in range(3)]
    assert before[2][10, :, 3:5].mean() > 2 * before[2][10, :, :2].mean()  # an upright stroke in the middle
    swap = page.get_by_role("button", name="Swap A and B")
    changed(page, strip(page, 2).nth(0), lambda: swap.click())
    expect(page.get_by_role("heading", level=1)).to_contain_text("between your drawing and")
    for number in range(3):
        np.testing.assert_allclose(frames(strip(page, number)), before[number][::-1], atol=1)
    ink = page.get_by_label("Draw here").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(canvas.width / 2, 0, 1, canvas.height).data]"
    )
    assert max(ink[0::4]) > 200  # the stroke is still on the canvas


def test_the_strips_can_be_taken_along(opened: Callable[..., Page]) -> None:
    page = opened()
    for number, way in enumerate(("linear", "spherical", "pixels")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"GIF: {way}").click()
        assert waiting.value.suggested_filename == f"digits-vae-{way}.gif"
        film = Image.open(waiting.value.path())
        seen = []
        for position in range(film.n_frames):
            film.seek(position)
            seen.append(np.asarray(film.convert("L"))[::35, ::35])
        assert film.size == (280, 280) and film.n_frames == 20  # eleven there, nine back
        shown = frames(strip(page, number))
        np.testing.assert_allclose(np.array(seen, int), np.concatenate([shown, shown[9:0:-1]]), atol=1)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG of all strips").click()
    sheet = np.asarray(Image.open(waiting.value.path()).convert("L"))
    assert sheet.std() > 20 and sheet.shape[1] > 11 * 16


@pytest.mark.parametrize("width", [390, 1280])
def test_frames_keep_whole_pixels_and_nothing_is_wider_than_the_screen(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened("interpolation?data=mnist&model=mnist-vae-2d", width)
    expected = pytest.approx({390: 28, 1280: 56}[width], abs=0.01)
    # a strip that was drawn in a box still growing is sized once more
    until(page, lambda: box(strip(page, 0).nth(4))["width"] == expected)
    wide = box(strip(page, 0).nth(4))["width"]
    assert wide == expected
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = max(box(strip(page, number).nth(10))["x"] for number in range(3)) + wide
    assert right <= width
    thumb, frame = box(page.locator(".thumb").first), box(strip(page, 0).nth(5))
    middles = [each["x"] + each["width"] / 2 for each in (thumb, frame)]
    assert middles[0] == pytest.approx(middles[1], abs=2)  # the thumb stands under its frame


def test_where_the_browser_cannot_run_the_model_python_does_on_release(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('tests/browser/apps/refused_app.py')}/{PATH}", timeout=START)
    ready(page, 0.5)
    settle(page)
    link = said(page)
    a, b = int(link["aindex"]), int(link["bindex"])
    for number in range(3):
        assert close(frames(strip(page, number)), made("digits-vae", a, b, T)[number])
    assert close(large(page), made("digits-vae", a, b, np.array([0.5]))[:, 0])
    slider(page).press("PageUp")
    expected = made("digits-vae", a, b, np.array([0.6]))[:, 0]
    until(page, lambda: close(large(page), expected))
    assert close(large(page), expected)
