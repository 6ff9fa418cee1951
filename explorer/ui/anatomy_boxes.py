"""What opens behind each box of the Anatomy page: shapes, the formula with the reader's own numbers, and the
code of that step from the model's own file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer import catalogue, latent, loss_terms, zoo
from explorer.datasets import Split
from explorer.gaussian import Gaussian
from explorer.studies import anatomy
from explorer.ui import load
from explorer.ui.anatomy import TITLES, Passage, second_term, unit
from explorer.ui.widgets import number


def open_box(name: str, found: Passage, before: zoo.ModelCard | None) -> None:
    """Show what is behind a box, and what stands in its place in the model that was shown before."""
    parts = anatomy.parts(found.card)
    with st.container(border=True, key="anatomy-box"):
        if parts[name] is None:
            st.markdown(f"**{TITLES[name]}**: {found.card.title} has no such box.")
        else:
            FILL[name](found)
        if before is not None:
            _compare(name, before, parts[name])


def _compare(name: str, before: zoo.ModelCard, now: anatomy.Part | None) -> None:
    other = anatomy.parts(before)[name]
    if other != now:
        said = "nothing" if other is None else f"{other.what}, {other.size}".removesuffix(", ")
        st.caption(f"In {before.title} there is in this place: {said}.")


def _step(title: str, shape: str, latex: str, text: str, *code: Callable[..., Any] | property) -> None:
    """One box: shape, formula, text, and behind it the source of what computes it."""
    st.markdown(f"**{title}** · {shape}")
    st.latex(latex)
    st.markdown(text)
    for each in code:
        source = inspect.getsource(each.fget if isinstance(each, property) else each)
        st.code(_flush(source), language="python", wrap_lines=True)


def _flush(source: str) -> str:
    """A function's source without the indentation of its class."""
    lines = source.splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines)


def _unit(found: Passage) -> str:
    return f" {unit(found.card)}".rstrip()


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(f"{side:,}" for side in shape)


def _main(found: Passage) -> int:
    """The dimension that is written out: the one that carries most over the gallery."""
    return load.dimension_order(found.model_id)[0][0]


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _input(found: Passage) -> None:
    x = found.given.image
    corruptions = found.card.recipe["corruptions"]
    text = "The original is not on this machine; the code was computed when the model was measured."
    if x is not None:
        text = (
            f"$x$ is {found.given.name}. Its {x.size:,} numbers lie between {x.min():.2f} and {x.max():.2f}, "
            f"their mean is {x.mean():.3f}."
        )
    if corruptions:
        kinds = ", ".join(sorted({c["kind"].replace("_", " ") for c in corruptions}))
        text += f" In training noise was added here ({kinds}) and the clean image was the target."
    if found.card.arguments.get("binary"):
        text += " In training each pixel was drawn black or white, white with probability $x_i$."
    shape = _shape(found.model.image_shape)
    _step("Image x", f"{shape}: channels, rows, columns", r"x \in [0, 1]^{C \times H \times W}", text,
          Split.pixels)  # fmt: skip


def _layers(rows: Sequence[anatomy.Layer]) -> None:
    st.dataframe(
        [{"Layer": r.kind, "Out": _shape(r.shape), "Weights": f"{r.weights:,}"} for r in rows],
        hide_index=True,
    )


def _encoder(found: Passage) -> None:
    model = found.model
    rows = anatomy.networks(model, found.label)[0]
    total = sum(row.weights for row in rows)
    said = r"(\mu, \ln \sigma^2) = f(x)" if model.variational else "z = f(x)"
    told = " The class enters at the first dense layer, and acts as another bias." * (found.label is not None)
    _step("Encoder", f"{_shape(model.image_shape)} → {_shape(rows[-1].shape)}", said,
          f"$f$ is {len(rows)} layers with {total:,} weights; the same image gives the same numbers every "
          f"time.{told}", type(model).encode)  # fmt: skip
    _layers(rows)


def _mean(found: Passage) -> None:
    j, model = _main(found), found.model
    if found.logvar is None:
        _step("Code", f"{model.latent_dim:,} numbers", "z = f(x)",
              f"There is no mean and no spread: the code is what the encoder says, here "
              f"$z_{{{j + 1}}} = {_signed(found.mean[j])}$.", type(model).encode)  # fmt: skip
        return
    _posterior(found)


def _posterior(found: Passage) -> None:
    j, logvar = _main(found), found.logvar
    _step(
        "Mean μ and std σ",
        f"{found.model.latent_dim:,} numbers each",
        r"q(z \mid x) = \mathcal N(\mu, \mathrm{diag}(\sigma^2)), \qquad \sigma = e^{\frac12 \ln \sigma^2}",
        f"$q(z|x)$ is the encoder's approximation of the true posterior. The network gives the logarithm of "
        f"the variance, which may be any number. Dimension {j + 1}: $\\mu = {_signed(found.mean[j])}$, "
        rf"$\sigma = e^{{\frac12 \cdot ({logvar[j]:.3f})}} = {found.std[j]:.3f}$.",
        type(found.model).encode,
        Gaussian.std,
    )


def _draw(found: Passage) -> None:
    j, z = _main(found), found.code
    if found.eps is None:
        _step("Code z", f"{len(z):,} numbers", "z = f(x)",
              f"Nothing is drawn: $z_{{{j + 1}}} = {_signed(z[j])}$ unless you move it.",
              type(found.model).encode)  # fmt: skip
        return
    eps = (z[j] - found.mean[j]) / found.std[j]
    _step(
        "Noise ε and code z",
        f"{len(z):,} numbers each",
        r"z = \mu + \sigma \cdot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)",
        f"Dimension {j + 1}: ${_signed(found.mean[j])} + {found.std[j]:.3f} \\cdot ({eps:.3f}) = "
        f"{_signed(z[j])}$. The noise does not depend on the weights, so μ and σ have a gradient.",
        Gaussian.sample,
        latent.prior_samples,
    )


def _decoder(found: Passage) -> None:
    model = found.model
    rows = anatomy.networks(model, found.label)[1]
    if not rows:
        _step("Decoder", f"{model.latent_dim} → {_shape(model.image_shape)}",
              r"p(x \mid z) = \prod_r p(x_r \mid x_{<r}, z)", "It draws row after row, $r$, each after those "
              "above it: what is shown is one drawing.", type(model).decode)  # fmt: skip
        return
    total = sum(row.weights for row in rows)
    _step("Decoder", f"{model.latent_dim:,} → {_shape(rows[-1].shape)}", r"\ell = g(z)",
          f"$g$ is {len(rows)} layers with {total:,} weights. It knows nothing of $x$ but the code.",
          type(model).decode)  # fmt: skip
    _layers(rows)


def _brightest(picture: np.ndarray) -> tuple[int, int, int]:
    return tuple(map(int, np.unravel_index(np.argmax(picture), picture.shape)))  # type: ignore[return-value]


def _output(found: Passage) -> None:
    model, picture = found.model, found.picture
    _, row, column = place = _brightest(picture)
    p = float(np.clip(picture[place], 1e-7, 1 - 1e-7))
    where = f"The brightest pixel, row {row + 1}, column {column + 1}: "
    if model.output == "sigmoid":
        logit = np.log(p / (1 - p))
        latex = r"\hat x = \frac{1}{1 + e^{-\ell}}"
        text = where + rf"$\ell = {logit:.2f}$, $\hat x = {p:.3f}$."
    else:
        latex, text = r"\hat x = \ell", where + rf"$\hat x = {p:.3f}$; what leaves [0, 1] is cut to be shown."
    if model.variational:
        text += " It is the mean of $p(x|z)$, not a sample of it."
    _step("Output x̂", _shape(model.image_shape), latex, text, type(model).pixels)


def _reconstruction(found: Passage) -> None:
    model, x, picture = found.model, found.given.image, found.picture
    term = catalogue.reconstruction(found.card)
    code = model.terms if model.variational else model.squared_error
    if model.variational:
        latex = r"-\sum_i \big[x_i \ln \hat x_i + (1 - x_i) \ln (1 - \hat x_i)\big]"
    else:
        latex = r"\lVert x - \hat x \rVert^2 = \sum_i (x_i - \hat x_i)^2"
    text = "It needs the original, which is not on this machine."
    if x is not None:
        p = np.clip(picture.astype(np.float64), 1e-12, 1 - 1e-12)
        each = -(x[0] * np.log(p) + (1 - x[0]) * np.log1p(-p)) if model.variational else (x[0] - p) ** 2
        worst = np.unravel_index(np.argmax(each), each.shape)
        whole = loss_terms.reconstruction(model, x, found.code[None], found.labels)[0]
        text = (
            f"Summed over {x.size:,} pixels: **{number(float(whole))}**{_unit(found)}. The pixel that "
            rf"adds most, row {worst[1] + 1}, column {worst[2] + 1}: $x_i = {x[0][worst]:.2f}$, $\hat x_i = "
            f"{picture[worst]:.2f}$ give {each[worst]:.2f}."
        )
    if model.variational:
        text += (
            " On grey pixels this is a cross-entropy, not a likelihood: its lowest value is not zero."
            if not model.binary
            else " It is the mean of −log p(x|z) over black and white images drawn from this grey one."
        )
    _step(f"Reconstruction: {term.name}", "one number", latex, text, code)


def _second(found: Passage) -> None:
    if found.logvar is not None:
        _kl(found)
        return
    words = {
        "l1": (r"\sum_j z_j", "The sum of the code, none of whose numbers is below 0"),
        "stored": (r"\Omega(x)", found.card.family + "'s penalty, of this image as if it were the batch"),
    }
    latex, what = words[second_term(found.model)]
    if found.model.family == "contractive":
        latex = r"\left\lVert \frac{\partial z}{\partial x} \right\rVert_F^2"
    value = "it needs the original"
    if second_term(found.model) == "l1":
        value = number(float(found.mean.sum()))
    elif found.given.image is not None:
        value = number(loss_terms.penalty(found.model, found.given.image))
    weight = f" It counts {loss_terms.weight(found.model):g} times in the loss."
    _step("Penalty", "one number", latex, f"{what}: **{value}**.{weight}", type(found.model).loss)


def _kl(found: Passage) -> None:
    kl = latent.kl_per_dimension(found.mean[None], found.logvar[None])[0]
    j = _main(found)
    mu, var = float(found.mean[j]), float(np.exp(found.logvar[j]))
    _step(
        "KL",
        f"{len(kl):,} numbers, summed",
        r"\mathrm{KL}_j = \tfrac12 \left(\mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2\right)",
        f"Dimension {j + 1}: $\\tfrac12 ({mu * mu:.3f} + {var:.3f} - 1 - ({np.log(var):.3f})) = "
        f"{kl[j]:.3f}$; all {len(kl):,} together **{number(float(kl.sum()))}** nats. It is a divergence, "
        "not a distance, and it is computed without the draw.",
        Gaussian.kl,
    )
    st.dataframe(
        [{"Dimension": f"z{i + 1}", "μ": f"{found.mean[i]:.3f}", "σ": f"{found.std[i]:.3f}",
          "KL in nats": f"{kl[i]:.3f}"} for i in np.argsort(-kl)],
        hide_index=True,
    )  # fmt: skip


def _loss(found: Passage) -> None:
    model, x = found.model, found.given.image
    kind = catalogue.kind(found.card)
    text = "It needs the original, which is not on this machine."
    weight = loss_terms.weight(model)
    charge = loss_terms.charge(model.family, model.arguments)
    latex = r"L = \text{reconstruction}"
    if charge is not None:
        latex += " + " + charge.numbers()
    elif anatomy.parts(found.card)["regularizer"]:
        second = r"\mathrm{KL}" if found.logvar is not None else r"\Omega"
        latex += rf" + {weight:g} \cdot {second}"
    if x is not None:
        first = float(loss_terms.reconstruction(model, x, found.code[None], found.labels)[0])
        kl = None if found.logvar is None else latent.kl_per_dimension(found.mean[None], found.logvar[None])
        if charge is not None:
            other, counted = charge.of(kl[0]), charge.numbers(charge.charged(kl[0]))
        else:
            alone = loss_terms.penalty(model, x) if kl is None else float(kl.sum())
            other, counted = weight * alone, rf"{weight:g} \cdot {alone:.1f}"
        text = f"Here ${first:.1f} + {counted} = {first + other:.1f}${_unit(found)}."
    if charge is not None and (charge.floor or charge.capacity):
        text += " It is computed as if this image were the batch, at the end of the training."
    elif charge is not None:
        text += (
            " Of pixels that are 0 or 1, and with β = 1, it is the negative of the evidence lower bound, "
            "from one draw: the bound is to be maximised, the loss minimised. On grey pixels a "
            "cross-entropy stands in the likelihood's place."
        )
    text += f" Trained on: {kind.loss}."
    _step("Loss", "one number an image", latex, text, type(model).loss)


FILL: dict[str, Callable[[Passage], None]] = {
    "input": _input, "encoder": _encoder, "mean": _mean, "std": _posterior, "eps": _draw, "code": _draw,
    "decoder": _decoder, "output": _output, "reconstruction": _reconstruction, "regularizer": _second,
    "loss": _loss,
}  # fmt: skip
