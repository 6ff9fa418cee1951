"""How the live part feels: python -m benchmarks.live [--json FILE] [--only NAME …] [--seconds 2]

A real Chromium, headless and without a GPU, opens the running app and drags, draws and lassoes as a hand
does; the page itself says when what was asked for stood on the screen. Run it on a quiet machine: browser,
server and this program share its cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks import gestures, network, start
from benchmarks.chromium import launched
from benchmarks.report import Row, machine, table
from benchmarks.server import ServerError, running
from scripts.browser import BrowserMissing

APPS = Path(__file__).parent / "apps"

#: What is measured, in this order: name -> function(browser, address of the app, seconds) -> rows.
PARTS: dict[str, Callable[[Browser, str, float], list[Row]]] = {
    "drag": gestures.drag_rows,
    "throttled": gestures.throttled_rows,
    "large": network.large_rows,
    "draw": gestures.draw_rows,
    "visit": start.visit_rows,
}


def measure(names: list[str], seconds: float, say: Callable[[str], None]) -> list[Row]:
    """The rows of the named parts."""
    rows: list[Row] = []
    with launched() as browser:
        with running() as server:
            for name in names:
                if name in PARTS:
                    say(f"{name} …")
                    rows += PARTS[name](browser, server.url, seconds)
        if "map" in names:
            say("map …")
            with running(APPS / "big_map.py") as server:
                rows += gestures.map_rows(browser, server.url, seconds)
        if "start" in names:
            say("start …")
            rows += start.start_rows(browser)
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    names = [*PARTS, "map", "start"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same as JSON")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="measure these parts only")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each drag lasts (2)")
    asked = parser.parse_args(arguments)
    try:
        rows = measure(asked.only, asked.seconds, lambda text: print(text, file=sys.stderr, flush=True))
    except (ServerError, BrowserMissing) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(rows))
    if asked.json:
        found: dict[str, Any] = {"machine": machine(), "rows": [row.as_json() for row in rows]}
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
