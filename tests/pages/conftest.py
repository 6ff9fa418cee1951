"""Pages run by Streamlit's own AppTest: no browser, no server, the script's elements as objects.

def test_something(open_page, link_of):
    at = open_page("traversal", model="digits-vae", start="The mean")
    assert link_of(at)["start"] == "The mean"
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer import zoo
from explorer.ui.sidebar import COPY_LINK
from tests.small_zoo import make

ROOT = Path(__file__).resolve().parents[2]
HOME = "anatomy"
SECONDS = 90  # on two cores that a training shares


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """A function that opens a page of the app by a link and runs it: `open_page(name, **view)`.

    `view` is what the link carries, text as it is and other values as JSON. A model brings its data set
    along. An error in the script fails the test.
    """

    def open_page(name: str, **view: object) -> AppTest:
        card = zoo.cards().get(str(view.get("model")))
        if card is not None:
            view = {"data": card.dataset} | view
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        if name != HOME:
            at.switch_page(f"explorer/pages/{name}.py")  # a page's file is called as its address
        for key, value in view.items():
            at.query_params[key] = value if isinstance(value, str) else json.dumps(value)
        at.session_state[COPY_LINK] = True
        at.run()
        assert not at.exception, at.exception[0].value
        path = "/" if name == HOME else f"/{name}"  # the first page's address is the app's own
        assert address_of(at).path == path, "another page has opened"
        return at

    return open_page


@pytest.fixture
def link_of() -> Callable[[AppTest], dict[str, str]]:
    """A function that gives what the page's link carries, name by name, as text."""

    return lambda at: dict(parse_qsl(address_of(at).query, keep_blank_values=True))


@pytest.fixture
def table_of() -> Callable[[AppTest, str], dict[str, dict[str, str]]]:
    """A function that gives the table of numbers so labelled: for each row, by its name, head -> text."""

    def read(at: AppTest, label: str) -> dict[str, dict[str, str]]:
        said = f'aria-label="{label}"'
        body = html.unescape(next(each.proto.body for each in at.get("html") if said in each.proto.body))
        heads = re.findall('<th scope="col">(.*?)</th>', body)
        rows = re.findall('<tr><th scope="row">(.*?)</th>(.*?)</tr>', body)
        cells = {name: re.findall("<td>(.*?)</td>", rest) for name, rest in rows}
        assert len(cells) == len(rows), "two rows of one name"
        return {name: dict(zip(heads[1:], each, strict=True)) for name, each in cells.items()}

    return read


def address_of(at: AppTest) -> SplitResult:
    """What "Copy link" offers when it is opened."""
    if not any(code.value.startswith("http") for code in at.code):  # after a reset it is closed
        at.session_state[COPY_LINK] = True
        at.run()
    return urlsplit(next(code.value for code in at.code if code.value.startswith("http")))


@pytest.fixture
def use_zoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """A function that lets the app show the zoo in a folder, for this test alone: `use_zoo(folder)`."""

    def forget() -> None:
        st.cache_resource.clear()
        st.cache_data.clear()

    def use(folder: Path) -> None:
        monkeypatch.setattr(zoo, "PRETRAINED", folder)
        forget()

    yield use
    forget()


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small model of each kind."""
    folder = tmp_path_factory.mktemp("kinds")
    make(folder)
    return folder


@pytest.fixture
def small_zoo(kinds: Path, use_zoo: Callable[[Path], None]) -> None:
    """The app shows the small models of each kind."""
    use_zoo(kinds)
