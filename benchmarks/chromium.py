"""A real Chromium for the measurements: pages with a probe in them, drags at a mouse's pace, bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.hand import Place, follow, swing
from benchmarks.server import free_port
from scripts import browser as chromium

DEBUGGING_PORT = free_port()  # of the one browser that `launched` starts
PROBES = Path(__file__).with_name("probes.js")
IDLE = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"


@contextmanager
def launched() -> Iterator[Browser]:
    """The system's Chromium, headless, without a GPU.

    Raises:
        scripts.browser.BrowserMissing: there is none.
    """
    path = chromium.find()
    flags = [*chromium.FLAGS, f"--remote-debugging-port={DEBUGGING_PORT}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@dataclass
class Traffic:
    """Bytes that reached the page: of Streamlit's own files, and of everything else (as sent, uncompressed
    only where they were sent so)."""

    own: int = 0
    other: int = 0
    urls: dict[str, str] = field(default_factory=dict)


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[tuple[Page, Traffic]]:
    """A page of a browser that was never here, with the probe in it and its traffic counted."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(path=PROBES)
    traffic = Traffic()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    note = traffic.urls.__setitem__
    session.on("Network.responseReceived", lambda e: note(e["requestId"], e["response"]["url"]))

    def finished(event: dict[str, Any]) -> None:
        path = urlsplit(traffic.urls.get(event["requestId"], "")).path
        size = int(event["encodedDataLength"])
        if path.startswith("/static/") or path.endswith((".html", "/")):
            traffic.own += size
        else:
            traffic.other += size

    def frame(event: dict[str, Any]) -> None:
        payload = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2  # then it comes in base64
        traffic.other += len(payload) * 3 // 4 if binary else len(payload)

    session.on("Network.loadingFinished", finished)
    session.on("Network.webSocketFrameReceived", frame)
    yield page, traffic
    context.close()


def settle(page: Page) -> None:
    """Wait until the app is connected, its script has run to its end, and the page is quiet."""
    page.wait_for_selector(IDLE, state="attached")
    page.wait_for_timeout(700)
    page.wait_for_selector(IDLE, state="attached")


def throttle(page: Page, rate: float) -> None:
    """Slow the page's processor down by a factor."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def drag(
    page: Page,
    start: Place,
    seconds: float,
    reach: Place,
    shown: tuple[str, str],
    waiting: bool = False,
) -> dict[str, Any]:
    """Drag to and fro around `start` for some seconds; what the probe saw.

    `shown` is the selector of what is to change and the data attribute that says so; `waiting` says whether
    each move waits for the page (see `benchmarks.hand`). The result has latencies (ms from the event to a
    task after its frame), frames and draws (times in ms), costs ([decode, show, encode] in ms of each draw).
    """
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 3, start[1] + 3)
    page.wait_for_timeout(100)
    page.evaluate("(args) => __probe.start(...args)", list(shown))
    if waiting:
        follow(page, start, seconds, reach)
    else:
        swing(page, DEBUGGING_PORT, start, seconds, reach)
    result = page.evaluate("__probe.stop()")
    page.mouse.up()
    return result


def quantiles(values: list[float]) -> tuple[float | None, float | None]:
    """p50 and p95; None where nothing was measured."""
    if not values:
        return None, None
    low, high = np.percentile(values, (50, 95))
    return float(low), float(high)


def middle(page: Page, selector: str) -> tuple[float, float]:
    """The centre of the first element that is seen, in CSS pixels of the page."""
    element = page.locator(selector).first
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    if box is None:
        raise RuntimeError(f"{selector} is not on the page {page.url}")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
