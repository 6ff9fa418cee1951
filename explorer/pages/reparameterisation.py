"""Reparameterisation: the gradient of an expectation, estimated in two ways, draw by draw."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.figures import reparameterisation as figures
from explorer.live.cursor import cursor
from explorer.live.held_draw import held_draw
from explorer.studies import estimators, rewriting
from explorer.studies.estimators import BASELINES, PARAMETERS
from explorer.ui import gradient_text, gradients, load, sidebar, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.state import View
from explorer.ui.widgets import number

DRAGGED = "reparameterisation-theta"  # the mean or log std under the finger
NAMES = ("pathwise", "score function")
FRESH = ("held", "fresh at every move")
HELD_AT = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # u of the five held draws

chosen = sidebar.current()
view = View("reparameterisation")
widgets.header(
    "How does a gradient get past a draw?",
    "Two estimators of the same slope: look where the histograms are centred, and how wide each one is.",
)
widgets.model_or_stop(chosen.model_id, with_class=True)
gradients.with_posterior_or_stop(chosen.dataset.id, chosen.model_id)
order, kls, _ = load.dimension_order(chosen.model_id)
offered = order[:16]
names = [f"z{index + 1}" for index in offered]


def data(columns: dict[str, np.ndarray], file: str) -> None:
    """What a figure shows, to download."""
    rows = lambda: zip(*columns.values(), strict=True)  # noqa: E731
    widgets.data_button(f"reparameterisation-{file}", list(columns), rows, f"{file}.csv")


picture, controls = st.columns([3, 2], gap="large")
with controls:
    given = gradients.problem(view, chosen)
    labels = {name: f"{name} · KL {number(kl)} nats" for name, kl in zip(names, kls, strict=False)}
    which = view.choice("dimension", "Dimension", names, names[0], format_func=labels.get)
    dimension = offered[names.index(which)]
    said = "Gradient with respect to its"
    parameter = PARAMETERS[view.choice("parameter", said, tuple(PARAMETERS), "mean", kind="segmented")]
    baseline = view.choice("baseline", "Baseline of the score function", BASELINES, "none", kind="segmented")
    known, first = gradients.counts(chosen.model_id)
    grouped = {each: f"{int(each):,}" for each in known}
    count = int(view.choice("draws", "Draws", known, first, kind="segmented", format_func=grouped.get))
    seed = int(view.slider("seed", "Noise", 0, widgets.SHARED_SEEDS, 0, 1))
    zoom = view.toggle("zoom", "Axis as wide as the pathwise draws", False)
sample, constants = gradients.draws(given, dimension, parameter, count, seed)
values = (sample.pathwise, estimators.score(sample, constants[baseline]))
path, score = (estimators.estimate(each) for each in values)
symbol = ("μ" if parameter == "mean" else "ln σ") + f" of z{dimension + 1}"
unit = f"d f / d {symbol} (nats per unit)"

with picture:
    reach = 4 * (path.deviation if zoom else max(path.deviation, score.deviation))
    titles = [f"{name}: one draw scatters by {number(each.deviation)}"
              for name, each in zip(NAMES, (path, score), strict=True)]  # fmt: skip
    marked = f"mean {gradient_text.signed(path.mean)}"
    widgets.chart(
        figure_of(figures.histograms, values, titles, path.mean, max(reach, 1e-6), unit, marked),
        "reparameterisation-histograms", "Histograms of both estimators on one axis",
    )  # fmt: skip
    if zoom:
        st.caption("Draws beyond the axis stand in its outermost bars.")
    st.markdown(gradient_text.table(NAMES, (path, score), unit))
    st.markdown(gradient_text.verdict(path, score))
    columns = {"loss": sample.loss, "weight": sample.weight}
    columns |= {"pathwise": values[0], "score_function": values[1]}
    data(columns, f"{chosen.model_id}-gradients")
    if given.note:
        st.caption(given.note)

st.subheader("What averaging buys", anchor=False)
left, right = st.columns([3, 2], gap="large")
curves = [(name, *estimators.variance_of_means(each)) for name, each in zip(NAMES, values, strict=True)]
widgets.chart(
    figure_of(figures.variances, curves), "reparameterisation-variance", "Variance against draws", left
)
right.markdown(gradient_text.averaging(path, score))
with left:
    found = {f"variance, {name}": variance for name, _, variance in curves}
    data({"draws": curves[0][1]} | found, "variance-of-means")


@st.fragment
def held_and_dragged() -> None:
    """One draw under the finger: f(z) against the parameter, the noise held or fresh at every move."""
    piece = gradients.along(given, dimension, parameter)
    low, high = (round(float(end), 4) for end in piece.thetas[[0, -1]])
    base = f"{chosen.model_id} {dimension} {parameter} {float(piece.now):.4f}"

    def check(value: float) -> str | None:
        return None if low <= value <= high else f"it must lie between {low:g} and {high:g}"

    at = view.get("at", round(piece.now, 4), check)
    if view.get("of", base) != base:  # dragged for another image, model or dimension
        at = round(piece.now, 4)
        view.put("at", at)
    view.put("of", base)
    held, words = st.columns([3, 2], gap="large")
    with words:
        fresh = view.choice("noise", "The noise ε is", FRESH, FRESH[0], kind="segmented") == FRESH[1]
        st.markdown(gradient_text.HELD)
    with held:
        noise = np.random.default_rng(seed).standard_normal(512)
        cursor(DRAGGED, [at], None, alone=True, on_release=lambda value: view.put("at", value[0]))
        held_draw(
            "reparameterisation-held", cursor=DRAGGED, what=f"{base} {seed} {fresh}", parameter=parameter,
            other=piece.other, noise=noise, fresh=fresh, thetas=piece.thetas, expected=piece.expected,
            grid=piece.grid, loss=piece.loss, slope=piece.slope, words=gradient_text.words(symbol, fresh),
        )  # fmt: skip
        st.caption("Only this dimension is drawn; the others stay at their means. Dashed: mean over all ε.")
        data({"z": piece.grid, "loss": piece.loss, "slope": piece.slope}, "along")


@st.fragment
def rewritten() -> None:
    """Known distributions: a held draw while the parameter moves, and both estimators beside the truth."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        known = tuple(rewriting.FAMILIES)
        family = rewriting.FAMILIES[view.choice("family", "Distribution of z", known, "Bernoulli")]
        name, discrete = family.name.lower(), family.name == "Bernoulli"
        label = family.parameter.capitalize()
        theta = view.slider(name, label, family.low, family.high, family.first, 0.05)
        temperature, soft = None, False
        if discrete:
            temperature = view.slider("temperature", "Temperature of the relaxation", 0.05, 2.0, 0.5, 0.05)
            soft = view.toggle("soft", "Show the relaxed draws", False)
        st.latex(family.rewritten)
    thetas = np.linspace(family.low, family.high, 181)
    lines = np.array([
        rewriting.relaxed(each, temperature, HELD_AT)[0] if soft
        else rewriting.draws(family.name, each, HELD_AT) for each in thetas
    ]).T  # fmt: skip
    toy = gradients.rewritten(family.name, theta, seed)
    true = rewriting.true_gradient(family.name, theta)
    with left:
        figure = figure_of(figures.held_noise, thetas, lines, theta, family.parameter)
        widgets.chart(figure, "reparameterisation-held-noise", "z of five held draws against the parameter")
        st.markdown(gradient_text.families_table(family, theta, temperature, toy, true, seed))
        data({"z": toy.z, "pathwise": toy.pathwise, "score_function": toy.score}, name)
    if discrete:
        temperatures, biases, deviations = gradients.trade(theta)
        spread = float(np.std(toy.score))
        chart = figure_of(figures.temperature, temperatures, np.abs(biases), deviations, temperature, spread)
        label = "Bias and spread of the relaxed gradient against the temperature"
        widgets.chart(chart, "reparameterisation-temperature", label, right)
        with right:
            data({"temperature": temperatures, "bias": biases, "spread": deviations}, "temperature")


st.subheader("Hold the noise and drag", anchor=False)
held_and_dragged()
st.subheader("Which draws can be rewritten like this?", anchor=False)
rewritten()
widgets.try_this(gradient_text.TRY)
widgets.formula(
    gradient_text.LATEX, lambda: gradient_text.formula(given, dimension, parameter, sample, constants)
)
widgets.show_code(__file__, estimators, rewriting.slopes, rewriting.relaxed)
widgets.card_panel(chosen.card)
