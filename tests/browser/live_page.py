"""What the tests of our components share: the map on a page, the drawing canvas, and what Python tells."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from scipy.spatial import cKDTree
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.apps.live_data import cloud

Server = Callable[..., str]
IDLE = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
APP = "tests/browser/apps/live_app.py"
N = 400
POINTS, LABELS, VALUES = cloud(N)


class Map:
    """The map on a page, with the places of its points on the screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = page.locator(".stage")
        self.card = page.locator(".card")

    @classmethod
    def open(cls, page: Page, server: Server, query: str = f"n={N}") -> Map:
        page.goto(f"{server(APP)}/?{query}")
        page.wait_for_selector(IDLE)
        page.locator(".stage[data-view]").wait_for()
        return cls(page)

    def view(self) -> list[float]:
        """The data under the middle (x, y), CSS pixels per unit (x, y), zoom."""
        return json.loads(self.stage.get_attribute("data-view") or "null")

    def origin(self) -> tuple[float, float, float]:
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + 1, box["y"] + 1, box["width"] - 2  # the border

    def screen(self, places: np.ndarray) -> np.ndarray:
        """Data coordinates (…, 2) as CSS pixels of the page."""
        x, y, scale_x, scale_y, _ = self.view()
        left, top, side = self.origin()
        return (places - [x, y]) * [scale_x, -scale_y] + [left + side / 2, top + side / 2]

    def data(self, places: np.ndarray) -> np.ndarray:
        """CSS pixels of the page as data coordinates."""
        x, y, scale_x, scale_y, _ = self.view()
        left, top, side = self.origin()
        return (places - [left + side / 2, top + side / 2]) / [scale_x, -scale_y] + [x, y]

    def pointed(self) -> int:
        return int(self.stage.get_attribute("data-pointed") or -1)

    def move_to(self, place: np.ndarray) -> None:
        self.page.mouse.move(*(place - 3))
        self.page.mouse.move(*place)


def told(page: Page, name: str) -> Any:
    return json.loads(page.locator(f"#{name}").inner_text())


def pixels(picture: Locator) -> np.ndarray:
    """What a canvas, or an image made in the browser, holds: uint8 (H, W, 4), red, green, blue, alpha."""
    address = picture.evaluate("(picture) => picture.toDataURL?.() ?? picture.src")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))


def told_events(frame: str | bytes) -> list[str]:
    """What a message of the page to the server holds: its events, or the message itself if it has none.

    Streamlit puts events that come close together into one message.
    """
    message = BackMsg()
    message.ParseFromString(frame.encode() if isinstance(frame, str) else frame)
    events = [
        json.dumps(event)
        for widget in message.rerun_script.widget_states.widgets
        for event in json.loads(widget.json_trigger_value or "[]")
    ]
    return events or [str(message)]


def until(page: Page, condition: Callable[[], Any], seen: Any = "") -> None:
    """Wait for what only Python can see; fail where it does not come, and say what was `seen` instead."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"what was waited for did not come {seen}")


def expect_told(page: Page, name: str, value: Any) -> None:
    expect(page.locator(f"#{name}")).to_have_text(json.dumps(value))


def open_canvas(page: Page, server: Server, query: str = "page=draw") -> Locator:
    page.goto(f"{server(APP)}/?{query}")
    page.wait_for_selector(IDLE)
    canvas = page.locator(".paper canvas")
    canvas.wait_for()
    return canvas


def isolated() -> int:
    """The point that is farthest from its nearest neighbour."""
    return int(np.argmax(cKDTree(POINTS).query(POINTS, k=2)[0][:, 1]))


def draw(page: Page, canvas: Locator, places: list[tuple[float, float]]) -> None:
    """A stroke through places in shares of the canvas."""
    box = canvas.bounding_box()
    assert box is not None
    on_page = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*on_page[0])
    page.mouse.down()
    for place in on_page[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()
