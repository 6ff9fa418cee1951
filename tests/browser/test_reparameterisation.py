"""Reparameterisation in a browser: drag a mean with held and with fresh noise, and save the draws."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Page, expect

from explorer import zoo
from explorer.datasets import DatasetUnavailable, get
from tests.browser.app_page import copied_link

MODEL, INDEX = "mnist-vae-2d", 17
QUERY = f"data=mnist&model={MODEL}&index={INDEX}&draws=1000"
PANEL = ".held"


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]) -> Page:
    browser_page.goto(f"{server('app.py')}/reparameterisation?{QUERY}&seed=3")
    expect(browser_page.locator(PANEL)).to_have_attribute("data-dots", "1", timeout=60_000)
    settle(browser_page)
    return browser_page


def told(page: Page) -> dict[str, float]:
    """What the panel says of its last dot."""
    return {k: float(v) for k, v in page.locator(PANEL).evaluate("e => ({ ...e.dataset })").items() if v}


def drag(page: Page, moves: int = 24) -> None:
    """Pull the slider from a fifth to four fifths of its way."""
    rail = page.get_by_role("slider", name="Drag μ")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    places = [box["x"] + box["width"] * (0.2 + 0.6 * i / moves) for i in range(moves + 1)]
    page.mouse.move(places[0], box["y"] + box["height"] / 2)
    page.mouse.down()
    for place in places:
        page.mouse.move(place, box["y"] + box["height"] / 2)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()


def by_torch(theta: float, eps: float, dimension: int) -> tuple[float, float]:
    """f(z) and its derivative with respect to the mean, the other dimension at its own mean."""
    try:
        image = get("mnist").split("gallery").pixels(INDEX)
    except DatasetUnavailable:
        pytest.skip("MNIST is not on this machine")
    model, x = zoo.load(MODEL), torch.from_numpy(image)
    posterior = model.encode(x).posterior
    mean = posterior.mean.clone()
    mean[0, dimension] = theta
    mean.requires_grad_(True)
    noise = torch.zeros(1, 2)
    noise[0, dimension] = eps
    logits = model.logits(mean + posterior.std * noise, x)
    loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    loss.backward()
    return loss.item(), mean.grad[0, dimension].item()


def test_with_held_noise_the_slope_is_autograds(opened: Page) -> None:
    before = told(opened)
    opened.get_by_role("slider", name="Drag μ").press("ArrowRight")
    expect(opened.locator(PANEL)).to_have_attribute("data-dots", "2")
    assert told(opened)["theta"] > before["theta"]
    drag(opened)
    expect(opened.locator(PANEL)).not_to_have_attribute("data-dots", "2")
    now = told(opened)
    dimension = int(parse_qs(urlsplit(copied_link(opened)).query)["dimension"][0].removeprefix("z")) - 1
    assert now["eps"] == pytest.approx(np.random.default_rng(3).standard_normal(), rel=1e-5)
    loss, slope = by_torch(now["theta"], now["eps"], dimension)
    assert now["loss"] == pytest.approx(loss, rel=1e-3)
    assert now["slope"] == pytest.approx(slope, rel=0.03, abs=0.5)
    assert now["jump"] == pytest.approx(now["slope"], rel=0.2, abs=2)  # dot to dot: nearly the slope
    carried = parse_qs(urlsplit(copied_link(opened)).query)
    assert float(carried["at"][0]) == pytest.approx(now["theta"], abs=1e-4)


def test_with_fresh_noise_every_move_has_noise_of_its_own(opened: Page) -> None:
    opened.get_by_role("radio", name="fresh at every move").click()
    expect(opened.get_by_role("radio", name="fresh at every move")).to_be_checked()
    expect(opened.locator(f"{PANEL} output")).to_contain_text("slope")
    drag(opened)
    expect(opened.locator(f"{PANEL} output")).to_contain_text("ε held")
    now = told(opened)
    known = np.random.default_rng(3).standard_normal(512)
    place = int(np.argmin(np.abs(known - now["eps"])))
    assert abs(known[place] - now["eps"]) < 1e-5 and 0 < place < 60
    assert abs(now["jump"] - now["slope"]) > 5  # from dot to dot the noise drowns the slope


def test_the_saved_draws_have_the_mean_on_screen(opened: Page, tmp_path: Path) -> None:
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Data (CSV)").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert len(rows) == 1000
    names = ("loss", "weight", "score_function")
    loss, weight, score = (np.array([float(row[name]) for row in rows]) for name in names)
    np.testing.assert_allclose(score, loss * weight)
    cell = opened.get_by_role("row", name="pathwise").first.get_by_role("cell").nth(1).inner_text()
    mean = np.mean([float(r["pathwise"]) for r in rows])
    assert float(cell.split("±")[0].replace("−", "-")) == pytest.approx(mean, rel=6e-3)


def test_a_phone_shows_it_without_scrolling_sideways(
    server: Callable[[str], str], phone_page: Page, settle: Callable[[Page], None]
) -> None:
    phone_page.goto(f"{server('app.py')}/reparameterisation?{QUERY}")
    expect(phone_page.locator(PANEL)).to_have_attribute("data-dots", "1", timeout=60_000)
    settle(phone_page)
    assert phone_page.get_by_test_id("stMain").evaluate("each => each.scrollWidth <= each.clientWidth")
    box = phone_page.locator(f"{PANEL} canvas").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
