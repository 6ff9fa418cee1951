"""Posterior collapse lab: which models stop using their code, when, and what each cure costs."""

from __future__ import annotations

import streamlit as st

from explorer import images
from explorer.figures import collapse as figures
from explorer.live import epoch_film
from explorer.live.cursor import cursor
from explorer.studies import collapse, linear_vae
from explorer.ui import collapse_panels, collapse_text, load, sidebar, widgets
from explorer.ui.duel import duel
from explorer.ui.figure_cache import figure_of
from explorer.ui.number_table import number_table
from explorer.ui.state import SHARED, View
from explorer.zoo import ModelCard

EPOCH = "collapse-epoch"  # what the film's slider moves

chosen = sidebar.current()
view = View("collapse")
widgets.header(
    "When does a model stop using its code?",
    "Play two trainings side by side: look which dimensions light up, which go dark again, and which never "
    "start.",
)


def usable_runs() -> list[ModelCard]:
    """The data set's runs that can be shown; what is left out is said."""
    found = collapse.find(load.cards().values(), chosen.dataset.id)
    if found.waiting:
        ids = " ".join(card.id for card in found.waiting)
        st.info(
            f"Trained but not measured, so left out: `python -m training.evaluate {ids}` fills the cards."
        )
    problems = {card.id: load.problem(card.id) for card in found.measured}
    for problem in filter(None, problems.values()):
        st.error(f"{problem} The other runs go on.")
    return [card for card in found.measured if not problems[card.id]]


def offer_others() -> None:
    """Where this data set has no runs to compare: which one has."""
    st.info(
        f"On {chosen.dataset.title} no two models were trained to be compared here. What follows needs no "
        "model: the linear VAE, below."
    )
    for other in sorted({card.dataset for card in load.cards().values()} - {chosen.dataset.id}):
        if len(collapse.find(load.cards().values(), other).measured) > 1:
            label = f"Compare runs on {load.dataset(other).title}"
            st.button(label, on_click=View(SHARED).put, args=("data", other), key=f"to-{other}")


def pair_of(runs: list[ModelCard]) -> tuple[ModelCard, ModelCard]:
    """The two runs that play: at first the one without a cure, and the emptiest of the same β."""
    by_id = {card.id: card for card in runs}

    def named(model_id: str) -> str:
        return collapse.name(by_id[model_id])

    left, right = st.columns(2, gap="large")
    first = view.choice("left", "First run", list(by_id), runs[0].id, place=left, format_func=named)
    others = [card for card in runs if card.id != first]
    alike = [card for card in others if card.arguments["beta"] == runs[0].arguments["beta"]] or others
    default = collapse.collapsed(alike).id
    second = view.choice(
        "right", "Second run", [card.id for card in others], default, place=right, format_func=named
    )
    for column, model_id in ((left, first), (right, second)):
        said = collapse_text.weight_of(by_id[model_id])
        column.caption(said[0].upper() + said[1:])
    return by_id[first], by_id[second]


def film(pair: tuple[ModelCard, ModelCard]) -> None:
    """Both trainings, epoch by epoch."""
    tracks = []
    for card in pair:
        epochs, kl = collapse.over_time(card)
        tracks.append(epoch_film.Run(collapse.name(card), epochs, kl, collapse.weights(card, epochs)))
    last = int(max(track.epochs[-1] for track in tracks))

    def check(epoch: int) -> str | None:
        return None if 1 <= epoch <= last else f"these runs have epochs 1 to {last}"

    epoch = view.get("epoch", last, check)
    cursor(EPOCH, [epoch], None, alone=True, on_release=lambda value: view.put("epoch", round(value[0])))
    epoch_film.epoch_film("collapse-film", tuple(tracks), cursor=EPOCH, words=collapse_text.FILM)

    def gif() -> bytes:
        return images.gif(epoch_film.frames(tracks), fps=4)

    with st.container(horizontal=True):
        name = "-".join(card.id for card in pair)
        widgets.download("GIF of both", gif, f"{name}.gif", "image/gif", "film")
        widgets.download(
            "Data (CSV)", lambda: collapse.csv_over_time(pair), f"{name}.csv", "text/csv", "film-csv"
        )
    st.caption("Rows are dimensions, the largest KL at the end on top. Bars: the KL after the epoch shown.")


def cures(runs: list[ModelCard], pair: tuple[ModelCard, ModelCard]) -> None:
    """The whole KL over training, and the table of what each run ends with."""
    st.subheader("What does each cure bring, and what does it cost?", anchor=False)
    number_table(collapse_text.HEADS, collapse_text.rows(runs), label="What each run ends with")
    st.caption(collapse_text.on(runs[0]))
    widgets.download("Data (CSV)", lambda: collapse.csv_table(runs), "collapse.csv", "text/csv", "table-csv")
    left, right = st.columns([3, 2], gap="large")
    widgets.chart(
        figure_of(figures.totals, pair),
        "collapse-totals",
        "KL of the whole code over training",
        left,
        file="collapse-kl",
    )
    right.markdown(collapse_text.story(runs))
    right.markdown(
        "A warm-up begins with a free code and may lose it when the weight arrives; a cycle begins anew; a "
        "floor keeps its price whether or not something is said for it."
    )


runs = usable_runs()
if len(runs) > 1:
    pair = pair_of(runs)
    film(pair)
    cures(runs, pair)
    st.subheader("Find the collapsed one", anchor=False)
    st.markdown(
        "Two models without their names. Move their largest dimensions, compare what ten inputs come back "
        "as, and decide which of the two ignores its code."
    )
    st.caption(
        "The large pictures start from the code 0. Some of these decoders draw pixel after pixel, on the "
        "server: pictures follow when you let go."
    )
    duel(view, chosen.dataset, runs)
    st.subheader("Do free bits guarantee information?", anchor=False)
    collapse_panels.floors(view, chosen.dataset, runs)
else:
    offer_others()
st.subheader("Is the decoder to blame? The linear case", anchor=False)
collapse_panels.linear(view, chosen.dataset)
if len(runs) > 1:
    widgets.try_this(collapse_text.TRY)
    widgets.formula(collapse_text.LATEX, lambda: collapse_text.formula(pair[1]))
widgets.show_code(__file__, collapse.weights, collapse.duel, collapse_panels, linear_vae)
for card in pair if len(runs) > 1 else ():
    widgets.card_panel(card)
