"""A visitor who has no browser: speaks the app's websocket protocol and keeps what a browser would keep.

That is the state of every control, sent along with every change, and the cache of large messages, whose
digests are sent too: the server answers with a reference instead of a message that the browser has.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.AppPage_pb2 import AppPage
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.controls import (
    CHANGES,
    FALLBACK,
    KINDS,
    Change,
    Control,
    candidates,
    changed_state,
    header,
    opening_state,
)

MAIN_AREA = 0  # first number of a delta's path: 0 the page, 1 the sidebar
MEDIA = re.compile(rb"/media/[\w.-]+")
ONLY = "app"  # what an app's page is called that has no navigation
NOT_FETCHED = {"download_button"}  # refers to media, but asks for it only when it is pressed


@dataclass
class Run:
    """One run of the script: how long from the message that asked for it to its end, and what came."""

    seconds: float = 0.0
    messages: int = 0
    size: int = 0
    media: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    what: str = ""


@dataclass(frozen=True)
class _Seen:
    """What is kept of an element: its control if it is one, the pictures it shows, and what failed."""

    kind: str
    control: Control | None
    media: frozenset[str]
    error: str


@dataclass
class _Cached:
    seen: _Seen
    run: int


class Visitor:
    """One open page of the app at `url`, an address without a path."""

    def __init__(self, url: str, chance: Random, patience: float = 30.0) -> None:
        self.url, self.chance, self.patience = url, chance, patience
        self.pages: dict[str, str] = {}  # a page's name -> Streamlit's digest of its script
        self._socket: ClientConnection | None = None
        self._states: dict[str, WidgetState] = {}
        self._controls: dict[str, Control] = {}
        self._cache: dict[str, _Cached] = {}
        self._runs, self._max_age, self._turn = 0, 2, 0
        self._page_hash = ""

    @property
    def page(self) -> str:
        """The name of the page on screen; "" before the first run."""
        return next((name for name, digest in self.pages.items() if digest == self._page_hash), "")

    @property
    def connected(self) -> bool:
        """Whether there is a connection; an answer that does not come ends it."""
        return self._socket is not None

    async def open(self) -> Run:
        """Connect and run the first page, as when the app's address is opened in a new tab."""
        await self.close()
        self._states, self._controls, self._cache, self._page_hash = {}, {}, {}, ""
        host = urlsplit(self.url).netloc
        try:
            self._socket = await connect(
                f"ws://{host}/_stcore/stream", origin=self.url, subprotocols=["streamlit"],
                max_size=None, proxy=None, open_timeout=self.patience,
            )  # fmt: skip
        except (OSError, TimeoutError, WebSocketException) as error:
            return Run(errors=[f"no connection: {error}"], what="open")
        return await self._run(ClientState(), "open")

    async def go(self, page: str) -> Run:
        """Change to another page, as with a click in the navigation."""
        self._states = {k: s for k, s in self._states.items() if not self._controls[k].in_main}
        return await self._run(ClientState(page_script_hash=self.pages[page]), "go")

    async def change(self, changes: Sequence[Change] | None = None) -> Run:
        """Change something on the page: in turn what `changes`, else `CHANGES`, else `FALLBACK` says."""
        controls = list(self._controls.values())
        wanted = CHANGES.get(self.page, ()) if changes is None else changes
        possible = candidates(controls, wanted)
        if not possible:
            possible = candidates(controls, FALLBACK)[:1]
        if not possible:
            return Run(errors=["nothing on the page can be changed"], what="nothing")
        kinds = list(dict.fromkeys(change for change, _ in possible))
        turn = kinds[self._turn % len(kinds)]
        self._turn += 1
        change, control = self.chance.choice([pair for pair in possible if pair[0] == turn])
        return await self.set(change, control)

    async def set(self, change: Change, control: Control) -> Run:
        """Do `change` to `control`."""
        state = changed_state(change, control, self._states.get(control.id), self.chance)
        lasting = state.WhichOneof("value") not in ("trigger_value", "json_trigger_value")
        if lasting:
            self._states[control.id] = state
        asked = ClientState(page_script_hash=self._page_hash, fragment_id=control.fragment)
        what = f"{change.kind} {change.key}" + ("" if change in CHANGES.get(self.page, ()) else " (fallback)")
        return await self._run(asked, what, None if lasting else state)

    def controls(self) -> list[Control]:
        """What is on screen."""
        return list(self._controls.values())

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def _run(self, asked: ClientState, what: str, trigger: WidgetState | None = None) -> Run:
        run = Run(what=what)
        if self._socket is None:
            run.errors.append("the connection is closed")
            return run
        asked.context_info.url = self.url
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-GB"
        asked.context_info.color_scheme = "light"
        asked.widget_states.widgets.extend(self._states.values())
        if trigger is not None:
            asked.widget_states.widgets.append(trigger)
        asked.cached_message_hashes.extend(self._cache)
        message = BackMsg(rerun_script=asked).SerializeToString()
        begun, present = time.perf_counter(), set()
        try:
            async with asyncio.timeout(self.patience):
                await self._socket.send(message)
                while not self._take(await self._socket.recv(decode=False), run, present):
                    pass
        except TimeoutError:
            run.errors.append(f"no answer within {self.patience:g} s")
            await self.close()
        except (OSError, WebSocketException) as error:
            run.errors.append(f"connection lost: {error}")
            await self.close()
        run.seconds = time.perf_counter() - begun
        if not asked.fragment_id:
            self._states = {k: s for k, s in self._states.items() if k in present}
            self._controls = {k: c for k, c in self._controls.items() if k in present}
        return run

    def _take(self, data: bytes, run: Run, present: set[str]) -> bool:
        """Take one message in; returns whether the script has run to its end."""
        message = ForwardMsg.FromString(data)
        run.messages += 1
        run.size += len(data)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            seen = _look(message, data)
            if message.metadata.cacheable:
                self._cache[message.hash] = _Cached(seen, self._runs)
            self._show(seen, run, present)
        elif kind == "ref_hash":
            cached = self._cache.get(message.ref_hash)
            if cached is None:
                run.errors.append("the server refers to a message that it has not sent")
            else:
                cached.run = self._runs
                self._show(cached.seen, run, present)
        elif kind == "new_session":
            self._max_age = message.new_session.config.max_cached_message_age
            self._page_hash = message.new_session.page_script_hash
            if not self.pages:
                self.pages = {ONLY: self._page_hash}
        elif kind == "navigation":
            self.pages = {_name(page): page.page_script_hash for page in message.navigation.app_pages}
            self._page_hash = message.navigation.page_script_hash
        elif kind == "script_finished":
            return self._finished(message.script_finished, run)
        return False

    def _show(self, seen: _Seen, run: Run, present: set[str]) -> None:
        run.media |= seen.media
        run.kinds.add(seen.kind)
        if seen.error:
            run.errors.append(seen.error)
        control = seen.control
        if control is None:
            return
        present.add(control.id)
        self._controls[control.id] = control
        if control.id not in self._states or getattr(control.proto, "set_value", False):
            state = opening_state(control)
            if state is not None:
                self._states[control.id] = state

    def _finished(self, status: int, run: Run) -> bool:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return False  # the script asked to run again, and does
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            run.errors.append("the script does not compile")
        self._runs += 1
        old = [key for key, cached in self._cache.items() if self._runs - cached.run > self._max_age]
        for key in old:
            del self._cache[key]
        return True


def _name(page: AppPage) -> str:
    """The last part of a page's address; the page that opens first has none, and is called by its title."""
    return page.url_pathname or page.page_name.lower().replace(" ", "_")


def _look(message: ForwardMsg, data: bytes) -> _Seen:
    """Take out of an element what a visitor needs."""
    element = message.delta.new_element
    kind = element.WhichOneof("type") or ""
    proto, error, control = getattr(element, kind, None), "", None
    if kind == "exception":
        error = f"{proto.type}: {proto.message}"[:300]
    elif kind == "alert" and proto.format == Alert.ERROR:
        error = f"the page says: {proto.body}"[:300]
    elif kind in KINDS or kind == "bidi_component":
        place = (message.metadata.delta_path[0] == MAIN_AREA, message.delta.fragment_id)
        if kind in KINDS:
            control = Control(kind, proto.id, proto, *place)
        else:  # its proto holds its data, megabytes of it: only the header is kept
            control = Control(proto.component_name, proto.id, None, *place, header(proto.bytes))
    refers = kind not in NOT_FETCHED and b"/media/" in data
    media = frozenset(found.decode() for found in MEDIA.findall(data)) if refers else frozenset()
    return _Seen(kind, control, media, error)
