"""Which boxes a model has, and which differ between two: read from cards, checked on the networks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer import zoo
from explorer.models import build, families
from explorer.studies import anatomy

CARDS = zoo.cards()


def made_of(card: zoo.ModelCard, **more: object) -> zoo.ModelCard:
    return replace(card, arguments=card.arguments | more)


@pytest.fixture
def vae() -> zoo.ModelCard:
    return next(card for card in CARDS.values() if card.family == "vae" and card.dataset == "mnist")


@pytest.fixture
def plain(vae: zoo.ModelCard) -> zoo.ModelCard:
    """The VAE's own trunk without its second head."""
    arguments = {name: value for name, value in vae.arguments.items() if name != "beta"}
    return replace(vae, family="autoencoder", arguments=arguments)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_every_model_has_every_box_or_none_in_its_place(card: zoo.ModelCard) -> None:
    found = anatomy.parts(card)
    assert set(found) == set(anatomy.BOXES)
    assert (found["std"] is not None) is (found["eps"] is not None) is families()[card.family].variational
    assert anatomy.changes(card, card) == dict.fromkeys(anatomy.BOXES, "same")
    assert anatomy.changes(None, card) == dict.fromkeys(anatomy.BOXES, "same")


def test_a_second_head_a_draw_and_a_term_make_a_vae_of_an_autoencoder(plain, vae) -> None:
    forth, back = anatomy.changes(plain, vae), anatomy.changes(vae, plain)
    assert {name for name, change in forth.items() if change == "new"} == {"std", "eps", "regularizer"}
    assert {name for name, change in back.items() if change == "gone"} == {"std", "eps", "regularizer"}
    assert {name for name, change in forth.items() if change == "same"} == {"input", "encoder", "decoder"}


def test_sizes_are_told_from_kinds(vae) -> None:
    found = anatomy.changes(vae, made_of(vae, latent_dim=vae.arguments["latent_dim"] + 1))
    assert {name for name, change in found.items() if change != "same"} == {"mean", "std", "eps", "code"}
    assert set(found.values()) == {"same", "size"}
    noisy = replace(vae, recipe=vae.recipe | {"corruptions": [{"kind": "gaussian"}]})
    assert anatomy.changes(vae, noisy)["input"] == "changed"


def test_layers_are_the_networks_own() -> None:
    model = build("vae", dict(image_shape=[1, 8, 8], latent_dim=3, trunk_kind="conv", widths=[4, 5, 6]))
    encoder, decoder = anatomy.networks(model, None)
    assert sum(row.weights for row in encoder + decoder) == model.parameter_count
    assert encoder[0].shape == (4, 4, 4) and encoder[-1].shape == (6,) and decoder[-1].shape == (1, 8, 8)


def test_a_class_is_a_bias_of_the_encoder() -> None:
    model = build("conditional", dict(image_shape=[1, 8, 8], latent_dim=3, widths=[6]))
    encoder, _ = anatomy.networks(model, 7)
    assert sum(row.weights for row in encoder) == 64 * 6 + 6 + 6 * 6 + 6  # without the labels' columns
