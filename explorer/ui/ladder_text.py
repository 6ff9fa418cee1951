"""What a β ladder shows, in sentences and tables that are made of the cards' numbers and claim no more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from explorer import ladder
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

#: Below this KL, in nats, a latent is listed as carrying nothing.
NOTHING = 0.01


def stated(card: ModelCard, metric: str) -> str:
    """A number of the card; on a second line its standard deviation over seeds, where there are several."""
    found = ladder.spread(card, metric)
    return number(found.mean) + ("" if found.sd is None else f"\n± {number(found.sd, 2)}")


def story(rungs: Sequence[ModelCard]) -> str:
    """What growing β did: rate, distortion, active units, and where their sum is smallest."""
    first = next((card for card in rungs[:-1] if ladder.beta(card) == 1), rungs[0])
    last = rungs[-1]
    paid = _price(first, last)
    cost = f": each nat of rate saved costs {number(paid)} nats of distortion" if paid else ""
    a, b = (f"{ladder.spread(card, ladder.ACTIVE).mean:.3g}" for card in (first, last))
    text = (
        f"**From β = {ladder.name(first)} to {ladder.name(last)}** the rate "
        f"{_change(first, last, ladder.RATE)} nats per image and the distortion "
        f"{_change(first, last, ladder.DISTORTION)} nats{cost}. "
        f"Of {first.arguments['latent_dim']} dimensions {a} are active at β = {ladder.name(first)} and "
        f"{b} at β = {ladder.name(last)}{_on_average(first)}. {_smallest_sum(rungs)}"
    )
    return text.replace("β = ", "β\u00a0=\u00a0")  # never broken over two lines


def _on_average(card: ModelCard) -> str:
    seeds = len(ladder.spread(card, ladder.ACTIVE).seeds)
    return f" (mean of {seeds} seeds)" if seeds > 1 else ""


def _change(first: ModelCard, last: ModelCard, metric: str) -> str:
    before, after = (ladder.spread(card, metric).mean for card in (first, last))
    if number(before) == number(after):
        return f"stays at {number(before)}"
    return f"{'falls' if before > after else 'rises'} from {number(before)} to {number(after)}"


def _price(first: ModelCard, last: ModelCard) -> float | None:
    """Nats of distortion for each nat of rate saved; None where it was no trade (one rose, or both fell)."""
    saved = ladder.spread(first, ladder.RATE).mean - ladder.spread(last, ladder.RATE).mean
    paid = ladder.spread(last, ladder.DISTORTION).mean - ladder.spread(first, ladder.DISTORTION).mean
    return paid / saved if saved > 0 and paid > 0 else None


def _smallest_sum(rungs: Sequence[ModelCard]) -> str:
    lowest = ladder.best(rungs, ladder.SUM)
    total = _plus_minus(lowest, ladder.SUM, 4)
    sentence = f"Rate + distortion is smallest at β = {ladder.name(lowest)} ({total} nats)"
    one = next((card for card in rungs if ladder.beta(card) == 1), None)
    if one is None:
        return f"{sentence}."
    if one is lowest:
        return f"{sentence}, the very sum that β = 1 trains for."
    own = _plus_minus(one, ladder.SUM, 4)
    settled = " (the seeds' values overlap)" if ladder.overlap(one, lowest, ladder.SUM) else ""
    return f"{sentence}; β = 1 trains for this sum and comes to {own} on these images{settled}."


def _plus_minus(card: ModelCard, metric: str, digits: int = 3) -> str:
    found = ladder.spread(card, metric)
    return number(found.mean, digits) + ("" if found.sd is None else f" ± {number(found.sd, 2)}")


def prices(rungs: Sequence[ModelCard]) -> str:
    """The slope between neighbours, to be held against β."""
    steps = [
        f"β = {ladder.name(a)} to {ladder.name(b)}: {number(paid)}"
        for a, b in pairwise(rungs)
        if (paid := _price(a, b)) is not None
    ]
    return f"Measured between neighbours, in nats per nat: {'; '.join(steps)}." if steps else ""


def gap_story(rungs: Sequence[ModelCard]) -> str:
    """Which β has the highest mutual information gap, and whether the seeds settle that."""
    top = ladder.best(rungs, ladder.MIG)
    second = ladder.best([card for card in rungs if card is not top], ladder.MIG)
    sentence = (
        f"The gap is largest at β = {ladder.name(top)}: {_plus_minus(top, ladder.MIG)}, "
        f"before β = {ladder.name(second)} with {_plus_minus(second, ladder.MIG)}."
    )
    seeds = len(ladder.spread(top, ladder.MIG).seeds)
    if seeds == 1:
        return f"{sentence} With one seed each this says little: the gap varies much from seed to seed."
    if ladder.overlap(top, second, ladder.MIG):
        return f"{sentence} Their {seeds} seeds overlap, so the order of these two is open."
    return f"{sentence} Their {seeds} seeds do not overlap."


def followed_table(rungs: Sequence[ModelCard]) -> list[dict[str, str]]:
    """For each β the latents by falling KL, with the factor each follows, how much of it, and the KL."""
    columns = {f"β = {ladder.name(card)}": _followed(card) for card in rungs}
    size = rungs[0].arguments["latent_dim"]
    return [{name: cells[row] for name, cells in columns.items()} for row in range(size)]


def _followed(card: ModelCard) -> list[str]:
    kl = card.metrics["kl_per_dimension"]["value"]
    factors = card.metrics["followed_factor"]["value"]
    cells = []
    for index in sorted(range(len(kl)), key=lambda i: -kl[i]):
        factor, share = factors[index]
        what = f"{factor} {share:.2f}" if kl[index] >= NOTHING else "nothing"
        cells.append(f"z{index + 1}: {what} (KL {kl[index]:.2f})")
    return cells
