"""A running app and a page on it, for every browser test.

    def test_something(server, browser_page, settle):
        browser_page.goto(server("app.py"))
        settle(browser_page)

`server(path)` starts `streamlit run path` once per session and returns its address; `browser_page` fails the
test if a request leaves the machine or a script error reaches the page; `settle` waits until the script has
run to its end.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parents[2]
IDLE = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
START_SECONDS = 60
PATIENCE = 30_000  # milliseconds; two cores may be busy with other tests
expect.set_options(timeout=20_000)  # two cores that the app, the tests and Chromium share


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str | Path], str]]:
    """A function from an app's file (absolute, or relative to the repository) to its address."""
    running: dict[Path, tuple[str, subprocess.Popen[bytes]]] = {}

    def start(app_path: str | Path) -> str:
        path = ROOT / app_path
        if path not in running:
            log = tmp_path_factory.mktemp("server") / f"{path.stem}.log"
            running[path] = _start(path, log)
        return running[path][0]

    yield start
    for _, process in running.values():
        process.terminate()
    for _, process in running.values():
        process.wait(timeout=20)


def _start(path: Path, log: Path) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", str(path), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return address, process
        except (URLError, OSError):
            time.sleep(0.1)
    process.kill()
    pytest.fail(
        f"{path.name} did not start on {address}:\n{log.read_text(errors='replace')[-4000:]}", pytrace=False
    )


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page 1280 × 800, light, without motion; see the top of this file for what makes it fail."""
    yield from _watched(browser, viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """The same on a telephone: 390 × 844, two device pixels to a CSS pixel, touch."""
    phone = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
    yield from _watched(browser, **phone)


def _watched(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own; afterwards fail on what left the machine and on errors in the page."""
    context = browser.new_context(color_scheme="light", reduced_motion="reduce", locale="en-GB", **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    strangers: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: _note_stranger(request.url, strangers))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page.on("websocket", lambda socket: _note_stranger(socket.url, strangers))
    yield page
    context.close()
    assert not strangers, f"requests left the machine: {strangers}"
    assert not errors, f"errors in the page: {errors}"


def _note_stranger(url: str, strangers: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost"):
        strangers.append(url)


@pytest.fixture
def settle() -> Callable[[Page], None]:
    """A function that waits until the app is connected and its script has run to its end.

    After an act whose effect is known, wait for that instead: the script may not have started yet.
    """

    def wait(page: Page) -> None:
        page.wait_for_selector(IDLE, timeout=2 * PATIENCE)

    return wait
