"""Fetching data files, from a server on this machine."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import DatasetUnavailable, store
from explorer.datasets.store import DataFile

CONTENT = {
    "/big.bin": np.random.default_rng(0).bytes(400_000),
    "/small.bin": b"a few bytes",
    "/chunked.bin": np.random.default_rng(1).bytes(200_000),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = CONTENT.get(self.path)
        if content is None:
            self.send_error(404)
        elif self.path == "/chunked.bin":  # no length is named
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content))
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def published(server: ThreadingHTTPServer, name: str, **changes) -> DataFile:
    content = CONTENT.get(f"/{name}", b"")
    known = dict(
        path=f"set/{name}",
        size=len(content),
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        url=f"http://127.0.0.1:{server.server_port}/{name}",
    )
    return DataFile(**(known | changes))


def lying(folder: Path) -> list[str]:
    """Every file below the data folder, temporary ones included."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_missing_files_arrive_whole_and_progress_rises_to_the_total(server, folder):
    files = tuple(published(server, name) for name in ("big.bin", "small.bin"))
    heard: list[tuple[int, int]] = []
    store.fetch(files, lambda done, total: heard.append((done, total)))
    assert [store.read(f) for f in files] == [CONTENT["/big.bin"], CONTENT["/small.bin"]]
    assert lying(folder) == ["set/big.bin", "set/small.bin"]
    done, totals = zip(*heard, strict=True)
    assert set(totals) == {400_011} and done[-1] == 400_011
    assert list(done) == sorted(done) and 0 < done[0] < 400_000 and 400_000 in done


def test_progress_does_not_fall_back_where_the_server_names_no_length(server):
    file = published(server, "chunked.bin")
    done: list[int] = []
    store.fetch((file,), lambda so_far, total: done.append(so_far))
    assert store.read(file) == CONTENT["/chunked.bin"]
    assert done == sorted(done) and len(set(done)) > 1 and done[-1] == 200_000


def test_a_file_without_a_known_digest_is_fetched_and_read_as_it_came(server):
    file = published(server, "small.bin", digest="", size=20, exact=False)
    store.fetch((file,))
    assert store.read(file) == CONTENT["/small.bin"] and store.missing((file,)) == ()


def test_no_progress_is_fine_and_what_lies_there_is_not_fetched_again(server, folder):
    files = tuple(published(server, name) for name in ("big.bin", "small.bin"))
    assert store.missing(files) == files
    store.fetch(files[1:])
    assert store.missing(files) == files[:1]
    store.fetch(files)
    assert server.asked == ["/small.bin", "/big.bin"] and store.missing(files) == ()
    (folder / "set/big.bin").write_bytes(CONTENT["/big.bin"][:1000])
    store.fetch(files)
    assert server.asked[2:] == ["/big.bin"] and store.read(files[0]) == CONTENT["/big.bin"]


class Cancelled(Exception):
    pass


def test_raising_from_progress_cancels_and_leaves_nothing_behind(server, folder):
    file = published(server, "big.bin")

    def cancel(done: int, total: int) -> None:
        if done > 100_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        store.fetch((file,), cancel)
    assert lying(folder) == [] and store.missing((file,)) == (file,)
    store.fetch((file,))
    assert store.read(file) == CONTENT["/big.bin"]


def failure(file: DataFile, folder: Path) -> str:
    """What is said when fetching fails: a sentence with file, size, source and place."""
    with pytest.raises(DatasetUnavailable) as caught:
        store.fetch((file,), lambda done, total: None)
    said = str(caught.value)
    name, place = Path(file.path).name, folder / "set"
    assert said.startswith(f"{name} ({file.size_text}) could not be fetched from {file.url} into {place}: ")
    assert said.endswith(". Put the file there by hand, or try again online.") and "\n" not in said
    return said


def test_a_file_with_another_digest_is_not_kept(server, folder):
    file = published(server, "big.bin", digest="sha256:" + "0" * 64)
    assert "what arrived does not have the published digest" in failure(file, folder)
    assert lying(folder) == []


def test_a_damaged_file_stays_until_a_good_one_replaces_it(server, folder):
    file = published(server, "small.bin", digest="sha256:" + "0" * 64)
    (folder / "set").mkdir(parents=True)
    (folder / "set/small.bin").write_bytes(b"half")
    failure(file, folder)
    assert lying(folder) == ["set/small.bin"] and (folder / "set/small.bin").read_bytes() == b"half"


def test_a_file_that_the_server_lacks_is_named(server, folder):
    file = published(server, "gone.bin", size=9_912_422)
    assert "(9.9 MB)" in failure(file, folder) and "the server answers 404 Not Found" in failure(file, folder)
    assert lying(folder) == []


def test_no_server_is_one_sentence(server, folder):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        file = published(server, "big.bin", url=f"http://127.0.0.1:{port}/big.bin")
        assert "there is no connection to the server" in failure(file, folder)
    assert lying(folder) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(server, folder):
    folder.mkdir()
    (folder / "set").write_bytes(b"a file in the folder's place")
    assert failure(published(server, "small.bin"), folder)


def test_a_file_of_rounded_size_is_missing_only_if_it_is_not_there(server, folder):
    file = published(server, "small.bin", size=26, exact=False)
    assert store.missing((file,)) == (file,)
    store.fetch((file,))
    assert store.missing((file,)) == () and store.read(file) == CONTENT["/small.bin"]
    (folder / file.path).write_bytes(b"cut")
    with pytest.raises(DatasetUnavailable, match="does not have the published sha256"):
        store.read(file)


def test_the_data_folder_is_the_one_named_or_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_EXPLORER_DATA", "~/pictures")
    assert store.data_folder() == Path.home() / "pictures"
    monkeypatch.delenv("LATENT_EXPLORER_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store.sys, "platform", "linux")
    assert store.data_folder() == tmp_path / "latent-explorer" / "data"
    monkeypatch.setattr(store.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert store.cache_folder() == tmp_path / "local" / "latent-explorer"
    monkeypatch.setattr(store.sys, "platform", "darwin")
    assert store.cache_folder() == Path.home() / "Library" / "Caches" / "latent-explorer"
