"""What the page on reparameterisation says, with the reader's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.studies import rewriting
from explorer.studies.estimators import Draws, Estimate, estimate
from explorer.ui.gradients import Problem
from explorer.ui.widgets import number

HELD = (
    "Drag the slider slowly, first with the noise held, then with fresh noise at every move. **Held**, z "
    "follows the parameter without a jump, and the dots lie on a curve that has a slope. **Fresh**, the dots "
    "scatter about the dashed mean: the change from one dot to the next tells nothing of the slope.\n\n"
    "Held does not mean constant: ε is held within one backward pass and new in the next. What counts is "
    "that its distribution does not depend on the parameter."
)
TRY = (
    "Before you switch the baseline on, say what it changes: the centre of the orange histogram, its width, "
    "or both. Then ask for the slope of the log std instead of the mean. Last, choose the Bernoulli and make "
    "the relaxation colder until the mean of its gradient has the right sign: what does that cost?"
)
LATEX = (
    r"\nabla_\theta\,\mathbb{E}_{q_\theta(z)}[f(z)] = "
    r"\underbrace{\mathbb{E}_{\varepsilon}\!\left[f'(z)\,\tfrac{\partial z}{\partial\theta}\right]}"
    r"_{\text{pathwise}} = "
    r"\underbrace{\mathbb{E}_{q}\!\left[(f(z) - b)\,\nabla_\theta\ln q_\theta(z)\right]}"
    r"_{\text{score function}},"
    r"\qquad z = \mu + \sigma\varepsilon"
)


def signed(value: float) -> str:
    """A number with a minus sign that is as wide as the plus."""
    return ("−" if value < 0 else "") + number(abs(value))


def about(value: float) -> str:
    """Two digits of a large number, as a whole one: "2,200,000"."""
    return f"{float(f'{value:.2g}'):,.0f}" if 10 <= value < 1e12 else number(value, 2)


def table(names: Sequence[str], estimates: Sequence[Estimate], unit: str) -> str:
    """Both estimators in a Markdown table."""
    slope = estimates[0].mean
    rows = [
        "| estimator | mean ± standard error | spread of one draw | draws for an error of 10 % "
        "|\n|:--|--:|--:|--:|"
    ]
    for name, each in zip(names, estimates, strict=True):
        needed = each.needed(slope)
        count = about(max(1.0, needed)) if needed < 1e12 else "–"
        rows.append(
            f"| {name} | {signed(each.mean)} ± {number(each.error, 2)} | {number(each.deviation)} | {count} |"
        )
    return "\n".join(rows) + f"\n\nUnit: {unit}."


def verdict(path: Estimate, score: Estimate) -> str:
    """Whether the two means agree, and how much wider the second spreads."""
    error = (path.error**2 + score.error**2) ** 0.5
    apart = abs(path.mean - score.mean) / error if error else 0.0
    chance = "" if apart <= 2 else ", which happens by chance once in twenty times"
    ratio = score.deviation / path.deviation if path.deviation else float("inf")
    return (
        f"The two means lie {number(apart, 2)} standard errors apart{chance}. One draw of the score function "
        f"scatters **{number(ratio)} times** as much: {about(ratio**2)} times the draws for the same "
        "error."
    )


def averaging(path: Estimate, score: Estimate) -> str:
    """What the two parallel lines mean."""
    factor = (score.deviation / path.deviation) ** 2 if path.deviation else float("inf")
    return (
        "Both fall with slope −1: n draws have one n-th of the variance, whichever estimator. So the "
        f"distance between the lines stays, a factor of {about(factor)} "
        "in variance, and no number of draws closes it. Training uses one draw an image and step: that is "
        "where it hurts. The score function needs no derivative of f, works for discrete z, and was used to "
        "train such models."
    )


def words(symbol: str, fresh: bool) -> dict[str, str]:
    """The live panel's sentences."""
    reading = f"{symbol} = {{theta}}, ε = {{eps}}: z = {{z}}, f(z) = {{loss}} nats."
    if fresh:
        moved = "From the last dot to this one: {jump} nats per unit; the slope at this dot, ε held: {slope}."
    else:
        moved = "From the last dot to this one: {jump} nats per unit; the slope at this dot: {slope}."
    return {
        "label": f"Drag {symbol}",
        "picture": f"f(z) against {symbol}: a dot for each move, a line for the slope at the last",
        "reading": reading,
        "moved": moved,
        "still": "The slope at this dot: {slope} nats per unit.",
    }


def families_table(
    family: rewriting.Family,
    theta: float,
    temperature: float | None,
    toy: rewriting.Sample,
    true: float,
    seed: int,
) -> str:
    """The estimators of a known distribution beside the true gradient, as a Markdown table."""
    shown = [("pathwise", toy.pathwise), ("score function", toy.score)]
    if temperature is not None:
        soft = rewriting.relaxed(theta, temperature, rewriting.uniform(len(toy.z), seed))[1]
        shown.insert(1, (f"relaxed, temperature {temperature:g}", soft))
    symbol = family.parameter.split()[-1]
    rows = [
        f"f(z) = (z − {rewriting.TARGET:g})², {len(toy.z):,} draws; true d E[f] / d {symbol} = "
        f"**{signed(true)}**.\n",
        "| estimator | mean ± standard error | spread of one draw | bias |\n|:--|--:|--:|--:|",
    ]
    for name, values in shown:
        each = estimate(values)
        bias = each.mean - true
        if name.startswith("relaxed"):
            bias = rewriting.bias_and_deviation(theta, temperature)[0]
        said = signed(bias) if abs(bias) > 4 * each.error or name.startswith("relaxed") else "none seen"
        rows.append(
            f"| {name} | {signed(each.mean)} ± {number(each.error, 2)} | {number(each.deviation)} | {said} |"
        )
    return "\n".join(rows)


def formula(
    given: Problem, dimension: int, parameter: str, sample: Draws, constants: Mapping[str, float]
) -> str:
    """Every symbol, and the first draw worked out."""
    mean, std = float(given.mean[dimension]), float(np.exp(0.5 * given.logvar[dimension]))
    if parameter == "mean":
        eps = sample.weight[0] * std
        slope = sample.pathwise[0]
        inner, weight = "1", f"ε/σ = {signed(sample.weight[0])}"
    else:
        eps = None
        slope = None
        inner, weight = "σε", f"ε² − 1 = {signed(sample.weight[0])}"
    worked = f"- f(z) = {number(sample.loss[0])} nats, ∂ ln q/∂θ = {weight}\n"
    if eps is not None:
        worked = (
            f"- ε = {signed(eps)}, so z = {signed(mean)} + {number(std)} · ({signed(eps)}) = "
            f"{signed(mean + std * eps)}, f(z) = {number(sample.loss[0])} nats, f′(z) = {signed(slope)}\n"
            f"- ∂ ln q/∂θ = {weight}\n"
        )
    return (
        "$f$ the reconstruction loss of this image, $q_\\theta(z)$ the encoder's Gaussian for it with mean "
        "$\\mu$ and standard deviation $\\sigma$, $\\theta$ the parameter you chose, $\\varepsilon$ standard "
        "normal noise, $b$ any constant, the baseline: it changes no mean, because $\\nabla\\ln q$ has mean "
        "zero. Rewriting z moves the parameter out of the distribution: the gradient of an expectation "
        "becomes an expectation of gradients.\n\n"
        f"The first draw here, with μ = {signed(mean)}, σ = {number(std)} and ∂z/∂θ = {inner}:\n{worked}"
        f"- pathwise {signed(sample.pathwise[0])}; score function without baseline "
        f"{signed(sample.loss[0] * sample.weight[0])}, with b = {number(constants['mean loss'])} (the mean "
        f"loss of 500 other draws) {signed((sample.loss[0] - constants['mean loss']) * sample.weight[0])}\n\n"
        "Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014; score function: Williams 1992; with "
        "baselines in a latent model: Mnih & Gregor 2014. Implicit derivatives: Figurnov et al. 2018; the "
        "relaxation: Maddison et al. 2017, Jang et al. 2017."
    )
