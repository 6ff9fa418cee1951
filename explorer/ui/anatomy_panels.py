"""The folds of the Anatomy page: one experiment each, made when it is opened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer import images, latent, loss_terms
from explorer.figures import anatomy as figures
from explorer.studies import pixel_loss, sensitivity
from explorer.ui import load, widgets
from explorer.ui.anatomy import Passage, offered
from explorer.ui.state import SHARED, View
from explorer.ui.widgets import number

FIFTY = 50
#: The names of the folds in the link, in the order of the page.
FOLDS = ("draws", "kl", "pixel", "matter", "nudge", "sample")


def fold(view: View, name: str, title: str, fill: Callable[[], None]) -> None:
    """A fold like `widgets.panel`; which ones are open stands in the link."""
    key = view.key(f"fold-{name}")

    def turned() -> None:
        others = [each for each in opened(view) if each != name]
        view.put("folds", [*others, name] if st.session_state[key] else others)

    @st.fragment
    def draw() -> None:
        st.session_state[key] = name in opened(view)
        box = st.expander(title, key=key, on_change=turned)
        if box.open:
            with box:
                fill()

    draw()


def opened(view: View) -> list[str]:
    """The folds that are open, by name."""

    def check(names: list) -> str | None:
        fine = all(name in FOLDS for name in names)
        return None if fine else f"this page has the folds {', '.join(FOLDS)}"

    return view.get("folds", [], check)


def offer_vae(found: Passage, name: str, sentence: str) -> None:
    """Where the model draws nothing: say so in the fold `name`, and offer one that does."""
    st.markdown(sentence)
    other = offered(found.card.dataset).get("VAE")
    if other is not None:
        # a button in a fragment runs that alone, and the whole page has another model now
        if st.button("Take the VAE", key=f"anatomy-vae-{name}", on_click=_take, args=(found.model_id, other)):
            st.rerun()


def _take(before: str, model_id: str) -> None:
    View("anatomy").put("before", before)
    View(SHARED).put("model", model_id)


def many_draws(found: Passage, seed: int) -> None:
    """Both terms of the loss for fifty draws of the image's posterior."""
    if found.logvar is None:
        offer_vae(found, "draws", f"{found.card.title} draws nothing: its loss for an image is one number.")
        return
    if found.given.image is None:
        st.markdown("The reconstruction term needs the original, which is not on this machine.")
        return
    eps = np.concatenate([latent.prior_samples(1, len(found.mean), seed + k) for k in range(FIFTY)])
    codes = found.mean + found.std * eps
    terms = loss_terms.reconstruction(found.model, found.given.image, codes, _repeat(found, FIFTY))
    kl = float(latent.kl_per_dimension(found.mean[None], found.logvar[None]).sum())
    of_mean = float(
        loss_terms.reconstruction(found.model, found.given.image, found.mean[None], found.labels)[0]
    )
    alt = f"Reconstruction {terms.mean():.1f} ± {terms.std(ddof=1):.1f} nats over {FIFTY} draws, KL {kl:.1f}"
    widgets.chart(figures.both_terms(terms, kl, of_mean), "anatomy-draws", alt)
    st.markdown(
        f"Reconstruction **{terms.mean():.1f} ± {terms.std(ddof=1):.1f}** nats (mean ± sd of {FIFTY} "
        f"draws), {terms.min():.1f} to {terms.max():.1f}; KL **{kl:.3f}** nats in each of them: its formula "
        f"knows μ and σ, not ε. With the mean decoded instead of a draw the reconstruction is {of_mean:.1f} "
        "nats, which is not a term of the bound: say which one you report."
    )
    rows = lambda: [(seed + k, t, kl) for k, t in enumerate(terms)]  # noqa: E731
    widgets.data_button("anatomy-draws", ("draw", "reconstruction_nats", "kl_nats"), rows, "draws.csv")


def _repeat(found: Passage, count: int) -> np.ndarray | None:
    return None if found.label is None else np.full(count, found.label)


def kl_by_hand(view: View) -> None:
    """The KL of one dimension, from a mean and a raw head output that the reader sets."""
    left, right = st.columns([1, 2], gap="large")
    with left:
        mean = view.slider("kl_mean", "Mean μ", -3, 3, 1.0, 0.1)
        head = view.choice("kl_by", "Set", ("std", "log-variance"), "std", kind="segmented")
        if head == "std":
            std = view.slider("kl_std", "Std σ", 0.05, 3, 1.0, 0.05)
            logvar = 2 * float(np.log(std))
        else:
            logvar = view.slider("kl_logvar", "Raw output of the head, ln σ²", -10, 10, 0.0, 0.1)
            std = float(np.exp(0.5 * logvar))
    kl = float(latent.kl_per_dimension(np.array([[mean]]), np.array([[logvar]]))[0, 0])
    with right:
        alt = f"Densities of N({mean:g}, {std:.3g}²) and N(0, 1); KL {kl:.3g} nats"
        widgets.chart(figures.two_gaussians(mean, std, kl), "anatomy-kl", alt)
    st.latex(
        r"\begin{aligned}\mathrm{KL} &= \tfrac12(\mu^2 + \sigma^2 - 1 - \ln \sigma^2) \\ "
        rf"&= \tfrac12({mean * mean:.3f} + {std * std:.3f} - 1 - ({logvar:.3f})) \\ "
        rf"&= {kl:.3f}\ \text{{nats}}\end{{aligned}}"
    )
    st.markdown(
        f"$\\ln \\sigma^2 = {logvar:.3f}$ means $\\sigma = e^{{{logvar / 2:.3f}}} = {std:.4f}$. Predict "
        "first: mean 1 with std 1, mean 0 with std 0.1, mean 2 with std 1. A far mean costs quadratically, "
        "a small std only logarithmically; 0 nats there is at mean 0, std 1 alone. Check your own formula "
        "at mean 0, std 0.5: 0.318. Every raw output is allowed, and equal steps multiply σ by the same "
        "factor."
    )
    z = np.linspace(-4, 4, 161)
    widgets.data_button("anatomy-kl", ("z", "q", "prior"), lambda: [
        (v, np.exp(-0.5 * ((v - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi)),
         np.exp(-0.5 * v * v) / np.sqrt(2 * np.pi)) for v in z], "kl.csv")  # fmt: skip


def one_pixel(view: View, found: Passage) -> None:
    """Three losses of one pixel, and the same three of the whole image on the page."""
    left, right = st.columns([1, 2], gap="large")
    with left:
        target = view.slider("target", "Target x", 0, 1, 0.5, 0.05)
        at = view.slider("prediction", "Prediction x̂", 0, 1, 0.5, 0.01)
    p = np.linspace(0.001, 0.999, 400)
    curves = {name: loss(np.array(target), p) for name, loss in pixel_loss.LOSSES.items()}
    now = {name: float(loss(np.array(target), np.array(at))) for name, loss in pixel_loss.LOSSES.items()}
    with right:
        alt = ", ".join(f"{name} {value:.3g}" for name, value in now.items())
        widgets.chart(figures.pixel_losses(p, curves, target, at, list(now.values())), "anatomy-pixel", alt)
    lowest = float(pixel_loss.entropy(np.array(target)))
    st.latex(rf"(x - \hat x)^2 = {now['squared error']:.4f}")
    st.latex(rf"|x - \hat x| = {now['absolute error']:.4f}")
    st.latex(
        r"\begin{aligned}&-x \ln \hat x - (1 - x) \ln (1 - \hat x) \\ "
        rf"&= {_nats(now['cross-entropy'])}\ \text{{nats}}\end{{aligned}}"
    )
    text = (
        f"The cross-entropy of a target {target:g} is never below the target's entropy, **{lowest:.3f} "
        "nats**, and has it at the target. It is −log-likelihood for pixels of 0 or 1 only"
    )
    if 0 < at < 1:
        constant = float(pixel_loss.log_normaliser(np.array(at)))
        text += (
            f"; for grey ones the continuous Bernoulli subtracts ln C(x̂) = {constant:.3f}, which makes "
            f"{now['cross-entropy'] - constant:.3f} of it: −log of a density, which may be negative"
        )
    st.markdown(text + ".")
    rows = lambda: zip(p, *curves.values(), strict=True)  # noqa: E731
    widgets.data_button("anatomy-pixel", ("prediction", *curves), rows, "pixel.csv")
    if found.given.image is not None:
        x, picture = found.given.image[0].astype(np.float64), np.clip(found.picture, 1e-7, 1 - 1e-7)
        sums = {name: float(loss(x, picture).sum()) for name, loss in pixel_loss.LOSSES.items()}
        whole = [f"{name} {number(value)}" for name, value in sums.items()]
        floor = number(float(pixel_loss.entropy(x).sum()))
        st.markdown(
            f"The whole image of this page, summed over its {x.size:,} pixels: {', '.join(whole)} nats, of "
            f"which **{floor} nats** are the entropy of the grey target, and no model can go below them."
        )


def _nats(value: float) -> str:
    return rf"{value:.4f}" if np.isfinite(value) else r"\infty"


def true_sample(view: View, found: Passage) -> None:
    """The mean of p(x|z) beside samples of it, and the real images whose posteriors cover z."""
    if not found.model.variational:
        offer_vae(found, "sample", f"{found.card.title} has no p(x|z): its output is no distribution.")
        return
    if found.model.autoregressive:
        st.markdown("This decoder draws row after row: its picture is a sample of p(x|z) already.")
        return
    seed = int(view.slider("pixels", "Draw of the pixels", 0, 99, 0, 1))
    mean = found.picture
    noise = np.random.default_rng(seed).random((2, *mean.shape))
    with st.container(horizontal=True):
        widgets.picture(mean, "Mean of p(x|z)", widgets.HERO, "mean of p(x|z)")
        for i, each in enumerate(noise, 1):
            sample = (each < mean).astype(np.float32)
            widgets.picture(sample, f"Sample {i} of p(x|z)", widgets.HERO, f"sample {i} of p(x|z)")
    pictures = images.to_uint8(np.concatenate([mean[None], noise < mean]).astype(np.float32))
    widgets.download(
        "PNG of the three",
        lambda: images.labelled_grid(pictures[None], [], ["mean", "sample 1", "sample 2"], scale=6),
        f"{found.model_id}-samples.png",
        "image/png",
        "anatomy-samples-png",
    )
    grey = "" if found.model.binary else (
        " This model was trained on grey pixels, where the cross-entropy is no likelihood; the samples read "
        "each grey value as a probability of ink."
    )  # fmt: skip
    st.markdown(
        "Given z every pixel is drawn by itself, so a true sample is the mean plus noise without strokes. "
        f"Where z leaves doubt the decoder can only answer with an average.{grey}"
    )
    _covering(found)


def _covering(found: Passage) -> None:
    stored = load.gallery(found.model_id)
    weights = sensitivity.covering(found.code, stored.z, stored.logvar)
    top = np.argsort(-weights)[:8]
    thumbs = load.thumbnails(found.card.dataset, found.model_id)
    average = np.tensordot(weights[top] / weights[top].sum(), thumbs[top] / 255.0, axes=1)
    st.markdown(f"The gallery images whose posteriors cover this z, of {len(weights):,}:")
    with st.container(horizontal=True):
        for i in top:
            widgets.picture(thumbs[i], f"Gallery image {i}", widgets.CELL, f"{100 * weights[i]:.0f} %")
        widgets.picture(average.astype(np.float32), "Weighted average", widgets.CELL, "average")
    effective = 1 / float(np.square(weights).sum())
    st.caption(
        "Percent: how likely z is the draw of that image and no other of the gallery. It counts as "
        f"{effective:.1f} images. With a code of many numbers and little overlap a z of an image is covered "
        "by that image alone; between images, and at larger β, by several."
    )
