"""Weights and points that fail to arrive: a sentence and a way to have them sent again, no blank."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page, expect

from explorer import latent, zoo
from tests.browser.live_page import IDLE, Server, pixels

APP = "tests/browser/apps/lost_app.py"
SENTENCE = "Some of the data for this picture did not arrive."


def test_what_did_not_arrive_is_said_and_comes_when_asked_for(browser_page: Page, server: Server) -> None:
    browser_page.goto(server(APP))
    browser_page.wait_for_selector(IDLE)
    picture, chart = browser_page.locator(".frame"), browser_page.locator(".map")
    for place in (picture, chart):
        expect(place.get_by_role("alert")).to_contain_text(SENTENCE)
    expect(picture.locator("canvas[data-z]")).to_have_count(0)
    picture.get_by_role("button", name="Try again").click()
    expect(picture.locator("canvas[data-z]")).to_be_visible()
    expect(picture.get_by_role("alert")).to_be_hidden()
    z = np.array([[0.5, -1.0, 0.25, 0.0, 1.0, -0.5]], np.float32)
    expected = np.rint(255 * latent.decode(zoo.load("digits-vae"), z)[0, 0])
    assert np.abs(pixels(picture.locator("canvas"))[..., 0] - expected).max() <= 1
    expect(chart.get_by_role("alert")).to_contain_text(SENTENCE)  # it has a button of its own
    chart.get_by_role("button", name="Try again").click()
    expect(chart.locator(".stage[data-view]")).to_be_visible()
    expect(chart.get_by_role("alert")).to_be_hidden()
