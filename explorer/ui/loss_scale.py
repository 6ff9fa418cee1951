"""Two panels of β comparison: what one word in the loss does to β, and what noise a squared error assumes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import ladder
from explorer.figures.noise import nll_against_noise
from explorer.studies import loss_scale
from explorer.ui import widgets
from explorer.ui.state import View
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

INTENDED = (0.25, 0.5, 1.0, 2.0, 4.0)
MEANT = {"sum": "summed", "mean": "averaged"}


def one_word(view: View, rungs: Sequence[ModelCard], marked: ModelCard) -> None:
    """Sum or mean, for each of the two terms; the β that this trains, and the nearest model that is here."""
    st.subheader("Sum or mean: a detail?", anchor=False)
    pixels = int(np.prod(marked.arguments["image_shape"]))
    latents = marked.arguments["latent_dim"]
    first, second, third = st.columns(3)
    options = dict(kind="segmented", format_func=MEANT.get)
    reductions = loss_scale.REDUCTIONS
    label = f"Reconstruction, over {pixels:,} pixels"
    over_pixels = view.choice("pixels", label, reductions, "sum", place=first, **options)
    label = f"KL, over {latents} dimensions"
    over_latents = view.choice("latents", label, reductions, "sum", place=second, **options)
    names = [f"{value:g}" for value in INTENDED]
    intended = float(view.choice("intended", "β in the code", names, "1", kind="segmented", place=third))
    trained = loss_scale.equivalent_beta(intended, pixels, latents, over_pixels, over_latents)
    nearest = min(rungs, key=lambda card: abs(math.log(ladder.beta(card) / trained)))
    times = f"{intended:g}" + f" · {pixels:,}" * (over_pixels == "mean")
    times += f" / {latents}" * (over_latents == "mean")
    st.markdown(
        f"With both terms summed this is **β = {times} = {number(trained)}**. "
        f"The nearest model here has β = {ladder.name(nearest)}: "
        f"{number(ladder.spread(nearest, ladder.ACTIVE).mean, 2)} of {latents} dimensions are active."
    )
    st.button(
        f"Mark β = {ladder.name(nearest)}", on_click=lambda: view.put("beta", ladder.name(nearest)),
        key="mark-nearest",
    )  # fmt: skip


def decoder_noise(view: View, marked: ModelCard) -> None:
    """A pixel std as a slider, the β that it is, and the std that makes this model's residuals likeliest."""
    st.subheader("What noise does a squared error assume?", anchor=False)
    pixels = int(np.prod(marked.arguments["image_shape"]))
    mse = float(marked.metrics["mse"]["value"])
    best = loss_scale.likeliest_noise(mse)
    left, right = st.columns([3, 2], gap="large")
    with right:
        std = view.slider("std", "Std of a pixel's noise (black 0, white 1)", 0.02, 1.0, 0.71, 0.01)
        plain = loss_scale.noise_of_beta(1)
        st.markdown(
            "A Gaussian decoder with this noise trains as summed squared error + "
            f"**β = 2 · {std:g}² = {number(loss_scale.beta_of_noise(std))}** times the KL. "
            f"A plain sum, β = 1, assumes {plain:.3f}. "
            f"The residuals of the marked model (β = {ladder.name(marked)}, mean square {number(mse)}) are "
            f"likeliest at **{number(best)}**, which would be β = {number(loss_scale.beta_of_noise(best))}."
        )
        st.caption(
            "The models on this page are trained on cross-entropy, not on squared error: for them the knob "
            "is β alone. A decoder that learns its std sets the balance by itself."
        )
    chart = nll_against_noise(mse, pixels, std)
    widgets.chart(
        chart,
        "beta-noise",
        "Negative log-likelihood of the residuals against the assumed noise",
        left,
        file="beta-noise",
    )
