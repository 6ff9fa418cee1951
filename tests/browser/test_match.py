"""Match the target, in the browser: sliders are dragged until the two pictures are the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Locator, Page, expect

from explorer import latent, zoo
from explorer.studies import match
from explorer.ui.load import dimension_order

Server = Callable[[str], str]
MODEL, SLIDERS, TARGET = "digits-vae", 2, 4
YOURS = "canvas[aria-label='The picture of your code']"


def drag(page: Page, slider: Locator, value: float) -> None:
    """Let the slider go at a value."""
    low, high, now = (
        float(slider.get_attribute(f"aria-value{name}") or "nan") for name in ("min", "max", "now")
    )
    box = slider.bounding_box()
    assert box is not None

    def place(at: float) -> tuple[float, float]:
        return box["x"] + 10 + (at - low) / (high - low) * (box["width"] - 20), box["y"] + box["height"] / 2

    page.mouse.move(*place(now))
    page.mouse.down()
    page.mouse.move(*place((now + value) / 2))
    page.mouse.move(*place(value))
    page.mouse.up()


def test_the_sliders_lead_to_the_target_and_each_is_one_move(browser_page: Page, server: Server) -> None:
    page, gallery, model = browser_page, zoo.gallery(MODEL), zoo.load(MODEL)
    order, *_ = dimension_order(MODEL)
    task = match.task(gallery.z, order, SLIDERS, TARGET)
    page.goto(f"{server('app.py')}/match?data=digits&model={MODEL}&sliders={SLIDERS}&target={TARGET}")
    page.locator(f"{YOURS}[data-z]").wait_for()
    moves = page.locator("[data-testid=stMetricValue]").nth(1)
    expect(moves).to_have_text("0")
    expect(page.locator(".track")).to_have_count(SLIDERS)
    for done, index in enumerate(sorted(task.free)):
        slider = page.locator(".track").nth(done)
        expect(slider).to_have_attribute("aria-label", re.compile(rf"^z{index + 1}\b"))
        drag(page, slider, float(task.hidden[index]))
        expect(moves).to_have_text(str(done + 1))
    z = np.array([float(v) for v in (page.locator(YOURS).get_attribute("data-z") or "").split(",")])
    assert abs(z - task.hidden).max() < 0.1  # the pointer steps by pixels
    target, start, now = latent.decode(model, np.stack([task.hidden, task.start, z.astype(np.float32)]))
    share = 1 - np.linalg.norm(target - now) / np.linalg.norm(target - start)
    expect(page.locator("[data-testid=stMetricValue]").first).to_have_text(f"{100 * share:.0f} %")
    expect(page.get_by_text(f"Matched in {SLIDERS} moves.")).to_be_visible()
