"""Latent map: events move the one selection, and what is shown of it is computed from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer import datasets, intake, latent, zoo
from explorer.models import Autoencoder
from explorer.ui import load, selection
from tests.live.test_pack import read

FAMILIES = {card.family: card.id for card in reversed(zoo.cards().values()) if card.gallery_sha256}


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_opens_with_an_image_and_its_neighbours(open_page, link_of, model_id):
    at = open_page("latent_map", model=model_id)
    assert at.title[0].value == "Which pictures does the model think are alike?"
    index = int(link_of(at)["at"])
    stored = zoo.gallery(model_id)
    distance = np.linalg.norm(stored.z - stored.z[index], axis=1)
    distance[index] = np.inf
    names = datasets.get(zoo.card(model_id).dataset).label_names
    five = [names[label] for label in stored.labels[np.argsort(distance)[:5]]]
    assert any(c.value.startswith(", ".join(five)) for c in at.caption)


def test_lasso_in_a_link_shows_its_counts(open_page):
    stored = zoo.gallery("digits-vae")
    picked = np.flatnonzero(stored.labels == 3)
    at = open_page("latent_map", model="digits-vae", picked=selection.to_text(picked, len(stored.z)))
    assert "The lasso" in [s.value for s in at.subheader]
    spec = [c.proto.spec for c in at.get("plotly_chart") if "images selected" in c.proto.spec]
    assert f"{len(picked)} images selected" in spec[0]


def test_damaged_lasso_is_said(open_page):
    at = open_page("latent_map", model="digits-vae", picked="AAAA")
    assert any("selection" in w.value for w in at.warning)


def test_own_image_from_a_link_is_opened(open_page):
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, 1:7, 3:5] = 255
    at = open_page("latent_map", model="digits-vae", own_from="Draw", own=intake.encode_text(image))
    assert "Opened: your drawing" in [s.value for s in at.subheader]


def test_two_models_share_the_selection(open_page):
    at = open_page("latent_map", model="mnist-ae", second="mnist-vae-2d", at="77")
    assert "Opened: 0, image 77" in [s.value for s in at.subheader]
    opened = [c for c in at.caption if "Distance to the nearest" in c.value]
    assert len(opened) == 2


def test_a_missing_second_model_is_said(open_page):
    at = open_page("latent_map", model="digits-vae", second="mnist-ae")
    assert any("second" in w.value for w in at.warning)


def sent(at, component):
    """Header and arrays of each message to our components of one kind."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return [read(proto.bytes) for proto in found if proto.component_name == f"latent_explorer_{component}"]


@pytest.mark.parametrize("model_id", ["digits-vae", "mnist-vae-2d"])
def test_the_live_point_opens_at_the_opened_images_code(open_page, link_of, model_id):
    at = open_page("latent_map", model=model_id)
    ((cursor, _),) = sent(at, "cursor_link")
    code = zoo.gallery(model_id).z[int(link_of(at)["at"])]
    np.testing.assert_allclose(cursor["value"], code, atol=5.1e-5)
    assert link_of(at)["z"] == "[]"
    ((shown, _),) = sent(at, "latent_map")
    assert shown["live"]["cursor"] == cursor["cursor"] == sent(at, "picture")[0][0]["cursor"]


def test_a_code_from_a_link_is_where_the_live_point_stands(open_page, link_of):
    at = open_page("latent_map", model="mnist-vae-2d", z=[0.1234, -1.5])
    assert sent(at, "cursor_link")[0][0]["value"] == [0.1234, -1.5]
    assert link_of(at)["z"] == "[0.1234,-1.5]"
    assert not at.warning


@pytest.mark.parametrize("z", [[0.5], ["a", "b"], [1, None]])
def test_a_code_that_does_not_fit_is_said(open_page, z):
    at = open_page("latent_map", model="mnist-vae-2d", z=z)
    assert any("this model's code has 2" in w.value or "another kind" in w.value for w in at.warning)


def test_another_image_takes_the_live_point_to_its_own_code(open_page):
    first = open_page("latent_map", model="digits-vae", at=5, z=[0.0] * 8, zof="00000000")
    code = zoo.gallery("digits-vae").z[5]
    np.testing.assert_allclose(sent(first, "cursor_link")[0][0]["value"], code, atol=5.1e-5)


def test_each_of_two_models_has_its_own_cursor(open_page):
    at = open_page("latent_map", model="mnist-ae", second="mnist-vae-2d", z2=[0.5, 0.25])
    values = {meta["cursor"]: meta["value"] for meta, _ in sent(at, "cursor_link")}
    assert values["map-code-mnist-vae-2d"] == [0.5, 0.25]
    assert len(values["map-code-mnist-ae"]) == zoo.gallery("mnist-ae").z.shape[1]
    assert sorted(meta["cursor"] for meta, _ in sent(at, "picture")) == sorted(values)


def test_the_ellipse_is_the_opened_posteriors(open_page, link_of):
    stored = zoo.gallery("mnist-vae-2d")
    at = open_page("latent_map", model="mnist-vae-2d", z=[1, 1])
    index = int(link_of(at)["at"])
    arrays = sent(at, "latent_map")[0][1]
    np.testing.assert_allclose(arrays["liveStd"].ravel(), np.exp(stored.logvar[index] / 2), rtol=1e-6)
    np.testing.assert_allclose(arrays["liveCentre"].ravel(), stored.z[index], rtol=1e-6)
    at = open_page("latent_map", model="mnist-vae-2d", map="umap")
    assert "liveStd" not in sent(at, "latent_map")[0][1]
    assert any("No σ ellipse" in c.value for c in at.caption)


def test_a_rerun_asks_no_network(open_page, monkeypatch):
    at = open_page("latent_map", model="digits-vae")

    def refuse(*_: object) -> None:
        raise AssertionError("a network ran on the server")

    monkeypatch.setattr(Autoencoder, "decode", refuse)
    monkeypatch.setattr(Autoencoder, "encode", refuse)
    at.run()
    assert not at.exception


def test_where_the_browser_cannot_run_the_model_the_server_decodes(open_page, monkeypatch):
    facts = load.live("mnist-vae-2d")
    sentence = "The browser cannot compute the layer GELU; it knows Linear."
    refused = replace(facts, decoder=None, encoder=None, refused=sentence)
    monkeypatch.setattr(load, "live", lambda model_id, label=None: refused)
    at = open_page("latent_map", model="mnist-vae-2d", z=[0.5, -0.5])
    ((shown, _),) = sent(at, "latent_map")
    assert shown["live"]["draggable"] and not shown["lattice"]  # it moves, and the picture follows a release
    expected = latent.decode(zoo.load("mnist-vae-2d"), np.array([[0.5, -0.5]]))[0]
    np.testing.assert_allclose(
        sent(at, "cursor_link")[0][1]["rendered"].reshape(expected.shape), expected, atol=1e-6
    )
    assert sum(sentence in c.value for c in at.caption) == 1


def test_selection_text_round_trip():
    rng = np.random.default_rng(0)
    for share in (0.0, 0.01, 0.5, 1.0):
        indices = np.flatnonzero(rng.random(5000) < share)
        text = selection.to_text(indices, 5000)
        assert np.array_equal(selection.from_text(text, 5000), indices)
    with pytest.raises(ValueError, match="another gallery"):
        selection.from_text(selection.to_text(np.arange(9), 300), 5000)
