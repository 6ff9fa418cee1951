"""Fetch files as a browser does: six connections to a host, kept open; the content is counted, not kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from urllib.request import urlopen

CONNECTIONS = 6
_SHELL = re.compile(r'(?:src|href)="\./([\w./-]+)"')


class FetchError(Exception):
    """What did not come, in one sentence."""


def shell(url: str) -> list[str]:
    """Paths that a browser with an empty cache asks for first: Streamlit's own page and its files."""
    with urlopen(url, timeout=30) as answer:
        page = answer.read().decode()
    return ["/", *(f"/{path}" for path in dict.fromkeys(_SHELL.findall(page))), "/_stcore/health",
            "/_stcore/host-config"]  # fmt: skip


async def fetch_all(url: str, paths: Iterable[str]) -> int:
    """Fetch `paths` from the host of `url`; returns the number of bytes.

    Raises:
        FetchError: the server answers with another status than 200, or not at all.
    """
    waiting = list(paths)[::-1]
    if not waiting:
        return 0
    workers = [_worker(url, waiting) for _ in range(min(CONNECTIONS, len(waiting)))]
    return sum(await asyncio.gather(*workers))


async def _worker(url: str, waiting: list[str]) -> int:
    host, total = urlsplit(url), 0
    try:
        reader, writer = await asyncio.open_connection(host.hostname, host.port, limit=2**20)
    except OSError as error:
        raise FetchError(f"No connection to {url}: {error}.") from error
    try:
        while waiting:
            total += await _get(reader, writer, host.netloc, waiting.pop())
    except (OSError, asyncio.IncompleteReadError) as error:
        raise FetchError(f"The connection to {url} was lost: {error}.") from error
    finally:
        writer.close()
    return total


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> int:
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n"
    writer.write(head.encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = head.split(" ", 2)[1]
    if status != "200":
        raise FetchError(f"{path} is answered with status {status}.")
    length = re.search(r"\r\ncontent-length: (\d+)", head)
    if length:
        return await _skip(reader, int(length[1]))
    total = 0
    while size := int(await reader.readline(), 16):  # chunked
        total += await _skip(reader, size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return total


async def _skip(reader: asyncio.StreamReader, size: int) -> int:
    left = size
    while left:
        part = await reader.read(min(left, 2**18))
        if not part:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(part)
    return size
