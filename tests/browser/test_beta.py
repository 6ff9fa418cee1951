"""β comparison in a browser: mark a β by its dot, change the noise, save what is shown, fit a phone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from explorer import ladder, zoo
from tests.browser.app_page import copied_link

DATASET = "mnist"
SAMPLE = "img[alt='β = {}: sample 1']"


@pytest.fixture(scope="module")
def names() -> list[str]:
    """The ladder's β as text, rising; without a shipped ladder these tests fail."""
    found = ladder.find(zoo.cards().values(), DATASET)
    if found is None or len(found.rungs) < 2:
        pytest.fail("there is no measured β ladder on MNIST: train and evaluate mnist-beta-b…", pytrace=False)
    return [ladder.name(card) for card in found.rungs]


@pytest.fixture
def opened(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None], names: list[str]
) -> Page:
    browser_page.goto(f"{server('app.py')}/beta?data={DATASET}&beta={names[1]}")
    expect(browser_page.locator(SAMPLE.format(names[-1]))).to_be_visible(timeout=60_000)
    settle(browser_page)
    return browser_page


def marked(page: Page) -> str:
    """The column that stands out."""
    return page.locator("th.pt-on").inner_text()


def test_tapping_a_dot_marks_its_column_and_card(opened: Page, names: list[str]) -> None:
    assert marked(opened) == f"β = {names[1]}"
    for place in (len(names) - 1, 0, len(names) - 1):  # also back again: a second tap is not an undo
        dot = opened.locator(".js-plotly-plot").first.locator(".points path.point").nth(place).bounding_box()
        opened.mouse.click(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
        expect(opened.locator("th.pt-on")).to_have_text(f"β = {names[place]}")
        expect(
            opened.get_by_role("radiogroup", name="Highlight β").get_by_role(
                "radio", name=names[place], exact=True
            )
        ).to_be_checked()
        expect(opened.locator("summary", has_text=f"β = {names[place]}")).to_be_visible()


def test_new_noise_changes_every_sample_and_no_reconstruction(
    opened: Page, browser: Browser, settle: Callable[[Page], None], names: list[str]
) -> None:
    kept = [f"img[alt='β = {name}: reconstruction']" for name in names]
    changing = [SAMPLE.format(name) for name in names]
    before = {css: opened.locator(css).get_attribute("src") for css in (*kept, *changing)}
    opened.get_by_role("slider", name="Noise of the prior samples").press("ArrowRight")
    expect(opened.locator(changing[0])).not_to_have_attribute("src", before[changing[0]])
    settle(opened)
    after = {css: opened.locator(css).get_attribute("src") for css in before}
    assert all(after[css] == before[css] for css in kept)
    assert all(after[css] != before[css] for css in changing)

    link = copied_link(opened)
    assert parse_qs(urlsplit(link).query)["seed"] == ["1"]
    again = browser.new_page()
    again.goto(link)
    expect(again.locator(changing[-1])).to_have_attribute("src", after[changing[-1]], timeout=60_000)
    assert marked(again) == f"β = {names[1]}"
    again.close()


def test_what_a_source_put_into_the_link_leaves_with_it(opened: Page, settle: Callable[[Page], None]) -> None:
    for source, there in (("Upload", True), ("Gallery", False)):
        opened.get_by_role("radio", name=source, exact=True).click()
        expect(opened.get_by_role("radio", name=source, exact=True)).to_be_checked()
        settle(opened)
        carried = parse_qs(urlsplit(copied_link(opened)).query)
        assert carried["from"] == [source]
        assert ("polarity" in carried) == there


def test_downloads_hold_the_pictures_and_the_numbers(opened: Page, names: list[str], tmp_path: Path) -> None:
    saved: dict[str, Path] = {}
    for label in ("PNG of the pictures", "CSV of the numbers"):
        with opened.expect_download() as download:
            opened.get_by_role("button", name=label).click()
        saved[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[label])
    rows = list(csv.DictReader(io.StringIO(saved["CSV of the numbers"].read_text("utf-8"))))
    assert [f"{float(row['beta']):g}" for row in rows] == names
    for row in rows:
        metrics = zoo.card(row["id"]).metrics
        assert float(row["kl"]) == metrics["kl"]["value"]
        assert float(row["cross_entropy_sd"]) == metrics["cross_entropy"]["sd"]
    with Image.open(saved["PNG of the pictures"]) as sheet:
        assert sheet.width > len(names) * 2 * 28 and sheet.height > 12 * 2 * 28
        assert len(sheet.convert("L").getcolors(256)) > 50  # pictures, not an empty page


def test_a_phone_scrolls_the_table_and_not_the_page(opened: Page, names: list[str]) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    box = opened.locator(".pt")
    expect(box).to_be_visible()
    opened.wait_for_function("document.querySelector('.pt').clientWidth <= 390")
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.get_by_test_id("stMain").evaluate("each => each.scrollWidth <= each.clientWidth")
    side = opened.locator(SAMPLE.format(names[0])).bounding_box()["width"]
    assert side >= 56 and side % 28 == 0  # readable, and a whole multiple of the image's own pixels
    last = opened.locator(SAMPLE.format(names[-1]))
    box.evaluate("each => each.scrollLeft = each.scrollWidth")
    place = last.bounding_box()
    assert 0 <= place["x"] and place["x"] + place["width"] <= 390
    label = opened.get_by_role("rowheader", name="sample 1").bounding_box()
    assert label["x"] >= 0 and label["x"] + label["width"] <= place["x"]  # the labels stay in sight
