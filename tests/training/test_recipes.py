"""One contract over every recipe; a new one joins by existing."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from explorer import corruption, datasets, models
from training import recipes
from training.recipes import Corruption, Recipe, mnist

every_recipe = pytest.mark.parametrize("recipe", recipes.recipes().values(), ids=lambda r: r.id)


def test_the_promised_recipes_are_there():
    promised = {f"mnist-{kind}" for kind in ("ae", "ae-2d", "vae-2d", "conv-ae", "dae", "vae")}
    promised |= {"digits-vae"} | {f"mnist-beta-b{beta}" for beta in ("0.25", "1", "2", "4", "8", "16")}
    promised |= {"fashion-vae", "fashion-dae"} | {f"shapes-beta-b{beta}" for beta in ("1", "4", "16")}
    assert promised <= set(recipes.recipes())


@every_recipe
def test_a_recipe_names_what_exists_and_builds(recipe):
    assert recipes.get(recipe.id) is recipe and recipe.title
    assert re.fullmatch(r"[a-z0-9.-]+", recipe.id)  # it names a folder and stands in links
    dataset = datasets.get(recipe.dataset)
    assert recipe.family in models.families()
    model = models.build(recipe.family, recipe.arguments)
    assert model.image_shape == dataset.image_shape
    assert recipe.arguments.items() <= model.arguments.items()
    assert recipe.epochs > 0 and recipe.batch_size > 0 and recipe.learning_rate > 0 and 0 <= recipe.warmup < 1
    assert recipe.precision in ("float32", "bf16")
    assert len(set(recipe.seeds)) == len(recipe.seeds) > 0
    for one in recipe.corruptions:
        assert one.kind in corruption.KINDS and 0 <= one.low <= one.high
        assert one.kind == "gaussian" or one.high <= 1


@every_recipe
def test_the_beta_in_a_name_is_the_beta_of_the_model(recipe):
    _, found, beta = recipe.id.partition("-beta-b")
    if found:
        assert float(beta) == recipe.arguments["beta"] and len(recipe.seeds) >= 3


@every_recipe
def test_a_recipe_survives_json_and_its_digest_with_it(recipe):
    again = Recipe(**json.loads(json.dumps(recipe.as_dict())))
    assert again.as_dict() == recipe.as_dict() and again.digest == recipe.digest


def test_the_digest_changes_with_every_field(tiny):
    recipe = tiny(corruptions=(Corruption("masking", 0.0, 0.5),))
    others = dict(
        id="other", title="Other", dataset="mnist", family="autoencoder",
        arguments=recipe.arguments | {"beta": 2.0}, epochs=4, batch_size=32,
        learning_rate=1e-3, warmup=0.1, seeds=(0, 1),
        corruptions=(Corruption("masking", 0.0, 0.6),), precision="bf16", classes=(3,),
        levels=15, subset=20, start="digits-vae",
    )  # fmt: skip
    assert set(others) == {field.name for field in dataclasses.fields(Recipe)}
    digests = {dataclasses.replace(recipe, **{name: value}).digest for name, value in others.items()}
    assert len(digests | {recipe.digest}) == len(others) + 1


def test_a_field_that_came_later_shows_only_where_it_is_used(tiny):
    assert "classes" not in tiny().as_dict() and tiny(classes=(4, 5)).as_dict()["classes"] == [4, 5]
    assert "levels" not in tiny().as_dict() and tiny(levels=15).as_dict()["levels"] == 15


@pytest.mark.parametrize("dataset_id", ["mnist", "fashion"])
def test_each_class_has_a_model_of_its_own_and_all_are_alike(dataset_id):
    label_names = datasets.get(dataset_id).label_names
    ours = [r for r in recipes.recipes().values() if r.dataset == dataset_id and len(r.classes) == 1]
    assert sorted(r.classes[0] for r in ours) == list(range(10))
    for recipe in ours:
        assert recipe.id.startswith(f"{dataset_id}-oneclass-")
        assert recipe.title == f"One class: {label_names[recipe.classes[0]]}"
        alike = dict(id="", title="", classes=())
        assert dataclasses.replace(recipe, **alike) == dataclasses.replace(ours[0], **alike)


def test_two_recipes_of_one_name_and_unknown_names_are_refused(monkeypatch):
    monkeypatch.setattr(mnist, "RECIPES", [*mnist.RECIPES, mnist.RECIPES[0]])
    with pytest.raises(ValueError, match="two recipes are called 'mnist-ae-2d': rename one of them."):
        recipes.recipes.__wrapped__()
    with pytest.raises(ValueError, match="'mnist-gan' is not known: `python -m training.train --list`"):
        recipes.get("mnist-gan")
