"""All session state: one flat view of named values, its controls, and the link that carries it.

The view maps "page.name" to a plain value. A control seeds its widget from the view and writes the widget's
value back, so values survive page changes (Streamlit forgets a widget that is not drawn). A link is the view
of one page as a query; what it carries is checked where it is used, because only there the range is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

T = TypeVar("T")
SHARED = "shared"
START = "anatomy"  # the page that opens first, at the app's own address
#: What every page's link may carry.
IN_EVERY_LINK = ("data", "model", "second", "projector")
_VIEW, _USED, _NOTICES, _LINK = "_view", "_used", "_notices", "_link"
#: Parameters that Streamlit itself understands.
_FOREIGN = {"embed", "embed_options"}


@dataclass(frozen=True)
class _FromLink:
    """A value as it stood in a link, not yet checked."""

    text: str


def begin(page: str) -> None:
    """Start a run of `page`: take over a newly opened link, forget which values the last run used."""
    st.session_state.setdefault(_VIEW, {})
    st.session_state[_USED] = []
    st.session_state.setdefault(_NOTICES, [])
    asked = tuple(sorted((k, v) for k, v in st.query_params.to_dict().items() if k not in _FOREIGN))
    if asked and asked != st.session_state.get(_LINK):
        for name, text in asked:
            scope = SHARED if name in IN_EVERY_LINK else page
            st.session_state[_VIEW][f"{scope}.{name}"] = _FromLink(text)
            st.session_state.pop(f"{scope}.{name}", None)
    st.session_state[_LINK] = asked  # an in-app link drops its query later: the same link may be opened again


def notice(sentence: str) -> None:
    """Show a sentence above the page in this run."""
    if sentence not in st.session_state[_NOTICES]:
        st.session_state[_NOTICES].append(sentence)


def show_notices(place: Any) -> None:
    """Show and clear what `notice` collected."""
    for sentence in st.session_state[_NOTICES]:
        place.warning(sentence)
    st.session_state[_NOTICES] = []


def leftover(page: str, stopped: bool = False) -> list[str]:
    """Names that an opened link carried and that the page did not use.

    A page that `stopped` early may use them yet, once it has what it lacks: they wait, and stay in its link.
    """
    view = st.session_state[_VIEW]
    names = [k for k, v in view.items() if isinstance(v, _FromLink) and k.startswith(f"{page}.")]
    if stopped:
        st.session_state[_USED] += names
        return []
    for key in names:
        del view[key]
    return [key.removeprefix(f"{page}.") for key in names]


def link(url_path: str) -> str:
    """The address of this page in exactly this state: every value that the run used, defaults included.

    `url_path` is the page's own, "" for the one that opens first: Streamlit knows that one by no other.
    """
    view, used = st.session_state[_VIEW], st.session_state[_USED]
    return address(url_path, {k.partition(".")[2]: _text(view[k]) for k in used if view.get(k) is not None})


def address(url_path: str, chosen: dict[str, str]) -> str:
    """The full address of a page with a query of named values."""
    url_path = "" if url_path == START else url_path
    scheme, host, *_ = urlsplit(st.context.url or "http://localhost:8501")
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    path = "/" + "/".join(part for part in (base, url_path) if part)
    return urlunsplit((scheme, host, path, urlencode(chosen), ""))


def query(values: dict[str, Any]) -> dict[str, str]:
    """Named values as the query of a link to a page, for `st.page_link`."""
    return {name: _text(value) for name, value in values.items()}


def reset() -> None:
    """Forget every value, for a button's callback: the page opens as on the first visit."""
    for key in list(st.session_state):
        if key != _LINK:  # the address still shows the link; it is not to be taken over again
            del st.session_state[key]


def _text(value: Any) -> str:
    if isinstance(value, _FromLink):
        return value.text
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class View:
    """The values and controls of one page (or of the shared sidebar)."""

    def __init__(self, page: str) -> None:
        self.page = page

    def key(self, name: str) -> str:
        """The session-state key of a value; also its widget's key."""
        return f"{self.page}.{name}"

    def get(self, name: str, default: T, check: Callable[[Any], str | None] = lambda value: None) -> T:
        """The current value. `check` returns what is wrong with a value, or None.

        A link's value that does not pass is replaced by the default *and said so*; a value that only stopped
        fitting (another model has fewer dimensions) gives way to the default.
        """
        view, key = st.session_state[_VIEW], self.key(name)
        if key not in st.session_state[_USED]:
            st.session_state[_USED].append(key)
        value = view.get(key, default)
        if isinstance(value, _FromLink):
            value = self._checked(name, value.text, default, check)
        elif value is not default and _problem(check, value):
            value = default
        view[key] = value
        return value

    def _checked(self, name: str, text: str, default: T, check: Callable[[Any], str | None]) -> T:
        try:
            value = text if isinstance(default, str) else json.loads(text)
        except ValueError:
            value = text
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        same = default is None or type(value) is type(default)
        problem = _problem(check, value) if same else "it is of another kind"
        if problem:
            notice(
                f"The link asks for {name} = {text[:60]}, but {problem}; "
                f"this page shows {_text(default)[:60]}."
            )
            return default
        return value

    def put(self, name: str, value: Any) -> None:
        """Set a value: in a callback, or before its control is drawn."""
        st.session_state[_VIEW][self.key(name)] = value
        if self.key(name) in st.session_state:
            st.session_state[self.key(name)] = value

    def keep(self, name: str, default: T) -> T:
        """A value of this visit that no link carries; a mutable one is changed in place."""
        return st.session_state[_VIEW].setdefault(self.key(name), default)

    def current(self, name: str) -> Any:
        """What a control shows now: for a callback, which may come before the run that its change began."""
        self._sync(name)
        return st.session_state[_VIEW][self.key(name)]

    def _control(self, name: str, value: T, draw: Callable[..., T]) -> T:
        """Draw a widget that starts from `value`, and keep what it says."""
        key = self.key(name)
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        st.session_state[_VIEW][key] = current = draw(key=key)
        return current

    def _sync(self, name: str) -> None:
        """Take the widget's own value over before the run (the view is what the run reads)."""
        key = self.key(name)
        if key in st.session_state and key in st.session_state[_VIEW]:
            if not isinstance(st.session_state[_VIEW][key], _FromLink):
                st.session_state[_VIEW][key] = st.session_state[key]

    def slider(
        self,
        name: str,
        label: str,
        low: float,
        high: float,
        default: float,
        step: float,
        place: Any = st,
        **options: Any,
    ) -> float:
        """A slider: of integers if all four numbers are, else of floats."""
        if any(isinstance(number, float) for number in (low, high, default, step)):
            low, high, default, step = float(low), float(high), float(default), float(step)

        def check(value: Any) -> str | None:
            fine = isinstance(value, (int, float)) and low <= value <= high
            return None if fine else f"it must lie between {low:g} and {high:g}"

        self._sync(name)
        value = self.get(name, default, check)
        return self._control(
            name, value, lambda key: place.slider(label, low, high, step=step, key=key, **options)
        )

    def choice(
        self,
        name: str,
        label: str,
        options: Sequence[str],
        default: str,
        *,
        kind: str = "select",
        place: Any = st,
        **more: Any,
    ) -> str:
        """One of `options`: kind "select" (a list), "segmented" (buttons in a row) or "radio"."""

        def check(value: Any) -> str | None:
            return None if value in options else f"there is only {', '.join(map(str, options))}"

        self._sync(name)
        value = self.get(name, default, check)
        draw = {
            "select": lambda key: place.selectbox(label, options, key=key, **more),
            "segmented": lambda key: place.segmented_control(
                label, options, key=key, required=True, wrap=True, **more
            ),
            "radio": lambda key: place.radio(label, options, key=key, **more),
        }[kind]
        return self._control(name, value, draw)

    def several(
        self,
        name: str,
        label: str,
        options: Sequence[str],
        default: Sequence[str] = (),
        *,
        kind: str = "list",
        place: Any = st,
        **more: Any,
    ) -> list[str]:
        """Any number of `options`: kind "list" or "pills"."""

        def check(value: Any) -> str | None:
            fine = all(each in options for each in value)
            return None if fine else f"there is only {', '.join(map(str, options))}"

        self._sync(name)
        value = self.get(name, list(default), check)
        draw = {
            "list": lambda key: place.multiselect(label, options, key=key, wrap=True, **more),
            "pills": lambda key: place.pills(
                label, options, selection_mode="multi", key=key, wrap=True, **more
            ),
        }[kind]
        return self._control(name, value, draw)

    def words(self, name: str, label: str, default: str = "", place: Any = st, **more: Any) -> str:
        """A line of text."""
        self._sync(name)
        return self._control(
            name, self.get(name, default), lambda key: place.text_input(label, key=key, **more)
        )

    def toggle(self, name: str, label: str, default: bool, place: Any = st, **more: Any) -> bool:
        """A switch."""
        self._sync(name)
        return self._control(name, self.get(name, default), lambda key: place.toggle(label, key=key, **more))


def _problem(check: Callable[[Any], str | None], value: Any) -> str | None:
    """What `check` says; a value of a kind it cannot even look at is a problem too."""
    try:
        return check(value)
    except (TypeError, ValueError, KeyError, IndexError):
        return "it is of another kind"
