"""What visitors do to a running app, and how long it takes: they arrive at once, they use a page."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from benchmarks import fetch
from benchmarks.server import Server
from benchmarks.visitor import Run, Visitor

AT_ONCE = 10  # changes under way at the same time in `change_many`


@dataclass(frozen=True)
class Plan:
    """How much of each scenario; `pages` by the names that `controls.CHANGES` knows, () for all."""

    users: int = 100
    seconds: float = 60.0
    period: float = 5.0
    visitors: int = 30
    changes: int = 3000
    pages: tuple[str, ...] = ()
    patience: float = 30.0
    seed: int = 0


@dataclass(frozen=True)
class Timed:
    """What one kind of act took: `seconds` of every act that came to its end, and what went wrong."""

    name: str
    seconds: list[float]
    errors: list[str]
    kilobytes: float
    acts: dict[str, int]

    def ms(self, percent: float) -> float | None:
        """A percentile in milliseconds; None if nothing came to its end."""
        return float(np.percentile(self.seconds, percent)) * 1000 if self.seconds else None

    def as_json(self) -> dict[str, Any]:
        """Percentiles in milliseconds, counts, the commonest errors, what was done how often."""
        percentiles = {f"p{p}_ms": self.ms(p) for p in (50, 95, 99, 100)}
        count = {"count": len(self.seconds), "errors": len(self.errors)}
        more = {"kilobytes": self.kilobytes, "acts": self.acts}
        return percentiles | count | {"sentences": dict(Counter(self.errors).most_common(5))} | more


@dataclass(frozen=True)
class Page:
    """One page under load: opening it, changing it, the server's and our own share of a core meanwhile."""

    opened: Timed
    changed: Timed
    server_cpu: float | None
    own_cpu: float

    def as_json(self) -> dict[str, Any]:
        """The same as JSON objects."""
        timed = {"opened": self.opened.as_json(), "changed": self.changed.as_json()}
        return timed | {"server_cpu": self.server_cpu, "own_cpu": self.own_cpu}


def timed(name: str, runs: Sequence[tuple[float, Run]]) -> Timed:
    """Pairs of seconds and run in short; a run with an error counts as that and not as a time."""
    good = [(seconds, run) for seconds, run in runs if not run.errors]
    errors = [error for _, run in runs for error in run.errors[:1]]
    size = float(np.mean([run.size for _, run in good])) / 1000 if good else 0.0
    return Timed(name, [seconds for seconds, _ in good], errors, size, dict(Counter(r.what for _, r in runs)))


async def arrive(url: str, plan: Plan, files: Sequence[str]) -> Timed:
    """`plan.visitors` open the first page at the same moment, and fetch `files` before they connect.

    A visitor is done when the script has run to its end and every picture that it refers to has come.
    """

    async def first_picture(visitor: Visitor) -> tuple[float, Run]:
        begun = time.perf_counter()
        try:
            size = await fetch.fetch_all(url, files)
            run = await visitor.open()
            run.size += size + await fetch.fetch_all(url, run.media)
        except fetch.FetchError as error:
            run = Run(errors=[str(error)], what="open")
        return time.perf_counter() - begun, run

    visitors = [Visitor(url, Random(plan.seed + i), plan.patience) for i in range(plan.visitors)]
    runs = await asyncio.gather(*map(first_picture, visitors))
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    return timed("arrivals", runs)


async def use_page(visitors: Sequence[Visitor], page: str, plan: Plan, server: Server) -> Page:
    """All visitors go to `page`, spread over one period, then each changes something every period.

    A change that has to wait because the visitor's last one is not done counts from when it was due.
    """
    opened: list[tuple[float, Run]] = []
    changed: list[tuple[float, Run]] = []
    begun = time.perf_counter()

    async def use(visitor: Visitor, offset: float) -> None:
        due = begun + offset
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        run = await go(visitor, page)
        opened.append((run.seconds, run))
        for _ in range(max(1, round(plan.seconds / plan.period))):
            due += plan.period
            late = time.perf_counter() - due
            await asyncio.sleep(max(0.0, -late))
            if not visitor.connected:
                await go(visitor, page)
            run = await visitor.change()
            changed.append((run.seconds + max(0.0, late), run))

    cpu, own, wall = server.usage(), time.process_time(), begun
    await asyncio.gather(*(use(v, plan.period * i / len(visitors)) for i, v in enumerate(visitors)))
    wall, then = time.perf_counter() - wall, server.usage()
    share = None if cpu is None or then is None else (then.cpu - cpu.cpu) / wall
    return Page(timed(page, opened), timed(page, changed), share, (time.process_time() - own) / wall)


async def change_many(visitors: Sequence[Visitor], pages: Sequence[str], count: int) -> list[str]:
    """The visitors, spread over the pages, make `count` changes, ten at a time, no pause; the errors."""
    errors: list[str] = []
    left = iter(range(count))

    async def work(mine: Sequence[tuple[int, Visitor]]) -> None:
        for i, visitor in mine:
            errors.extend((await go(visitor, pages[i % len(pages)])).errors)
        for turn, _ in enumerate(left):
            errors.extend((await mine[turn % len(mine)][1].change()).errors)

    numbered = list(enumerate(visitors))
    await asyncio.gather(*(work(numbered[i::AT_ONCE]) for i in range(min(AT_ONCE, len(numbered)))))
    return errors


async def go(visitor: Visitor, page: str) -> Run:
    """To `page` by the navigation; who is not in the app opens it first."""
    if not visitor.connected:
        run = await visitor.open()
        if run.errors or visitor.page == page:
            return run
    return await visitor.go(page)
