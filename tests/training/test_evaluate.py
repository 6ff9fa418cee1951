"""`python -m training.evaluate` on a small model: the card's numbers, the gallery, the exit status."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch.distributions import Normal, kl_divergence

from explorer import datasets, projection, zoo
from explorer.studies import anomaly
from training import evaluate, train
from training.recipes import Corruption


def never() -> bool:
    return False


@pytest.fixture
def quick_umap(monkeypatch) -> None:
    """UMAP takes half a minute to compile and has tests of its own: PCA turned around stands for it."""
    real = projection.fit
    monkeypatch.setattr(projection, "fit", lambda method, *given, **more: (
        -real("pca", *given) if method == "umap" else real(method, *given, **more)
    ))  # fmt: skip


@pytest.fixture
def trained(home, tiny, quick_umap):
    """Two seeds of a VAE, the first as checkpoint `tiny`."""
    recipe = tiny(seeds=(0, 1), epochs=6)
    for seed in recipe.seeds:
        train.train(recipe, seed, torch.device("cpu"), resume=False, stop=never)
    return recipe


def independent(model) -> dict[str, float]:
    x = datasets.get("digits").split("test").images.astype(np.float32) / 255
    posterior = model.encode(torch.from_numpy(x)).posterior
    std = torch.exp(posterior.logvar / 2)
    x_hat = model.decode(posterior.mean).numpy()
    return {
        "mse": float(np.mean((x_hat.astype(np.float64) - x) ** 2)),
        "kl": kl_divergence(Normal(posterior.mean, std), Normal(0.0, 1.0)).sum(1).mean().item(),
    }


def test_the_card_states_mean_and_standard_deviation_over_the_seeds(trained, home):
    before = zoo.card("tiny")
    filled = evaluate.evaluate("tiny")
    assert filled == zoo.card("tiny")
    assert dataclasses.replace(filled, metrics={}, gallery_sha256=None) == before
    models = [zoo.load("tiny"), evaluate._seed(before, 1)]
    expected = [independent(model) for model in models]
    for name in ("mse", "kl"):
        values = [one[name] for one in expected]
        metric = filled.metrics[name]
        assert metric["seeds"] == pytest.approx(values, rel=1e-5) and values[0] != values[1]
        assert metric["value"] == pytest.approx(sum(values) / 2, rel=1e-5)
        assert metric["sd"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5, rel=1e-3)
    # What is no single number stays that of the shipped seed.
    each = filled.metrics["kl_per_dimension"]
    assert "sd" not in each and sum(each["value"]) == pytest.approx(expected[0]["kl"], abs=1e-3)
    assert "PCA with 2 components" in filled.metrics["pca_mse"]["how"]
    # Two seeds have the same pixels and the same PCA.
    assert filled.metrics["knn_accuracy_pixels"]["sd"] == 0 and "sd" not in filled.metrics["pca_mse"]
    assert abs(filled.metrics["rounding"]["value"]) < 1e-3


def test_the_gallery_is_readable_and_in_the_data_sets_order(trained):
    evaluate.evaluate("tiny")
    gallery, model = zoo.gallery("tiny"), zoo.load("tiny")
    split = datasets.get("digits").split("gallery")
    posterior = model.encode(torch.from_numpy(split.pixels())).posterior
    close = dict(rtol=5e-3, atol=1e-3)  # stored with seven mantissa bits
    np.testing.assert_array_equal(gallery.labels, split.labels)
    np.testing.assert_allclose(gallery.z, posterior.mean, **close)
    np.testing.assert_allclose(gallery.logvar, posterior.logvar, **close)
    kl = kl_divergence(Normal(posterior.mean, torch.exp(posterior.logvar / 2)), Normal(0.0, 1.0)).sum(1)
    np.testing.assert_allclose(gallery.kl, kl, **close)
    error = ((model.decode(posterior.mean).numpy() - split.pixels()) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(gallery.error, error, **close)
    assert set(gallery.maps) == set(zoo.MAP_METHODS)
    for points in gallery.maps.values():
        assert points.shape == (300, 2) and (points.std(axis=0) > 0).all()


def test_one_seed_has_no_spread_and_a_plain_autoencoder_no_posterior(home, tiny, quick_umap):
    train.train(tiny(family="autoencoder"), 0, torch.device("cpu"), resume=False, stop=never)
    metrics = evaluate.evaluate("tiny").metrics
    assert not any("sd" in metric or "seeds" in metric for metric in metrics.values())
    assert "kl" not in metrics and zoo.gallery("tiny").logvar is None and zoo.gallery("tiny").kl is None


def test_a_denoisers_card_holds_what_denoising_measures(home, tiny, quick_umap, monkeypatch):
    recipe = tiny(family="autoencoder", corruptions=(Corruption("gaussian", 0.0, 0.5),))
    train.train(recipe, 0, torch.device("cpu"), resume=False, stop=never)
    stated = evaluate.Measurement(12.5, "dB", "higher", "how", "on")
    monkeypatch.setattr(evaluate.denoising, "measure", lambda model, dataset: {"psnr": stated})
    assert evaluate.evaluate("tiny").metrics["psnr"] == dataclasses.asdict(stated)


def test_a_one_class_model_is_measured_on_its_own_images_and_told_from_the_others(home, tiny, quick_umap):
    recipe = tiny(classes=(4,), batch_size=32, epochs=25, corruptions=(Corruption("masking", 0.0, 0.2),))
    train.train(recipe, 0, torch.device("cpu"), resume=False, stop=never)
    card, test, model = evaluate.evaluate("tiny"), datasets.get("digits").split("test"), zoo.load("tiny")
    x = torch.from_numpy(test.pixels())
    error = (model.decode(model.encode(x).z) - x).square().sum((1, 2, 3)).numpy()
    own = test.labels == 4
    assert card.metrics["squared_error"]["value"] == pytest.approx(error[own].mean(), rel=1e-5)
    assert card.metrics["squared_error"]["on"] == f"test split, {own.sum()} images of class 4"
    area = roc_auc_score(~own, error)
    assert area > 0.7 and card.metrics["auroc_error"]["value"] == pytest.approx(area, abs=1e-4)
    assert 0.6 < card.metrics["auroc_elbo"]["value"] < 1
    assert card.metrics["pca_mse"]["on"] == card.metrics["squared_error"]["on"]
    assert abs(card.metrics["rounding"]["value"]) < 2e-3  # both sides on the gallery's images of the class
    assert card.metrics["knn_accuracy"]["value"] < 0.99  # on all classes
    assert "psnr" not in card.metrics and card.group == "one class"
    gallery, split = zoo.gallery("tiny"), datasets.get("digits").split("gallery")
    assert len(gallery.error) == 300 and set(gallery.labels) == set(range(10))
    mean = torch.from_numpy(split.pixels())
    expected = anomaly.scores(model, split.images)
    np.testing.assert_allclose(gallery.cross_entropy, expected.cross_entropy, rtol=5e-3)
    np.testing.assert_allclose(gallery.kl, model.encode(mean).posterior.kl().sum(1), rtol=5e-3, atol=1e-3)


def test_what_storing_the_weights_costs_is_measured_against_the_curve(trained):
    card = zoo.card("tiny")
    point = card.curve[-1] | {"gallery_reconstruction": 0.8 * card.curve[-1]["gallery_reconstruction"]}
    zoo.write_card(dataclasses.replace(card, curve=[*card.curve[:-1], point]))
    rounding = evaluate.evaluate("tiny").metrics["rounding"]
    assert rounding["value"] == pytest.approx(0.25, abs=2e-3) and "Bernoulli cross-entropy" in rounding["how"]


# The command line


def last_line(capsys) -> str:
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(".")
    return said


def test_the_command_line_prints_every_number(trained, capsys):
    assert evaluate.main(["tiny"]) == 0
    printed, metrics = capsys.readouterr(), zoo.card("tiny").metrics
    lines = [line.split() for line in (printed.out + printed.err).splitlines() if line.startswith("tiny ")]
    shown = {words[1]: words for words in lines}
    assert set(shown) == {n for n, m in metrics.items() if isinstance(m["value"], (int, float))}
    mse = shown["mse"]
    assert mse[2:5] == [f"{metrics['mse']['value']:.5g}", "±", f"{metrics['mse']['sd']:.4g}"]


def test_missing_and_damaged_weights_of_a_seed_are_named(trained, capsys):
    path = train.seed_path(trained, 1)
    content = path.read_bytes()
    path.write_bytes(content[:100])
    assert evaluate.main(["tiny"]) == 1
    assert f"{path} is damaged (" in last_line(capsys)
    path.unlink()
    assert evaluate.main(["tiny"]) == 1
    said = last_line(capsys)
    assert said == f"{path} is missing: train all seeds of tiny here before measuring their spread."
    assert zoo.card("tiny").metrics == {} and zoo.card("tiny").gallery_sha256 is None


def test_the_seeds_of_an_earlier_version_of_the_recipe_are_not_measured(trained, capsys):
    card = zoo.card("tiny")
    zoo.write_card(dataclasses.replace(card, recipe=card.recipe | {"learning_rate": 0.5}))
    assert evaluate.main(["tiny"]) == 1
    assert "is missing: train all seeds of tiny here" in last_line(capsys)


def test_models_and_data_that_are_not_there_are_named(trained, home, capsys, monkeypatch):
    assert evaluate.main(["nothing"]) == 1
    assert last_line(capsys).startswith("nothing/card.json cannot be read")
    monkeypatch.setattr(datasets.get("fashion"), "_splits", {})
    zoo.write_card(dataclasses.replace(zoo.card("tiny"), dataset="fashion"))
    assert evaluate.main(["tiny"]) == 1
    assert "t10k-images-idx3-ubyte.gz is missing: fetch it (4.4 MB) from http" in last_line(capsys)
    (zoo.PRETRAINED / "tiny" / zoo.WEIGHTS).unlink()
    assert evaluate.main(["tiny"]) == 1
    assert last_line(capsys).startswith("tiny/weights.safetensors.gz cannot be read")
