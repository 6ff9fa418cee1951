"""The β ladder: models that are equal but for β, and what their cards state of them.

Rate is the KL term and distortion the reconstruction term, both in nats per image (Alemi et al. 2018,
"Fixing a broken ELBO"): a β-VAE is trained on distortion + β · rate (Higgins et al. 2017, eq. 4).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from explorer import csv_file
from explorer.zoo import ModelCard

RATE, DISTORTION, SUM, ACTIVE, MIG = "kl", "cross_entropy", "cross_entropy_plus_kl", "active_units", "mig"
NEEDED = (RATE, DISTORTION, SUM, ACTIVE, "kl_per_dimension")
#: What two models of a ladder have in common beside their arguments.
_TRAINING = ("batch_size", "learning_rate", "warmup", "corruptions", "classes", "subset")


@dataclass(frozen=True)
class Ladder:
    """Evaluated models by rising β, and those that still lack their measurements."""

    rungs: tuple[ModelCard, ...]
    waiting: tuple[ModelCard, ...]


@dataclass(frozen=True)
class Spread:
    """A metric's mean over training seeds; sd is None and seeds has one value where one seed was trained."""

    mean: float
    sd: float | None
    seeds: tuple[float, ...]


def find(cards: Iterable[ModelCard], dataset_id: str) -> Ladder | None:
    """The longest ladder of a data set, or None where no two models differ in β alone.

    Two VAEs belong together if their arguments are equal but for beta and they were trained alike (epochs,
    batch, learning rate, corruptions). Where two share a β, the first id stands for both.
    """
    groups: dict[str, dict[float, ModelCard]] = {}
    for card in sorted(cards, key=lambda card: card.id):
        if card.dataset == dataset_id and card.family == "vae" and "beta" in card.arguments:
            groups.setdefault(_but_for_beta(card), {}).setdefault(beta(card), card)
    ladders = [
        Ladder(
            tuple(card for _, card in sorted(group.items()) if evaluated(card)),
            tuple(card for _, card in sorted(group.items()) if not evaluated(card)),
        )
        for group in groups.values()
        if len(group) > 1
    ]
    return max(ladders, key=lambda each: (len(each.rungs), len(each.waiting)), default=None)


def _but_for_beta(card: ModelCard) -> str:
    arguments = {name: value for name, value in card.arguments.items() if name != "beta"}
    training = {name: card.recipe.get(name) for name in _TRAINING} | {"epochs": card.epochs}
    return json.dumps([arguments, training], sort_keys=True)


def beta(card: ModelCard) -> float:
    """The weight of the KL term in the model's loss."""
    return float(card.arguments["beta"])


def name(card: ModelCard) -> str:
    """β as text: "0.25", "4"."""
    return f"{beta(card):g}"


def evaluated(card: ModelCard) -> bool:
    """True if the card states everything that the comparison shows."""
    return all(metric in card.metrics for metric in NEEDED)


def spread(card: ModelCard, metric: str) -> Spread:
    """A number of the card with its standard deviation over seeds."""
    stated = card.metrics[metric]
    return Spread(float(stated["value"]), stated.get("sd"), tuple(stated.get("seeds", (stated["value"],))))


def largest_dimension(card: ModelCard) -> tuple[int, float]:
    """The dimension with the largest KL, from 0, and that KL in nats: test split, the model shipped."""
    per_dimension = card.metrics["kl_per_dimension"]["value"]
    index = max(range(len(per_dimension)), key=per_dimension.__getitem__)
    return index, float(per_dimension[index])


def best(rungs: Iterable[ModelCard], metric: str) -> ModelCard:
    """The model with the best mean of a metric, as the card says what is better."""
    rungs = list(rungs)
    sign = -1.0 if rungs[0].metrics[metric]["better"] == "lower" else 1.0
    return max(rungs, key=lambda card: sign * spread(card, metric).mean)


def overlap(a: ModelCard, b: ModelCard, metric: str) -> bool:
    """True if the seeds' values of two models interleave, so that the seeds do not settle their order."""
    first, second = spread(a, metric).seeds, spread(b, metric).seeds
    return max(first) >= min(second) and max(second) >= min(first)


def table(rungs: Iterable[ModelCard]) -> list[dict[str, str | float | None]]:
    """One row a model, for a file: every number with its standard deviation and number of seeds."""
    rows = []
    for card in rungs:
        row: dict[str, str | float | None] = {"id": card.id, "beta": beta(card)}
        for metric in (RATE, DISTORTION, SUM, ACTIVE, *((MIG,) if MIG in card.metrics else ())):
            found = spread(card, metric)
            row |= {metric: found.mean, f"{metric}_sd": found.sd, f"{metric}_seeds": len(found.seeds)}
        index, kl = largest_dimension(card)
        rows.append(row | {"largest_dimension": f"z{index + 1}", "largest_dimension_kl": kl})
    return rows


def csv_text(rungs: Iterable[ModelCard]) -> str:
    """The `table` as CSV with a header."""
    rows = table(rungs)
    return csv_file.csv_text(rows[0], [list(row.values()) for row in rows])
