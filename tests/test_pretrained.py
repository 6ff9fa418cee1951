"""Every checkpoint that is shipped, as it lies in the repository."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import datasets, gallery_file, latent, zoo
from explorer.datasets import DatasetUnavailable
from training.loop import ROUNDED_SHARE

SHIPPED = Path(__file__).resolve().parents[1] / "pretrained"
LIMIT = 28_000_000
every_model = pytest.mark.parametrize("model_id", sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))


@pytest.fixture(autouse=True)
def shipped(monkeypatch) -> None:
    """The repository's own folder, whatever the environment names."""
    monkeypatch.setattr(zoo, "PRETRAINED", SHIPPED)


def test_all_cards_are_readable_and_there_is_something_to_show():
    assert zoo.broken() == {} and "digits-vae" in zoo.cards()


def test_the_shipped_files_are_small_and_no_others_lie_there():
    files = [p for p in SHIPPED.rglob("*") if p.is_file()]
    assert {p.name for p in files} <= {zoo.CARD, zoo.WEIGHTS, zoo.GALLERY}
    assert sum(p.stat().st_size for p in files) < LIMIT


@every_model
def test_the_card_tells_what_the_weights_are(model_id):
    card, model = zoo.card(model_id), zoo.load(model_id)
    content = (SHIPPED / model_id / zoo.WEIGHTS).read_bytes()
    assert card.sha256 == hashlib.sha256(content).hexdigest()
    assert card.parameters == sum(p.numel() for p in model.parameters())
    assert card.family == model.family and card.arguments == model.arguments
    dataset = datasets.get(card.dataset)
    assert model.image_shape == dataset.image_shape and card.terms == dataset.terms
    recipe = card.recipe
    assert (recipe["id"], recipe["dataset"], recipe["family"]) == (card.id, card.dataset, card.family)
    assert recipe["arguments"].items() <= card.arguments.items() and card.seed in recipe["seeds"]
    # A checkpoint that was shrunk later has done its last part once more.
    again = round(ROUNDED_SHARE * recipe["epochs"]) if "levels" in recipe else 0
    assert (
        card.epochs in (recipe["epochs"], recipe["epochs"] + again) and card.epochs == card.curve[-1]["epoch"]
    )
    assert len(card.curve) >= min(card.epochs, 100)  # a long curve is thinned
    assert card.images_seen % (card.epochs * recipe["batch_size"]) == 0 < card.wall_clock_seconds
    assert card.title and card.device


@every_model
def test_the_learning_curve_falls(model_id):
    curve = zoo.card(model_id).curve
    assert all(np.isfinite(np.hstack(list(point.values()))).all() for point in curve)
    held_out = [p["gallery_reconstruction"] for p in curve if "gallery_reconstruction" in p]
    assert len(held_out) >= 5 and curve[-1]["loss"] < curve[0]["loss"]


@every_model
def test_the_model_encodes_and_decodes(model_id):
    model = zoo.load(model_id)
    assert all(t.dtype == torch.float32 and torch.isfinite(t).all() for t in model.state_dict().values())
    x = np.random.default_rng(0).random((4, *model.image_shape), dtype=np.float32)
    labels = np.arange(4)
    mean, logvar = latent.encode(model, x, labels)
    x_hat = latent.decode(model, mean, labels=labels)
    assert mean.shape == (4, model.latent_dim) and (logvar is not None) == model.variational
    assert x_hat.shape == x.shape and np.isfinite(x_hat).all() and 0 <= x_hat.min() <= x_hat.max() <= 1


def measured(model_id: str) -> zoo.Gallery:
    assert zoo.card(model_id).gallery_sha256, f"{model_id} is trained and not measured: run training.evaluate"
    return zoo.gallery(model_id)


@every_model
def test_the_gallery_is_the_data_sets(model_id):
    gallery, model = measured(model_id), zoo.load(model_id)
    n = {"digits": 300, "faces": 1300}.get(zoo.card(model_id).dataset, 5000)
    assert gallery.z.shape == (n, model.latent_dim) and gallery.labels.shape == gallery.error.shape == (n,)
    assert set(gallery.maps) == (set() if zoo.card(model_id).group else set(zoo.MAP_METHODS))
    for points in gallery.maps.values():
        assert points.shape == (n, 2) and np.isfinite(points).all() and (points.std(axis=0) > 0).all()
    assert (gallery.logvar is not None) == (gallery.kl is not None) == model.variational
    assert (gallery.cross_entropy is not None) == bool(zoo.card(model_id).recipe.get("classes"))


@every_model
def test_stored_codes_errors_and_labels_are_what_the_model_says(model_id):
    gallery, model = measured(model_id), zoo.load(model_id)
    try:
        split = datasets.get(zoo.card(model_id).dataset).split("gallery")
    except DatasetUnavailable as error:
        pytest.skip(str(error))
    np.testing.assert_array_equal(gallery.labels, split.labels)
    some = np.linspace(0, len(split) - 1, 40).astype(int)
    x = split.pixels(some)
    labels = split.labels[some]
    mean, logvar = latent.encode(model, x, labels)
    close = dict(rtol=5e-3, atol=1e-3)  # stored with seven mantissa bits

    def near(stored: np.ndarray, codes: np.ndarray) -> bool:
        """Within half a step of each dimension; some were rounded to seven mantissa bits before."""
        half = 0.51 * np.ptp(stored, axis=0) / min(127, gallery_file.steps(stored.shape[1]))
        return bool((abs(stored[some] - codes) <= half + 5e-3 * abs(codes) + 1e-3).all())

    assert near(gallery.z, mean)
    error = ((latent.decode(model, mean, clip=False, labels=labels) - x) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(gallery.error[some], error, **close)
    if model.variational:
        assert near(gallery.logvar, logvar)
        kl = 0.5 * (mean**2 + np.exp(logvar) - logvar - 1).sum(axis=1)
        np.testing.assert_allclose(gallery.kl[some], kl, **close)


@every_model
def test_the_metrics_are_stated_with_how_and_on_what(model_id):
    measured(model_id)
    card = zoo.card(model_id)
    needed = {"mse", "squared_error", "knn_accuracy", "knn_accuracy_pixels", "pca_mse", "rounding"}
    if zoo.load(model_id).variational:
        needed |= {"kl", "kl_per_dimension", "active_units"}
        binary = zoo.load(model_id).binary
        needed |= {"negative_elbo"} if binary else {"cross_entropy", "cross_entropy_plus_kl"}
        needed |= {"nll"} if "published_nll" in card.metrics else set()
        assert not binary or not {"cross_entropy", "cross_entropy_plus_kl"} & set(card.metrics)
    if card.recipe.get("classes"):
        needed |= {"auroc_error", "auroc_elbo"}
    elif card.recipe["corruptions"]:
        needed |= {"psnr", "psnr_noisy", "psnr_gain"}
    if datasets.get(card.dataset).factor_names:
        needed |= {"mig", "followed_factor"}
    assert needed <= set(card.metrics)
    for metric in card.metrics.values():
        assert metric["how"] and metric["on"] and metric["unit"]
        assert metric["better"] in ("lower", "higher", None)
        if "sd" in metric:
            assert len(metric["seeds"]) == len(card.recipe["seeds"]) > 1
            assert metric["sd"] == pytest.approx(np.std(metric["seeds"], ddof=1), abs=1e-9)
            assert metric["value"] == pytest.approx(np.mean(metric["seeds"]))
    if len(card.recipe["seeds"]) > 1:
        assert "sd" in card.metrics["mse"]
    # By less than 0.1 %, or for a model without any error to speak of by less than 0.02 an image; by 1 % for
    # those of fewer levels.
    loss, share = card.curve[-1]["gallery_reconstruction"], 1e-2 if "levels" in card.recipe else 1e-3
    assert card.metrics["rounding"]["value"] * loss < max(share * loss, 0.02)


#: What these models promise, as bounds on card metrics.
PROMISES = {
    "mnist-ae": lambda m: m["mse"]["value"] <= 0.33 * m["pca_mse"]["value"],
    "mnist-conv-ae": lambda m: m["squared_error"]["value"] <= 2.2,
    "mnist-dae": lambda m: m["psnr_gain"]["value"] >= 2.0,
    "mnist-linear": lambda m: (
        abs(m["excess_over_pca"]["value"]) <= 0.01
        and m["largest_principal_angle"]["value"] < 5
        and m["largest_axis_cosine"]["value"] < 0.9
    ),
    "mnist-overcomplete": lambda m: m["noise_passed"]["value"] > 0.5,
    "mnist-overcomplete-sparse": lambda m: m["noise_passed"]["value"] < 0.25,
    "mnist-sparse-l1": lambda m: 0.045 <= m["mean_activation"]["value"] <= 0.055,
    "mnist-sparse-kl": lambda m: 0.045 <= m["mean_activation"]["value"] <= 0.055,
    "mnist-vae-binary": lambda m: m["nll"]["value"] < m["published_nll"]["value"],
    "mnist-cvae": lambda m: m["nll"]["value"] < m["published_nll"]["value"],
    "mnist-iwae": lambda m: m["nll"]["value"] < zoo.card("mnist-vae-binary").metrics["nll"]["value"],
    "mnist-oneclass-0": lambda m: m["auroc_error_mean"]["value"] > m["published_auroc_mean_vae"]["value"],
    "mnist-stacked": lambda m: m["error_all_pretrained"]["value"] <= m["published_error"]["value"],
}


@pytest.mark.parametrize("model_id", PROMISES)
def test_promised_quality(model_id):
    assert PROMISES[model_id](zoo.card(model_id).metrics)
