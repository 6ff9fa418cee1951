"""Where data files lie, how they are checked, and how missing ones are fetched."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets.base import DatasetUnavailable

#: progress(bytes so far, bytes in all); raise from it to cancel a download.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DataFile:
    """A published file: place below the data folder, size in bytes, digest ("sha256:…"), public address.

    `exact` is False where only the rounded size of the published file is known; its digest decides then.
    Where no digest is known either ("") the data set checks what the file holds.
    """

    path: str
    size: int
    digest: str
    url: str
    exact: bool = True

    @property
    def size_text(self) -> str:
        """The size for people: "9.9 MB", "29 kB"."""
        return f"{self.size / 1e6:.1f} MB" if self.size >= 1e6 else f"{self.size / 1e3:.0f} kB"


def data_folder() -> Path:
    """`LATENT_EXPLORER_DATA` if set, else the user's cache folder."""
    named = os.environ.get("LATENT_EXPLORER_DATA")
    return Path(named).expanduser() if named else cache_folder() / "data"


def cache_folder() -> Path:
    """The folder for what can be made or fetched again: data and the resume states of trainings."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "latent-explorer"


def read(file: DataFile) -> bytes:
    """The whole file, after its size and digest were checked.

    Raises
    ------
    DatasetUnavailable
        If it is missing or differs from the published one: never half read.
    """
    path = data_folder() / file.path
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DatasetUnavailable(
            f"{path} is missing: fetch it ({file.size_text}) from {file.url}, "
            "or press the data set's download button."
        ) from None
    except OSError as error:
        cause = f"cannot be read ({error.strerror}): check its permissions"
        raise DatasetUnavailable(f"{path} {cause}.") from None
    if file.exact and len(content) != file.size:
        raise DatasetUnavailable(
            f"{path} is {len(content):,} bytes instead of {file.size:,}, so it is truncated or not the "
            f"published file: delete it and fetch it again from {file.url}."
        )
    algorithm, _, digest = file.digest.partition(":")
    if file.digest and hashlib.new(algorithm, content).hexdigest() != digest:
        raise DatasetUnavailable(
            f"{path} does not have the published {algorithm}, so it was altered: "
            f"delete it and fetch it again from {file.url}."
        )
    return content


def missing(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    """Those files that do not lie in the data folder with their published size."""
    folder = data_folder()

    def lies_there(file: DataFile) -> bool:
        path = folder / file.path
        return path.is_file() and (not file.exact or path.stat().st_size == file.size)

    return tuple(file for file in files if not lies_there(file))


class _Bar:
    """The progress-bar interface that pooch expects, forwarded to a function."""

    def __init__(self, report: Progress, before: int, size: int, total: int) -> None:
        self.report, self.done, self.end, self.all = report, before, before + size, total
        self.total = 0  # pooch sets this to the size that the server names, 0 if it names none

    def update(self, n: int) -> None:
        """pooch counts in whole chunks, so the last one would lead too far."""
        self.done = min(self.done + n, self.end)
        self.report(self.done, self.all)

    def reset(self) -> None:
        """pooch calls this after the last chunk, before it reports the whole file once more."""

    def close(self) -> None:
        self.update(self.end)


def fetch(files: tuple[DataFile, ...], progress: Progress | None = None) -> None:
    """Download what is missing into the data folder; pooch checks every sha256 before a file gets its name.

    Raises
    ------
    DatasetUnavailable
        If a file cannot be fetched: names path, source and size.
    """
    import pooch  # not needed where the files already lie: a training machine may lack it

    wanted = missing(files)
    total, before = sum(f.size for f in wanted), 0
    for file in wanted:
        path = data_folder() / file.path
        bar = _Bar(progress, before, file.size, total) if progress else False
        try:
            pooch.retrieve(
                url=file.url,
                known_hash=file.digest or None,
                fname=path.name,
                path=path.parent,
                downloader=pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=30),
            )
        except (OSError, ValueError) as error:
            raise DatasetUnavailable(
                f"{path.name} ({file.size_text}) could not be fetched from {file.url} into "
                f"{path.parent}: {_cause(error)}. Put the file there by hand, or try again online."
            ) from error
        before += file.size


def _cause(error: Exception) -> str:
    """In words, why a download failed."""
    from requests import ConnectionError, HTTPError, Timeout

    if isinstance(error, HTTPError):
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, (ConnectionError, Timeout)):
        return "there is no connection to the server"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "what arrived does not have the published digest"
