"""Kinds of models: a teaching order, and titles that say the kind."""

from __future__ import annotations

import dataclasses

import pytest

from explorer import zoo
from explorer.ui import kinds
from training.recipes import recipes

BLANK = zoo.ModelCard(
    id="", title="", family="", dataset="", arguments={}, recipe={}, seed=0, parameters=1, epochs=1,
    images_seen=1, wall_clock_seconds=1.0, device="CPU", curve=[], sha256="", terms="",
)  # fmt: skip


@pytest.fixture(scope="module")
def cards() -> dict[str, zoo.ModelCard]:
    """A card of every recipe on MNIST, as if all were trained."""
    return {
        each.id: dataclasses.replace(
            BLANK, id=each.id, title=each.title, family=each.family, dataset=each.dataset,
            arguments=each.arguments, recipe=each.as_dict(), epochs=each.epochs,
        )
        for each in recipes().values()
        if each.dataset == "mnist"
    }  # fmt: skip


def test_the_kinds_follow_each_other_in_teaching_order(cards):
    found = kinds.grouped(reversed(list(cards.values())))
    assert set(found) == set(cards)
    places = [kinds.KINDS.index(kind) for kind in found.values()]
    assert places == sorted(places) and len(set(places)) >= 7


@pytest.mark.parametrize(
    "model_id, kind",
    [
        ("mnist-ae", "Plain"), ("mnist-linear", "Plain"), ("mnist-dae", "Denoising"),
        ("mnist-stacked", "Regularised"), ("mnist-overcomplete", "Regularised"),
        ("mnist-contractive", "Regularised"), ("mnist-dropout", "Regularised"), ("mnist-vae", "Variational"),
        ("mnist-beta-b1", "β ladder"), ("mnist-vae-binary", "Binary"), ("mnist-cvae", "Binary"),
        ("mnist-iwae", "Binary"), ("mnist-collapse-weak", "Collapse"), ("mnist-collapse-strong", "Collapse"),
        ("mnist-oneclass-3", "One class"),
    ],
)  # fmt: skip
def test_a_model_is_of_the_kind_that_a_lesson_calls_it(cards, model_id, kind):
    assert kinds.grouped(cards.values())[model_id] == kind


def test_within_a_kind_the_simple_comes_first(cards):
    listed = list(kinds.grouped(cards.values()))
    ladder = [each for each in listed if each.startswith("mnist-beta")]
    assert ladder == [f"mnist-beta-b{beta}" for beta in ("0.25", "1", "2", "4", "8", "16")]
    assert [each for each in listed if "oneclass" in each] == [
        f"mnist-oneclass-{digit}" for digit in range(10)
    ]
    assert [each.removeprefix("mnist-collapse-") for each in listed if "collapse" in each] == [
        "plain", "linear", "cyclical", "freebits", "weak", "strong", "dead"
    ]  # fmt: skip


def test_a_title_says_its_kind_once(cards):
    found = kinds.grouped(cards.values())
    titles = kinds.names(found, cards)
    assert titles["mnist-ae"] == "Plain · Autoencoder 784-128-64-32"
    assert titles["mnist-oneclass-3"] == "One class: 3" and titles["mnist-beta-b4"] == "β-VAE, β = 4"
    assert titles["mnist-collapse-freebits"] == "Collapse: free bits"
    alone = {"mnist-vae": "Variational"}
    assert kinds.names(alone, cards) == {"mnist-vae": cards["mnist-vae"].title}


def test_a_family_that_nobody_has_listed_is_plain_or_variational(cards):
    strange = dataclasses.replace(cards["mnist-vae"], family="no such family")
    assert kinds.kind(strange) == "Plain"
