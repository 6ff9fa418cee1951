"""Compression in the browser: fewer bits by the slider, and the bits and error that the page then says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, expect

from explorer import datasets, latent, zoo
from explorer.studies import alarm

Server = Callable[[str], str]
MODEL, INDEX = "digits-vae", 17


def error_of(bits: int) -> float:
    """The squared error of the image after its code was rounded to cells, by numpy alone."""
    z = zoo.gallery(MODEL).z
    half = z[np.random.default_rng(alarm.SEED).permutation(len(z))[: len(z) // 2]]
    low, high = half.min(axis=0), half.max(axis=0)
    x = datasets.get("digits").split("gallery").pixels(INDEX)
    code, _ = latent.encode(zoo.load(MODEL), x)
    cells = np.clip(np.floor((code - low) / (high - low) * 2**bits), 0, 2**bits - 1)
    back = (low + (cells + 0.5) / 2**bits * (high - low)).astype(np.float32)
    return float(np.mean((latent.decode(zoo.load(MODEL), back) - x) ** 2))


def test_fewer_bits_by_the_slider_are_what_the_table_then_says(browser_page: Page, server: Server) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/compression?data=digits&model={MODEL}&index={INDEX}&bits=4")
    table = page.get_by_role("region", name="One image through each codec; columns are codecs")
    cells = table.locator("tr:has(th.pt-label:has-text('bits'))").first.locator("td")
    expect(cells.nth(2)).to_contain_text("24")
    errors = table.locator("tr:has(th:has-text('PSNR'))").locator("td")
    expect(errors.nth(2)).to_contain_text(f"{error_of(4):.3g}")
    slider = page.get_by_role("slider", name="Bits for each number")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    expect(cells.nth(2)).to_contain_text("6 × 1")
    expect(errors.nth(2)).to_contain_text(f"{error_of(1):.3g}")
    assert error_of(1) > error_of(4)
    with page.expect_download() as download:
        page.get_by_role("button", name="Data (CSV)").first.click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    ours = next(row.split(",") for row in rows if row.startswith("same bits,This model"))
    assert float(ours[4]) == abs(float(ours[4])) and abs(float(ours[4]) - error_of(1)) < 1e-6
