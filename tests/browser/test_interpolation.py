"""Interpolation in a real browser: scrub, click an end on the map, draw one, swap, take the strips along."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer import zoo
from explorer.metrics.neighbours import nearest

PATH = "interpolation?data=digits&model=digits-vae&map=umap"
START, CHANGE = 120_000, 30_000  # milliseconds, on two cores that have other work


@pytest.fixture
def opened(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> Callable[..., Page]:
    """A function that opens the page, at a width in CSS pixels."""

    def start(path: str = PATH, width: int = 1280) -> Page:
        browser_page.set_viewport_size({"width": width, "height": 900})
        browser_page.goto(f"{server('app.py')}/{path}", wait_until="commit", timeout=START)
        expect(browser_page.locator(".film")).to_have_count(3, timeout=START)
        settle(browser_page)
        return browser_page

    return start


def strip(page: Page, number: int) -> Locator:
    """The pictures of one strip: 0 linear, 1 spherical, 2 pixels."""
    return page.locator(".film").nth(number).locator("img")


def frames(pictures: Locator) -> np.ndarray:
    """uint8 (T, H, W) of the pictures."""
    sources = pictures.evaluate_all("(images) => images.map((image) => image.src)")
    files = [io.BytesIO(base64.b64decode(source.split(",")[1])) for source in sources]
    return np.stack([np.asarray(Image.open(file).convert("L")) for file in files])


def changed(picture: Locator, act: Callable[[], None]) -> None:
    """Act, and wait until the picture is another one."""
    source = str(picture.get_attribute("src"))
    act()
    expect(picture).not_to_have_attribute("src", source, timeout=CHANGE)


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


def test_scrubbing_shows_another_frame_large(opened: Callable[..., Page]) -> None:
    page = opened()
    large, small = page.locator(".rows img").first, strip(page, 0)
    slider = page.get_by_test_id("stMain").get_by_role("slider")
    expect(small.nth(5)).to_have_class("now")
    changed(large, lambda: slider.press("ArrowRight"))
    expect(small.nth(6)).to_have_class("now")
    expect(large).to_have_attribute("src", str(small.nth(6).get_attribute("src")))
    expect(page.get_by_text("40 % of A and 60 % of B")).to_be_visible()
    thumb, frame = box(page.get_by_test_id("stSliderThumbValue")), box(small.nth(6))
    middles = [each["x"] + each["width"] / 2 for each in (thumb, frame)]
    assert middles[0] == pytest.approx(middles[1], abs=3)  # the thumb stands under its frame


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
        changed(strip(page, 2).nth(moving), lambda place=place: page.mouse.click(*place))
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

    changed(strip(page, 2).nth(10), stroke)
    expect(page.get_by_role("heading", level=1)).to_contain_text("and your drawing?")
    before = [frames(strip(page, number)) for number in range(3)]
    assert before[2][10, :, 3:5].mean() > 2 * before[2][10, :, :2].mean()  # an upright stroke in the middle
    changed(strip(page, 2).nth(0), lambda: page.get_by_role("button", name="Swap A and B").click())
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
        np.testing.assert_array_equal(seen, np.concatenate([shown, shown[9:0:-1]]))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG of all strips").click()
    sheet = np.asarray(Image.open(waiting.value.path()).convert("L"))
    assert sheet.std() > 20 and sheet.shape[1] > 11 * 16


@pytest.mark.parametrize("width", [390, 1280])
def test_frames_keep_whole_pixels_and_nothing_is_wider_than_the_screen(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened("interpolation?data=mnist&model=mnist-vae-2d", width)
    wide = box(strip(page, 0).nth(4))["width"]
    assert wide == pytest.approx({390: 28, 1280: 56}[width], abs=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = max(box(strip(page, number).nth(10))["x"] for number in range(3)) + wide
    assert right <= width
