"""A drawing is encoded while the pen moves: what is shown then is what PyTorch makes of the same strokes."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer import datasets, intake, latent, zoo
from explorer.live.draw_canvas import Sight, draw_canvas
from tests.browser.live_page import Server, draw, expect_told, pixels, told, until

APP = "tests/browser/apps/draw_app.py"
SEVEN = [(0.3, 0.25), (0.68, 0.27), (0.42, 0.8)]
ONE = [(0.8, 0.2), (0.85, 0.85)]


class Drawing:
    """The canvas, what stands beside it, and the page's picture of the cursor."""

    def __init__(
        self, page: Page, server: Server, query: str = "model=mnist-vae", where: str = "from=Draw"
    ) -> None:
        self.page = page
        page.goto(f"{server(APP)}/?{where}&{query}")
        self.paper = page.locator(".paper canvas")
        self.seen, self.rebuilt = page.locator(".seen canvas"), page.locator(".rebuilt canvas")
        self.bars, self.picture = page.locator(".code canvas"), page.locator(".frame canvas")
        self.paper.wait_for()

    def ready(self) -> Drawing:
        """Wait for the encoder, and for the picture of where the cursor stands."""
        self.bars.wait_for()
        until(self.page, lambda: self.picture.get_attribute("data-z"))
        return self

    def pen(self, places: list[tuple[float, float]], down: bool = True) -> None:
        """Draw through places without lifting."""
        box = self.paper.bounding_box()
        assert box is not None
        for x, y in places:
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
            if down:
                self.page.mouse.down()
                down = False

    def settled(self) -> None:
        """Wait until what was drawn is shown: two frames."""
        self.page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def mean(self) -> np.ndarray:
        return numbers(self.bars, "data-mean")

    def cursor(self) -> np.ndarray:
        return numbers(self.picture, "data-z")


def numbers(canvas: Locator, attribute: str) -> np.ndarray:
    text = canvas.get_attribute(attribute)
    return np.array([float(part) for part in text.split(",")] if text else [])


def levels(canvas: Locator) -> np.ndarray:
    """Grey levels of a canvas at its own pixels, (H, W)."""
    return pixels(canvas)[..., 0].astype(int)


def drawn(page: Page) -> np.ndarray:
    """The drawing as Python has it, uint8 (112, 112)."""
    return np.frombuffer(base64.b64decode(told(page, "drawing")), np.uint8).reshape(112, 112)


def expected(model_id: str, drawing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """What Python makes of bright ink: the fitted image (1, H, W), mean (L,), logvar (L,) or None."""
    dataset, model = datasets.get(zoo.card(model_id).dataset), zoo.load(model_id)
    image = intake.fit(
        drawing,
        dataset.image_shape,
        polarity="as is",
        style=dataset.intake_style,
        fill=dataset.intake_fill,
    )
    mean, logvar = latent.encode(model, image[None].astype(np.float32) / 255)
    return image, mean[0], None if logvar is None else logvar[0]


@pytest.mark.parametrize("model_id", ["mnist-vae", "mnist-conv-ae", "digits-vae", "shapes-beta-b4"])
def test_code_and_reconstruction_follow_the_pen(browser_page: Page, server: Server, model_id: str) -> None:
    page = Drawing(browser_page, server, f"model={model_id}").ready()
    before, runs = page.cursor(), told(browser_page, "runs")
    page.pen(SEVEN[:2])
    page.settled()
    half_way = page.mean()
    page.pen(SEVEN[2:], down=False)
    page.settled()
    # The button is still down: nothing has gone to Python.
    seen, rebuilt = levels(page.seen), levels(page.rebuilt)
    mean, std = page.mean(), numbers(page.bars, "data-std")
    assert np.abs(mean - half_way).max() > 0.05 and np.abs(page.cursor() - before).max() > 0.05
    np.testing.assert_allclose(page.cursor(), mean, atol=1e-4)  # the cursor holds multiples of 0.0001
    assert told(browser_page, "runs") == runs and told(browser_page, "drawing") is None
    browser_page.mouse.up()
    expect_told(browser_page, "runs", runs + 1)
    image, expected_mean, logvar = expected(model_id, drawn(browser_page))
    assert np.abs(seen - image[0]).max() <= 1
    # One grey level in one pixel of the fit moves a mean by up to 1/255 of a weight's size, about 1e-3; the
    # forward passes themselves agree to 1e-4.
    np.testing.assert_allclose(mean, expected_mean, atol=2e-3)
    assert (std.size > 0) is (logvar is not None)
    if logvar is not None:
        np.testing.assert_allclose(std, np.exp(logvar / 2), atol=2e-3)
    decoded = latent.decode(zoo.load(model_id), mean[None].astype(np.float32))[0, 0]
    np.testing.assert_allclose(rebuilt, 255 * decoded, atol=1)
    # The page now encodes the drawing itself; the cursor stays, and Python has heard of nothing else.
    np.testing.assert_allclose(told(browser_page, "z"), mean, atol=2e-3)
    browser_page.wait_for_timeout(500)  # for what must not come
    np.testing.assert_allclose(page.cursor(), mean, atol=2e-3)
    assert (told(browser_page, "moves"), told(browser_page, "runs")) == (0, runs + 1)


def test_a_dot_is_seen_as_soon_as_the_pen_touches(browser_page: Page, server: Server) -> None:
    page = Drawing(browser_page, server).ready()
    assert levels(page.seen).max() == 0 and page.mean().size == 0
    page.pen([(0.5, 0.5)])
    page.settled()
    assert levels(page.seen).max() == 255 and page.mean().size == 16
    browser_page.mouse.up()


def test_undo_and_clear_lead_back(browser_page: Page, server: Server) -> None:
    page = Drawing(browser_page, server).ready()
    empty = page.cursor()
    assert empty.tolist() == told(browser_page, "z")
    draw(browser_page, page.paper, SEVEN)
    expect_told(browser_page, "runs", 2)
    first, seen = page.mean(), levels(page.seen)
    draw(browser_page, page.paper, ONE)
    expect_told(browser_page, "runs", 3)
    assert np.abs(page.mean() - first).max() > 0.05
    # By the keyboard: Tab reaches both buttons.
    for name, runs in (("Undo", 4), ("Clear", 5)):
        browser_page.locator("body").press("Tab")
        button = browser_page.get_by_role("button", name=name)
        while not button.evaluate("(button) => button.getRootNode().activeElement === button"):
            browser_page.keyboard.press("Tab")
        browser_page.keyboard.press("Enter")
        page.settled()
        if name == "Undo":
            np.testing.assert_array_equal(page.mean(), first)
            np.testing.assert_array_equal(levels(page.seen), seen)
            np.testing.assert_allclose(page.cursor(), first, atol=2e-3)
        expect_told(browser_page, "runs", runs)
    assert page.mean().size == 0 and levels(page.seen).max() == levels(page.rebuilt).max() == 0
    until(browser_page, lambda: page.cursor().tolist() == empty.tolist())
    browser_page.wait_for_timeout(500)  # for what must not come
    assert page.cursor().tolist() == empty.tolist() == told(browser_page, "z")
    assert (told(browser_page, "moves"), told(browser_page, "drawing")) == (0, None)


@pytest.mark.parametrize("model_id", ["mnist-vae", "shapes-beta-b4"])
def test_dark_ink_is_seen_as_dark_ink(browser_page: Page, server: Server, model_id: str) -> None:
    page = Drawing(browser_page, server, f"page=dark&model={model_id}").ready()
    page.pen(SEVEN)
    page.settled()
    seen, mean = levels(page.seen), page.mean()
    browser_page.mouse.up()
    expect_told(browser_page, "runs", 2)
    drawing = drawn(browser_page)
    assert drawing[0, 0] == 255 and drawing.min() == 0
    bright = expected(model_id, 255 - drawing)[0]
    assert np.abs(seen - (255 - bright[0])).max() <= 1
    np.testing.assert_allclose(told(browser_page, "z"), mean, atol=2e-3)
    if model_id == "shapes-beta-b4":  # where nothing is subtracted that is the drawing "as is"
        assert np.abs(seen - intake.fit(drawing, bright.shape, polarity="as is", style="whole")[0]).max() <= 1


def test_page_change_and_theme_lose_nothing(browser_page: Page, server: Server) -> None:
    page = Drawing(browser_page, server, "page=two").ready()
    draw(browser_page, page.paper, SEVEN)
    expect_told(browser_page, "runs", 2)
    mean, seen, rebuilt = page.mean(), levels(page.seen), levels(page.rebuilt)
    light = pixels(page.bars)
    browser_page.emulate_media(color_scheme="dark")
    until(browser_page, lambda: np.abs(pixels(page.bars).astype(int) - light).max() > 30)
    np.testing.assert_array_equal(page.mean(), mean)
    browser_page.get_by_text("other", exact=True).click()
    expect(page.paper).to_have_count(0)
    browser_page.get_by_text("pick", exact=True).click()
    page.ready()
    until(browser_page, lambda: page.mean().size)
    # The drawing came back as its 112 × 112 pixels, so that everything is as it was.
    np.testing.assert_array_equal(levels(page.seen), seen)
    np.testing.assert_allclose(levels(page.rebuilt), rebuilt, atol=1)
    np.testing.assert_allclose(page.mean(), mean, atol=1e-4)
    until(browser_page, lambda: np.abs(page.cursor() - mean).max() < 2e-3)
    assert told(browser_page, "moves") == 0


def test_another_input_takes_the_cursor_over(browser_page: Page, server: Server) -> None:
    page = Drawing(browser_page, server).ready()
    draw(browser_page, page.paper, SEVEN)
    expect_told(browser_page, "runs", 2)
    reading = page.mean()
    browser_page.get_by_text("Gallery", exact=True).click()
    expect(page.paper).to_have_count(0)
    until(browser_page, lambda: np.abs(page.cursor() - reading).max() > 0.05)
    np.testing.assert_allclose(page.cursor(), told(browser_page, "z"), atol=1e-4)


def test_without_a_cursor_it_is_a_canvas(browser_page: Page, server: Server) -> None:
    page = Drawing(browser_page, server, "linked=no")
    until(browser_page, lambda: page.picture.get_attribute("data-z"))
    before = page.cursor()
    page.pen(SEVEN)
    page.settled()
    assert page.cursor().tolist() == before.tolist()
    for view in (page.seen, page.rebuilt, page.bars):
        expect(view).to_be_hidden()
    assert levels(page.paper).max() == 255
    browser_page.mouse.up()
    until(browser_page, lambda: np.abs(page.cursor() - before).max() > 0.05)  # by way of Python
    np.testing.assert_allclose(page.cursor(), expected("mnist-vae", drawn(browser_page))[1], atol=2e-3)


def test_a_finger_draws_and_everything_fits_the_telephone(phone_page: Page, server: Server) -> None:
    page = Drawing(phone_page, server).ready()
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 390
    for view in (page.paper, page.seen, page.rebuilt, page.bars):
        box = view.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["width"] >= 56
    box = page.paper.bounding_box()
    assert box is not None
    finger = phone_page.context.new_cdp_session(phone_page)
    top = phone_page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    for kind, share in [("touchStart", 0.2), *(("touchMove", s) for s in np.linspace(0.2, 0.8, 8))]:
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + share * box["height"]}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    page.settled()
    mean = page.mean()
    assert mean.size == 16 and told(phone_page, "drawing") is None
    np.testing.assert_allclose(page.cursor(), mean, atol=1e-4)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_told(phone_page, "runs", 2)
    np.testing.assert_allclose(mean, expected("mnist-vae", drawn(phone_page))[1], atol=2e-3)
    assert phone_page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == top


@pytest.mark.parametrize("wide", [250, 330, 700])
def test_pictures_stand_at_whole_multiples(browser_page: Page, server: Server, wide: int) -> None:
    page = Drawing(browser_page, server, f"width={wide}").ready()
    page.pen(SEVEN)
    page.settled()
    boxes = [view.bounding_box() for view in (page.paper, page.seen, page.rebuilt, page.bars)]
    assert all(box is not None and box["width"] <= wide for box in boxes)
    paper, seen, rebuilt, bars = boxes
    assert seen["width"] % 28 == 0 and seen["width"] >= 84 and seen["width"] == rebuilt["width"]
    beside, below = paper["x"] + paper["width"], paper["y"] + paper["height"]
    assert (seen["x"] > beside) is (wide > 250) and (seen["y"] > below) is (wide == 250)
    assert (bars["x"] > seen["x"] + seen["width"]) is (wide == 700)
    shown = np.asarray(Image.open(io.BytesIO(page.seen.screenshot())).convert("L")).astype(int)
    times = int(seen["width"]) // 28
    centres = shown[times // 2 :: times, times // 2 :: times]
    np.testing.assert_allclose(centres, levels(page.seen), atol=1)  # enlarged, not smoothed
    browser_page.mouse.up()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"image_shape": (28, 28)}, "image_shape"),
        ({"style": "other"}, "style='other'"),
        ({"fill": 0}, "fill=0"),
        ({"order": [0, 1, 1]}, "each once"),
        ({"order": []}, "each once"),
    ],
)
def test_a_sight_that_cannot_be_is_refused(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Sight(**{"image_shape": (1, 28, 28), "order": [0, 1]} | wrong)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cursor": "code"}, "give both, or neither"),
        ({"sight": Sight((1, 28, 28), [0])}, "give both, or neither"),
        ({"labels": {"undo": "Zurück", "redo": "Vor"}}, "No label is called redo"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw_canvas(key="refused", **wrong)
