"""Gradient estimators as a page uses them: cached draws, and the loss along one dimension.

Both follow from a model, an image and a few numbers, and a class looks at the same ones: made once for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import binary, catalogue
from explorer.studies import estimators, rewriting
from explorer.studies.estimators import Draws, Sample
from explorer.ui import classes, inputs, load, widgets
from explorer.ui.state import SHARED, View

COUNTS = ("1000", "2000", "5000", "10000")
SLOW = ("500", "1000")  # for a decoder that writes part by part
REACH, LOG_REACH = 4.0, 1.5  # how far a mean can be dragged, in its stds; and the logarithm of a std
GRID = 321
PILOT_SEED = 1000  # beyond the slider: the baseline is never of the draws that it is used on


@dataclass(frozen=True)
class Problem:
    """One image for one model: x (1, C, H, W) as the loss sees it, its posterior, and the class, if told."""

    model_id: str
    x: np.ndarray
    mean: np.ndarray
    logvar: np.ndarray
    label: int | None
    note: str = ""


def with_posterior_or_stop(view_data: str, model_id: str) -> None:
    """Stop the page for a model without q(z|x), with a button for one of the same data that has it."""
    if load.model(model_id).variational:
        return
    st.info(
        f"{load.cards()[model_id].title} has no q(z|x): its code is one point, nothing is drawn, and its "
        "gradient needs no estimator. Choose a variational model."
    )
    known = [c for c in load.cards().values() if c.gallery_sha256 and "samples" in catalogue.abilities(c)]
    known.sort(key=lambda c: (c.dataset != view_data, c.arguments["latent_dim"], c.id))
    for card in known[:1]:
        st.button(f"Take {card.title}", on_click=_take, args=(card.dataset, card.id), key="take-variational")
    widgets.stop()


def _take(dataset_id: str, model_id: str) -> None:
    shared = View(SHARED)
    shared.put("data", dataset_id)
    shared.put("model", model_id)


def problem(view: View, chosen) -> Problem:
    """The image that the reader picks, with its posterior; the pickers are drawn here."""
    model_id, model = chosen.model_id, load.model(chosen.model_id)
    opening = load.typical_image(model_id, 0)
    given = inputs.pick(view, chosen.dataset, model_id, first=opening)
    label = None
    if model.label_count:
        if given.index is None:
            said = "The encoder and the decoder are told this class."
            label = classes.choose(view, chosen.dataset, [model_id], said)[model_id]
        else:
            label = int(load.gallery(model_id).labels[given.index])
    mean, logvar = inputs.encode(model_id, given, label)
    x, note = given.image, ""
    if x is None:
        x = load.decoded(model_id, mean[None], label)
        note = "The original is not on this machine: x is the model's own reconstruction of it."
    if model.binary:
        x = binary.draw_array(x, 0)
    return Problem(model_id, x, mean, logvar, label, note)


def counts(model_id: str) -> tuple[tuple[str, ...], str]:
    """How many draws can be asked for, and how many at first: what takes under a second."""
    if load.model(model_id).autoregressive:
        return SLOW, SLOW[-1]
    return COUNTS, COUNTS[-1] if load.cards()[model_id].arguments["trunk_kind"] == "mlp" else COUNTS[1]


def _what(problem: Problem) -> bytes:
    numbers = (problem.x, problem.mean, problem.logvar)
    return f"{problem.model_id} {problem.label} ".encode() + b"".join(each.tobytes() for each in numbers)


@st.cache_resource(max_entries=32, show_spinner="Drawing", hash_funcs={Problem: _what})
def _sample(problem: Problem, count: int, seed: int) -> Sample:
    model = load.model(problem.model_id)
    return estimators.sample(model, problem.x, problem.mean, problem.logvar, count, seed, problem.label)


def draws(
    problem: Problem, dimension: int, parameter: str, count: int, seed: int
) -> tuple[Draws, Mapping[str, float]]:
    """The draws of both estimators and the baselines, from draws of their own, the same for every seed."""
    made, pilot = _sample(problem, count, seed), _sample(problem, estimators.PILOT, PILOT_SEED)
    baselines = estimators.constants(pilot.draws(problem.logvar, dimension, parameter))
    return made.draws(problem.logvar, dimension, parameter), baselines


@dataclass(frozen=True)
class Slice:
    """f along one dimension, the others at their means: places, nats, slope (G,); E[f] at each theta (T,)."""

    grid: np.ndarray
    loss: np.ndarray
    slope: np.ndarray
    thetas: np.ndarray
    expected: np.ndarray
    now: float
    other: float


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Problem: _what})
def along(problem: Problem, dimension: int, parameter: str) -> Slice:
    """What the live panel needs of one dimension. Not to be written to."""
    mean, std = float(problem.mean[dimension]), float(np.exp(0.5 * problem.logvar[dimension]))
    now, other = (mean, std) if parameter == "mean" else (float(np.log(std)), mean)
    reach = REACH * std if parameter == "mean" else LOG_REACH
    thetas = np.linspace(now - reach, now + reach, 121)
    means, stds = (thetas, np.full(121, std)) if parameter == "mean" else (np.full(121, mean), np.exp(thetas))
    ends = (means - 4 * stds).min(), (means + 4 * stds).max()
    grid = np.linspace(*ends, GRID)
    codes = np.repeat(problem.mean[None], GRID, axis=0)
    codes[:, dimension] = grid
    found = estimators.losses(load.model(problem.model_id), problem.x, codes, problem.label)
    loss, slope = found[0].astype(np.float64), found[1][:, dimension].astype(np.float64)
    expected = estimators.expected(grid, loss, means, stds)
    return Slice(grid, loss, slope, thetas, expected, now, other)


@st.cache_resource(max_entries=256, show_spinner=False)
def rewritten(family: str, theta: float, seed: int) -> rewriting.Sample:
    """Both estimators' draws for a known distribution. Not to be written to."""
    return rewriting.sample(family, theta, 10_000, seed)


@st.cache_data(max_entries=64, show_spinner=False)
def trade(theta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Temperatures of the relaxation, and the bias and spread of its gradient at each."""
    temperatures = np.geomspace(0.05, 2.0, 60)
    found = np.array([rewriting.bias_and_deviation(theta, each) for each in temperatures])
    return temperatures, found[:, 0], found[:, 1]
