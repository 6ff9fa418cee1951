"""The app as a process to be measured: start it as `make app` does, watch its memory and time, end it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120


class ServerError(Exception):
    """Why the app does not answer, in one sentence and the end of its log."""


@dataclass(frozen=True)
class Usage:
    """Memory and processor time of a process and its children: bytes and seconds."""

    memory: int
    cpu: float


@dataclass(frozen=True)
class Server:
    """An app that answers at `url`; `pid` is None where it is not ours, and `started` the seconds it took."""

    url: str
    pid: int | None
    started: float = 0.0

    def usage(self) -> Usage | None:
        """What the process and its children use now; None where that cannot be known (no /proc, not ours)."""
        if self.pid is None or not Path("/proc/self/stat").exists():
            return None
        try:
            pids = [self.pid, *_children(self.pid)]
            return Usage(sum(_resident(pid) for pid in pids), sum(_seconds(pid) for pid in pids))
        except (FileNotFoundError, ProcessLookupError):
            return None  # a child ended while we looked, or the server did


@contextmanager
def running(app: Path | None = None, port: int | None = None) -> Iterator[Server]:
    """The project's app as `make app` starts it, or another script under the same settings; ended on leaving.

    Raises:
        ServerError: it does not start.
    """
    port = port or free_port()
    if app is None:
        command = [sys.executable, "-m", "scripts.serve", "app"]
    else:
        flags = [f"--server.port={port}", "--server.address=localhost", "--server.headless=true"]
        command = [sys.executable, "-m", "streamlit", "run", str(app), *flags]
    environment = os.environ | {"PORT": str(port), "CI": "1"}  # CI: scripts.serve opens no browser
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            url = f"http://localhost:{port}"
            _wait(url, process, log)
            yield Server(url, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, process: subprocess.Popen[bytes], log: object) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.02)
    log.seek(0)
    end = log.read().decode(errors="replace")[-2000:]
    raise ServerError(f"The app did not answer at {url}; the end of its output:\n{end}")


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *_children(child)]
    return found


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
