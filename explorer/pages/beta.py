"""β comparison: the same input, the same noise and the same traversal for models that differ in β alone."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import images, ladder, latent
from explorer.figures.beta import Charts
from explorer.figures.finished import Finished
from explorer.ui import inputs, ladder_plane, ladder_text, ladders, load, loss_scale, sidebar, widgets
from explorer.ui.picture_table import Heading, Pictures, Texts, picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

SAMPLES = 3
SIGMAS = np.linspace(-3.0, 3.0, 7)
FAVOURITE, FAVOURITES = "4", {"digits": "1"}  # of digits, 4 has collapsed
FIRST = {"mnist": 2492, "shapes": 5}  # a four that a large β takes for a nine; a heart

chosen = sidebar.current()
view = View("beta")
widgets.header(
    "What does β buy, and what does it cost?",
    "From left to right only β grows. Look which details go first, and what becomes cleaner.",
)

rungs = ladders.rungs_or_stop(chosen.dataset)
names = [ladder.name(card) for card in rungs]


def highlighted() -> str:
    """The β that stands out: as tapped here, until the sidebar chooses another model of the ladder."""
    own = next((ladder.name(card) for card in rungs if card.id == chosen.model_id), None)
    base = view.get("base", "", lambda m: None if m in ("", *load.cards()) else "there is no such model")
    if own and base not in ("", chosen.model_id):
        view.put("beta", own)
    view.put("base", chosen.model_id)
    first = FAVOURITES.get(chosen.dataset.id, FAVOURITE)
    default = own or (first if first in names else names[len(names) // 2])
    return view.choice("beta", "Highlight β", names, default, kind="segmented")


def sigmas(value: float) -> str:
    """A distance from the prior's mean: "−3σ", "0", "+2σ"."""
    return f"{value:+.0f}σ".replace("-", "−") if value else "0"


sources: set[str] = set()  # of the input, since the whole page last ran
row_names = ["reconstruction", *(f"sample {i + 1}" for i in range(SAMPLES)), *(sigmas(v) for v in SIGMAS)]


@st.fragment  # another β: the sidebar and the texts around the ladder stay
def the_ladder() -> None:
    """Everything that shows which β is marked."""
    left, right = st.columns([3, 2], gap="large")
    story = st.container()
    with right:
        curve = st.container()
        marked = rungs[names.index(highlighted())]
        controls = st.container()
    charts = ladders.charts(rungs, ladder.name(marked))
    with curve:
        trade_off(charts, marked)
    with left:
        comparison(marked, controls, story)
    ladder_plane.section(rungs)
    where_the_rate_goes(charts, marked)
    how_they_learned(charts)
    if charts.gap is not None:
        one_latent_one_factor(charts.gap, marked)
    loss_scale.one_word(view, rungs, marked)
    loss_scale.decoder_noise(view, marked)
    with card_place.container():  # of this fragment: what the last run put there is replaced
        widgets.card_panel(marked)


def trade_off(charts: Charts, marked: ModelCard) -> None:
    """The curve of the ladder, whose dots mark their β."""
    widgets.chart_to_tap(
        charts.trade_off,
        f"rate-distortion-{chosen.dataset.id}-{ladder.name(marked)}",
        "Distortion against rate, one dot for each β",
        lambda name: view.put("beta", name),
    )
    st.caption(
        "Along a dotted line rate + distortion is the same; β = 1 trains for the lowest. Tap a dot to mark "
        "its β."
    )


@st.fragment  # other noise or another input: the charts stay too
def comparison(marked: ModelCard, controls: DeltaGenerator, story: DeltaGenerator) -> None:
    """The table of pictures and numbers, in `controls` what it is made from, in `story` what it says."""
    with controls:
        seed = int(view.slider("seed", "Noise of the prior samples", 0, 99, 0, 1))
        given = inputs.pick(view, chosen.dataset, rungs[0].id, first=FIRST.get(chosen.dataset.id, 0))
    sources.add(view.get("from", ""))
    if len(sources) > 1:
        st.rerun()  # what one source put into the link is not to stay there with another
    original = None if given.image is None else images.to_uint8(given.image)[0]
    with story:
        st.markdown(ladder_text.story(rungs))
        if original is None:
            widgets.fetch_offer(chosen.dataset)
    reconstructions, steps = ladders.of_input(rungs, given, SIGMAS)
    samples = ladders.prior_samples(rungs, SAMPLES, seed)
    columns = np.concatenate([reconstructions[None], samples, steps])  # (rows, models, C, H, W)
    draw_table(columns, original, marked)

    def grid_png() -> bytes:
        """What the table shows, as one labelled picture."""
        rows, labels = columns, row_names
        if original is not None:
            rows = np.concatenate([np.broadcast_to(original, (1, *columns.shape[1:])), columns])
            labels = ["input", *row_names]
        headings = [f"β = {name}" for name in names]
        return images.labelled_grid(rows, labels, headings, title=chosen.dataset.title)

    with st.container(horizontal=True):
        file = f"{chosen.dataset.id}-beta"
        widgets.download("PNG of the pictures", grid_png, f"{file}.png", "image/png", "beta-png")
        widgets.download(
            "CSV of the numbers", lambda: ladder.csv_text(rungs), f"{file}.csv", "text/csv", "beta-csv"
        )


def draw_table(columns: np.ndarray, original: np.ndarray | None, marked: ModelCard) -> None:
    """Pictures uint8 (rows, models, C, H, W) and, under them, the cards' numbers."""

    def picture_row(index: int, label: str) -> Pictures:
        alts = [f"β = {name}: {row_names[index]}" for name in names]
        return Pictures(label, list(columns[index]), alts, index > SAMPLES, original if index == 0 else None)

    largest = [ladder.largest_dimension(card) for card in rungs]
    picture_table(
        [f"β = {name}" for name in names],
        [
            Heading("Reconstruction"),
            picture_row(0, "input" if original is not None else "its code"),
            Heading("Prior samples: the same noise for every β"),
            *(picture_row(i, row_names[i]) for i in range(1, SAMPLES + 1)),
            Heading("From the input's code: only the dimension with the largest KL moves"),
            *(picture_row(i, row_names[i]) for i in range(SAMPLES + 1, len(row_names))),
            Texts("dimension\nand its KL", [f"z{i + 1}\n{number(kl)} nats" for i, kl in largest]),
            Heading("Nats per image"),
            Texts("rate\nKL", [ladder_text.stated(card, ladder.RATE) for card in rungs]),
            Texts(
                "distortion\ncross-entropy", [ladder_text.stated(card, ladder.DISTORTION) for card in rungs]
            ),
        ],
        key="ladder",
        label="Pictures and numbers of each model; columns are β",
        marked=rungs.index(marked),
    )
    seeds = len(ladder.spread(marked, ladder.RATE).seeds)
    spread = f"mean ± standard deviation of {seeds} training seeds" if seeds > 1 else "one training seed"
    st.caption(
        f"Rate and distortion: {spread}, {marked.metrics[ladder.RATE]['on']}. Pictures and dimensions: seed "
        f"{marked.seed}, the model in this app. The z2 of one model has nothing to do with the z2 of another."
    )


def where_the_rate_goes(charts: Charts, marked: ModelCard) -> None:
    """Which dimensions carry the rate, and how many do."""
    st.subheader("Where the rate goes", anchor=False)
    bars, units = st.columns([3, 2], gap="large")
    widgets.chart(
        charts.kl, "beta-kl", "KL of each dimension as bars, one panel for each β", bars, file="beta-kl"
    )
    bars.caption(
        f"Seed {marked.seed}. A dimension with a KL near 0 carries nothing: its code is noise, for every "
        "image."
    )
    widgets.chart(charts.units, "beta-units", "Active units against β", units, file="beta-active-units")
    units.caption(f"Active: {marked.metrics[ladder.ACTIVE]['how']}.")


def how_they_learned(charts: Charts) -> None:
    """Both terms of the loss, epoch by epoch."""
    st.subheader("How they learned", anchor=False)
    first, second = st.columns(2, gap="large")
    widgets.chart(
        charts.distortion, "beta-reconstruction", "Distortion while training", first, file="beta-distortion"
    )
    widgets.chart(charts.rate, "beta-regularizer", "Rate while training", second, file="beta-rate")


def one_latent_one_factor(chart: Finished, marked: ModelCard) -> None:
    """Whether each factor of the data has a latent of its own."""
    st.subheader("One latent, one factor?", anchor=False)
    gap, followed = st.columns([2, 3], gap="large")
    widgets.chart(chart, "beta-mig", "Mutual information gap against β", gap, file="beta-mig")
    gap.markdown(ladder_text.gap_story(rungs))
    followed.markdown(f"**The factor that each latent follows** (seed {marked.seed}, largest KL first)")
    followed.dataframe(ladder_text.followed_table(rungs), hide_index=True)
    followed.caption(
        "The share of the factor's entropy that the latent knows, then the latent's KL in nats. A small "
        "share means that it follows none of them."
    )


ladder_place, around = st.container(), st.container()
with around:
    widgets.try_this(
        "Move the noise: which β draws clean pictures from it most often, and which copies the input best? "
        "Say which column you would take to *generate* and which to *compress*, then draw an input of your "
        "own."
    )
    widgets.formula(
        r"L_\beta = \underbrace{\mathbb{E}_{q(z|x)}\!\left[-\ln p(x|z)\right]}_{\text{distortion } D} "
        r"+ \beta\, \underbrace{\mathrm{KL}\!\left(q(z|x)\,\|\,p(z)\right)}_{\text{rate } R}",
        r"$q(z|x)$ the encoder's Gaussian, $p(z)$ the standard normal prior, $p(x|z)$ the decoder. β = 1 is "
        r"the ELBO: $-L_1$ is the evidence lower bound. $D$ is a negative log-likelihood on binary pixels "
        r"only; these are grey, and $D$ is a cross-entropy. Along the best trade-offs "
        r"$\mathrm{d}D/\mathrm{d}R = -\beta$: a nat of rate saved costs $\beta$ nats of distortion "
        r"(Higgins et al. 2017; Alemi et al. 2018). " + ladder_text.prices(rungs),
    )
    widgets.show_code(__file__, ladder.find, ladders, latent.prior_samples, latent.traverse)
card_place = st.container()
with ladder_place:
    the_ladder()
