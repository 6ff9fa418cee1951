"""Find a Chromium for the browser tests, or install one: python -m scripts.browser (in .venv)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Nothing that runs in a test may talk to the outside, and a machine without a screen has no GPU process.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    print(p.chromium.executable_path)
"""
REMEDY = (
    "No Chromium that starts was found and none could be installed: have an administrator install "
    "Chromium or Chrome (on Debian: 'apt install chromium', as root) and run 'make test' again."
)


class BrowserMissing(Exception):
    """There is no usable browser; the message is one sentence with the remedy."""


def opens_a_page(path: str) -> bool:
    """Whether the browser at `path` really opens a page; a stub or one without its libraries does not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        page = "data:text/html,<p>a page</p>"
        command = [path, "--headless", *FLAGS, f"--user-data-dir={profile}", "--dump-dom", page]
        try:
            shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return "<p>a page</p>" in shown.stdout


def candidates() -> Iterator[str]:
    """Paths where a browser lies, the system's own before Playwright's."""
    for command in COMMANDS:
        path = shutil.which(command)
        if path:
            yield path
    yield from (path for path in MACOS if Path(path).exists())
    ask = [sys.executable, "-c", ASK_PLAYWRIGHT]
    asked = subprocess.run(ask, capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    if path and Path(path).exists():
        yield path


def find() -> str:
    """Path of a Chromium that opens a page; raises BrowserMissing where there is none."""
    for path in candidates():
        if opens_a_page(path):
            return path
    raise BrowserMissing(REMEDY)


def install() -> None:
    """Try Debian's package where we are root, then Playwright's own browser. Never sudo."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = shutil.which("apt-get") if root else None
    if apt:
        print("Installing Chromium with apt-get ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([apt, "-qq", *arguments], env=environment, stdin=subprocess.DEVNULL, check=False)
        if any(opens_a_page(path) for path in candidates()):
            return
    print("Installing Playwright's Chromium ...", flush=True)
    # --with-deps adds the system's libraries, and would call sudo where we are not root.
    command = [sys.executable, "-m", "playwright", "install", *(["--with-deps"] if apt else []), "chromium"]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


def main() -> int:
    """Make sure that there is a browser; returns the exit status."""
    try:
        try:
            find()
        except BrowserMissing:
            install()
            find()
    except BrowserMissing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
