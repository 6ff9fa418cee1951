"""What is said of a model from its card alone: checked against the models themselves."""

from __future__ import annotations

import dataclasses

import pytest

from explorer import catalogue, zoo
from explorer.figures.curves import learning_curve, reconstruction_curves
from explorer.live import network
from explorer.models import families
from training.recipes import recipes

CARDS = zoo.cards()
every_card = pytest.mark.parametrize("model_id", sorted(CARDS))


def card(**changes) -> zoo.ModelCard:
    """A card of no real model."""
    curve = [
        {"epoch": e, "reconstruction": 9 / e, "regularizer": 1.0, "gallery_reconstruction": 8 / e}
        for e in (1, 2)
    ]
    plain = dict(
        id="a", title="A", family="autoencoder", dataset="mnist", seed=0, parameters=1, epochs=2,
        arguments=dict(image_shape=[1, 28, 28], latent_dim=2, trunk_kind="mlp", widths=[4]),
        recipe={"corruptions": []}, wall_clock_seconds=1.0, device="CPU", curve=curve, sha256="", terms="",
        images_seen=1,
    )  # fmt: skip
    return zoo.ModelCard(**plain | changes)


def vae(beta: float = 1.0, **changes) -> zoo.ModelCard:
    return card(family="vae", arguments=card().arguments | {"beta": beta}, **changes)


def metric(value, better="lower", how="by the code", on="test", unit="dB", **more) -> dict:
    return dict(value=value, better=better, how=how, on=on, unit=unit) | more


@pytest.mark.parametrize("family", sorted(families()))
def test_every_family_names_its_own_paper(family):
    paper = vars(families()[family])["paper"]  # its own, not one that it inherits
    assert paper.url.startswith("https://") and " " not in paper.url
    assert paper.text.rsplit(" ", 1)[1].isdigit() and len(paper.text) < 40


@pytest.mark.parametrize("recipe_id", sorted(recipes()))
def test_every_recipe_makes_a_kind_with_words_and_a_paper(recipe_id):
    recipe = recipes()[recipe_id]
    described = card(
        family=recipe.family, arguments={"beta": 1.0} | recipe.arguments, recipe=recipe.as_dict()
    )
    described.arguments.setdefault("widths", [256])
    kind = catalogue.kind(described)
    assert kind.purpose.endswith(".") and kind.loss and kind.paper.url.startswith(("https://", "http://"))


def test_a_recipe_can_make_another_kind_of_a_family():
    noisy = card(recipe={"corruptions": [{"kind": "gaussian", "low": 0, "high": 1}]})
    assert catalogue.kind(noisy).name == "Denoising autoencoder"
    assert catalogue.kind(vae()).name == "VAE" and catalogue.kind(vae(4.0)).name == "β-VAE"
    assert catalogue.kind(vae(0.05, recipe={"corruptions": [], "classes": [3]})).name == "One-class VAE"
    linear = card(arguments=card().arguments | {"widths": [], "output": "identity"})
    assert catalogue.kind(linear).name == "Linear autoencoder"
    bare = card(family="sparse", arguments=card().arguments | {"weight": 0.0})
    assert catalogue.kind(bare).name == "Overcomplete autoencoder"


def test_a_likelihood_is_spoken_of_on_binary_pixels_only():
    binary = dataclasses.replace(vae(), arguments=vae().arguments | {"binary": True})
    assert catalogue.kind(vae()).loss == "cross-entropy + KL"
    assert catalogue.kind(binary).loss == "−log p(x|z) + KL"


def test_seeds_that_agree_have_no_spread():
    assert catalogue.spread(metric(0.9, sd=1e-16)) == 0.0 == catalogue.spread(metric(0, sd=0.0))
    assert catalogue.spread(metric(0.9, sd=0.01)) == 0.01 and catalogue.spread(metric(0.9)) is None


def test_a_new_family_is_described_by_its_docstring(monkeypatch):
    class New(families()["vae"]):
        """Does something new."""

        paper = None

    monkeypatch.setattr(catalogue, "families", lambda: {"new": New})
    kind = catalogue.kind(card(family="new"))
    assert kind.purpose == "Does something new." and kind.paper is None


@every_card
def test_abilities_are_what_the_model_itself_can(model_id):
    described, model = CARDS[model_id], zoo.load(model_id)
    able = catalogue.abilities(described)
    assert ("samples" in able) == model.variational
    assert ("class" in able) == (model.label_count > 0)
    try:
        network.of_model(model, zoo.stored(model_id), 0 if model.label_count else None)
        runs = True
    except network.UnknownLayer:
        runs = False
    assert ("browser" in able) == runs
    assert catalogue.reconstruction(described).name == model.reconstruction_name


@every_card
def test_file_size_is_weights_and_gallery(model_id):
    files = {p.name: p.stat().st_size for p in (zoo.PRETRAINED / model_id).iterdir()}
    del files[zoo.CARD]
    assert catalogue.file_size(model_id) == sum(files.values()) > 0


def test_curves_share_an_axis_only_with_the_same_term_on_the_same_images():
    binary = dataclasses.replace(vae(), arguments=vae().arguments | {"binary": True})
    assert catalogue.comparable(vae(), vae(4.0, id="b"))
    for other in (card(), binary, vae(dataset="fashion"), vae(recipe={"corruptions": [], "classes": [1]})):
        assert not catalogue.comparable(vae(), other)
        with pytest.raises(ValueError, match="same reconstruction term"):
            reconstruction_curves([vae(), other], "AB")
    figure = reconstruction_curves([vae(), vae(4.0)], "AB")
    assert [trace.name for trace in figure.data] == [
        "A, held-out",
        "A, training",
        "B, held-out",
        "B, training",
    ]
    assert list(figure.data[0].y) == [8.0, 4.0] and "cross-entropy (nats" in figure.layout.yaxis.title.text


def test_a_penalty_is_no_kl_and_not_beside_a_squared_error():
    names = [trace.name for trace in learning_curve(card(family="sparse")).data]
    assert names == ["summed squared error, training", "summed squared error, gallery"]
    assert [t.name for t in learning_curve(vae()).data][-1] == "KL, training"
    told = card(family="conditional", arguments=vae().arguments | {"binary": True, "label_count": 10})
    assert learning_curve(told).data[0].name.startswith("negative log-likelihood")


def with_metric(name: str = "a", **more) -> zoo.ModelCard:
    return card(id=name, metrics={"psnr": metric(**more)})


def test_better_is_said_only_of_what_was_measured_alike():
    def winner(a: dict, b: dict) -> str | None:
        found = catalogue.better(with_metric("a", **a), with_metric("b", **b), "psnr")
        return found and found.id

    assert winner(dict(value=1), dict(value=2)) == "a"
    assert winner(dict(value=1, better="higher"), dict(value=2, better="higher")) == "b"
    assert winner(dict(value=1), dict(value=2, how="by the posterior's mean")) == "a"
    for other in (dict(how="x"), dict(on="x"), dict(unit="x"), dict(better=None), dict(value=1)):
        assert winner(dict(value=1), dict(value=2) | other) is None
    assert winner(dict(value=1, sd=0.6), dict(value=2, sd=0.6)) is None
    assert winner(dict(value=1, sd=0.4), dict(value=2, sd=0.4)) == "a"
    assert catalogue.better(with_metric(value=1), card(), "psnr") is None


def test_published_figures_stand_beside_their_counterpart():
    names = ("published_nll", "published_error", "published_auroc_mean_vae", "published_auroc_mean_ocgan")
    described = card(metrics={name: metric(i) for i, name in enumerate(names)})
    found = {own: [m["value"] for m in figures] for own, figures in catalogue.published(described).items()}
    assert found == {
        "nll": [0], "error_all_pretrained": [1], "auroc_error_mean": [2, 3], "auroc_elbo_mean": [2, 3],
    }  # fmt: skip
