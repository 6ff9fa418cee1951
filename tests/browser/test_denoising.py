"""Denoising in a browser: the level moves the pictures before it is released; new noise; a link reopened."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from skimage.metrics import structural_similarity

from explorer import datasets, denoiser, latent, projection, zoo
from explorer.corruption import corrupt_array
from explorer.metrics import reconstruction
from tests.browser.app_page import copied_link

OURS, PLAIN = "mnist-dae", "mnist-conv-ae"
START = 90_000  # milliseconds, on two cores that have other work
INDEX = 3_673
READ = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
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
    """A function that opens the page with a view."""

    def start(page: Page = browser_page, **view: object) -> Page:
        query = "&".join(f"{name}={value}" for name, value in view.items())
        page.add_init_script(COUNT_MESSAGES)
        page.goto(f"{server('app.py')}/denoising?data=mnist&model={OURS}&{query}")
        ready(page)
        settle(page)
        return page

    return start


def ready(page: Page, level: float | None = None) -> None:
    """Wait until every picture shows the level."""
    place = page.locator("div.noise[data-shown]").first
    expect(place).not_to_have_attribute("data-shown", "", timeout=START)
    if level is not None:
        expect(place).to_have_attribute("data-shown", f"{level:g}")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Level")


def figure(page: Page, title: str, row: str = "heroes") -> Locator:
    return page.locator(f".{row} figure", has=page.locator("strong", has_text=title))


def pixels(page: Page, title: str, row: str = "heroes", number: int = 0) -> np.ndarray:
    """uint8 (H, W) of a picture; of the residual, number 1, (H, W, 3)."""
    canvas = figure(page, title, row).locator("canvas").nth(number)
    data = np.array(canvas.evaluate(READ), np.uint8).reshape(28, 28, 4)
    return data[..., :3] if number else data[..., 0]


def same(shown: np.ndarray, x: np.ndarray) -> bool:
    """uint8 (H, W) is x, float in [0, 1], but for one grey level."""
    return bool(np.abs(shown.astype(int) - np.rint(255 * x.squeeze()).astype(int)).max() <= 1)


def hold(page: Page, share: float) -> None:
    """Press the slider and move the finger to a share of its length, without letting go."""
    box = slider(page).bounding_box()
    assert box is not None and box["height"] >= 40
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + share * (box["width"] - 20), y, steps=6)


def expected(kind: str, level: float, seed: int = 0, index: int = INDEX) -> dict[str, np.ndarray]:
    """Every method's picture, by Python."""
    clean = datasets.get("mnist").split("gallery").pixels(index)
    noisy = corrupt_array(clean, kind, level, seed)
    settings = denoiser.tuned_for(zoo.card(OURS).metrics["classical_settings"]["value"][kind], level)[1]
    found = {
        "Noisy input": noisy,
        "Denoised": latent.reconstruct(zoo.load(OURS), noisy),
        "Plain model": latent.reconstruct(zoo.load(PLAIN), noisy),
        "Median filter": denoiser.classical("median", noisy, settings["median"]),
        "Non-local means": denoiser.classical("non_local_means", noisy, settings["non_local_means"]),
    }
    return {"Clean": clean} | found


def check_pictures(page: Page, kind: str, level: float, seed: int = 0) -> None:
    """All pictures and numbers on the page are Python's."""
    made = expected(kind, level, seed)
    clean = made.pop("Clean")
    psnr = {title: float(reconstruction.psnr(clean, x)[0]) for title, x in made.items()}
    best = max(("Median filter", "Non-local means"), key=psnr.__getitem__)
    titles = page.locator(".heroes strong").all_inner_texts()
    assert titles == ["Clean", "Noisy input", "Denoised", best]
    assert same(pixels(page, "Clean"), clean)
    for title, x in made.items():
        for row in ("heroes", "cells") if title in titles else ("cells",):
            assert same(pixels(page, title, row), x), (title, row)
            decibel, similar = figure(page, title, row).locator("span").all_inner_texts()[:2]
            assert float(decibel.removesuffix(" dB")) == pytest.approx(psnr[title], abs=0.05)
            expected_ssim = structural_similarity(
                clean[0, 0].astype(float), x[0, 0].astype(float), win_size=7, data_range=1
            )
            assert float(similar.removeprefix("SSIM ")) == pytest.approx(expected_ssim, abs=0.0051)
        residual = pixels(page, title, "cells", 1).astype(int)
        error = (x - clean)[0, 0]
        assert (residual[..., 0] > residual[..., 2])[error > 0.1].all()
        assert (residual[..., 2] > residual[..., 0])[error < -0.1].all()
    check_sentences(page, psnr, best)


def check_sentences(page: Page, psnr: dict[str, float], best: str) -> None:
    said = page.locator(".said").inner_text()
    if psnr["Denoised"] < psnr["Noisy input"]:
        assert "farther from the clean picture than the noisy input is" in said
        return
    gain = psnr["Denoised"] - psnr[best]
    assert ("above" if gain > 0 else "below") in said
    assert float(said.split(" dB")[0].split()[-1]) == pytest.approx(abs(gain), abs=0.006)


@pytest.mark.parametrize(
    "kind, start, share, level",
    [("gaussian", 0.5, 0.4, 0.8), ("salt_pepper", 0.3, 0.65, 0.65), ("masking", 0.5, 0.2, 0.2)],
)
def test_the_level_moves_everything_before_it_is_released(
    opened: Callable[..., Page],
    browser: Browser,
    settle: Callable[[Page], None],
    kind: str,
    start: float,
    share: float,
    level: float,
) -> None:
    page = opened(kind=kind, index=INDEX)
    check_pictures(page, kind, start)
    before = page.evaluate("window.messages")
    hold(page, share)
    ready(page, level)
    check_pictures(page, kind, level)
    assert page.evaluate("window.messages") == before  # nothing was sent while the finger moved
    page.mouse.up()
    expect(slider(page)).to_have_attribute("aria-valuenow", f"{level:g}")
    settle(page)
    page.wait_for_timeout(300)  # for what must not come
    assert page.evaluate("window.messages") == before + 1
    link = copied_link(page)
    assert parse_qs(urlsplit(link).query)["level"] == [f"{level:g}"]
    fresh = browser.new_page()
    fresh.goto(link)
    ready(fresh, level)
    check_pictures(fresh, kind, level)
    fresh.close()


def test_the_noisy_code_moves_on_the_map_with_the_level(
    opened: Callable[..., Page], settle: Callable[[Page], None]
) -> None:
    page = opened(index=INDEX, map="pca")
    point = page.locator(".handle.live")
    found = projection.pca(zoo.gallery(OURS).z)

    def check(level: float) -> None:
        z = latent.encode(zoo.load(OURS), expected("gaussian", level)["Noisy input"])[0]
        place = json.loads(point.get_attribute("data-place") or "null")
        np.testing.assert_allclose(place, found.place(z)[0], atol=1e-2)

    check(0.5)
    hold(page, 0.6)
    ready(page, 1.2)
    page.wait_for_timeout(100)  # the frame after
    check(1.2)
    page.mouse.up()
    settle(page)
    page.wait_for_timeout(300)
    check(1.2)


def test_the_curves_dot_follows_on_release(
    opened: Callable[..., Page], settle: Callable[[Page], None]
) -> None:
    page = opened(index=INDEX)
    dot = page.get_by_test_id("stPlotlyChart").first.locator(".scatterlayer .points path").last
    expect(dot).to_be_visible()
    before = dot.bounding_box()["x"]
    hold(page, 0.6)
    page.mouse.up()
    ready(page, 1.2)
    settle(page)
    page.wait_for_timeout(500)  # Plotly draws after the script's end
    assert dot.bounding_box()["x"] > before + 40


def test_the_keyboard_moves_the_level_and_tells_once(
    opened: Callable[..., Page], settle: Callable[[Page], None]
) -> None:
    page = opened(kind="block", level=0.4)
    slider(page).focus()
    before = page.evaluate("window.messages")
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowRight")
    ready(page, 0.43)
    assert page.evaluate("window.messages") == before
    page.keyboard.up("ArrowRight")
    settle(page)
    assert page.evaluate("window.messages") == before + 1
    for key, level in (("PageUp", 0.53), ("Home", 0), ("End", 1)):
        page.keyboard.press(key)
        ready(page, level)
    page.keyboard.press("Home")
    ready(page, 0)
    assert figure(page, "Noisy input").locator("span").first.inner_text() == "∞ dB"
    assert np.array_equal(pixels(page, "Noisy input"), pixels(page, "Clean"))
    assert "farther from the clean picture" in page.locator(".said").inner_text()
    settle(page)
    runs = page.evaluate("window.messages")
    page.keyboard.press("r")
    page.wait_for_timeout(300)  # for what must not come: Streamlit's own shortcut
    assert page.evaluate("window.messages") == runs


def test_new_noise_and_the_row_as_a_file(opened: Callable[..., Page], settle: Callable[[Page], None]) -> None:
    page = opened(level=0.8, index=INDEX)
    noisy = pixels(page, "Noisy input")
    page.get_by_role("button", name="New noise").click()
    page.wait_for_function(
        f"""(old) => {{
            const find = (root) => root.querySelector('.heroes')
                ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot))
                    .find(Boolean);
            const canvas = find(document).querySelectorAll('canvas')[1];
            return String(({READ})(canvas).filter((_, i) => i % 4 === 0)) !== old;
        }}""",
        arg=",".join(map(str, noisy.ravel())),
    )
    ready(page, 0.8)
    settle(page)
    check_pictures(page, "gaussian", 0.8, seed=1)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG of the row").click()
    assert waiting.value.suggested_filename == f"{OURS}-gaussian.png"
    picture = np.asarray(Image.open(waiting.value.path()).convert("RGB")).astype(int)
    enlarged = pixels(page, "Denoised").repeat(4, axis=0).repeat(4, axis=1).astype(int)
    places = np.argwhere(np.abs(picture[:-111, :-111, 0] - enlarged[0, 0]) <= 1)
    fits = [(y, x) for y, x in places if np.abs(picture[y : y + 112, x : x + 112, 0] - enlarged).max() <= 1]
    assert len(fits) == 1  # the very picture on screen lies in the file


def test_four_heroes_fit_a_phone_and_a_finger_moves_the_level(
    opened: Callable[..., Page], phone_page: Page
) -> None:
    page = opened(phone_page, kind="masking", index=INDEX)
    boxes = [canvas.bounding_box() for canvas in page.locator(".heroes canvas").all()]
    assert len({box["x"] for box in boxes}) == 2 and len({box["y"] for box in boxes}) == 2
    assert all(box["width"] % 28 == 0 and box["x"] + box["width"] <= 390 for box in boxes)
    cells = [canvas.bounding_box() for canvas in page.locator(".cells canvas").all()]
    assert len({cell["y"] for cell in cells}) == 2  # results in one line, residuals in another
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    slider(page).scroll_into_view_if_needed()
    box = slider(page).bounding_box()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *shares: float) -> None:
        y = box["y"] + box["height"] / 2
        points = [{"x": box["x"] + 10 + share * (box["width"] - 20), "y": y} for share in shares]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.5)
    for share in np.linspace(0.5, 0.8, 7):
        touch("touchMove", float(share))
    expect(slider(page)).to_have_attribute("aria-valuenow", "0.8")
    ready(page, 0.8)
    assert same(pixels(page, "Noisy input"), expected("masking", 0.8)["Noisy input"])
    touch("touchEnd")


def test_from_a_data_set_without_a_denoiser(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/denoising?data=digits")
    page.get_by_role("button", name="Open the denoiser of MNIST").click(timeout=START)
    ready(page, 0.5)
    settle(page)
    check_pictures(page, "gaussian", 0.5)


def test_where_the_browser_cannot_run_the_models_python_does_on_release(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    address = server("tests/browser/apps/refused_app.py")
    page.goto(f"{address}/denoising?data=mnist&model={OURS}&index={INDEX}")
    ready(page, 0.5)
    settle(page)
    check_pictures(page, "gaussian", 0.5)
    hold(page, 0.4)
    ready(page, 0.8)
    assert same(pixels(page, "Noisy input"), expected("gaussian", 0.8)["Noisy input"])  # noise needs no model
    page.mouse.up()
    denoised = expected("gaussian", 0.8)["Denoised"]
    for _ in range(100):
        if same(pixels(page, "Denoised"), denoised):
            break
        page.wait_for_timeout(100)
    settle(page)
    check_pictures(page, "gaussian", 0.8)
