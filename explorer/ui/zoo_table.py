"""The zoo as a table: what its rows say, which of them are shown, and which two are open."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer import catalogue
from explorer.datasets.base import Dataset
from explorer.ui import kinds, load
from explorer.ui.state import View
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

ALL = "all"
GROUPS = {"": "all classes", "one class": "one class each"}
#: What the table opens on, as far as the models shown state it.
OPENING = {"": ("mse", "knn_accuracy", "kl"), "one class": ("auroc_error", "auroc_elbo")}
AT_ONCE = 2
ROW, SHOWN_ROWS = 36, 12
_WORDS = {
    "mse": "Squared error", "squared_error": "Squared error, summed", "pca_mse": "PCA, squared error",
    "excess_over_pca": "Excess over PCA", "knn_accuracy": "5-NN accuracy",
    "knn_accuracy_pixels": "5-NN accuracy, pixels", "kl": "KL", "kl_per_dimension": "KL by dimension",
    "cross_entropy": "Cross-entropy", "cross_entropy_plus_kl": "Cross-entropy + KL",
    "nll": "NLL", "nll_given_code": "NLL given the code", "negative_elbo": "−ELBO",
    "auroc_error": "AUROC by error", "auroc_elbo": "AUROC by −ELBO",
    "auroc_error_mean": "AUROC by error, mean", "auroc_elbo_mean": "AUROC by −ELBO, mean",
    "psnr": "PSNR", "psnr_noisy": "PSNR, noisy input", "psnr_gain": "PSNR, gain",
    "psnr_median": "PSNR, median filter", "psnr_non_local_means": "PSNR, non-local means",
    "psnr_pca_shrinkage": "PSNR, PCA shrinkage", "mig": "MIG", "mig_per_factor": "MIG by factor",
}  # fmt: skip
ARROWS = {"lower": "↓", "higher": "↑", None: ""}


@dataclass(frozen=True)
class Facts:
    """What the table says of a model beside its metrics."""

    card: ModelCard
    kind: catalogue.Kind
    abilities: tuple[str, ...]
    megabytes: float


@st.cache_resource(max_entries=1, show_spinner=False)
def facts() -> dict[str, Facts]:
    """Id -> facts of every model: by data set, within one in the order of the sidebar."""
    cards = load.cards()
    sets = sorted({card.dataset for card in cards.values()}, key=lambda name: (name != "mnist", name))
    ids = [i for name in sets for i in kinds.grouped(c for c in cards.values() if c.dataset == name)]
    return {
        i: Facts(
            cards[i],
            catalogue.kind(cards[i]),
            catalogue.abilities(cards[i]),
            catalogue.file_size(i) / 1e6,
        )
        for i in ids
    }


def metric_name(name: str) -> str:
    """A metric in words."""
    words = name.replace("_", " ")
    return _WORDS.get(name, words[:1].upper() + words[1:])


def filtered(view: View) -> list[Facts]:
    """Draw the filters and return the models that pass."""
    found = list(facts().values())
    sets: dict[str, Dataset] = {f.card.dataset: load.dataset(f.card.dataset) for f in found}
    first, second = st.columns([1, 2], gap="medium")
    data = view.choice(
        "of", "Data set", [ALL, *sets], ALL, place=first,
        format_func=lambda name: "All data sets" if name == ALL else sets[name].title,
    )  # fmt: skip
    able = view.several(
        "can", "Besides encoding and decoding, it", list(catalogue.ABILITIES), kind="pills", place=second,
        format_func=catalogue.ABILITIES.__getitem__,
    )  # fmt: skip
    found = [f for f in found if data in (ALL, f.card.dataset) and set(able) <= set(f.abilities)]
    counts = {name: sum(f.card.group == name for f in found) for name in GROUPS}
    present = [name for name in GROUPS if counts[name]]
    group = view.get("group", "", lambda name: None if name in GROUPS else "there is no such group")
    if len(present) > 1:
        group = view.choice(
            "group", "Trained on", present, "", kind="segmented",
            format_func=lambda name: f"{GROUPS[name]} ({counts[name]})",
        )  # fmt: skip
    elif present:
        group = present[0]
    return [f for f in found if f.card.group == group]


def choose_metrics(view: View, shown: Sequence[Facts]) -> list[str]:
    """Which metrics become columns, of those that any of the models shown states."""
    names = [n for n in catalogue.stated(f.card for f in shown) if not catalogue.is_published(n)]
    opening = [name for name in OPENING[shown[0].card.group] if name in names]
    return view.several(
        "metrics", "Metrics as columns", names, opening, format_func=metric_name, placeholder="Choose some"
    )


def columns(shown: Sequence[Facts], metrics: Sequence[str]) -> tuple[dict[str, list], dict[str, Any]]:
    """The table's columns and how each is drawn."""
    config, cards = st.column_config, [f.card for f in shown]
    table: dict[str, list] = {
        "Model": [card.title for card in cards],
        "Kind": [f.kind.name for f in shown],
        "Data": [load.dataset(card.dataset).title for card in cards],
        "Code": [card.arguments["latent_dim"] for card in cards],
    }
    drawn: dict[str, Any] = {
        "Model": config.TextColumn(pinned=True, width=215),
        "Code": config.NumberColumn("Code, numbers", format="localized"),
    }
    for name in metrics:
        _add_metric(table, drawn, name, cards)
    table |= {
        "Weights": [card.parameters for card in cards],
        "File": [f.megabytes for f in shown],
        "Seconds": [card.wall_clock_seconds for card in cards],
        "Device": [card.device for card in cards],
        "Paper": [_link(f.kind) for f in shown],
        "Can": [", ".join(catalogue.ABILITIES[name] for name in f.abilities) for f in shown],
        "Id": [card.id for card in cards],
    }
    drawn |= {
        "Weights": config.NumberColumn("Parameters", format="localized"),
        "File": config.NumberColumn(
            "File, MB", format="%.2f", help="Weights and the gallery's codes and maps, on disk"
        ),
        "Seconds": config.NumberColumn("Training, s", format="%.0f", help="Wall clock, on the device beside"),
        "Device": config.TextColumn("Trained on", width=220),
        "Paper": config.LinkColumn(display_text=r"#(.*)$", width=190),
        "Can": config.TextColumn("It also", width=300),
    }
    return table, drawn


def _add_metric(table: dict[str, list], drawn: dict[str, Any], name: str, cards: Sequence[ModelCard]) -> None:
    """A column of values and, where a model was trained with several seeds, one of their spread."""
    found = [catalogue.numbers(card).get(name) for card in cards]
    one = next((metric for metric in found if metric), None)
    if one is None:
        return
    units = {metric["unit"] for metric in found if metric}
    unit = f", {units.pop()}" if len(units) == 1 else ""
    unit = "" if unit in (", share", ", AUROC") else unit
    label = f"{metric_name(name)} {ARROWS[one['better']]}".strip() + unit
    table[name] = [None if metric is None else float(metric["value"]) for metric in found]
    drawn[name] = st.column_config.NumberColumn(label, format="%.3g", help=one["how"])
    spread = [None if metric is None else catalogue.spread(metric) for metric in found]
    if any(sd is not None for sd in spread):
        table[f"{name} sd"] = spread
        drawn[f"{name} sd"] = st.column_config.NumberColumn(
            "± sd", format="%.2g", width=80, help="Standard deviation over training seeds; empty: one seed"
        )


def _link(kind: catalogue.Kind) -> str | None:
    """The paper's address; what stands behind # is what the cell shows."""
    if kind.paper is None:
        return None
    return f"{kind.paper.url}#{kind.paper.text.replace(' ', '+').replace('&', '%26')}"


def draw(view: View, shown: Sequence[Facts], metrics: Sequence[str], opened: Sequence[str]) -> None:
    """The table; a click on a row opens its model, and of three the one that was open longest gives way."""
    ids = [f.card.id for f in shown]
    key = view.key(f"rows-{zlib.crc32(repr(ids).encode()):x}")  # another filter, another table
    marked = [ids.index(i) for i in opened if i in ids]

    def selected() -> None:
        view.put("open", after_click([ids[row] for row in _rows(st.session_state[key])], ids, opened))

    if sorted(_rows(st.session_state.get(key, {}))) != sorted(marked):
        st.session_state[key] = {"selection": {"rows": marked, "columns": [], "cells": []}}
    table, drawn = columns(shown, metrics)
    st.dataframe(
        table,
        column_config=drawn,
        hide_index=True,
        key=key,
        on_select=selected,
        selection_mode="multi-row",
        row_height=ROW,
        placeholder="–",
        height=(min(len(ids), SHOWN_ROWS) + 1) * ROW + 4,
        alt=f"{len(ids)} models, one a row",
    )


def _rows(state: Mapping[str, Any]) -> list[int]:
    return list(state.get("selection", {}).get("rows", []))


def after_click(selected: Sequence[str], visible: Sequence[str], opened: Sequence[str]) -> list[str]:
    """The open models once the table says that of its `visible` rows these are `selected`, newest last.

    What the filter hides stays open; more than two cannot be, so the oldest give way.
    """
    kept = [i for i in opened if i in selected or i not in visible]
    return [*kept, *(i for i in selected if i not in kept)][-AT_ONCE:]


def size(megabytes: float) -> str:
    """A file's size with its unit: "125 kB", "1.93 MB"."""
    return f"{number(megabytes)} MB" if megabytes >= 1 else f"{number(1000 * megabytes)} kB"
