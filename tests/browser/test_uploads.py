"""An upload is placed on the map; a file that is no picture is named, and the earlier state stays."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect


def picture() -> bytes:
    """Dark ink on white, off centre, larger than any data set's images."""
    image = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(image).line([(90, 40), (90, 160)], fill=0, width=24)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def test_upload_then_a_bad_file(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.goto(f"{server('app.py')}/latent_map?data=digits&model=digits-vae&map=pca&own_from=Upload")
    page.locator(".stage[data-view]").wait_for(timeout=60_000)
    settle(page)
    chooser = page.locator("[data-testid=stFileUploader] input[type=file]")
    chooser.set_input_files({"name": "one.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.get_by_role("heading", name="Opened: your upload")).to_be_visible()

    chooser.set_input_files({"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture at all"})
    expect(page.get_by_test_id("stAlert")).to_contain_text("The page keeps what it showed before.")
    expect(page.get_by_role("heading", name="Opened: your upload")).to_be_visible()
