"""Widgets that every page uses: headings, pictures, charts, the card panel, errors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from explorer import csv_file, datasets, images, zoo
from explorer.content import ENGLISH, glossary
from explorer.datasets import Dataset
from explorer.figures import curves, numbers
from explorer.models import Autoencoder
from explorer.ui import load

CELL, HERO = 56, 196
#: Screen pixels of a live picture: on a phone, beside a sidebar, and on a wide screen or projector.
CELLS, HEROES = (56, 112, 140), (168, 196, 280)
STYLE = Path(__file__).parent / "assets" / "style.css"


def header(question: str, look_for: str) -> None:
    """The page's question as its title, and one sentence that says what to look for."""
    st.html(STYLE)
    st.title(question, anchor=False)
    explained(look_for)


def explained(text: str, locale: str = ENGLISH) -> None:
    """Text whose terms show what they mean when the pointer or the keyboard reaches them."""
    st.markdown(glossary.marked(text, locale), unsafe_allow_html=True)


#: The last seed where a draw takes long: ten are enough to see what chance does, and a class shares them.
SHARED_SEEDS = 9


def model_or_stop(model_id: str, with_class: bool = False) -> Autoencoder:
    """The model, or a sentence that says why the page cannot use it; the other models go on.

    A page that asks for a class (`with_class`) gets conditional models too.
    """
    if problem := load.problem(model_id, with_class):
        st.error(f"{problem} The other models in the sidebar still work.")
        stop()
    return load.model(model_id)


def stop() -> NoReturn:
    """End the page here; unlike after `st.stop`, the app still draws the notices and the link around it."""
    raise StopException


def picture(
    image: np.ndarray, alt: str, size: int = HERO, caption: str | None = None, place: Any = st
) -> None:
    """An image (C, H, W) float in [0, 1] or uint8, or a picture (H, W, 3), enlarged by a whole factor."""
    array = np.asarray(image)
    if array.dtype != np.uint8:
        array = images.to_uint8(array[None])[0]
    if max(images.picture(array).shape[:2]) <= size:
        array = images.enlarge(array, size)
    place.image(images.png(array), caption=caption, alt=alt)


def chart(figure: Any, key: str, alt: str, place: Any = st, *, file: str = "") -> None:
    """A Plotly figure with no toolbar but the download; with `file`, its numbers as `file`.csv below."""
    keep = {"displaylogo": False, "modeBarButtons": [["toImage"]], "scrollZoom": False}
    place.plotly_chart(figure, key=key, config=keep, alt=alt)
    if file:
        data_button(key, numbers.COLUMNS, lambda: numbers.rows(figure), f"{file}.csv", place)


def chart_to_tap(figure: Any, key: str, alt: str, on_tap: Callable[[Any], None], place: Any = st) -> None:
    """A chart like `chart` whose points can be tapped: `on_tap`, a callback, gets the point's `customdata`.

    A tapped point stays selected, and a second tap would undo that: let `key` tell what was tapped.
    """

    def tapped() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            on_tap(points[0]["customdata"])

    keep = {"displaylogo": False, "modeBarButtons": [["toImage"]], "scrollZoom": False}
    place.plotly_chart(figure, key=key, config=keep, alt=alt, on_select=tapped, selection_mode="points")


def number(value: float, digits: int = 3) -> str:
    """Three significant digits, never in scientific notation for what a page shows."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "∞" if value > 0 else str(value)
    places = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:,.{places}f}"


def try_this(text: str) -> None:
    """One experiment for the reader."""
    with st.expander("Try this", expanded=True):
        explained(text)


def panel(title: str, key: str, fill: Callable[[], None]) -> None:
    """A fold whose content is made when it is opened: what nobody reads costs a page nothing."""

    @st.fragment
    def draw() -> None:
        fold = st.expander(title, key=key, on_change="rerun")
        if fold.open:
            with fold:
                fill()

    draw()


def formula(latex: str, text: str | Callable[[], str]) -> None:
    """The formula behind the picture, every symbol named; a function makes the text when it is read."""

    def fill() -> None:
        st.latex(latex)
        explained(text if isinstance(text, str) else text())

    panel("The formula", "panel-formula", fill)


def show_code(page_file: str, *functions: Callable | ModuleType | type) -> None:
    """The page's own source and the few functions it rests on."""

    def fill() -> None:
        for each in functions:
            st.code(inspect.getsource(each), language="python")
        st.caption("This page:")
        st.code(Path(page_file).read_text(encoding="utf-8"), language="python")

    panel("Show the code", "panel-code", fill)


def card_panel(card: zoo.ModelCard) -> None:
    """How this model was trained and what was measured."""

    def fill() -> None:
        st.markdown("\n".join(f"- **{name}**: {value}" for name, value in _facts(card).items()))
        chart(curves.learning_curve(card), f"curve-{card.id}", "Learning curve")
        st.dataframe(_metric_rows(card), hide_index=True)

    panel(f"How this model was trained: {card.title} (`{card.id}`)", f"panel-{card.id}", fill)


def _facts(card: zoo.ModelCard) -> dict[str, str]:
    data = datasets.get(card.dataset)
    facts = {
        "Data": f"{data.title}: {data.source}. Terms: {card.terms}",
        "Network": _network(card),
        "Training": f"{card.epochs} epochs, {card.images_seen:,} images, "
        f"batch {card.recipe['batch_size']}, Adam, learning rate {card.recipe['learning_rate']:g}, "
        f"seed {card.seed}",
        "Time": f"{card.wall_clock_seconds:,.0f} s on {card.device}",
        "Again": f"`make train RECIPE={card.id}`",
    }
    if card.recipe["corruptions"]:
        kinds = [f"{c['kind']} {c['low']:g} to {c['high']:g}" for c in card.recipe["corruptions"]]
        facts["Corruption"] = ", ".join(kinds)
    return facts


def _network(card: zoo.ModelCard) -> str:
    a = card.arguments
    shape = " × ".join(map(str, a["image_shape"]))
    hidden = "-".join(map(str, a["widths"]))
    beta = f", β = {a['beta']:g}" if "beta" in a else ""
    return (
        f"{card.family}, {a['trunk_kind']} {hidden}, {a['activation']}, {shape} pixels → "
        f"{a['latent_dim']} numbers, {card.parameters:,} weights{beta}"
    )


def _metric_rows(card: zoo.ModelCard) -> list[dict[str, str]]:
    arrow = {"lower": "↓", "higher": "↑", None: ""}
    rows = []
    for name, metric in card.metrics.items():
        value = metric["value"]
        if not isinstance(value, (int, float)):
            continue
        spread = f" ± {number(metric['sd'], 2)}" if "sd" in metric else ""
        rows.append({
            "Metric": name.replace("_", " "),
            "Value": f"{number(value)}{spread} {metric['unit']} {arrow[metric['better']]}".strip(),
            "How": metric["how"],
            "On": metric["on"] + (f"; mean ± sd of {len(metric['seeds'])} seeds" if "sd" in metric else ""),
        })  # fmt: skip
    return rows


def fetch_offer(dataset: Dataset) -> None:
    """Where originals are missing: what they are, how large, from where, and a button that fetches them."""
    from explorer.datasets import store

    files = store.missing(getattr(dataset, "files", ()))
    if not files:
        return
    size = sum(file.size for file in files) / 1e6
    host = files[0].url.split("/")[2]
    st.info(
        f"The originals of {dataset.title} are not on this machine, so pictures are the model's own "
        f"decodings. They can be fetched: {size:.0f} MB from {host} into {store.data_folder()}."
    )
    if not st.button(f"Fetch {dataset.title} ({size:.0f} MB)"):
        return
    bar = st.progress(0.0, "Fetching")
    st.button("Stop")  # any click reruns the page, which ends the download at its next step

    def report(done: int, total: int) -> None:
        bar.progress(done / total, f"Fetching {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    try:
        store.fetch(files, report)
    except datasets.DatasetUnavailable as error:
        st.error(str(error))
        return
    dataset.forget()
    st.cache_data.clear()  # what was computed without the originals may say so
    st.cache_resource.clear()
    st.rerun()


def download(
    label: str, content: Callable[[], Any] | bytes, file_name: str, mime: str, key: str, place: Any = st
) -> None:
    """A download button whose content, bytes or text, is made when it is pressed."""
    place.download_button(label, content, file_name, mime, key=key, on_click="ignore")


def data_button(
    key: str,
    columns: Sequence[str],
    rows: Callable[[], Iterable[Sequence[Any]]],
    file: str | None = None,
    place: Any = st,
) -> None:
    """What a figure or a table shows, as a CSV file; `rows` is called when the button is pressed."""
    content = lambda: csv_file.csv_text(columns, rows())  # noqa: E731
    download("Data (CSV)", content, file or f"{key}.csv", "text/csv", f"{key}-csv", place)


def film(frames: Sequence[np.ndarray] | np.ndarray, alt: str, size: int = CELL, place: Any = st) -> None:
    """Images (T, C, H, W) side by side as one picture, each enlarged by the same whole factor."""
    array = np.stack([np.asarray(f) for f in frames])
    if array.dtype != np.uint8:
        array = images.to_uint8(array)
    scale = max(1, size // max(array.shape[2:]))
    place.image(images.png(images.tile(array[None], scale=scale, gap=2, background=128)), alt=alt)
