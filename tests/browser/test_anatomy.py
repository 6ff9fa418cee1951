"""Anatomy in a real browser: the numbers on its boxes are what torch makes of what is on screen."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Locator, Page, expect
from torch.distributions import Normal, kl_divergence

from explorer import datasets, zoo
from tests.browser.app_page import copied_link
from tests.browser.live_page import Server, pixels, until

MODEL = "mnist-vae"
BOX = "[data-box={}]"


class Diagram:
    """The diagram on the page."""

    def __init__(self, page: Page, server: Server, query: str = "") -> None:
        self.page = page
        page.goto(f"{server('app.py')}/?data=mnist&model={MODEL}&{query}")
        self.value("loss").wait_for()
        self.shown()

    def box(self, name: str) -> Locator:
        return self.page.locator(BOX.format(name))

    def value(self, name: str) -> Locator:
        return self.box(name).locator("output[data-value]")

    def shown(self) -> None:
        until(self.page, lambda: self.value("loss").get_attribute("data-value"))

    def terms(self) -> tuple[float, float, float]:
        names = ("reconstruction", "regularizer", "loss")
        return tuple(float(self.value(name).get_attribute("data-value") or "nan") for name in names)

    def code(self) -> np.ndarray:
        text = self.page.locator(".anatomy").get_attribute("data-z") or ""
        return np.array(text.split(","), np.float32)

    def image(self) -> np.ndarray:
        """What goes in, float (1, 28, 28), to a 255th."""
        return pixels(self.box("input").locator("canvas"))[None, :, :, 0].astype(np.float32) / 255

    def output(self) -> np.ndarray:
        return pixels(self.box("output").locator("canvas"))[..., 0]


def expected(x: np.ndarray, z: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Reconstruction and KL in nats, and the decoded picture, by torch alone."""
    model = zoo.load(MODEL)
    with torch.no_grad():
        mean, logvar = model.encoder(torch.from_numpy(x[None])).chunk(2, dim=1)
        logits = model.decoder(torch.from_numpy(z[None]))
        error = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(x[None]), reduction="sum")
        kl = kl_divergence(Normal(mean, torch.exp(logvar / 2)), Normal(0.0, 1.0)).sum()
    return float(error), float(kl), torch.sigmoid(logits)[0, 0].numpy() * 255


def expect_torchs(diagram: Diagram) -> None:
    error, kl, picture = expected(diagram.image(), diagram.code())
    found = diagram.terms()
    assert found[:2] == pytest.approx([error, kl], rel=2e-3, abs=0.02)
    assert found[2] == pytest.approx(found[0] + found[1], abs=1e-3)
    np.testing.assert_allclose(diagram.output(), picture, atol=1.5)


def test_both_terms_are_torchs_and_a_draw_moves_one_of_them(browser_page: Page, server: Server) -> None:
    loaded: list[str] = []
    browser_page.on("request", lambda request: loaded.append(request.url))
    diagram = Diagram(browser_page, server)
    expect_torchs(diagram)
    index = int(dict(q.split("=") for q in copied_link(browser_page).split("?")[1].split("&"))["index"])
    np.testing.assert_allclose(diagram.image(), datasets.get("mnist").split("gallery").pixels(index)[0])
    first, code = diagram.terms(), diagram.code()
    browser_page.get_by_role("button", name="Draw again").click()
    until(browser_page, lambda: np.abs(diagram.code() - code).max() > 0.05 and diagram.terms() != first)
    assert diagram.terms()[1] == first[1] and abs(diagram.terms()[0] - first[0]) > 0.1
    expect_torchs(diagram)
    drawn = diagram.terms()
    browser_page.get_by_role("button", name="Encode again").click()
    expect(browser_page.get_by_text("Encoded 2 times")).to_contain_text("is 0.")
    assert diagram.terms() == drawn
    browser_page.get_by_text("Noise ε on").click()
    expect(browser_page.locator(".said").filter(has_text="The noise is off")).to_be_visible()
    until(browser_page, lambda: diagram.terms() != drawn)
    expect_torchs(diagram)
    assert not [url for url in loaded if "plotly" in url.lower()]
    browser_page.get_by_text("Draw again fifty times").click()
    browser_page.locator(".js-plotly-plot").first.wait_for()
    assert [url for url in loaded if "plotly" in url.lower()], "the name that the test looks for has changed"


def test_numbers_follow_the_pen_and_stay_when_it_lifts(browser_page: Page, server: Server) -> None:
    diagram = Diagram(browser_page, server, "from=Draw&seed=7")
    paper = browser_page.locator(".paper canvas")
    paper.scroll_into_view_if_needed()
    expect(browser_page.locator(".views")).to_be_hidden()
    # the encoder arrives with the cursor of the mean
    until(browser_page, lambda: paper.get_attribute("data-encode-ms") or _stroke(browser_page, paper))
    before = diagram.terms()
    box = paper.bounding_box()
    assert box is not None
    browser_page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.25 * box["height"])
    browser_page.mouse.down()
    seen = set()
    for x, y in ((0.68, 0.27), (0.55, 0.5), (0.42, 0.8)):
        browser_page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        browser_page.wait_for_timeout(100)
        seen.add(diagram.terms())
    assert len(seen) == 3 and before not in seen
    expect_torchs(diagram)
    noise = np.random.default_rng(7).standard_normal(16, dtype=np.float32)
    model = zoo.load(MODEL)
    with torch.no_grad():
        mean, logvar = model.encoder(torch.from_numpy(diagram.image()[None])).chunk(2, dim=1)
    z = mean[0].numpy() + np.exp(logvar[0].numpy() / 2) * noise
    np.testing.assert_allclose(diagram.code(), z, atol=5e-3)
    under_pen = diagram.terms()
    browser_page.mouse.up()
    browser_page.get_by_text("Encoded").or_(browser_page.locator(".said")).first.wait_for()
    browser_page.wait_for_timeout(1500)  # nothing is to happen: the answer of Python's is the same
    assert diagram.terms() == pytest.approx(under_pen, rel=2e-3)
    expect_torchs(diagram)


def _stroke(page: Page, paper: Locator) -> bool:
    """A short stroke, undone: it makes the canvas read once the encoder is there."""
    box = paper.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 60, steps=3)
    page.mouse.up()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_timeout(300)
    return False


def test_a_hand_on_z_moves_one_term_and_a_box_opens_in_place(browser_page: Page, server: Server) -> None:
    diagram = Diagram(browser_page, server)
    before, code = diagram.terms(), diagram.code()
    track = browser_page.locator(".track").first
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    browser_page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    expect(browser_page.locator(".said").filter(has_text="moved by hand")).to_be_visible()
    assert (np.abs(diagram.code() - code) > 1e-3).sum() == 1 and diagram.terms()[1] == before[1]
    expect_torchs(diagram)
    moved = diagram.terms()
    with browser_page.expect_download() as download:
        browser_page.get_by_role("button", name="Data (CSV)").first.click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert sum(float(row["kl_nats"]) for row in rows) == pytest.approx(moved[1], abs=1e-2)
    np.testing.assert_allclose([float(row["z"]) for row in rows], diagram.code(), atol=1e-3)
    title = diagram.box("encoder").get_by_role("button")
    title.focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("def encode(")).to_be_visible()
    expect(title).to_have_attribute("aria-expanded", "true")
    assert diagram.terms() == moved
    browser_page.get_by_role("button", name="Autoencoder", exact=True).click()
    expect(diagram.box("std")).to_have_class("box missing")
    expect(diagram.box("std").locator(".mark")).to_have_text("gone")
    expect(diagram.box("encoder").locator(".mark")).not_to_have_text("gone")
    until(browser_page, lambda: diagram.terms()[0] == diagram.terms()[2])


def test_it_fits_a_telephone(phone_page: Page, server: Server) -> None:
    diagram = Diagram(phone_page, server)
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 390
    tops = [diagram.box(name).bounding_box()["y"] for name in ("input", "mean", "decoder", "loss")]
    assert tops == sorted(tops) and len(set(tops)) == 4
    for name in ("mean", "std", "eps", "code"):
        box = diagram.box(name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] == pytest.approx(tops[1], abs=1)
