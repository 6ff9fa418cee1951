"""Generation and holes in a browser: drag a code out of the data, and read what Python computes there."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy.spatial.distance import cdist

from explorer import datasets, latent, zoo
from explorer.studies.generation import fit
from tests.browser.app_page import copied_link
from tests.browser.live_page import pixels, until

MODEL, START = "mnist-ae-2d", 17
STORED = zoo.gallery(MODEL)
REAL = datasets.get("mnist").split("gallery")


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]) -> Page:
    """The page on the plane of the plain autoencoder, the walk starting at a gallery image."""
    link = f"{server('app.py')}/generation?data=mnist&model={MODEL}&plane={MODEL}&at={START}&seed=3"
    browser_page.goto(link)
    browser_page.locator(".stage[data-view]").wait_for(timeout=90_000)
    settle(browser_page)
    return browser_page


def screen(page: Page, place: np.ndarray) -> np.ndarray:
    """A code on the plane as CSS pixels of the page."""
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    x, y, scale_x, scale_y, _ = json.loads(stage.get_attribute("data-view"))
    box = stage.bounding_box()
    side = box["width"] - 2
    return (place - [x, y]) * [scale_x, -scale_y] + [box["x"] + 1 + side / 2, box["y"] + 1 + side / 2]


def saved(page: Page, name: str) -> list[dict[str, str]]:
    """The rows of a figure's CSV."""
    with page.expect_download() as download:
        page.locator(f".st-key-{name}-csv button").click()
    text = download.value.path().read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_dragging_out_of_the_data_decodes_and_measures(opened: Page) -> None:
    canvas = opened.locator(".frame canvas")
    until(opened, lambda: canvas.get_attribute("data-z"))
    before = np.array(canvas.get_attribute("data-z").split(","), float)
    empty = np.quantile(STORED.z, 0.985, axis=0)  # far out in both numbers: few codes are
    opened.mouse.move(*screen(opened, before))
    opened.mouse.down()
    opened.mouse.move(*screen(opened, (before + empty) / 2))
    opened.mouse.move(*screen(opened, empty))
    until(opened, lambda: canvas.get_attribute("data-z") != ",".join(map(str, before)))
    opened.mouse.up()
    until(opened, lambda: np.allclose(json.loads(handle(opened)), empty, atol=0.3))
    z = np.array(canvas.get_attribute("data-z").split(","), float)
    decoded = latent.decode(zoo.load(MODEL), z[None])[0, 0]
    shown = pixels(canvas)[..., 0]
    side = shown.shape[0] // 28
    assert np.abs(shown[::side, ::side] - 255 * decoded).max() <= 2

    far = np.linalg.norm(STORED.z - z, axis=1).min()
    expect(opened.locator("p.facts")).to_contain_text(f"{far:.3g}"[:4])
    walked = 0.5 * (STORED.z[START] + z)
    rows = until_row(opened, z)
    for place, row in ((STORED.z[START], rows[0]), (walked, rows[20]), (z, rows[40])):
        picture = np.rint(255 * latent.decode(zoo.load(MODEL), place[None].astype(np.float32))).reshape(1, -1)
        expected = cdist(picture / 255, REAL.images.reshape(5000, -1) / 255).min()
        assert float(row["distance"]) == pytest.approx(expected, abs=0.02)
    query = parse_qs(urlsplit(copied_link(opened)).query)
    assert json.loads(query["z"][0]) == pytest.approx(z) and query["at"] == [str(START)]


def handle(page: Page) -> str:
    return page.locator(".live").get_attribute("data-place") or "[0, 0]"


def until_row(page: Page, z: np.ndarray) -> list[dict[str, str]]:
    """The walk's data once Python has heard where the point is: its sentence names the density there."""
    own = fit(STORED.z, 1)
    u = np.linalg.solve(own.factors[0], z - own.means[0])
    density = np.exp(-0.5 * u @ u) / (2 * np.pi * np.linalg.det(own.factors[0]))

    def heard() -> bool:
        said = page.get_by_text("has density").inner_text()
        return float(re.search(r"has density ([\d.]+)", said).group(1)) == pytest.approx(density, rel=0.06)

    until(page, heard)
    return saved(page, "generation-walk")


def test_a_tap_takes_the_point_there_and_temperature_changes_the_samples(opened: Page) -> None:
    canvas = opened.locator(".frame canvas")
    until(opened, lambda: canvas.get_attribute("data-z"))
    before = canvas.get_attribute("data-z")
    chart = opened.locator(".js-plotly-plot").filter(has_text="holes").locator(".nsewdrag")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    opened.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    until(opened, lambda: canvas.get_attribute("data-z") != before)
    z = np.array(canvas.get_attribute("data-z").split(","), float)
    own = fit(STORED.z, 1)
    spread = np.sqrt(np.diag(own.factors[0] @ own.factors[0].T))
    np.testing.assert_allclose((z - own.means[0]) / spread, [1.75, 1.75], atol=0.3)  # of -3.5 to 3.5

    opened.get_by_role("slider", name="Temperature").press("ArrowLeft")
    noise = 0.9 * np.random.default_rng(3).standard_normal((200, 2), np.float32)
    pictures = np.rint(255 * latent.decode(zoo.load(MODEL), noise)).reshape(200, -1) / 255
    expected = cdist(pictures, REAL.images.reshape(5000, -1) / 255).min(axis=1).mean()
    said = opened.get_by_text(re.compile("from the nearest real image")).first  # under the first grid
    expect(said).to_contain_text(f"{expected:.2f} from the nearest real image")
