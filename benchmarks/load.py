"""What the app does for a class: python -m benchmarks.load [--json FILE] [--users 100] [--seconds 60] …

Starts the app as `make app` does (or drives the one at --url) and speaks its websocket protocol as that many
browsers would: 30 visitors who arrive at once, then every page in turn with users who change something every
five seconds, then 3,000 changes more, with the server's memory before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import fetch, scenarios
from benchmarks.report import Row, columns, machine, table
from benchmarks.scenarios import Plan
from benchmarks.server import Server, ServerError, running
from benchmarks.visitor import Visitor

#: How visitors arrive: a browser that was never here fetches Streamlit's own files first.
CASES = {"empty_cache": "with Streamlit's own files", "files_cached": "without Streamlit's own files"}
P95_MS, PICTURE_SECONDS, MEMORY_MB, GROWTH_MB = 100, 3, 900, 60


async def measure(server: Server, plan: Plan, say: Callable[[str], None] = print) -> dict[str, Any]:
    """All scenarios against a running app, as one JSON object.

    Raises:
        ValueError: the plan names a page that the app has not.
    """
    found: dict[str, Any] = {"plan": asdict(plan), "machine": machine()}
    memory = {"started": _memory(server)}
    begun = time.perf_counter()
    first = Visitor(server.url, Random(plan.seed), plan.patience)
    opening = await first.open()
    found["start"] = {
        "answers_seconds": server.started or None,
        "first_run_seconds": time.perf_counter() - begun,
        "errors": opening.errors,
    }
    pages = _pages(first, plan)
    for page in pages:
        await scenarios.go(first, page)
        await first.change()
    await first.close()
    memory["one visitor was everywhere"] = _memory(server)

    say(f"{plan.visitors} visitors arrive at once …")
    shell = await asyncio.to_thread(fetch.shell, server.url)
    found["arrivals"] = {}
    for case, files in zip(CASES, (shell, []), strict=True):
        found["arrivals"][case] = (await scenarios.arrive(server.url, plan, files)).as_json()

    visitors = [Visitor(server.url, Random(plan.seed + i), plan.patience) for i in range(plan.users)]
    found["pages"] = {}
    for page in pages:
        say(f"{plan.users} users on {page} for {plan.seconds:g} s …")
        found["pages"][page] = (await scenarios.use_page(visitors, page, plan, server)).as_json()
    memory["all users were everywhere"] = _memory(server)
    say(f"{plan.changes:,} changes more …")
    found["growth_errors"] = await scenarios.change_many(visitors, pages, plan.changes)
    memory["after more changes"] = _memory(server)
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    found |= {"memory_mb": memory, "load_average_after": machine()["load_average"]}
    return found | {"rows": [row.as_json() for row in rows(found)]}


def rows(found: dict[str, Any]) -> list[Row]:
    """The targets with what `measure` found, then what has no target."""
    plan, pages, arrivals = found["plan"], found["pages"], found["arrivals"]
    slowest = max(pages, key=lambda name: pages[name]["changed"]["p95_ms"] or float("inf"))
    errors = sum(page[act]["errors"] for page in pages.values() for act in ("opened", "changed"))
    growth = [found["memory_mb"][k] for k in ("after more changes", "all users were everywhere")]
    users = f"{plan['users']} users, a change every {plan['period']:g} s"
    return [
        Row(f"{users}: p95", pages[slowest]["changed"]["p95_ms"], "ms", P95_MS, f"worst page: {slowest}"),
        Row("  errors", errors, "", 0),
        *(
            Row(
                f"{plan['visitors']} visitors at once, last first picture",
                _seconds(case["p100_ms"]),
                "s",
                PICTURE_SECONDS,
                f"{CASES[name]}; {case['kilobytes']:,.0f} kB each"
                + (f"; {case['errors']} FAILED" if case["errors"] else ""),
            )
            for name, case in arrivals.items()
        ),
        Row("server memory, every page visited", growth[1], "MB", MEMORY_MB),
        Row(
            f"  growth over {plan['changes']:,} changes",
            None if None in growth else growth[0] - growth[1],
            "MB",
            GROWTH_MB,
            f"{len(found['growth_errors'])} errors" if found["growth_errors"] else "",
        ),
        Row("server memory, started", found["memory_mb"]["started"], "MB"),
        Row("  after one visitor was everywhere", found["memory_mb"]["one visitor was everywhere"], "MB"),
        Row("start until the server answers", found["start"]["answers_seconds"], "s"),
        Row("  first visitor's first run", found["start"]["first_run_seconds"], "s"),
        Row("load average before", found["machine"]["load_average"], "", None, "of this machine"),
        Row("  after", found["load_average_after"], ""),
    ]


def page_table(found: dict[str, Any]) -> str:
    """A line for each page: percentiles of a change, opening, errors, size, the cost to server and to us."""
    head = ("page", "p50", "p95 ms", "p99", "opened p95", "errors", "kB", "server", "we", "what was changed")
    lines = [head]
    for name, page in found["pages"].items():
        changed, opened = page["changed"], page["opened"]
        share = "" if page["server_cpu"] is None else f"{page['server_cpu']:.0%}"
        times = [changed["p50_ms"], changed["p95_ms"], changed["p99_ms"], opened["p95_ms"]]
        shown = ["–" if each is None else f"{each:.0f}" for each in times]
        errors = str(changed["errors"] + opened["errors"])
        size = f"{changed['kilobytes']:.0f}"
        acts = ", ".join(changed["acts"])
        lines.append((name, *shown, errors, size, share, f"{page['own_cpu']:.0%}", acts))
    return columns(lines)


def complaints(found: dict[str, Any]) -> list[str]:
    """Every error's text with where it came up and how often."""
    parts = {f"arrivals, {name}": case for name, case in found["arrivals"].items()}
    for name, page in found["pages"].items():
        parts |= {f"{name}, opened": page["opened"], f"{name}, changed": page["changed"]}
    return [
        f"{where}: {count} × {text}"
        for where, part in parts.items()
        for text, count in part["sentences"].items()
    ]


def _pages(visitor: Visitor, plan: Plan) -> list[str]:
    """The pages to load: those of the plan, else all."""
    strange = set(plan.pages) - set(visitor.pages)
    if strange:
        there = ", ".join(visitor.pages)
        raise ValueError(f"There is no page {', '.join(sorted(strange))}; there are {there}.")
    return list(plan.pages or visitor.pages)


def _memory(server: Server) -> float | None:
    usage = server.usage()
    return None if usage is None else usage.memory / 1e6


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    plan = Plan()
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured to FILE")
    parser.add_argument("--url", help="drive the app that runs there; its memory is not measured")
    parser.add_argument("--app", type=Path, help="start this script instead of the explorer")
    parser.add_argument("--port", type=int, help="where to start it (default: a free port)")
    parser.add_argument("--page", action="append", default=[], help="only this page (may be given again)")
    for name in ("users", "seconds", "period", "visitors", "changes"):
        default = getattr(plan, name)
        parser.add_argument(f"--{name}", type=type(default), default=default, help=f"default: {default:g}")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure and print; returns the exit status, 1 where nothing could be measured."""
    asked = arguments(words)
    plan = Plan(asked.users, asked.seconds, asked.period, asked.visitors, asked.changes, tuple(asked.page))
    try:
        given = nullcontext(Server(asked.url.rstrip("/"), None)) if asked.url else None
        with given or running(asked.app, asked.port) as app:
            found = asyncio.run(measure(app, plan))
    except (ServerError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n" + table([Row(**{k: v for k, v in row.items() if k != "met"}) for row in found["rows"]]))
    print("\n" + page_table(found))
    for line in complaints(found):
        print(line)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
