"""A model that is told the class: Traversal asks for it, and the other pages say that they do not."""

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

from explorer import datasets, latent, projection, zoo
from explorer.ui import load
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


def test_other_pages_say_what_they_lack(zoo_of_two, open_page):
    for page in ("latent_map", "interpolation"):
        at = open_page(page, model="digits-cvae")
        assert [e.value for e in at.error] == [
            "Told the digit is told the class of its picture, which only Traversal asks for: open it there. "
            "The other models in the sidebar still work."
        ]
    at = open_page("interpolation", model="digits-vae", second="digits-cvae")
    assert "which only Traversal asks for" in " ".join(e.value for e in [*at.error, *at.warning])


def test_an_unconditional_model_is_asked_for_no_class(zoo_of_two, open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    assert "told" not in link_of(at) and "Class of the picture" not in [s.label for s in at.selectbox]
