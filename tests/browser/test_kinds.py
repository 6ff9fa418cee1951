"""New kinds of models in a browser: a class switched, a wide code, pictures that the server draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from explorer import latent, zoo
from explorer.models import Autoencoder
from tests import small_zoo
from tests.browser.live_page import pixels, until

APP = "tests/browser/apps/kinds_app.py"
HERO = "canvas[aria-label='Decoded picture of the code on the sliders']"
Settle = Callable[[Page], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kinds")
    small_zoo.make(made)
    return made


@pytest.fixture
def address(folder: Path, server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The app on the small zoo."""
    monkeypatch.setenv("LATENT_EXPLORER_ZOO", str(folder))  # what the server starts with
    monkeypatch.setattr(zoo, "PRETRAINED", folder)
    return server(APP)


def code_on(element: Locator) -> list[float]:
    return [float(number) for number in (element.get_attribute("data-z") or "").split(",")]


def expect_picture(page: Page, model: Autoencoder, label: int | None = None) -> list[float]:
    """The large picture is what PyTorch makes of its code; returns the code."""
    hero = page.locator(HERO)

    def apart() -> float:
        z = np.array([code_on(hero)], np.float32)
        expected = 255 * latent.decode(model, z, labels=None if label is None else np.array([label]))[0, 0]
        shown = pixels(hero)[..., 0]
        return np.abs(shown - expected).max() if shown.shape == expected.shape else np.inf

    hero.and_(page.locator("[data-z]")).wait_for()
    until(page, lambda: apart() <= 1)
    return code_on(hero)


def press_track(page: Page, share: float) -> None:
    """Move the first slider there and let go."""
    box = page.locator(".track").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def test_the_class_changes_and_the_code_stays(browser_page: Page, address: str, settle: Settle) -> None:
    page, model = browser_page, zoo.load("digits-told")
    page.goto(f"{address}/traversal?data=digits&model=digits-told")
    z = expect_picture(page, model, 0)
    before = pixels(page.locator(HERO)).astype(int)
    film = page.locator(".st-key-traversal-classes img")
    expect(film).to_have_count(10)
    page.get_by_role("combobox", name="Class of the picture").click()
    page.get_by_role("option", name="7", exact=True).click()
    assert expect_picture(page, model, 7) == z
    assert np.abs(pixels(page.locator(HERO)) - before).max() > 20
    address_of = film.first.get_attribute("src")
    press_track(page, 0.9)
    until(page, lambda: film.first.get_attribute("src") != address_of)  # the film follows a release
    assert expect_picture(page, model, 7) != z


def test_row_by_row_the_server_draws_what_the_hand_left(
    browser_page: Page, address: str, settle: Settle
) -> None:
    page, model = browser_page, zoo.load("digits-rows")
    page.goto(f"{address}/traversal?data=digits&model=digits-rows")
    z = expect_picture(page, model)
    expect(page.get_by_text("The decoder draws row after row")).to_be_visible()
    press_track(page, 0.95)
    until(page, lambda: code_on(page.locator(HERO)) != z)
    expect_picture(page, model)
    expect(page.locator(HERO)).not_to_have_class("old")


def test_on_a_map_the_server_draws_where_the_point_was_let_go(
    browser_page: Page, address: str, settle: Settle
) -> None:
    page, model = browser_page, zoo.load("digits-rows")
    page.goto(f"{address}/latent_map?data=digits&model=digits-rows&map=pca")
    hero = page.locator("canvas[aria-label*='decoded picture of the live point']")
    hero.and_(page.locator("[data-z]")).wait_for()
    z = code_on(hero)
    handle = page.locator(".handle.live")
    handle.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Tab")
    until(page, lambda: code_on(hero) != z)
    expected = lambda: 255 * latent.decode(model, np.array([code_on(hero)]))[0, 0]  # noqa: E731
    until(page, lambda: np.abs(pixels(hero)[..., 0] - expected()).max() <= 1)


def test_a_wide_code_is_dragged_on_pca_and_opened_elsewhere(
    browser_page: Page, address: str, settle: Settle
) -> None:
    page = browser_page
    page.goto(f"{address}/latent_map?data=digits&model=digits-wide")
    hero = page.locator("canvas[aria-label*='decoded picture of the live point']")
    hero.and_(page.locator("[data-z]")).wait_for()
    handle = page.locator(".handle.live")
    expect(handle).to_be_visible()
    z = code_on(hero)
    assert len(z) == 200
    handle.focus()
    page.keyboard.press("Shift+ArrowUp")
    until(page, lambda: code_on(hero) != z)
    page.keyboard.press("Tab")
    settle(page)
    page.get_by_role("radio", name="UMAP").or_(page.get_by_role("button", name="UMAP")).first.click()
    expect(page.get_by_text("no dragging on this map")).to_be_visible()
    expect(handle).to_have_count(0)
    expect(page.locator(".distance")).to_be_hidden()


def test_a_collapsed_code_shows_no_number_that_is_none(
    browser_page: Page, address: str, settle: Settle
) -> None:
    page = browser_page
    for path in ("latent_map", "traversal", "interpolation"):
        page.goto(f"{address}/{path}?data=digits&model=digits-dead")
        page.locator("canvas").first.wait_for()
        settle(page)
        text = page.locator("[data-testid=stMain]").inner_text()
        assert "NaN" not in text and "∞" not in text and "Infinity" not in text
        expect(page.get_by_text("Most codes of the gallery are one and the same").first).to_be_visible()


def test_the_sidebar_lists_kinds_in_teaching_order(browser_page: Page, address: str, settle: Settle) -> None:
    page = browser_page
    page.goto(f"{address}/latent_map?data=digits&model=digits-linear")
    settle(page)
    page.get_by_role("combobox", name="Model", exact=True).click()
    options = page.get_by_role("option").all_inner_texts()
    assert [text.split(" · ")[0] for text in options] == [
        "Plain", "Regularised", "Binary", "Collapse", "Collapse", "One class",
    ]  # fmt: skip
    assert json.dumps(options).count("The digits-") == len(options) == len(small_zoo.KINDS)
