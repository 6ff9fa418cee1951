"""Representation: what a code is good for besides rebuilding the image."""

from __future__ import annotations

import streamlit as st

from explorer.studies import attributes as vectors
from explorer.studies import few_labels
from explorer.studies import imputation as missing
from explorer.ui import attributes, imputation, load, sidebar, widgets
from explorer.ui import representation as probes
from explorer.ui.state import SHARED, View

chosen = sidebar.current()
view = View("representation")
card, data = chosen.card, chosen.dataset
st.html(widgets.STYLE.with_name("representation.css"))
widgets.header(
    "Is the model that rebuilds best the one with the best features?",
    "Few images have a label. Look at which features let a simple classifier read it, and which need many "
    "more.",
)
widgets.model_or_stop(card.id, with_class=True)
able = probes.usable(data.id)
if card.id not in able:
    st.info("This model has seen one class only, and here classes are told apart: choose a model of all.")
    if able:
        st.button("Choose one", on_click=View(SHARED).put, args=("model", sorted(able)[0]))
    widgets.stop()
picked = probes.contrast(able, card.id, chosen.second_id)


@st.fragment
def labels() -> None:
    """Accuracy over labels."""
    probes.label_curves(view, data.id, able, picked)
    st.caption(
        "Labels are drawn from one half of the held-out gallery, each class in turn, and tested on the other "
        f"half; bands: standard deviation over {few_labels.DRAWS} draws. Linear: least squares with a "
        "penalty chosen by leaving one out. Neighbours: 5, or 1 where a class has fewer than 5 labels. PCA "
        "has as many numbers as the first model and saw that half without labels."
    )


@st.fragment
def scatter() -> None:
    """Error against accuracy of all models."""
    st.subheader("Does the order by error match the order by accuracy?", anchor=False)
    probes.error_against_accuracy(view, able, picked)


@st.fragment
def attribute() -> None:
    """A - B + C."""
    st.subheader("When does A − B + C work?", anchor=False)
    if load.model(card.id).label_count:
        st.info("This model is told the class, and a moved code would need one too: choose another model.")
        return
    attributes.section(view, card.id, data)


@st.fragment
def holes() -> None:
    """Missing pixels."""
    st.subheader("Missing pixels: fill in once, or go on?", anchor=False)
    imputation.section(view, card.id, data.id)


labels()
scatter()
attribute()
holes()

widgets.try_this(
    "Predict first: at how many labels do the raw pixels catch up with the code? Order four models by error: "
    "is it their order by accuracy? Then the attribute: does one pair do as well as the mean of hundreds? "
    "Choose another pair. Hide the lower half of a 4: once, or twenty times?"
)


def symbols() -> str:
    """The formulas in words, with the numbers of the pictures above."""
    size, passes = card.arguments["latent_dim"], view.get("passes", 20)
    strength = float(view.get("strength", [1.0])[0])
    return (
        r"$z$ a code, $\bar z_A$ and $\bar z_B$ the mean codes of two groups of images, $z_C$ the code of an "
        r"image of neither, $s$ the strength. $x_k$ the known pixels, $\hat x^{(t)}_h$ what stands in the "
        r"hole after pass $t$, $q(z|x)$ the posterior (Rezende et al. 2014, arXiv:1401.4082, appendix F; for "
        r"its limits Mattei & Frellsen, arXiv:1802.04826). $X$ the features of the labelled images, $Y$ "
        r"their classes as $+1$ and $-1$, both centred, $\lambda$ the penalty, $W$ the linear probe. "
        rf"Here $z$ has ${size}$ numbers, $s = {strength:g}$, and $t$ runs from $1$ to ${passes}$."
    )


widgets.formula(
    r"\begin{aligned} W &= (X^\top X + \lambda I)^{-1} X^\top Y \\ z &= z_C + s\,(\bar z_A - \bar z_B) \\ "
    r"z^{(t)} &\sim q\big(z \,\big|\, x_k, \hat x^{(t-1)}_h\big), \qquad \hat x^{(t)}_h = "
    r"\mathrm{decoder}\big(z^{(t)}\big)_h \end{aligned}",
    symbols,
)
widgets.show_code(__file__, few_labels, vectors.mean_difference, vectors.ends, missing.chain)
widgets.card_panel(card)
