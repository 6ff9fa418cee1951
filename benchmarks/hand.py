"""Two hands on the mouse: a patient one, for how soon a move is seen, a free one, for how many frames come.

Playwright waits after every move until the page has taken it, and looks for an HTML drag meanwhile: so a move
never waits for the one before, and on a slow page there are few. A real hand does not wait; its moves go
straight to the browser's debugging port.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
from playwright.sync_api import Page
from websockets.sync.client import connect

PACE = 1 / 125  # seconds between two moves: a common mouse reports 125 times a second


Place = tuple[float, float]  # CSS pixels, across and down


def place_at(seconds: float, start: Place, reach: Place) -> Place:
    """Where a hand is that goes to and fro around `start`, `reach` to either side."""
    angle = 2 * np.pi * seconds / 1.7
    return float(start[0] + reach[0] * np.sin(angle)), float(start[1] + reach[1] * np.sin(1.3 * angle))


def pace(seconds: float) -> Iterator[float]:
    """The seconds since the beginning, once for each move."""
    begun, step = time.perf_counter(), 0
    while (now := time.perf_counter() - begun) < seconds:
        yield now
        step += 1
        time.sleep(max(0.0, begun + step * PACE - time.perf_counter()))


def follow(page: Page, start: Place, seconds: float, reach: Place) -> None:
    """Move with the button held; each move waits until the page has taken the one before."""
    for now in pace(seconds):
        page.mouse.move(*place_at(now, start, reach))


def swing(page: Page, port: int, start: Place, seconds: float, reach: Place) -> None:
    """Move with the button held, whether the page can follow or not; `port`: the browser's debugging port."""
    session = page.context.new_cdp_session(page)
    target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
    session.detach()
    with connect(f"ws://127.0.0.1:{port}/devtools/page/{target}", max_size=None) as browser:
        sent = 0
        for now in pace(seconds):
            x, y = place_at(now, start, reach)
            move = {"type": "mouseMoved", "button": "left", "buttons": 1, "x": x, "y": y}
            sent += 1
            browser.send(json.dumps({"id": sent, "method": "Input.dispatchMouseEvent", "params": move}))
        while json.loads(browser.recv(timeout=30)).get("id") != sent:
            pass  # the page takes what is still under way
