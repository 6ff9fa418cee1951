"""How soon something moves: a first visit to a warm server, and `make app` on an installed tree."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

from benchmarks.chromium import opened
from benchmarks.report import Row
from benchmarks.server import ROOT, free_port

VISIT_SECONDS, VISIT_MB, START_SECONDS = 2.5, 3.0, 6.0
TRIES = 5
HANDLE = ".handle"  # the live point on the map
MOVED = """() => {
  const hero = __probe.deep("canvas[data-z]")[0];
  if (!hero) return null;
  __probe.first ??= hero.dataset.z;
  return hero.dataset.z !== __probe.first ? performance.now() : null;
}"""


DRAWN = """before => {
  const now = __probe.deep("[data-z]")[0]?.dataset.z;
  return now && now !== before ? performance.now() : null;
}"""


def until_drawn(page: Page, url: str) -> float:
    """Open the start page, press "Draw again" as soon as it is there; seconds until the picture changed."""
    page.goto(url, wait_until="commit")
    button = page.get_by_role("button", name="Draw again")
    button.wait_for()
    page.locator(".anatomy[data-z]").wait_for()
    before = page.locator(".anatomy").get_attribute("data-z")
    button.click()
    return page.wait_for_function(DRAWN, arg=before).json_value() / 1000


def until_moved(page: Page, url: str) -> float:
    """Open the map and drag the live point as soon as it is there; seconds of the page's own clock."""
    page.goto(url, wait_until="commit")
    handle = page.locator(HANDLE).first
    handle.wait_for()
    page.locator("canvas[data-z]").first.wait_for()
    page.evaluate(MOVED)  # notes what it shows before anything is moved
    for _ in range(400):
        box = handle.bounding_box()
        if box is not None:
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + 25, y + 25, steps=3)
            found = page.evaluate(MOVED)
            page.mouse.up()
            if found is not None:
                return found / 1000
        page.wait_for_timeout(10)
    raise RuntimeError("the live point did not move")


def visit_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """A first visit, by a browser that was never here, to a server that has served others."""
    first = []
    for _ in range(TRIES + 1):
        with opened(browser) as (page, _):
            first.append(until_drawn(page, url))
    times, size = [], 0
    for _ in range(TRIES + 1):  # the first warms the server
        with opened(browser) as (page, traffic):
            times.append(until_moved(page, f"{url}/latent_map"))
            page.wait_for_timeout(1500)
            size, own = traffic.other, traffic.own
    note = f"{TRIES} visits, slowest; {own / 1e6:.1f} MB of Streamlit's own files besides"
    return [
        Row(
            "first visit: navigation → one click on the start page shows", max(first[1:]), "s", VISIT_SECONDS
        ),
        Row("first visit: navigation → live point moves", max(times[1:]), "s", VISIT_SECONDS, note),
        Row("first visit: without Streamlit's own files", size / 1e6, "MB", VISIT_MB),
    ]


def start_rows(browser: Browser) -> list[Row]:
    """`make app` on an installed tree, until the start page answers a click."""
    what = "make app → page usable"
    if not (ROOT / ".venv").is_dir():
        return [Row(what, None, "s", START_SECONDS, "not installed: run `make app` once first")]
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["make", "app"], cwd=ROOT, env=os.environ | {"PORT": str(port), "CI": "1"}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while time.perf_counter() - begun < 600:
            try:
                urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).close()
                break
            except (URLError, OSError):
                time.sleep(0.02)
        served = time.perf_counter() - begun
        with opened(browser) as (page, _):
            until_drawn(page, f"http://localhost:{port}")
        usable = time.perf_counter() - begun
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
    return [Row(what, usable, "s", START_SECONDS, f"the server answers after {served:.1f}")]
