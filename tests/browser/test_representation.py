"""Representation in the browser: the strength moves every picture, and Python hears of it on release."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, expect

from explorer import latent, zoo
from explorer.studies import alarm, attributes

Server = Callable[[str], str]
MODEL = "digits-vae"


def moved(strength: float) -> tuple[np.ndarray, float]:
    """The first picture of the upper row, and the mean distance of that row's codes to real ones."""
    stored = zoo.gallery(MODEL)
    first, second = alarm.halves(len(stored.labels))
    one, seven = (first[stored.labels[first] == label] for label in (1, 7))
    vector = stored.z[one].mean(axis=0) - stored.z[seven].mean(axis=0)
    others = np.random.default_rng(0).choice(second, 5, replace=False)
    codes = (stored.z[others] + strength * vector).astype(np.float32)
    picture = latent.decode(zoo.load(MODEL), codes[:1])[0, 0]
    return picture, float(attributes.distance(codes, stored.z).mean())


def shown(page: Page) -> np.ndarray:
    """The grey levels of the first picture in [0, 1]."""
    script = """canvas => Array.from(canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data).filter((_, i) => i % 4 === 0)"""
    levels = np.array(page.locator(".attribute figure canvas").first.evaluate(script)) / 255
    return levels.reshape(8, 8)


def test_the_strength_moves_the_pictures_and_the_link_holds_it(browser_page: Page, server: Server) -> None:
    page = browser_page
    page.goto(
        f"{server('app.py')}/representation?data=digits&model={MODEL}&attribute=two%20classes&a=1&b=7&strength=[0]"
    )
    host = page.locator(".attribute")
    expect(host).to_have_attribute("data-shown", "0")
    assert abs(shown(page) - moved(0.0)[0]).max() < 0.01
    slider = host.get_by_role("slider", name="Strength of the attribute")
    slider.focus()
    for _ in range(3):
        slider.press("PageUp")
    expect(host).to_have_attribute("data-shown", "1.5")
    assert abs(shown(page) - moved(1.5)[0]).max() < 0.01
    far = float((host.get_attribute("data-far") or "").split(",")[0])
    assert abs(far - moved(1.5)[1]) < 1e-3
    slider.blur()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("strength=%5B1.5%5D")).to_be_visible()
