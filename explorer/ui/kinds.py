"""Kinds of models in the order in which one teaches them: what the sidebar lists together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from explorer import ladder, models
from explorer.zoo import ModelCard

#: The kinds in a fixed order: from the plain network to those that need the others to be understood.
KINDS = (
    "Plain", "Denoising", "Regularised", "Variational", "β ladder", "Disentangling", "Binary", "Collapse",
    "One class",
)  # fmt: skip
#: Families that say by themselves what they are; the others are plain or variational.
_OF_FAMILY = dict.fromkeys(("sparse", "contractive", "stacked", "dropout"), "Regularised")
_OF_FAMILY |= dict.fromkeys(("annealed", "factor", "tc"), "Disentangling")
_OF_FAMILY |= dict.fromkeys(("rows", "scheduled"), "Collapse")


def kind(card: ModelCard, rungs: Collection[str] = ()) -> str:
    """One of `KINDS`; `rungs` are the ids of the models that differ in β alone."""
    if card.recipe.get("classes"):
        return "One class"
    if card.recipe["corruptions"]:
        return "Denoising"
    if card.id in rungs:
        return "β ladder"
    if card.family in _OF_FAMILY:
        return _OF_FAMILY[card.family]
    if card.arguments.get("binary"):
        return "Binary"
    family = models.families().get(card.family)
    return "Variational" if family is not None and family.variational else "Plain"


def grouped(cards: Iterable[ModelCard]) -> dict[str, str]:
    """Id -> kind of one data set's models, in the order of `KINDS` and within a kind from the simple to what
    builds on it."""
    cards = list(cards)
    ladders = (ladder.find(cards, dataset) for dataset in {card.dataset for card in cards})
    rungs = {card.id for found in ladders if found for card in (*found.rungs, *found.waiting)}
    kinds = {card.id: kind(card, rungs) for card in cards}

    def place(card: ModelCard) -> tuple:
        return KINDS.index(kinds[card.id]), _within(card, kinds[card.id]), card.id

    return {card.id: kinds[card.id] for card in sorted(cards, key=place)}


def _within(card: ModelCard, what: str) -> tuple:
    """What models of one kind are sorted by."""
    facts = card.arguments
    if what == "One class":
        return (min(card.recipe["classes"]),)
    if what == "β ladder":
        return (ladder.beta(card),)
    if what == "Collapse":  # no cure, the cures, the other decoders, and what is collapsed on purpose
        warm_up = {"linear": 1, "cyclical": 2}.get(facts.get("schedule"), 0)
        return facts.get("beta", 1), facts.get("left", False), card.family, facts.get("free_bits", 0), warm_up
    return card.family in ("conditional", "iwae"), facts.get("latent_dim", 0)


def names(kinds: Mapping[str, str], cards: Mapping[str, ModelCard]) -> dict[str, str]:
    """Id -> title behind its kind, unless the title begins with it or all models are of one kind."""
    alone = len(set(kinds.values())) == 1
    return {
        model_id: cards[model_id].title if alone or _says(cards[model_id].title, what) else
        f"{what} · {cards[model_id].title}"
        for model_id, what in kinds.items()
    }  # fmt: skip


def _says(title: str, what: str) -> bool:
    """Whether a title names its kind: "One class: 3", "Collapse: free bits", "β-VAE, β = 4"."""
    return title.startswith(what) or (what == "β ladder" and title.startswith("β-VAE"))
