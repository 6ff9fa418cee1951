"""A model that is told the class: the pages ask for it, or say that they do not."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch

from explorer import datasets, intake, latent, projection, zoo
from explorer.ui import inputs, load, walks
from tests.live.test_pack import read
from training import evaluate, likelihood, train
from training.recipes import get


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a conditional VAE of binary digits, and the shipped one of digits."""
    folder = tmp_path_factory.mktemp("conditional")
    pca = projection.fit
    with pytest.MonkeyPatch.context() as patch:
        shutil.copytree(zoo.PRETRAINED / "digits-vae", folder / "digits-vae")
        patch.setattr(zoo, "PRETRAINED", folder)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(projection, "fit", lambda method, z, seed: pca("pca", z, seed=seed))
        patch.setattr(likelihood, "SAMPLES", 10)
        base = get("digits-vae")
        recipe = dataclasses.replace(
            base, id="digits-cvae", title="Told the digit", family="conditional",
            arguments=base.arguments | {"binary": True}, epochs=20,
        )  # fmt: skip
        train.train(recipe, 0, torch.device("cpu"), False, lambda: False)
        evaluate.evaluate(recipe.id)
    return folder


@pytest.fixture
def zoo_of_two(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(zoo, "PRETRAINED", trained)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def test_traversal_decodes_the_code_as_the_chosen_class(zoo_of_two, open_page, link_of):
    at = open_page("traversal", model="digits-cvae")
    opening = link_of(at)
    names = datasets.get("digits").label_names
    assert at.selectbox(key="traversal.told").value == names[0] == opening["told"]
    at.selectbox(key="traversal.told").set_value(names[7]).run()
    assert not at.exception and link_of(at)["told"] == names[7]
    assert link_of(at)["z"] == opening["z"]  # only the class has changed
    again = open_page("traversal", **link_of(at))
    assert again.selectbox(key="traversal.told").value == names[7] and not again.warning
    z = np.array([json.loads(opening["z"])], np.float32)
    index = int(opening["index"])
    np.testing.assert_allclose(z[0], zoo.gallery("digits-cvae").z[index], atol=0.02)


def test_the_browser_is_sent_the_networks_of_the_chosen_class(zoo_of_two):
    model = zoo.load("digits-cvae")
    assets = [load.live("digits-cvae", label) for label in (0, 7)]
    assert assets[0].codes == assets[1].codes and assets[0].decoder != assets[1].decoder
    assert assets[0].encoder != assets[1].encoder
    z = latent.prior_samples(3, model.latent_dim, seed=0)
    pictures = [latent.decode(model, z, labels=np.full(3, label)) for label in (0, 7)]
    assert np.abs(pictures[0] - pictures[1]).max() > 0.3


def sent(at, component: str) -> list[dict]:
    """Header of each message to our components of one kind."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return [read(proto.bytes)[0] for proto in found if proto.component_name == f"latent_explorer_{component}"]


def pictures(at) -> dict[str, str]:
    """Caption -> address of each picture that the server has made; the address says what is in it."""
    shown = [each for block in at.main.get("image") for each in block.proto.imgs]
    return {each.caption: each.url for each in shown if each.caption}


def test_traversal_shows_the_same_code_as_every_class(zoo_of_two, open_page, link_of):
    at = open_page("traversal", model="digits-cvae", told="4")
    assert "The same code, every class" in [s.value for s in at.subheader]
    names = datasets.get("digits").label_names
    first = pictures(at)
    assert tuple(first) == names and len(set(first.values())) == len(names)
    again = pictures(open_page("traversal", **link_of(at) | {"told": "7"}))
    assert again == first  # they are of the code, whatever class the sliders show
    moved = json.dumps([0.5] * zoo.load("digits-cvae").latent_dim)
    assert pictures(open_page("traversal", **link_of(at) | {"z": moved})) != first


def test_the_latent_map_decodes_as_the_chosen_class(zoo_of_two, open_page, link_of):
    at = open_page("latent_map", model="digits-cvae")
    names = datasets.get("digits").label_names
    index = int(link_of(at)["at"])
    assert link_of(at)["told"] == names[0]
    assert sum("given the image's own class" in c.value for c in at.caption) == 1
    reconstruction = pictures(at)["reconstruction"]
    (before,) = sent(at, "cursor_link")
    assert before["decoder"] == load.live("digits-cvae", 0).decoder.digest
    at.selectbox(key="latent_map.told").set_value(names[6]).run()
    assert not at.exception and link_of(at)["told"] == names[6]
    (after,) = sent(at, "cursor_link")
    assert after["decoder"] == load.live("digits-cvae", 6).decoder.digest != before["decoder"]
    assert after["value"] == before["value"] and after["codes"] == before["codes"]
    np.testing.assert_allclose(after["value"], zoo.gallery("digits-cvae").z[index], atol=5.1e-5)
    assert pictures(at)["reconstruction"] == reconstruction  # of a gallery image: as its own class


def test_a_drawing_is_encoded_as_an_image_of_the_chosen_class(zoo_of_two, open_page):
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, 1:7, 3:5] = 255
    own = dict(model="digits-cvae", own_from="Draw", own=intake.encode_text(image))
    for label in (1, 8):
        at = open_page("latent_map", told=str(label), **own)
        (link,) = sent(at, "cursor_link")
        x = image[None].astype(np.float32) / 255
        expected = latent.encode(zoo.load("digits-cvae"), x, np.array([label]))[0][0]
        np.testing.assert_allclose(link["value"], expected, atol=5.1e-5)
        assert link["encoder"] == load.live("digits-cvae", label).encoder.digest


def test_interpolation_encodes_by_own_class_and_draws_the_chosen_one(zoo_of_two, open_page, link_of):
    at = open_page("interpolation", model="digits-cvae", told="5")
    indices = [int(link_of(at)[f"{end}index"]) for end in "ab"]
    split = datasets.get("digits").split("gallery")
    model = zoo.load("digits-cvae")
    expected = latent.encode(model, split.pixels(np.array(indices)), split.labels[indices])[0]
    found = [each.proto for each in at.main.get("bidi_component")]
    (walk,) = [read(p.bytes) for p in found if p.component_name == "latent_explorer_walk"]
    np.testing.assert_allclose([walk[1]["zA"], walk[1]["zB"]], expected, atol=1e-5)
    (holder,) = [link for link in sent(at, "cursor_link") if link["cursor"] == walk[0]["model"]]
    assert holder["decoder"] == load.live("digits-cvae", 5).decoder.digest
    assert at.title[0].value.endswith("both drawn as 5?")
    picked = [inputs.from_gallery(datasets.get("digits"), split.labels, index) for index in indices]
    strip = walks.walk("digits-cvae", *picked, label=5).strips["Linear in code space"]
    first = latent.decode(model, expected[:1], labels=np.array([5]))[0]
    assert np.abs(strip[0] / 255 - first).max() < 0.01


def test_only_the_conditional_one_of_two_models_is_told(zoo_of_two, open_page):
    at = open_page("latent_map", model="digits-vae", second="digits-cvae", told="3")
    decoders = {link["cursor"]: link["decoder"] for link in sent(at, "cursor_link")}
    assert decoders["map-code-digits-vae"] == load.live("digits-vae").decoder.digest
    assert decoders["map-code-digits-cvae"] == load.live("digits-cvae", 3).decoder.digest
    at = open_page("interpolation", model="digits-vae", second="digits-cvae", told="3")
    assert not at.error and len(sent(at, "walk")) == 2


def test_a_page_without_a_class_says_what_it_lacks(zoo_of_two):
    assert load.problem("digits-cvae", with_class=True) is None
    assert "told the class of its picture, which this page does not ask for" in load.problem("digits-cvae")


def test_an_unconditional_model_is_asked_for_no_class(zoo_of_two, open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    assert "told" not in link_of(at) and "Class of the picture" not in [s.label for s in at.selectbox]
