"""The Latent map as a reader uses it: hover, click, lasso, draw, compute anew and stop."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from PIL import Image
from playwright.sync_api import Page, expect

from explorer import projection, zoo
from explorer.ui import load, selection
from tests.browser.app_page import copied_link
from tests.browser.live_page import until

MODEL = "digits-vae"
STORED = zoo.gallery(MODEL)
PCA = projection.pca(STORED.z).points


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]) -> Page:
    """The page on the digits' PCA map, which is small and exact."""
    browser_page.goto(f"{server('app.py')}/latent_map?data=digits&model={MODEL}&map=pca")
    browser_page.locator(".stage[data-view]").wait_for(timeout=60_000)
    settle(browser_page)
    return browser_page


def screen(page: Page, points: np.ndarray) -> np.ndarray:
    """Map coordinates (N, 2) as CSS pixels of the page."""
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    x, y, scale_x, scale_y, _ = json.loads(stage.get_attribute("data-view"))
    box = stage.bounding_box()
    side = box["width"] - 2
    return (points - [x, y]) * [scale_x, -scale_y] + [box["x"] + 1 + side / 2, box["y"] + 1 + side / 2]


def loneliest(points: np.ndarray) -> int:
    """The point that is farthest from its nearest neighbour: one that a mouse cannot miss."""
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return int(distance.min(axis=1).argmax())


def test_hover_shows_and_click_opens_the_image(opened: Page) -> None:
    points = PCA
    index = loneliest(points)
    place = screen(opened, points)[index]
    opened.mouse.move(*(place - 4))
    opened.mouse.move(*place)
    expect(opened.locator(".card")).to_contain_text(f"No. {index}")
    opened.mouse.click(*place)
    expect(
        opened.get_by_role("heading", name=f"Opened: {STORED.labels[index]}, image {index}")
    ).to_be_visible()


def test_the_opened_code_is_read_with_pointer_and_keys(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page, index = browser_page, 17
    page.goto(f"{server('app.py')}/latent_map?data=digits&model={MODEL}&map=pca&at={index}")
    page.locator(".stage[data-view]").wait_for()
    settle(page)
    canvas, reading = page.locator("figure canvas[role=slider]"), page.locator("p.reading")
    order = load.dimension_order(MODEL)[0]
    mean, std = STORED.z[index], np.exp(0.5 * STORED.logvar[index])

    def expect_reading(place: int) -> None:
        i = order[place]
        expect(reading).to_contain_text(f"z{i + 1} = ")
        numbers = (reading.text_content() or "").split(" = ")[1].replace("−", "-").split(" ± ")
        assert [float(number) for number in numbers] == pytest.approx([mean[i], std[i]], rel=6e-3)

    canvas.press("ArrowRight")
    expect_reading(1)
    canvas.press("Home")
    expect_reading(0)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 30)
    expect_reading(len(order) - 1)
    assert page.locator("[data-testid=stPlotlyChart]").count() == 0  # it would be 5 MB of a first visit


def test_lasso_counts_the_classes(opened: Page) -> None:
    opened.get_by_role("button", name=re.compile("lasso", re.IGNORECASE)).click()
    points = screen(opened, PCA)
    middle = points.mean(axis=0)
    turn = np.linspace(0, 2 * np.pi, 24)[:-1]
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)

    def nearest(radius: float) -> float:
        """How near a point comes to the outline: what lies on it belongs to neither side."""
        corners = np.round(middle + radius * circle)
        outline = np.concatenate(
            [corners + t * (np.roll(corners, -1, 0) - corners) for t in np.linspace(0, 1, 50)]
        )
        return float(np.linalg.norm(points[:, None] - outline[None], axis=2).min())

    ring = np.round(middle + max(np.arange(70, 110), key=nearest) * circle)
    opened.mouse.move(*ring[0])
    opened.mouse.down()
    for place in ring[1:]:
        opened.mouse.move(*place)
    opened.mouse.up()
    expect(opened.get_by_role("heading", name="The lasso")).to_be_visible()
    inside = Outline(np.concatenate([ring, ring[:1]])).contains_points(points)
    counts = np.bincount(STORED.labels[inside], minlength=10)
    title = opened.get_by_text(re.compile(r"^[\d,]+ images selected")).first.text_content()
    assert int(title.split()[0]) == inside.sum()
    picked = selection.from_text(parse_qs(urlsplit(copied_link(opened)).query)["picked"][0], len(points))
    assert np.bincount(STORED.labels[picked], minlength=10).tolist() == counts.tolist()


def test_a_drawing_is_placed_on_the_map(opened: Page) -> None:
    handle = opened.locator(".handle.live")
    until(opened, lambda: handle.get_attribute("data-place"))
    start = json.loads(handle.get_attribute("data-place") or "null")
    opened.get_by_role("radio", name="Draw").locator("xpath=..").click()
    canvas = opened.locator(".paper canvas")
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    opened.mouse.move(x, y)
    opened.mouse.down()
    for step in range(1, 15):
        opened.mouse.move(x, y + step * (box["height"] - 60) / 15)
    until(opened, lambda: opened.locator(".code canvas").get_attribute("data-mean"))
    # The pen is still down: the live point is where the map has this code.
    mean = np.array(json.loads(f"[{opened.locator('.code canvas').get_attribute('data-mean')}]"))
    expected = projection.pca(STORED.z).place(mean[None].astype(np.float32))[0]
    until(opened, lambda: np.allclose(json.loads(handle.get_attribute("data-place")), expected, atol=1e-3))
    assert np.linalg.norm(expected - start) > 0.1
    assert opened.get_by_role("heading", name="Opened: your drawing").count() == 0
    opened.mouse.up()
    expect(opened.get_by_role("heading", name="Opened: your drawing")).to_be_visible()
    expect(
        opened.get_by_test_id("stCaptionContainer").filter(has_text="Distance to the nearest")
    ).to_be_visible()


def test_a_map_is_computed_anew_and_can_be_stopped(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/latent_map?data=digits&model={MODEL}&map=tsne&perplexity=12.0")
    page.locator(".stage[data-view]").wait_for(timeout=60_000)
    settle(page)
    page.get_by_text("Compute this map anew", exact=True).click()
    page.get_by_role("button", name="Compute", exact=True).click()
    page.get_by_role("button", name="Stop").click(timeout=60_000)
    page.get_by_role("button", name="Compute", exact=True).click()
    expect(page.get_by_text("Computed.", exact=True)).to_be_visible(timeout=120_000)


def test_the_map_saves_as_seen_and_its_points_as_numbers(opened: Page) -> None:
    points = PCA
    index = loneliest(points)
    stage = opened.locator(".stage")
    box, place = stage.bounding_box(), screen(opened, points)[index]
    with opened.expect_download() as picture:
        opened.get_by_role("button", name="Save the map as PNG").click()
    saved = np.asarray(Image.open(picture.value.path()).convert("RGB")).astype(int)
    side = round(box["width"]) - 2
    assert saved.shape == (side, side, 3)
    opened.mouse.move(0, 0)  # no card over the map
    seen = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("RGB")).astype(int)
    unlike = [  # what stands on a fraction of a pixel is photographed one pixel off
        (np.abs(saved[:-2, :-2] - seen[top:, left:][: side - 2, : side - 2]).max(axis=2) > 40).mean()
        for top in (0, 1, 2) for left in (0, 1, 2)
    ]  # fmt: skip
    assert min(unlike) < 0.01  # the handle is no canvas
    x, y = np.rint(place - [box["x"] + 1, box["y"] + 1]).astype(int)
    assert saved[y, x].min() < 200 and (saved[1, 1] == 255).all()
    with opened.expect_download() as table:
        opened.get_by_role("button", name="Data (CSV)").click()
    with open(table.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(points) and rows[index]["class"] == str(STORED.labels[index])
    np.testing.assert_allclose([[float(r["x"]), float(r["y"])] for r in rows], points, atol=1e-4)
    codes = [[float(r[f"z{i + 1}"]) for i in range(STORED.z.shape[1])] for r in rows]
    np.testing.assert_allclose(codes, STORED.z, atol=1e-5)
