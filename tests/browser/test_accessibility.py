"""axe-core on every page: nothing serious, in light on a wide screen and in dark on a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from explorer.ui import state
from tests.browser.live_page import IDLE, Server

GRAVE = ("serious", "critical")
PAGES = sorted(path.stem for path in (Path(state.__file__).parents[1] / "pages").glob("[!_]*.py"))
VIEWS = {"wide, light": ("light", 1280, 900), "narrow, dark": ("dark", 390, 844)}


@pytest.fixture(scope="module", params=VIEWS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """One page for all of a view's visits, so that Streamlit's own files come once."""
    scheme, width, height = VIEWS[request.param]
    viewport = {"width": width, "height": height}
    with browser.new_context(color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server('app.py')}/{'' if name == state.START else name}")
    page.wait_for_selector(IDLE, timeout=60_000)
    page.wait_for_selector("[data-testid=stSidebarNavItems][role]", state="attached")
    assert page.locator("[data-testid=stException]").count() == 0
    found = Axe().run(page).response["violations"]
    told = [
        f"{v['id']}: {node['html'][:200]} {node['failureSummary']}"
        for v in found
        if v["impact"] in GRAVE
        for node in v["nodes"]
    ]
    assert not told, "\n".join(told)
