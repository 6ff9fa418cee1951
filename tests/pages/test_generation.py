"""Generation and holes: the numbers on the page are those of a second computation, for each kind of model."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.distance import cdist
from torch.distributions import Normal, kl_divergence

from explorer import datasets, zoo
from explorer.studies import generation
from tests import small_zoo
from tests.pages.reading import figure, numbers, words
from tests.small_zoo import SHAPE

MODELS = {
    "digits-linear": small_zoo.KINDS["digits-linear"],
    "digits-told": small_zoo.KINDS["digits-told"],
    "digits-rows": small_zoo.KINDS["digits-rows"],
    "digits-oneclass-3": small_zoo.KINDS["digits-oneclass-3"],
    "digits-flat": ("vae", SHAPE | dict(latent_dim=2), []),
    "digits-flat-plain": ("autoencoder", SHAPE | dict(latent_dim=2), []),
    "digits-b1": ("vae", SHAPE | dict(latent_dim=3), []),
    "digits-b4": ("vae", SHAPE | dict(latent_dim=3, beta=4.0), []),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generation")
    small_zoo.make(folder, MODELS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "PRETRAINED", folder)
        for model_id, size in (("digits-b1", 1.0), ("digits-b4", 4.0)):  # a ladder needs measured cards
            card = zoo.card(model_id)
            names = ("kl", "cross_entropy", "cross_entropy_plus_kl", "active_units", "kl_per_dimension")
            metric = dict(value=size, unit="nats", better=None, how="made up", on="nothing")
            card.metrics.update({name: metric for name in names})
            zoo.write_card(card)
    return folder


@pytest.fixture(autouse=True)
def zoo_of_ours(made: Path, use_zoo: Callable[[Path], None]) -> None:
    use_zoo(made)


def decoded(model_id: str, z: np.ndarray, label: int | None = None) -> np.ndarray:
    """uint8 (B, 64) as a screen shows codes (B, L), by the bare model."""
    labels = None if label is None else torch.full((len(z),), label)
    with torch.inference_mode():
        x_hat = zoo.load(model_id).decode(torch.from_numpy(np.asarray(z, np.float32)), labels)
    return np.rint(x_hat.flatten(1).numpy().clip(0, 1) * 255)


def gallery() -> tuple[np.ndarray, np.ndarray]:
    split = datasets.get("digits").split("gallery")
    return split.images.reshape(len(split), -1) / 255, split.labels


def cells(at, label: str) -> list[np.ndarray]:
    """The pictures of a table's row, uint8 (H, W)."""
    bodies = " ".join(each.value for each in at.get("html") if 'class="pt ' in each.value)
    row = next(r for r in re.findall(r"<tr>(.*?)</tr>", bodies, re.S) if f'pt-label">{label}<' in r)
    codes = re.findall(r"data:image/png;base64,([^\"]+)", row)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(each))).convert("L")) for each in codes]


@pytest.mark.parametrize("model_id", sorted(MODELS))
def test_opens_with_every_kind(open_page, model_id):
    at = open_page("generation", model=model_id)
    assert not at.error and not at.warning
    assert figure(at, "Which classes") and figure(at, "Out of the data") and figure(at, "What the average KL")


def test_distances_under_the_grids_are_those_of_all_pairs(open_page):
    at = open_page("generation", model="digits-flat-plain", seed=3, temperature=0.8, parts="5")
    real, labels = gallery()
    z = zoo.gallery("digits-flat-plain").z
    noise = 0.8 * np.random.default_rng(3).standard_normal((200, 2), np.float32)
    sources = {
        "N(0, I) into the decoder": noise,
        "Own mean and covariance": z.mean(axis=0) + noise @ np.linalg.cholesky(np.cov(z.T, bias=True)).T,
        "Mixture of 5 Gaussians": generation.fit(z, 5).sample(200, 3, 0.8),
    }
    said = [float(n) for n in re.findall(r"\*\*([\d.]+)\*\* from the nearest real image", words(at))]
    shares = figure(at, "Which classes")["data"]
    for i, (title, codes) in enumerate(sources.items()):
        apart = cdist(decoded("digits-flat-plain", codes) / 255, real)
        assert said[i] == pytest.approx(apart.min(axis=1).mean(), rel=6e-3)
        votes = [np.bincount(labels[np.argsort(row, kind="stable")[:10]], minlength=10) for row in apart]
        expected = np.bincount(np.argmax(votes, axis=1), minlength=10) / 2
        bars = next(trace["y"] for trace in shares if trace["name"] == title)
        assert np.abs(numbers(bars) - expected).sum() <= 3  # percent; of equal distances either may win


def test_real_images_are_measured_without_themselves(open_page):
    at = open_page("generation", model="digits-flat")
    real, _ = gallery()
    apart = cdist(real, real)
    np.fill_diagonal(apart, np.inf)
    (said,) = re.findall(r"\*\*Real images: ([\d.]+)\*\*", words(at))
    which = np.linspace(0, 299, 200).astype(int)
    assert float(said) == pytest.approx(apart[which].min(axis=1).mean(), rel=6e-3)


def test_models_with_codes_of_one_size_get_the_same_noise(open_page):
    at = open_page("generation", model="digits-b1", seed_all=5)
    noise = np.random.default_rng(5).standard_normal((4, 3), np.float32)
    row = cells(at, "draw 2")
    shown = {tuple(each.ravel()) for each in row}
    for model_id in ("digits-b1", "digits-b4"):
        expected = decoded(model_id, noise)[1]
        assert any(np.abs(np.array(each) - expected).max() <= 1 for each in shown)
    assert "the others draw theirs by the same seed" in words(at)


def test_densities_at_the_point_are_torchs(open_page):
    at = open_page("generation", model="digits-flat", plane="digits-flat", z=[0.5, -1.25])
    stored = zoo.gallery("digits-flat")
    point = torch.tensor([0.5, -1.25]).double()
    mean, std = torch.from_numpy(stored.z).double(), torch.from_numpy(stored.logvar).double().mul(0.5).exp()
    aggregate = Normal(mean, std).log_prob(point).sum(1).exp().mean().item()
    prior = Normal(0.0, 1.0).log_prob(point).sum().exp().item()
    said = re.search(r"has density \*\*([\d.]+)\*\* and all posteriors together \*\*([\d.]+)\*\*", words(at))
    assert [float(n) for n in said.groups()] == pytest.approx([prior, aggregate], rel=0.06)


@pytest.mark.parametrize("model_id", ["digits-flat", "digits-flat-plain"])
def test_the_walk_is_as_far_from_real_images_as_all_pairs_say(open_page, link_of, model_id):
    at = open_page("generation", model=model_id, plane=model_id, at=17, z=[2.5, 2.0])
    assert link_of(at)["at"] == "17" and json.loads(link_of(at)["z"]) == [2.5, 2.0]
    t = np.linspace(0, 1, 41)[:, None]
    z = (1 - t) * zoo.gallery(model_id).z[17] + t * np.array([2.5, 2.0])
    expected = cdist(decoded(model_id, z) / 255, gallery()[0]).min(axis=1)
    (curve,) = (trace for trace in figure(at, "Out of the data")["data"] if trace.get("name") == "distance")
    np.testing.assert_allclose(numbers(curve["y"]), expected, atol=0.02)


def test_the_hole_is_where_no_other_place_is_worse(open_page, link_of):
    at = open_page("generation", model="digits-flat", plane="digits-flat")
    here = np.array(json.loads(link_of(at)["z"]))
    stored = zoo.gallery("digits-flat")

    def too_dense(place: np.ndarray) -> float:
        std = np.exp(0.5 * stored.logvar)
        inside = -0.5 * (((place - stored.z) / std) ** 2).sum(1) - np.log(std).sum(1)
        return float(-0.5 * (place**2).sum() - np.log(np.exp(inside).mean()))

    assert np.linalg.norm(here) <= 2
    side = np.linspace(-2, 2, 23)
    others = [np.array([x, y]) for x in side for y in side if np.hypot(x, y) <= 1.9]
    assert too_dense(here) > max(map(too_dense, others)) - 0.3  # their places lie between ours


def test_the_parts_of_the_kl_add_up_to_torchs(open_page):
    at = open_page("generation", model="digits-b4")
    information, mismatch = figure(at, "What the average KL")["data"][:2]
    stored = zoo.gallery("digits-b4")
    posterior = Normal(torch.from_numpy(stored.z), torch.from_numpy(stored.logvar).mul(0.5).exp())
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1).mean().item()
    assert information["y"][0] + mismatch["y"][0] == pytest.approx(expected, rel=1e-5)
    assert 0 <= information["y"][0] <= np.log(300) and "log 300 = 5.70" in words(at)


def test_a_row_is_one_z_and_a_column_one_class(open_page):
    at = open_page("generation", model="digits-told", seed_told=2)
    z = np.random.default_rng(2).standard_normal((5, 4), np.float32)
    for i in (0, 4):
        row = cells(at, f"z {i + 1}")
        for label in (0, 7):
            expected = decoded("digits-told", z[[i]], label)[0].reshape(8, 8)
            assert np.abs(row[label].astype(float) - expected).max() <= 1


def test_a_wrong_label_moves_the_code_by_what_is_said(open_page, link_of):
    at = open_page("generation", model="digits-told", wrong="7")
    assert link_of(at)["wrong"] == "7"
    stored = zoo.gallery("digits-told")
    members = np.flatnonzero(stored.labels == 4)
    index = members[np.linalg.norm(stored.z[members] - stored.z[members].mean(0), axis=1).argmin()]
    x = torch.from_numpy(gallery()[0][[index]].reshape(1, 1, 8, 8).astype(np.float32))
    with torch.inference_mode():
        told = [zoo.load("digits-told").encode(x, torch.tensor([label])).z.numpy() for label in (4, 7)]
    apart = cdist(stored.z, stored.z)
    np.fill_diagonal(apart, np.inf)
    expected = np.linalg.norm(told[1] - told[0]) / np.median(apart.min(axis=1))
    (said,) = re.findall(r"moves the code by ([\d.]+) times", words(at))
    assert float(said) == pytest.approx(expected, rel=0.02)


def test_bad_values_of_a_link_are_said(open_page):
    bad = dict(z=[1, 2, 3], at=300, plane="none", parts="7", temperature=9, seed_one=-1, wrong="x")
    at = open_page("generation", model="digits-told", **bad)
    notices = " ".join(each.value for each in at.warning)
    assert all(f"asks for {name} = " in notices for name in bad)


def test_without_a_model_that_it_needs_a_section_says_so(open_page, made, tmp_path, monkeypatch):
    (tmp_path / "digits-b4").symlink_to(made / "digits-b4")
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
    at = open_page("generation", model="digits-b4")
    said = " ".join(each.value for each in at.info)
    assert "two numbers" in said and "told the class" in said
