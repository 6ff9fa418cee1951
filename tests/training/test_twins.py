"""What the cards of contractive, stacked and dropout autoencoders state, and the twins beside them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.func import jacrev, vmap

from explorer import datasets
from training import loop, regularised, twins
from training.loop import Run
from training.recipes import get
from training.recipes.regularised import TWINS
from training.state import state_path
from training.train import seed_path
from training.validation import gallery_loss

CPU = torch.device("cpu")


@pytest.fixture
def contractive(tiny):
    return tiny(id="tiny-contractive", family="contractive")


@pytest.fixture
def model(contractive):
    torch.manual_seed(0)
    return twins.build("contractive", contractive.arguments | {"weight": 0.1}).eval().requires_grad_(False)


def test_a_twin_differs_from_its_recipe_in_one_number():
    for model_id, twin in TWINS.items():
        recipe = get(model_id)
        assert dataclasses.replace(twin, id=recipe.id, arguments=recipe.arguments) == recipe
        different = {n for n in recipe.arguments if recipe.arguments[n] != twin.arguments[n]}
        assert len(different) == 1 and [twin.arguments[n] for n in different] == [0.0]
        assert twin.digest != recipe.digest and recipe.family in regularised.TWIN_OF


def test_a_twin_is_trained_once_and_goes_on_where_it_was_stopped(home, contractive, monkeypatch):
    whole = Run(contractive, 0, CPU)
    whole.train()
    state = state_path(f"{contractive.id}-{contractive.digest}", 0)

    begun = Run(contractive, 0, CPU)
    with pytest.raises(loop.Interrupted):
        begun.train(state, stop=lambda: begun.step == 20)
    steps = []
    one_step = Run._one_step
    monkeypatch.setattr(Run, "_one_step", lambda run: (steps.append(run.step), one_step(run)))
    found = twins.trained(contractive)
    assert steps == list(range(20, 54)) and not state.exists() and seed_path(contractive, 0).is_file()
    assert not found.training
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(found.state_dict()[name], tensor)
    again = twins.trained(contractive)
    assert len(steps) == 34 and torch.equal(again.encoder[1].weight, found.encoder[1].weight)


def test_the_slope_and_the_shift_are_those_of_the_test_images(model):
    found = {name: one.value for name, one in regularised.slope(model, datasets.get("digits")).items()}
    x = torch.from_numpy(datasets.get("digits").split("test").pixels())
    jacobian = vmap(jacrev(lambda image: model.encoder(image[None])[0]))(x)
    squared = jacobian.double().square().sum((1, 2, 3, 4)).mean().item()
    z = model.encoder(x).double()
    variance = z.var(0, unbiased=False).sum().item()
    assert found["squared_slope"] == pytest.approx(squared, rel=1e-5)
    assert found["squared_slope_relative"] == pytest.approx(squared / variance, rel=1e-5)
    pad = torch.nn.functional.pad(x, (1, 1, 1, 1))
    moved = [pad[:, :, :8, 1:9], pad[:, :, 2:, 1:9], pad[:, :, 1:9, :8], pad[:, :, 1:9, 2:]]
    distance = np.mean([(model.encoder(m).double() - z).square().sum(1).mean().item() for m in moved])
    assert found["code_shift"] == pytest.approx(np.sqrt(distance / variance), rel=1e-5)


def test_the_linear_probe_is_fitted_on_training_codes_and_judged_on_test_codes(model):
    found = regularised.linear_probe(model, datasets.get("digits"))["linear_accuracy"]
    parts = [datasets.get("digits").split(name) for name in ("train", "test")]
    codes = [model.encoder(torch.from_numpy(part.pixels())).numpy() for part in parts]
    mean, std = codes[0].mean(0), codes[0].std(0)
    fitted = LogisticRegression(max_iter=2000).fit((codes[0] - mean) / std, parts[0].labels)
    assert found.value == pytest.approx(fitted.score((codes[1] - mean) / std, parts[1].labels), abs=0.004)
    assert "1,197 training codes" in found.how and found.on == "test split, 300 images"


def test_the_card_has_the_twins_numbers_beside_the_models(home, model, contractive, monkeypatch):
    twin = dataclasses.replace(contractive, arguments=contractive.arguments | {"weight": 0.0})
    monkeypatch.setitem(regularised.TWINS, "tiny-contractive", twin)
    found = regularised.measure("tiny-contractive", model, datasets.get("digits"))
    own = {"linear_accuracy", "squared_slope", "squared_slope_relative", "code_shift"}
    beside = own | {"mse", "squared_error", "knn_accuracy"}
    assert set(found) == own | {f"{name}_twin" for name in beside}
    x = datasets.get("digits").split("test").pixels()
    trained = twins.trained(twin)
    x_hat = trained.decode(trained.encode(torch.from_numpy(x)).z).numpy()
    assert found["mse_twin"].value == pytest.approx(float(((x - x_hat) ** 2).mean()), rel=1e-5)
    assert found["mse_twin"].how.endswith("trained alike with weight 0")
    assert found["code_shift"].value != found["code_shift_twin"].value


def test_dropout_is_off_where_the_gallery_is_measured_and_on_again_after(tiny):
    recipe = tiny(family="dropout", arguments=tiny().arguments | {"rate": 0.6})
    run = Run(recipe, 0, CPU)
    plain = twins.build("autoencoder", tiny().arguments)
    plain.load_state_dict(run.model.state_dict())
    assert run.model.training
    assert gallery_loss(run.model, run.held_out) == pytest.approx(gallery_loss(plain, run.held_out))
    assert run.model.training
