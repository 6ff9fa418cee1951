"""What a card states, against scikit-learn, torch.distributions and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from torch.distributions import Normal, kl_divergence

from explorer import binary, datasets, latent
from explorer.metrics.information import mutual_information
from explorer.models import Autoencoder, build
from training import measure as measures
from training.measure import measure


@pytest.fixture(scope="module", params=["autoencoder", "vae"])
def model(request) -> Autoencoder:
    """Untrained, with a decoder whose outputs are no longer all about one half."""
    torch.manual_seed(0)
    made = build(request.param, dict(image_shape=[1, 8, 8], latent_dim=3, widths=[16], activation="tanh"))
    with torch.no_grad():
        for layer in (made.encoder[-1], made.decoder[0]):
            layer.weight.mul_(8)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def found(model):
    return {name: one.value for name, one in measure(model, datasets.get("digits")).items()}


@pytest.fixture(scope="module")
def test_images():
    return datasets.get("digits").split("test")


def codes(model, split) -> torch.Tensor:
    return model.encode(torch.from_numpy(split.images / np.float32(255))).z


def test_everything_is_named_with_unit_how_and_on_what(model):
    measured = measure(model, datasets.get("digits"))
    expected = {"mse", "squared_error", "knn_accuracy", "knn_accuracy_pixels"}
    if model.variational:
        expected |= {"cross_entropy", "kl", "cross_entropy_plus_kl", "kl_per_dimension", "active_units"}
        expected |= {"mutual_information", "mutual_information_per_dimension"}
    assert set(measured) == expected
    for one in measured.values():
        assert one.unit and one.how and one.on == "test split, 300 images"
        assert one.better in ("lower", "higher", None)


def test_squared_errors(model, found, test_images):
    x = test_images.images.astype(np.float64) / 255
    x_hat = model.decode(codes(model, test_images)).numpy().astype(np.float64)
    each = ((x - x_hat) ** 2).reshape(300, -1).sum(axis=1)
    np.testing.assert_allclose(measures.squared_errors(model, test_images.images), each, rtol=1e-4)
    assert found["mse"] == pytest.approx(((x - x_hat) ** 2).mean(), rel=1e-5)
    assert found["squared_error"] == pytest.approx(each.mean(), rel=1e-5)
    split = datasets.get("digits").split("train")  # more than one batch of 1000
    longer = measures.squared_errors(model, split.images)
    assert longer.shape == (1197,) and longer[1100] == pytest.approx(
        ((split.pixels(1100) - latent.reconstruct(model, split.pixels(1100))) ** 2).sum(), rel=1e-5
    )


def test_rate_and_distortion(model, found, test_images):
    if not model.variational:
        assert "kl" not in found
        return
    x = torch.from_numpy(test_images.images.astype(np.float32) / 255)
    posterior = model.encode(x).posterior
    std = torch.exp(posterior.logvar / 2)
    kl = kl_divergence(Normal(posterior.mean, std), Normal(0.0, 1.0))
    np.testing.assert_allclose(found["kl_per_dimension"], kl.mean(0), atol=1e-4)
    assert found["kl"] == pytest.approx(kl.sum(1).mean().item(), rel=1e-5)
    eps = torch.randn(std.shape, generator=torch.Generator().manual_seed(measures.SAMPLE_SEED))
    logits = model.decoder(posterior.mean + std * eps).double()
    entropy = F.binary_cross_entropy_with_logits(logits, x.double(), reduction="sum").item() / 300
    assert found["cross_entropy"] == pytest.approx(entropy, rel=1e-5)
    assert found["cross_entropy_plus_kl"] == pytest.approx(entropy + found["kl"], rel=1e-6)
    assert found["active_units"] == int((posterior.mean.var(0, unbiased=False) > 0.01).sum())


def test_what_the_code_says_stands_beside_what_it_costs(model, found, test_images):
    if not model.variational:
        assert "mutual_information" not in found
        return
    posterior = model.encode(torch.from_numpy(test_images.images / np.float32(255))).posterior
    known = mutual_information(posterior.mean.numpy(), posterior.logvar.numpy(), measures.SAMPLE_SEED)
    assert found["mutual_information"] == pytest.approx(known.value, rel=1e-5)
    np.testing.assert_allclose(found["mutual_information_per_dimension"], known.per_dimension, atol=1e-4)
    assert 0.1 < known.value < known.bound == pytest.approx(np.log(300))


def test_an_autoregressive_decoder_is_measured_under_teacher_forcing(test_images):
    torch.manual_seed(0)
    small = dict(image_shape=[1, 8, 8], latent_dim=2, widths=[8], row_width=16, binary=True)
    made = build("rows", small).eval()
    with torch.no_grad():
        made.decoder[0].out.weight.mul_(20)
        measured = measures.variational(made, test_images, "here")
        x = torch.from_numpy(binary.draw_array(test_images.pixels(), measures.BINARY_SEED))
        posterior = made.encode(x).posterior
        eps = torch.randn(posterior.std.shape, generator=torch.Generator().manual_seed(measures.SAMPLE_SEED))
        z = posterior.mean + posterior.std * eps
        forced, drawn = (
            F.binary_cross_entropy_with_logits(logits, x, reduction="sum").item() / 300
            for logits in (made.decoder[0].teacher_forced(z, x), made.decoder(z))
        )
    assert measured["nll_given_code"].value == pytest.approx(forced, rel=1e-5)
    assert abs(forced - drawn) > 0.01 * forced


def test_neighbours_on_codes_and_on_pixels(model, found, test_images):
    train = datasets.get("digits").split("train")
    pairs = {
        "knn_accuracy": (codes(model, train).numpy(), codes(model, test_images).numpy()),
        "knn_accuracy_pixels": tuple(s.images.reshape(len(s), -1) / 255 for s in (train, test_images)),
    }
    for name, (known, asked) in pairs.items():
        voters = KNeighborsClassifier(5, algorithm="brute").fit(known, train.labels)
        assert found[name] == pytest.approx(voters.score(asked, test_images.labels), abs=1e-9)


@pytest.mark.parametrize("components", [2, 6])
def test_pca_of_the_same_size(components, test_images):
    measures.pca_error.cache_clear()
    x = test_images.pixels().reshape(300, 64).astype(np.float64)
    train = datasets.get("digits").split("train").pixels().reshape(-1, 64)
    pca = PCA(components, svd_solver="full").fit(train)
    expected = ((pca.inverse_transform(pca.transform(x)) - x) ** 2).mean()
    stated = measures.pca_error("digits", components)
    assert stated.value == pytest.approx(expected, rel=1e-5)
    assert f"PCA with {components} components fitted on 1,197 training images" in stated.how


def test_pca_has_no_more_components_than_there_are_pixels():
    stated = measures.pca_error("digits", 100)
    assert stated.value == pytest.approx(0.0, abs=1e-12) and "PCA with 64 components" in stated.how


class FactorsAsCodes:
    """Stands for `latent.encode` of a model that has read each image's factors: three of the five."""

    followed = ["x", "shape", "y"]

    def __init__(self) -> None:
        dataset = datasets.get("shapes")
        columns = [dataset.factor_names.index(name) for name in self.followed]
        self.known = {
            image.tobytes(): row[columns]
            for name in ("train", "gallery", "test")
            for image, row in zip(dataset.split(name).images, dataset.split(name).factors, strict=True)
        }

    def __call__(self, model, x: np.ndarray) -> tuple[np.ndarray, None]:
        pixels = np.round(x * 255).astype(np.uint8)
        return np.stack([self.known[image.tobytes()] for image in pixels]).astype(np.float32), None


def test_mutual_information_goes_by_the_factors_of_each_image(monkeypatch):
    """A model that knows three factors perfectly has a gap of 1 on them and of 0 on the others."""
    monkeypatch.setattr(measures.factors.latent, "encode", FactorsAsCodes())
    found = measures.factors.measure(None, datasets.get("shapes"))
    gaps = found["mig_per_factor"].value
    assert gaps == pytest.approx({"shape": 1, "scale": 0, "orientation": 0, "x": 1, "y": 1}, abs=0.02)
    assert found["mig"].value == pytest.approx(np.mean(list(gaps.values())), abs=1e-3)
    assert [name for name, _ in found["followed_factor"].value] == FactorsAsCodes.followed
    assert all(share == pytest.approx(1, abs=0.02) for _, share in found["followed_factor"].value)
    assert found["mig"].on == "10,000 images drawn from all 46,080 by a fixed seed"
    # The forests tell three factors always, and guess the other two among 6 and 10 values; a class of one
    # factor says of it what chance says of the rest.
    assert found["dci_informativeness"].value == pytest.approx((3 + 1 / 6 + 1 / 10) / 5, abs=0.02)
    assert found["sap"].value == pytest.approx((2 / 3 + 2 * 15 / 16) / 5, abs=0.02)
    assert 0.6 <= found["dci_completeness"].value < 0.7  # three factors are served by one latent each
    # The shape's three values vary too little beside 16 places to have a vote: x and y are told of five.
    assert found["factor_vae_score"].value == pytest.approx(0.4, abs=0.05)


def test_factors_are_measured_where_a_data_set_has_them(monkeypatch):
    monkeypatch.setattr(measures, "neighbours", lambda *_: {})
    asked = []
    monkeypatch.setattr(measures.factors, "measure", lambda _, dataset: asked.append(dataset.id) or {})
    for latent_dim in (1, 2):  # a gap needs two latents
        small = build("vae", dict(image_shape=[1, 32, 32], latent_dim=latent_dim, widths=[4])).eval()
        measure(small.requires_grad_(False), datasets.get("shapes"))
    assert asked == ["shapes"]
