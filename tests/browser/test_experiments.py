"""Models, experiments in a browser: switch one on, move the scale by keys, choose another image."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from explorer import datasets, latent, zoo
from tests.browser.app_page import copied_link

SPARSE, INDEX = "mnist-sparse-l1", 3673
OPEN = f"models?model={SPARSE}&of=mnist&metrics=%5B%5D&open=%5B%22{SPARSE}%22%5D&index={INDEX}"


def code(index: int) -> np.ndarray:
    x = datasets.get("mnist").split("gallery").pixels(np.array([index]))
    return latent.encode(zoo.load(SPARSE), x)[0][0]


@pytest.fixture
def opened(server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]) -> Page:
    browser_page.goto(f"{server('app.py')}/{OPEN}")
    heading = browser_page.get_by_role("heading", name="Experiments with the code")
    expect(heading).to_be_visible(timeout=60_000)
    settle(browser_page)
    return browser_page


def test_the_scale_cheats_the_penalty_and_the_link_brings_it_back(opened: Page) -> None:
    opened.get_by_role("button", name="Scale of the code").click()
    penalty = opened.locator(".nt tr", has_text="Penalty, this image").locator("td")
    size = float(np.abs(code(INDEX)).sum())
    expect(penalty).to_have_text([f"{size:.1f}", f"{size:.1f}"])
    slider = opened.get_by_role("slider", name="Scale of the code")
    slider.focus()
    for _ in range(9):
        slider.press("ArrowLeft")
    expect(penalty).to_have_text([f"{size:.1f}", f"{0.1 * size:.2f}"])
    expect(opened.get_by_text("no grey level differs")).to_be_visible()
    before, after = (opened.get_by_alt_text(f"A, {name}", exact=True) for name in ("as trained", "scale 0.1"))
    assert before.get_attribute("src") == after.get_attribute("src")
    asked = parse_qs(urlsplit(copied_link(opened)).query)
    assert asked["try"] == ['["scale"]'] and asked["scale"] == ["0.1"]


def test_another_image_marks_other_columns(opened: Page) -> None:
    opened.get_by_role("button", name="Decoder columns as pictures").click()
    work = "{} of 256"
    expect(opened.get_by_text(work.format(np.count_nonzero(code(INDEX))))).to_be_visible()
    first = opened.locator(".cg-on")
    marks = first.evaluate_all("all => all.map(e => e.querySelector('img').alt)")
    opened.get_by_test_id("stNumberInputStepUp").click()
    expect(opened.get_by_text(f"7, gallery {INDEX + 1}")).to_be_visible()
    expect(opened.get_by_text(work.format(np.count_nonzero(code(INDEX + 1))))).to_be_visible()
    assert first.evaluate_all("all => all.map(e => e.querySelector('img').alt)") != marks
    assert all(re.fullmatch(r"A, unit \d+, activation \d+\.\d+", alt) for alt in marks)
