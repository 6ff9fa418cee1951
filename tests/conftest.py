"""Shared by all tests: two cores, one browser."""

from __future__ import annotations

import os

# Before numpy and torch load: the tests, the app that they start and Chromium share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # noqa: E402

from scripts import browser as chromium  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that drives a browser, so that `-m "not browser"` leaves them out."""
    for item in items:
        if {"browser", "context", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """pytest-playwright's arguments with the Chromium that is here; a missing one fails, no skip."""
    try:
        path = chromium.find()
    except chromium.BrowserMissing as error:
        pytest.fail(str(error), pytrace=False)
    return {**browser_type_launch_args, "executable_path": path, "args": list(chromium.FLAGS)}
