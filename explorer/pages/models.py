"""Models: the whole zoo as a table, and any two of its models side by side."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer import catalogue, importance
from explorer.studies import code_scale, columns
from explorer.ui import experiments, load, model_pair, sidebar, widgets, zoo_table
from explorer.ui.metric_table import LETTERS, metric_table
from explorer.ui.state import View

chosen = sidebar.current()
view = View("models")
widgets.header(
    "Which model for which question?",
    "Sort by a column, narrow the table by what a model can do, and tick two rows: they open side by side "
    "below, with every number that was measured and the same pictures.",
)


def check_open(ids: Any) -> str | None:
    known = isinstance(ids, list) and all(i in load.cards() for i in ids)
    if not known:
        return "this collection has no such model"
    fine = len(set(ids)) == len(ids) <= zoo_table.AT_ONCE
    return None if fine else "one or two different models can be open"


def opened() -> list[str]:
    """The ids of the open models: as ticked here, until the sidebar chooses others."""
    own = [chosen.model_id] + ([chosen.second_id] if chosen.second_id else [])
    base = view.get("base", [], lambda ids: None if isinstance(ids, list) else "it is no list of models")
    if base and base != own:
        view.put("open", own)
    view.put("base", own)
    return view.get("open", own, check_open)


@st.fragment  # another row or filter: the sidebar and the texts around stay
def the_zoo() -> None:
    """The filters, the table, and what is open below it."""
    ids = opened()
    shown = zoo_table.filtered(view)
    if shown:
        zoo_table.draw(view, shown, zoo_table.choose_metrics(view, shown), ids)
        st.caption(
            f"{len(shown)} of {len(zoo_table.facts())} models. Metrics are of the data set's official test "
            "split; compare them down a column within one data set only. Tick a row to open it; a third one "
            "closes the oldest."
        )
    else:
        st.info("No model of this collection does all of that: take a choice back.")
        st.button("Show all", on_click=show_all)
    if ids:
        compare(ids)


def show_all() -> None:
    view.put("of", zoo_table.ALL)
    view.put("can", [])


def compare(ids: list[str]) -> None:
    """One model, or two side by side."""
    found = [zoo_table.facts()[i] for i in ids]
    cards = [one.card for one in found]
    for place, one, letter in zip(st.columns(len(found), gap="large"), found, LETTERS, strict=False):
        with place:
            model_pair.facts(one, letter, next((card for card in cards if card is not one.card), None))
    experiments.experiments(view, cards)
    same = len(cards) > 1 and len({card.dataset for card in cards}) == 1
    st.subheader("The same pictures through both" if same else "Pictures", anchor=False)
    seed = 0
    if any("samples" in one.abilities for one in found):
        seed = int(view.slider("seed", "Noise of the samples", 0, 99, 0, 1, width=360))
    model_pair.pictures(cards, seed)
    model_pair.learning(cards)
    st.subheader("What was measured", anchor=False)
    metric_table(cards, "open")
    if len(cards) > 1:
        st.caption(
            "“Better” stands only where both were measured alike, on the same images, and with several seeds "
            "where mean ± standard deviation do not overlap. ↓ lower is better, ↑ higher."
        )


the_zoo()
widgets.try_this(
    "Sort by squared error: does the model with the most parameters win? Then open a VAE beside a plain "
    "autoencoder with a code of similar length: what does the VAE pay in reconstruction, and what can it do "
    "that the other cannot? Say before you look whether their learning curves may share an axis."
)
widgets.show_code(
    __file__, catalogue.better, columns.unit_steps, columns.participation, code_scale.decode, importance.bound
)
