"""A map computed in a process of its own: the server stays responsive, and a fit can be cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from explorer.projection.maps import TITLES, check_codes, check_seed, validate

#: Names of the files in the job's temporary folder.
REQUEST, CODES, MAP, PROGRESS, ERRORS = "request.json", "codes.npy", "map.npy", "progress.jsonl", "errors.txt"
#: A fit with a seed runs on one thread anyway, and the server needs the other cores.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class ProjectionError(RuntimeError):
    """A map could not be computed; the message is one sentence, with the process's last words."""


class ProjectionJob:
    """One computation of `maps.fit` in a subprocess.

        job = ProjectionJob("tsne", codes, seed=0, perplexity=50).start()
        while not job.done:
            fraction, what = job.poll()
        points = job.result()

    Codes go out and the map comes back as .npy in a temporary folder, progress as JSON lines; nothing is
    pickled. The process runs at low priority on one thread. It ends, and the folder goes, on `result`, on
    `cancel`, when the job is garbage-collected, and when this process dies. Method, codes and parameters
    as in `fit`, checked at once: ValueError.
    """

    def __init__(self, method: str, codes: np.ndarray, *, seed: int = 0, **parameters: Any) -> None:
        codes = check_codes(codes)
        self.method = method
        self.parameters = validate(method, len(codes), **parameters)
        self.seed = check_seed(seed)
        self._codes: np.ndarray | None = codes
        self._count = len(codes)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._clean_up: weakref.finalize | None = None
        self._read = 0  # bytes of the progress file that have been read
        self._state = (0.0, "waiting to start")
        self._cancelled = False
        self._points: np.ndarray | None = None

    def start(self) -> ProjectionJob:
        """Start the process; returns the job. RuntimeError if it has been started before."""
        if self._codes is None:
            raise RuntimeError("This job has been started before: make a new one.")
        folder = tempfile.TemporaryDirectory(prefix="latent-map-", ignore_cleanup_errors=True)
        self._folder = Path(folder.name)
        np.save(self._folder / CODES, self._codes, allow_pickle=False)
        request = {"method": self.method, "seed": self.seed, "parameters": self.parameters}
        (self._folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
        with open(self._folder / PROGRESS, "wb") as out, open(self._folder / ERRORS, "wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "explorer.projection.worker", folder.name],
                stdin=subprocess.PIPE,  # never written to: the worker sees it close when this process dies
                stdout=out,
                stderr=errors,
                env=_environment(),
                start_new_session=True,
                creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),  # Windows has no os.nice
            )
        self._clean_up = weakref.finalize(self, _end, self._process, folder)
        self._codes = None
        return self

    @property
    def done(self) -> bool:
        """Whether the process has ended, in whatever way."""
        if self._points is not None or self._cancelled:
            return True
        return self._process is not None and self._process.poll() is not None

    def poll(self) -> tuple[float, str]:
        """The fraction done, which never falls, and what is being done. Does not wait."""
        if self._folder is not None and self._clean_up is not None and self._clean_up.alive:
            with open(self._folder / PROGRESS, "rb") as file:
                file.seek(self._read)
                complete = file.read().rpartition(b"\n")[0]
            self._read += len(complete) + bool(complete)
            for line in complete.splitlines():
                heard = json.loads(line)
                self._state = (max(self._state[0], float(heard["fraction"])), str(heard["what"]))
        return self._state

    def result(self) -> np.ndarray:
        """The map (N, 2) float32. ProjectionError if it is not done yet, was cancelled or failed."""
        if self._points is not None:
            return self._points
        if self._cancelled:
            raise ProjectionError("The computation was cancelled: start it again for a map.")
        if self._process is None or self._folder is None or self._process.poll() is None:
            raise ProjectionError("The map is not there yet: start the job and wait until it is done.")
        self.poll()
        try:
            self._points = self._collect(self._process.returncode, self._folder)
        finally:
            self._clean_up()
        return self._points

    def cancel(self) -> None:
        """End the process and all that it has started, and remove the folder; nothing if it is done."""
        if self.done:
            return
        self._cancelled = True
        self._state = (self._state[0], "cancelled")
        if self._clean_up is not None:
            self._clean_up()

    def _collect(self, status: int, folder: Path) -> np.ndarray:
        title = TITLES[self.method]
        if status != 0:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            raise ProjectionError(f"{title} could not be computed ({how}): {_last_line(folder / ERRORS)}")
        try:
            points = np.load(folder / MAP, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ProjectionError(
                f"{title} ended without a readable map ({error}): compute it again."
            ) from error
        if points.shape != (self._count, 2) or points.dtype != np.float32:
            raise ProjectionError(f"{title} gave a map of shape {points.shape}: compute it again.")
        return points


def _environment() -> dict[str, str]:
    """This process's environment, with one thread a library and the package where the worker finds it."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it left no message."


def _end(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    """Kill the process's group if it still runs, reap it and remove the folder."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so the number is still this group's
        else:
            process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
    folder.cleanup()
