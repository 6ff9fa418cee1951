"""Anomaly detection: what a model rebuilds badly is perhaps none of its kind; where to draw the line."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.figures import anomaly as figures
from explorer.metrics import anomaly as metrics
from explorer.studies import alarm
from explorer.studies import anomaly as scoring
from explorer.ui import alarm_parts, anomaly, load, sidebar, widgets
from explorer.ui.alarm_parts import number
from explorer.ui.anomaly import BOUND, ERROR, SCORES, UNITS
from explorer.ui.figure_cache import figure_of
from explorer.ui.state import SHARED, View

RARE = 0.01  # how often an anomaly comes, in the sentence on rare events

chosen = sidebar.current()
view = View("anomaly")
card = chosen.card
widgets.header(
    "What does the model call strange?",
    "It rebuilds well what it has learnt. Move the line: look at what slips through, and at what raises the "
    "alarm for nothing.",
)


def show_model(model_id: str, data: str, **values: str) -> None:
    """For a callback: another model, and what it is compared with."""
    View(SHARED).put("data", data)
    View(SHARED).put("model", model_id)
    for name, value in values.items():
        view.put(name, value)


def offer_models() -> None:
    """The one-class models of this data set, and clothes against digits."""
    if singles:
        st.caption("Normal is what the model has seen. These have seen one class only:")
    with st.container(horizontal=True, gap="small"):
        for each in singles:
            label = ", ".join(chosen.dataset.label_names[i] for i in anomaly.one_class(each))
            kind, there = "primary" if each.id == card.id else "secondary", (each.id, each.dataset)
            st.button(label, key=f"to-{each.id}", on_click=show_model, args=there, type=kind)
        if "fashion-vae" in load.cards() and load.images("fashion") is not None:
            digits = {"against": load.dataset("mnist").title, "score": BOUND}
            st.button(
                "Clothes against digits", on_click=show_model, args=("fashion-vae", "fashion"), kwargs=digits
            )


singles = anomaly.one_class_models(chosen.dataset.id)
offer_models()
if load.problem(card.id, with_class=True) is None and load.model(card.id).label_count:
    st.info(f"{card.title} is told the class, which an alarm does not know: choose another model.")
    widgets.stop()
widgets.model_or_stop(card.id)
options = anomaly.against(card)
if not options:
    st.info(
        "A model of a whole data set needs images of the same size from another one to call strange, and its "
        "own originals, and they are not on this machine. A model of one class does without."
    )
    if not singles and (elsewhere := anomaly.one_class_models()):
        there = elsewhere[0]
        label = f"Show “{there.title}” of {load.dataset(there.dataset).title}"
        st.button(label, on_click=show_model, args=(there.id, there.dataset), key="to-elsewhere")
    for missing in anomaly.missing(card):
        widgets.fetch_offer(load.dataset(missing))
    widgets.stop()


@st.fragment
def the_line() -> None:
    """Everything that follows the line."""
    left, right = st.columns([5, 3], gap="large")
    with right:
        strange = view.choice("against", "Anomalies", list(options), next(iter(options)))
        score = view.choice(
            "score", "Score", anomaly.possible(card), ERROR, kind="segmented", format_func=SCORES.__getitem__
        )
        percent = view.slider("accepted", "False alarms you accept (%)", 0.5, 20.0, 5.0, 0.5)
    trial = anomaly.trial(card.id, strange)
    normal, anomalous = trial.normal.scores[score], trial.anomalous.scores[score]
    line = alarm.threshold(trial.validation.scores[score], percent / 100)
    found = alarm.confusion(normal, anomalous, line)
    with left:
        figure = figure_of(figures.histogram, normal, anomalous, line, UNITS[score], score == ERROR)
        widgets.chart(figure, "anomaly-histogram", "Scores of normal images and of anomalies")
        kinds = {"normal": normal, "anomaly": anomalous}
        rows = lambda: [[kind, float(s)] for kind, scores in kinds.items() for s in scores]  # noqa: E731
        widgets.data_button("anomaly-histogram", ["kind", score], rows)
    with right:
        st.markdown(
            f"| | called normal | called anomaly |\n|---|---|---|\n| **normal** | {found.passed:,} | "
            f"{found.false_alarms:,} false alarms |\n| **anomalies** | {found.misses:,} missed | "
            f"{found.hits:,} found |"
        )
        st.markdown(what_it_does(found, percent, len(trial.validation.index)))
    st.caption(
        f"The line, {number(line)}, is the {100 - percent:g} % quantile of {len(trial.validation.index):,} "
        "normal images of the validation half; no anomaly was looked at to choose it. All that is shown is "
        "of the other half. The halves split the held-out gallery by a fixed seed; no model was trained on "
        "it."
    )
    roc_and_classes(trial, score, line, found)
    st.subheader("The worst of both", anchor=False)
    alarm_parts.worst(card.id, trial, score, line)
    st.subheader("Score a picture of your own", anchor=False)
    alarm_parts.own_picture(view, chosen.dataset, card.id, score, line, trial)
    st.subheader("Is likelihood a better alarm than error?", anchor=False)
    st.markdown(alarm_parts.verdict(trial))
    alarm_parts.all_scores(card.id, trial)
    st.caption(
        "The −ELBO is here a cross-entropy of grey pixels plus the KL: no likelihood, but the same ranking "
        "trap. The length of a PNG file in nats is one estimate of how complex a picture is, on another "
        "scale: the difference ranks images, and is no likelihood ratio."
    )


def what_it_does(found: alarm.Confusion, percent: float, validated: int) -> str:
    """What was promised, what came, and what it means where anomalies are rare."""
    share = percent / 100
    shown = found.false_alarms + found.passed
    give_or_take = 100 * np.sqrt(share * (1 - share) * (1 / validated + 1 / shown))
    alarms = RARE * found.hit_rate + (1 - RARE) * found.false_alarm_rate
    real = f"{100 * RARE * found.hit_rate / alarms:.0f} %" if alarms else "none"
    return (
        f"You accepted **{percent:g} %** false alarms (give or take {give_or_take:.1f}, by chance); it is "
        f"**{100 * found.false_alarm_rate:.1f} %**. Of these anomalies **{100 * found.hit_rate:.1f} %** are "
        f"found. If one image in {1 / RARE:.0f} were an anomaly, {real} of the alarms would be for one."
    )


def roc_and_classes(trial: anomaly.Trial, score: str, line: float, found: alarm.Confusion) -> None:
    """The ROC, on which the line is a point, and the scores of each class."""
    normal, anomalous = trial.normal.scores[score], trial.anomalous.scores[score]
    curve, area = metrics.roc(normal, anomalous), metrics.auroc(normal, anomalous)
    names, values, kinds = [], [], []
    for each, kind in ((trial.normal, True), (trial.anomalous, False)):
        for label in np.unique(each.labels):
            names.append(load.dataset(each.dataset_id).label_names[label])
            values.append(each.scores[score][each.labels == label])
            kinds.append(kind)
    left, right = st.columns([2, 3], gap="large")
    with left:
        figure = figure_of(figures.roc, curve, area, found.false_alarm_rate, found.hit_rate)
        widgets.chart(figure, "anomaly-roc", f"ROC curve, area {area:.4f}")
        points = lambda: np.stack(curve, axis=1)[1:].tolist()  # noqa: E731
        widgets.data_button("anomaly-roc", ["false alarms", "found", "threshold"], points)
    with right:
        figure = figure_of(figures.by_class, names, values, kinds, line, UNITS[score], score == ERROR)
        widgets.chart(figure, "anomaly-classes", "Scores of each class")
        widgets.data_button(
            "anomaly-classes",
            ["class", "normal", "images", "median", "alarms"],
            lambda: [
                [n, k, len(v), float(np.median(v)), float((v >= line).mean())]
                for n, k, v in zip(names, kinds, values, strict=True)
            ],
        )


the_line()

widgets.try_this(
    "Before you look: which class of the others will slip through most often, and why that one? Halve the "
    "false alarms: how many anomalies does it cost, for the easiest and for the hardest class? Draw a thing "
    "that the model has never seen and that still passes. Then let the clothes judge the digits, first by "
    "error, then by −ELBO."
)


def symbols() -> str:
    """Every symbol, with the numbers of the picture above."""
    trial = anomaly.trial(card.id, view.current("against"))
    score, percent = view.current("score"), view.current("accepted")
    line = alarm.threshold(trial.validation.scores[score], percent / 100)
    return (
        r"$x$ the image, $\hat x$ its reconstruction, $q(z|x)$ the posterior, $p(z)$ the prior, $p(x|z)$ "
        r"the decoder with pixels read as probabilities, $\alpha$ the share of false alarms that you "
        r"accept, $\tau$ the line: the $1-\alpha$ quantile $Q$ of the normal images' scores. Now $\alpha = "
        rf"{percent / 100:g}$ and $\tau = {line:.4g}$. The area under the ROC is the chance that an "
        "anomaly scores higher than a normal image, equal scores counted half (Hanley & McNeil 1982). That "
        "simple pictures can be likelier than the training kind: Nalisnick et al. 2019 (arXiv:1810.09136); "
        "subtracting a length as complexity: Serrà et al. 2020 (arXiv:1909.11480)."
    )


widgets.formula(
    r"\begin{aligned} s_{\text{error}}(x) &= \lVert x - \hat x\rVert^2 \\ s_{\text{ELBO}}(x) &= "
    r"-\mathbb{E}_{q(z|x)}\!\left[\ln p(x|z)\right] + \mathrm{KL}\!\left(q(z|x)\,\|\,p(z)\right) \\ "
    r"\text{alarm} &\iff s(x) \ge \tau, \qquad \tau = Q_{1-\alpha}\big(s(x_{\text{normal}})\big) "
    r"\end{aligned}",
    symbols,
)
widgets.show_code(__file__, scoring.scores, alarm, metrics.auroc, metrics.roc)
widgets.card_panel(card)
