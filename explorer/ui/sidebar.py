"""The shared sidebar: data set, model, second model above; link and reset below."""

from __future__ import annotations

from dataclasses import dataclass

import segno
import streamlit as st

from explorer import zoo
from explorer.datasets import Dataset
from explorer.ui import kinds, load, projector, state
from explorer.ui.state import SHARED, View

NONE = "none"
_CHOICE = "_choice"
COPY_LINK = "copy-link"
#: What opens first for each data set, where the zoo holds it.
FAVOURITES = ("mnist-vae", "fashion-vae", "shapes-beta-b4", "digits-vae")


@dataclass(frozen=True)
class Choice:
    """What the sidebar says: a data set, one of its models, and perhaps a second one of the same data set."""

    dataset: Dataset
    model_id: str
    second_id: str | None

    @property
    def card(self) -> zoo.ModelCard:
        """The chosen model's card."""
        return load.cards()[self.model_id]


def choose() -> Choice | None:
    """Draw the pickers; None if there is no checkpoint at all."""
    view = View(SHARED)
    by_data = _by_data()
    if not by_data:
        return None
    ids = sorted(by_data, key=lambda d: (d != "mnist", d))
    with st.sidebar:
        data = view.choice("data", "Data set", ids, ids[0], format_func=lambda d: load.dataset(d).title)
        titles = by_data[data]
        models = list(titles)
        favourite = next((m for m in FAVOURITES if m in models), models[0])
        model = view.choice("model", "Model", models, favourite, format_func=titles.__getitem__)
        second = view.choice(
            "second",
            "Second model",
            [NONE, *(m for m in models if m != model)],
            NONE,
            format_func=lambda m: "none" if m == NONE else titles[m],
        )
    st.session_state[_CHOICE] = Choice(load.dataset(data), model, None if second == NONE else second)
    return st.session_state[_CHOICE]


def _by_data() -> dict[str, dict[str, str]]:
    """Data set -> id -> title with its kind, in the order in which the pickers list them."""
    cards = load.cards()
    found = {}
    for dataset in {card.dataset for card in cards.values()}:
        kinds_of = kinds.grouped(card for card in cards.values() if card.dataset == dataset)
        found[dataset] = kinds.names(kinds_of, cards)
    return found


def current() -> Choice:
    """What the sidebar says in this run, for a page."""
    return st.session_state[_CHOICE]


def footer(place: st.delta_generator.DeltaGenerator, url_path: str) -> None:
    """Link, reset, projector; drawn after the page, because the link holds what the page showed."""
    if projector.on():
        with projector.bar():
            _copy_link(url_path, "content")
        return
    with place.container(horizontal=True):
        _copy_link(url_path, "content")
        st.button("Reset", on_click=state.reset, help="Every choice back to the start")
        projector.switch()


@st.fragment
def _copy_link(url_path: str, width: str) -> None:
    """The link, made when it is asked for: a slider that is let go costs no QR code."""
    box = st.popover("Copy link", width=width, key=COPY_LINK, on_change="rerun")
    if box.open:
        address = state.link(url_path)
        box.caption("This page in exactly this state.")
        box.code(address, language=None, wrap_lines=True)
        code = _qr(address)
        if code is None:
            box.caption("It carries your own picture or a long code: more than a QR code holds.")
        else:
            box.image(code, width=200, alt="QR code of the link")


@st.cache_data(max_entries=256, show_spinner=False)
def _qr(address: str) -> str | None:
    """The address as a QR code, SVG text; black on white in both themes, because scanners expect it.

    None if it is too long: a colour picture of 64x64 pixels in a link takes some 15,000 characters.
    """
    try:
        code = segno.make(address, error="l", mask=0)
    except segno.DataOverflowError:
        return None
    return code.svg_inline(scale=4, border=4, light="white", dark="black")
