"""What a hand does, measured: drag a slider, draw a digit, move over a map of 70,000 points, lasso."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.chromium import drag, middle, opened, quantiles, settle, throttle
from benchmarks.hand import PACE
from benchmarks.report import Row
from explorer import zoo

HERO = "canvas[data-z]"  # the decoded picture: it says which code it shows
SLIDER = ".sliders .track"
FRAME_MS, OVER_EMPTY_MS, DRAW_MS, ENCODE_MS = 16.7, 2.0, 4.0, 6.0
THROTTLE = 4
EMPTY = """<body style="margin:0;height:100vh"><script>onpointermove = () => {}</script>"""


def models() -> list[str]:
    """For each network of 28 × 28 pixels that the browser decodes the first model that is shipped."""
    found: dict[tuple[Any, ...], str] = {}
    for name, card in sorted(zoo.cards().items()):
        given = card.arguments
        if given["image_shape"][1:] == [28, 28] and not zoo.load(name).autoregressive:
            key = (given["trunk_kind"], tuple(given["widths"]), given["latent_dim"])
            found.setdefault(key, name)
    return list(found.values())


def traversal(url: str, model_id: str) -> str:
    """The address of Traversal with a model."""
    return f"{url}/traversal?" + urlencode({"data": zoo.card(model_id).dataset, "model": model_id})


def open_slider(page: Page, url: str, model_id: str) -> tuple[float, float]:
    """Open Traversal; the place of the first slider's handle."""
    page.goto(traversal(url, model_id))
    settle(page)
    page.locator(HERO).first.wait_for()
    page.locator(".strip[data-z]").wait_for()  # what the second thread decodes on arrival is there
    return middle(page, SLIDER)


def empty_handler(browser: Browser, seconds: float) -> list[float]:
    """Latencies of a page that does nothing when the pointer moves: the floor on this machine."""
    with opened(browser) as (page, _):
        page.goto(f"data:text/html,{quote(EMPTY)}")
        return drag(page, (400, 300), seconds, (120, 0), ("", ""), waiting=True)["latencies"]


def drag_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """Pointer to pixels, decode and draw, and frames per second, for each shipped 28 × 28 model."""
    floor = quantiles(empty_handler(browser, seconds))[1]
    rows = [Row("pointer → frame, empty handler (the floor), p95", floor, "ms")]
    slowest = 0.0
    for model_id in models():
        with opened(browser) as (page, _):
            place = open_slider(page, url, model_id)
            found = drag(page, place, seconds, (90, 0), (HERO, "z"), waiting=True)
            free = drag(page, place, seconds, (90, 0), (HERO, "z"))
        middle_ms, late = quantiles(found["latencies"])
        decode, show = (quantiles([cost[i] for cost in found["costs"]])[1] for i in (0, 1))
        rate, late_free = len(free["draws"]) / seconds, quantiles(free["latencies"])[1]
        note = f"p50 {middle_ms:.1f}, {len(found['latencies'])} events, decoding alone p95 {decode:.2f}"
        freely = f"pointer → pixels p95 {late_free:.1f} ms, from moves at any time within a frame"
        rows += [
            Row(f"{model_id}: pointer → pixels, p95", late, "ms", FRAME_MS, note),
            Row(f"{model_id}: … over the floor", late - floor, "ms", OVER_EMPTY_MS),
            Row(f"{model_id}: decode + draw, p95", decode + show, "ms", DRAW_MS),
            Row(f"{model_id}: drag", rate, "frames/s", least=58, note=freely),
        ]
        slowest = max(slowest, late)
    return [*rows, Row("slowest model: pointer → pixels, p95", slowest, "ms", FRAME_MS)]


def throttled_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """Frames per second of the heaviest networks on a processor four times slower."""
    heaviest = sorted(models(), key=lambda name: -zoo.card(name).parameters)[:3]
    rows = []
    for model_id in ["mnist-vae", *(name for name in heaviest if name != "mnist-vae")]:
        with opened(browser) as (page, _):
            place = open_slider(page, url, model_id)
            throttle(page, THROTTLE)
            found = drag(page, place, seconds, (90, 0), (HERO, "z"))
        rate = len(found["draws"]) / seconds
        rows.append(Row(f"{model_id}: drag, processor {THROTTLE} × slower", rate, "frames/s", least=50))
    return rows


def draw_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """Encode while drawing: rasterise, fit, encode, decode and draw, for each 28 × 28 model."""
    rows = []
    for model_id in models():
        with opened(browser) as (page, _):
            page.goto(traversal(url, model_id) + "&" + urlencode({"start": "An input", "from": "Draw"}))
            settle(page)
            place = middle(page, ".paper canvas")
            found = drag(page, place, seconds, (50, 60), (".paper canvas", "encodeMs"), waiting=True)
        _, cost = quantiles([cost[2] for cost in found["costs"]])
        note = f"{len(found['costs']) / seconds:.0f} a second"
        rows.append(Row(f"{model_id}: encode while drawing, p95", cost, "ms", ENCODE_MS, note))
    return rows


def map_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """A map of 70,000 points: redraw while it is moved, hover, and a lasso until Python has heard of it."""
    with opened(browser) as (page, _):
        page.goto(url)
        settle(page)
        page.locator(".stage[data-view]").wait_for()
        x, y = middle(page, ".stage")
        redraw = redraws(page, x, y, seconds)
        hover = hovers(page, x, y, seconds)
        lasso = [lassoed(page, x, y, size) for size in (60, 120, 200, 90, 150)]
    rows = []
    measured = (("redraw", redraw, 4.0), ("hover", hover, 1.0), ("lasso → Python", lasso, 150.0))
    for what, values, limit in measured:
        low, high = quantiles(values)
        note = f"p50 {low:.2f}, {len(values)} times"
        rows.append(Row(f"70,000 points: {what}, p95", high, "ms", limit, note))
    return rows


def redraws(page: Page, x: float, y: float, seconds: float) -> list[float]:
    """Milliseconds of each redraw of all points while the wheel zooms in and out."""
    page.mouse.move(x, y)
    page.mouse.move(x + 2, y)
    page.evaluate("(args) => __probe.start(...args)", [".stage", "view"])
    page.evaluate(
        "() => { const stage = __probe.deep('.stage')[0]; __probe.list = [];"
        "new MutationObserver(() => __probe.list.push(Number(stage.dataset.drawMs)))"
        ".observe(stage, { attributeFilter: ['data-draw-ms'] }); }"
    )
    for i in range(int(seconds / PACE / 2)):
        page.mouse.wheel(0, -30 if i % 40 < 20 else 30)
    page.evaluate("__probe.stop()")
    return page.evaluate("__probe.list")


def hovers(page: Page, x: float, y: float, seconds: float) -> list[float]:
    """Milliseconds from each pointer move to its card."""
    page.evaluate(
        "() => { const stage = __probe.deep('.stage')[0]; __probe.list = [];"
        "new MutationObserver(() => __probe.list.push(Number(stage.dataset.hoverMs)))"
        ".observe(stage, { attributeFilter: ['data-hover-ms'] }); }"
    )
    for i in range(int(seconds / PACE / 2)):
        page.mouse.move(x + 200 * np.sin(i / 9), y + 200 * np.cos(i / 13))
    return page.evaluate("__probe.list")


def lassoed(page: Page, x: float, y: float, size: float) -> float:
    """Milliseconds from lifting the pointer to Python's callback."""
    page.evaluate(
        "() => addEventListener('pointerup', (event) => "
        "{ __probe.lifted = performance.timeOrigin + event.timeStamp; }, { capture: true, once: true })"
    )
    before = page.locator("#heard").inner_text()
    page.keyboard.down("Shift")
    page.mouse.move(x + size, y)
    page.mouse.down()
    for angle in np.linspace(0, 2 * np.pi, 30):
        page.mouse.move(x + size * np.cos(angle), y + size * np.sin(angle))
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_function("(before) => document.querySelector('#heard').innerText !== before", arg=before)
    heard, count = json.loads("[" + page.locator("#heard").inner_text().replace(" ", ",") + "]")
    if not count:
        raise RuntimeError("the lasso held no point")
    settle(page)
    return heard - page.evaluate("__probe.lifted")
