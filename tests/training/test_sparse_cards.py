"""What cards of sparse and linear autoencoders state, against known answers, on scikit-learn's digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer import datasets, zoo
from explorer.corruption import corrupt_array
from explorer.models import Autoencoder, build
from training import evaluate, linear, sparse, train

WIDTH, HIDDEN = 64, 96


def digits(split: str) -> np.ndarray:
    return datasets.get("digits").split(split).pixels().reshape(-1, WIDTH).astype(np.float64)


def model(family: str, latent_dim: int, **more: object) -> Autoencoder:
    torch.manual_seed(0)
    arguments = dict(image_shape=[1, 8, 8], latent_dim=latent_dim, widths=[], output="identity")
    return build(family, arguments | more).eval().requires_grad_(False)


def of_axes(axes: np.ndarray, mean: np.ndarray) -> Autoencoder:
    """The linear autoencoder whose decoder's columns are the axes (K, D)."""
    made = model("autoencoder", len(axes))
    into, out = made.encoder[1], made.decoder[0]
    into.weight.copy_(torch.from_numpy(np.linalg.pinv(axes).T))
    into.bias.copy_(torch.from_numpy(-np.linalg.pinv(axes).T @ mean))
    out.weight.copy_(torch.from_numpy(axes.T))
    out.bias.copy_(torch.from_numpy(mean))
    return made


@pytest.fixture(scope="module")
def pca() -> PCA:
    return PCA(6, svd_solver="full").fit(digits("train"))


def test_pca_itself_as_a_linear_autoencoder(pca: PCA) -> None:
    found = linear.measure(of_axes(pca.components_, pca.mean_), datasets.get("digits"))
    assert found["excess_over_pca"].value == pytest.approx(0.0, abs=1e-5)
    assert found["principal_angles"].value == pytest.approx([0.0] * 6, abs=1e-3)
    assert found["largest_axis_cosine"].value == pytest.approx(1.0, abs=1e-6)


def test_the_same_space_on_other_axes(pca: PCA) -> None:
    mix = np.random.default_rng(0).normal(size=(6, 6))
    found = linear.measure(of_axes(mix @ pca.components_, pca.mean_), datasets.get("digits"))
    assert found["excess_over_pca"].value == pytest.approx(0.0, abs=1e-4)
    assert found["largest_principal_angle"].value == pytest.approx(0.0, abs=1e-2)
    expected = np.abs(mix / np.linalg.norm(mix, axis=1, keepdims=True)).max()
    assert found["largest_axis_cosine"].value == pytest.approx(expected, abs=1e-5) and expected < 0.99


def test_another_space_costs_error_and_shows_its_angle(pca: PCA) -> None:
    seventh = PCA(7, svd_solver="full").fit(digits("train")).components_[6]
    axes = pca.components_.copy()
    axes[5] = np.cos(np.radians(30)) * axes[5] + np.sin(np.radians(30)) * seventh
    found = linear.measure(of_axes(axes, pca.mean_), datasets.get("digits"))
    assert found["largest_principal_angle"].value == pytest.approx(30.0, abs=1e-2)
    x = digits("test") - pca.mean_
    errors = [((x - x @ a.T @ a) ** 2).mean() for a in (axes, pca.components_)]
    assert found["excess_over_pca"].value == pytest.approx(errors[0] / errors[1] - 1, abs=1e-5)
    assert errors[0] != errors[1]


def test_only_one_affine_map_each_way_is_linear() -> None:
    assert linear.is_linear(model("autoencoder", 4))
    assert not linear.is_linear(model("autoencoder", 4, output="sigmoid"))
    assert not linear.is_linear(model("autoencoder", 4, widths=[8]))
    assert not linear.is_linear(model("sparse", 4))


def identity(kind: str) -> Autoencoder:
    """A sparse autoencoder of more units than pixels whose reconstruction is the image itself."""
    made = model("sparse", HIDDEN, penalty=kind)
    into, out = made.encoder[1], made.decoder[0]
    for tensor in (into.weight, into.bias, out.weight, out.bias):
        tensor.zero_()
    into.weight[:WIDTH] = torch.eye(WIDTH)
    out.weight[:, :WIDTH] = torch.eye(WIDTH)
    return made


def test_the_identity_passes_noise_whole_and_a_constant_none() -> None:
    x = digits("test")
    noisy = corrupt_array(x.reshape(-1, 1, 8, 8), "gaussian", sparse.SIGMA, seed=5).reshape(-1, WIDTH)
    added = ((noisy - x) ** 2).sum() / len(x)
    whole = {name: one.value for name, one in sparse.noise(identity("l1"), datasets.get("digits")).items()}
    assert whole == pytest.approx(
        {"noise_passed": 1.0, "noise_added": added, "error_to_noisy": 0.0, "error_to_clean": added}, abs=1e-4
    )
    blind = identity("l1")
    blind.encoder[1].weight.zero_()
    none = {name: one.value for name, one in sparse.noise(blind, datasets.get("digits")).items()}
    expected = {"error_to_noisy": (noisy**2).sum() / len(x), "error_to_clean": (x**2).sum() / len(x)}
    assert none == pytest.approx(expected | {"noise_passed": 0.0, "noise_added": added}, abs=1e-4)


@pytest.mark.parametrize("kind", ["l1", "kl"])
def test_activity_is_counted_over_units_and_images(kind: str) -> None:
    made, x = identity(kind), digits("test")
    found = {name: one.value for name, one in sparse.activity(made, datasets.get("digits")).items()}
    z = np.zeros((len(x), HIDDEN)) if kind == "l1" else np.full((len(x), HIDDEN), 0.5)
    z[:, :WIDTH] = x if kind == "l1" else 1 / (1 + np.exp(-x))
    working = z > (0.0 if kind == "l1" else 0.5)
    assert found["mean_activation"] == pytest.approx(z.mean(), abs=1e-6)
    assert found["mean_activation_spread"] == pytest.approx(
        np.quantile(z.mean(axis=0), (0.05, 0.5, 0.95)), abs=1e-4
    )
    assert found["active_share"] == pytest.approx(working.mean(), abs=1e-9) and 0 < working.mean() < 1
    assert found["silent_units"] == int((working.sum(axis=0) == 0).sum()) >= HIDDEN - WIDTH
    used = z[:, z.any(axis=0)]
    ratio = np.median(used.mean(axis=0) ** 2 / (used**2).mean(axis=0))
    assert found["activity_ratio"] == pytest.approx(ratio, rel=1e-5)


def test_columns_are_measured_as_pictures() -> None:
    made = identity("l1")
    rows, columns = np.mgrid[:8, :8]
    smooth = np.stack([np.exp(-((rows - a % 8) ** 2 + (columns - a // 8) ** 2) / 9) for a in range(HIDDEN)])
    noise = np.random.default_rng(0).normal(size=(HIDDEN, WIDTH))
    found = []
    for pictures in (smooth.reshape(HIDDEN, WIDTH), noise):
        made.decoder[0].weight.copy_(torch.from_numpy(pictures.T))
        found.append(sparse.columns(made, datasets.get("digits"))["column_variation"].value)
    assert found[0] < 0.5 and found[1] == pytest.approx(1.0, abs=0.05)
    assert "column_variation" not in sparse.measure(model("sparse", 5, widths=[7]), datasets.get("digits"))


def test_training_keeps_the_bound_and_the_card_holds_what_is_measured(home, tiny, monkeypatch) -> None:
    arguments = dict(image_shape=[1, 8, 8], latent_dim=zoo.WIDEST_STORED + 2, widths=[], bound=0.3)
    monkeypatch.setattr(evaluate.projection, "fit", lambda method, codes, seed: np.array(codes[:, :2]))
    recipe = tiny(family="sparse", arguments=arguments)
    train.train(recipe, 0, torch.device("cpu"), resume=False, stop=lambda: False)
    lengths = zoo.load("tiny").columns.norm(dim=0)
    assert lengths.max() < 0.3 * 1.01  # the weights are stored rounded
    assert lengths.min() > 0.25  # and the bound is what holds them
    metrics = evaluate.evaluate("tiny").metrics
    assert {"mean_activation", "noise_passed", "column_variation"} <= set(metrics)
    # codes of that width are not stored: the gallery computes them
    with np.load(zoo.PRETRAINED / "tiny" / zoo.GALLERY) as archive:
        assert "z" not in archive.files and "error" in archive.files
    x = torch.from_numpy(datasets.get("digits").split("gallery").pixels())
    np.testing.assert_allclose(zoo.gallery("tiny").z, zoo.load("tiny").encode(x).z, rtol=5e-3, atol=1e-3)
