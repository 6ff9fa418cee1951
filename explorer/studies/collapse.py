"""Models of which some stop using their code: what their cards state of it, epoch by epoch and at the end.

A run belongs here if its family has a KL weight that follows a schedule (`ScheduledVAE` and what is built on
it) and its card keeps the KL of each dimension over the training.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.csv_file import csv_text
from explorer.zoo import ModelCard

FAMILIES = ("scheduled", "rows")
KL, NLL, BOUND, ACTIVE = "kl", "nll_given_code", "negative_elbo", "active_units"
TOLD = "mutual_information"
PER_DIMENSION, TOLD_PER_DIMENSION = "kl_per_dimension", "mutual_information_per_dimension"
NEEDED = (KL, NLL, BOUND, ACTIVE, TOLD, PER_DIMENSION, TOLD_PER_DIMENSION)
_OVER_TIME = "gallery_kl_per_dimension"
_PREFIX = "Collapse: "


@dataclass(frozen=True)
class Runs:
    """Measured runs of one data set, the one without a cure first, and those that still lack something."""

    measured: tuple[ModelCard, ...]
    waiting: tuple[ModelCard, ...]


def find(cards: Iterable[ModelCard], dataset_id: str) -> Runs:
    """All runs of a data set, from the plain one over the cures to what is collapsed on purpose."""
    own = [card for card in cards if card.dataset == dataset_id and card.family in FAMILIES]
    own.sort(key=lambda card: (*_place(card), card.id))
    whole = [card for card in own if _complete(card)]
    return Runs(tuple(whole), tuple(card for card in own if card not in whole))


def _place(card: ModelCard) -> tuple:
    facts = card.arguments
    warm_up = ("constant", "linear", "cyclical").index(facts["schedule"])
    cured = bool(warm_up or facts["free_bits"])
    return facts["beta"], facts.get("left", False), card.family == "scheduled", cured, warm_up


def _complete(card: ModelCard) -> bool:
    return all(name in card.metrics for name in NEEDED) and any(_OVER_TIME in point for point in card.curve)


def name(card: ModelCard) -> str:
    """The title without what all of them begin with: "free bits"."""
    return card.title.removeprefix(_PREFIX)


def over_time(card: ModelCard) -> tuple[np.ndarray, np.ndarray]:
    """Epochs (E,) at which the KL was measured, and it: nats, gallery mean, dimension by dimension (E, L)."""
    points = [point for point in card.curve if _OVER_TIME in point]
    return np.array([point["epoch"] for point in points]), np.array([point[_OVER_TIME] for point in points])


def weights(card: ModelCard, epochs: np.ndarray) -> np.ndarray:
    """The weight of the KL term when each of `epochs` (E,) ends, β included: (E,).

    As in `ScheduledVAE.weight`: 1 · linear up to 1 over the first `rise` of the training · anew in each of
    `cycles` equal parts. The very end is the end of the last cycle, not the beginning of another.
    """
    facts = card.arguments
    progress = np.asarray(epochs) / card.epochs
    if facts["schedule"] == "constant":
        return np.full(len(progress), float(facts["beta"]))
    cycle = progress * (facts["cycles"] if facts["schedule"] == "cyclical" else 1)
    position = np.where(progress < 1, cycle - np.floor(cycle), 1.0)
    return facts["beta"] * np.minimum(1.0, position / facts["rise"])


def value(card: ModelCard, metric: str) -> float:
    """A number of the card: test split, in nats or, for the active units, a count."""
    return float(card.metrics[metric]["value"])


def dimensions(card: ModelCard) -> list[tuple[int, float, float]]:
    """(dimension from 0, KL, mutual information), nats, the largest KL first."""
    pairs = zip(card.metrics[PER_DIMENSION]["value"], card.metrics[TOLD_PER_DIMENSION]["value"], strict=True)
    found = [(index, float(kl), float(information)) for index, (kl, information) in enumerate(pairs)]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def at_the_floor(card: ModelCard, share: float = 0.2) -> list[int]:
    """Dimensions whose KL lies within `share` of the floor that free bits put under it; none without."""
    floor = card.arguments["free_bits"]
    found = dimensions(card)
    return [index for index, kl, _ in found if floor and abs(kl - floor) <= share * floor]


def carrying(card: ModelCard, least: float = 0.1) -> int:
    """How many dimensions have a KL of at least `least` nats: a stricter count than the active units."""
    return sum(kl >= least for _, kl, _ in dimensions(card))


def same_decoder(a: ModelCard, b: ModelCard) -> bool:
    """Whether two runs differ in nothing but how the KL is treated, at the same β."""
    free = ("schedule", "rise", "cycles", "free_bits")
    facts = [{k: v for k, v in card.arguments.items() if k not in free} for card in (a, b)]
    return a.family == b.family and facts[0] == facts[1]


def collapsed(runs: Sequence[ModelCard]) -> ModelCard:
    """The one whose code says least: the smallest mutual information with the image."""
    return min(runs, key=lambda card: value(card, TOLD))


def duel(runs: Sequence[ModelCard], seed: int) -> tuple[ModelCard, ModelCard, int]:
    """Two models in an order that `seed` decides, and the place (0 or 1) of the one that says least.

    The other is any that carries at least three nats more, so that the answer does not hang on a hair; if
    none does, the one that carries most.

    Raises
    ------
    ValueError
        With fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError("two models are needed to choose between: train another run.")
    empty = collapsed(runs)
    told = {card.id: value(card, TOLD) for card in runs}
    rivals = [card for card in runs if told[card.id] >= told[empty.id] + 3]
    rivals = rivals or [max(runs, key=lambda card: told[card.id])]
    random = np.random.default_rng(seed)
    rival = rivals[int(random.integers(len(rivals)))]
    place = int(random.integers(2))
    return (empty, rival, place) if place == 0 else (rival, empty, place)


def table(runs: Sequence[ModelCard]) -> list[dict[str, str | float]]:
    """One row a run, for screen and file; `costs` is the bound's change beside the first run, in nats."""
    plain = value(runs[0], BOUND)
    return [
        {
            "id": card.id, "run": name(card), "active_units": value(card, ACTIVE),
            "carrying": carrying(card), KL: value(card, KL),
            TOLD: value(card, TOLD), NLL: value(card, NLL),
            BOUND: value(card, BOUND), "costs": value(card, BOUND) - plain,
        }
        for card in runs
    ]  # fmt: skip


def csv_table(runs: Sequence[ModelCard]) -> str:
    """The `table` as CSV with a header."""
    rows = table(runs)
    return csv_text(rows[0], [list(row.values()) for row in rows])


def csv_over_time(runs: Sequence[ModelCard]) -> str:
    """KL of each dimension at each epoch, and the weight there: one line a number."""
    lines = []
    for card in runs:
        epochs, kl = over_time(card)
        for epoch, weight, row in zip(epochs, weights(card, epochs), kl, strict=True):
            lines += [
                [card.id, int(epoch), f"{weight:.6g}", f"z{i + 1}", float(v)] for i, v in enumerate(row)
            ]
    return csv_text(["id", "epoch", "kl_weight", "dimension", "kl"], lines)
