"""Each page takes up each kind of model: wide codes, drawing row by row, a collapsed code, one class."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from explorer import ladder, latent, zoo
from explorer.live import network
from explorer.models.rows import RowDecoder
from explorer.ui import load
from tests.live.test_pack import read
from tests.small_zoo import KINDS, SHAPE

PAGES = ("latent_map", "traversal", "interpolation")


pytestmark = pytest.mark.usefixtures("small_zoo")


def sent(at, component: str) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of each message to our components of one kind."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return [read(proto.bytes) for proto in found if proto.component_name == f"latent_explorer_{component}"]


def captions(at) -> str:
    return " ".join(each.value for each in at.caption)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("model_id", sorted(KINDS))
def test_every_page_opens_with_every_kind(open_page, page, model_id):
    at = open_page(page, model=model_id)
    assert not at.error and not at.warning
    assert sent(at, "walk" if page == "interpolation" else "picture")


@pytest.mark.parametrize("page", PAGES)
def test_wide_codes_stay_on_the_server(open_page, page):
    at = open_page(page, model="digits-wide")
    assert all(link["codes"] is None for link, _ in sent(at, "cursor_link"))
    size = sum(len(each.proto.bytes) for each in at.main.get("bidi_component"))
    assert size < zoo.gallery("digits-wide").z.nbytes / 2
    assert "200 numbers each and stay on the server" in captions(at)
    assert "stay on the server" not in captions(open_page(page, model="digits-linear"))


def test_codes_that_are_too_wide_are_not_packed():
    with pytest.raises(ValueError, match="too wide to be sent"):
        network.codes(np.zeros((3, network.WIDEST + 1)), np.zeros(3, np.int64), 1.0)
    assert network.codes(np.zeros((3, network.WIDEST)), np.zeros(3, np.int64), 1.0).packed


def test_a_wide_map_opens_on_pca_and_says_where_nothing_can_be_dragged(open_page, link_of):
    at = open_page("latent_map", model="digits-wide")
    assert link_of(at)["map"] == "pca"
    assert sent(at, "latent_map")[0][0]["live"]["method"] == "pca" and "no dragging" not in captions(at)
    at = open_page("latent_map", model="digits-wide", map="umap")
    assert sent(at, "latent_map")[0][0]["live"] is None and "no dragging on this map" in captions(at)
    assert link_of(open_page("latent_map", model="digits-linear"))["map"] == "umap"


def test_a_wide_code_gets_64_sliders_and_says_what_is_left_out(open_page):
    order, _, alive = load.dimension_order("digits-wide")
    living = [index for index, lives in zip(order, alive, strict=True) if lives]
    assert len(living) > 64  # else the case below is none
    at = open_page("traversal", model="digits-wide", all=True)
    ((sliders, _),), ((pad, _),), ((strip, _),) = (sent(at, name) for name in ("sliders", "pad2d", "strip"))
    assert [each["index"] for each in sliders["alive"]] == living[:64]
    assert len(sliders["folded"]) <= 64
    assert [each["index"] for each in pad["dimensions"]] == order[:64]
    assert len(strip["rows"]) == 64
    left = len(living) - 64, max(0, len(order) - len(living) - 64)
    said = f"{left[0]} that carry information and {left[1]} that do not are left out"
    assert said in captions(at) and "ranked by their variance" in captions(at)
    at = open_page("traversal", model="digits-wide", axes=[order[0], order[99]])
    assert any("the first 64" in warning.value for warning in at.warning)
    assert json.loads(json.dumps(sent(at, "pad2d")[0][0]["axes"])) == sorted(order[:2])


@pytest.mark.parametrize("page", PAGES)
def test_row_by_row_the_server_decodes_and_says_why(open_page, page):
    at = open_page(page, model="digits-rows")
    assert captions(at).count("The decoder draws row after row") == 1
    assert all(link["decoder"] is None for link, _ in sent(at, "cursor_link"))
    model = zoo.load("digits-rows")
    if page == "interpolation":
        ((_, arrays),) = sent(at, "walk")
        codes = latent.lerp(arrays["zA"], arrays["zB"], np.linspace(0, 1, 11))
        np.testing.assert_allclose(arrays["frames"][:11], latent.decode(model, codes), atol=1e-5)
        return
    ((link, arrays),) = sent(at, "cursor_link")
    expected = latent.decode(model, np.array([link["value"]]))[0]
    np.testing.assert_allclose(arrays["rendered"].reshape(expected.shape), expected, atol=1e-5)


@pytest.mark.parametrize("page", PAGES)
def test_row_by_row_a_page_draws_few_times_and_then_not_again(open_page, page, monkeypatch):
    calls: list[int] = []
    forward = RowDecoder.forward

    def counted(self, z, noise=None):
        calls.append(len(z))
        return forward(self, z, noise)

    monkeypatch.setattr(RowDecoder, "forward", counted)
    at = open_page(page, model="digits-rows")
    assert 1 <= len(calls) <= 4  # of many pictures each: a drawing takes as long for a hundred as for one
    calls.clear()
    at.run()
    assert not at.exception and not calls


def test_a_collapsed_code_is_said_to_carry_nothing_and_can_be_moved(open_page):
    at = open_page("traversal", model="digits-dead")
    assert any("None of 4 dimensions carries information" in each.value for each in at.markdown)
    ((sliders, _),) = sent(at, "sliders")
    assert len(sliders["alive"]) == 4 and not sliders["folded"]
    assert len(sent(at, "strip")[0][0]["rows"]) == 4
    assert "None of" not in " ".join(
        each.value for each in open_page("traversal", model="digits-linear").markdown
    )


@pytest.mark.parametrize("page", PAGES)
def test_where_all_codes_are_the_same_no_distance_is_told(open_page, page):
    assert np.ptp(zoo.gallery("digits-dead").z, axis=0).max() == 0
    at = open_page(page, model="digits-dead")
    assert all(link["codes"] is None for link, _ in sent(at, "cursor_link"))
    assert "Most codes of the gallery are one and the same" in captions(at)


@pytest.mark.parametrize("page", PAGES)
def test_without_the_originals_the_pictures_are_decoded(open_page, page, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    at = open_page(page, model="digits-rows")
    assert not at.error
    thumbnails = load.thumbnails("digits", "digits-rows")
    stored = zoo.gallery("digits-rows")
    expected = latent.decode(zoo.load("digits-rows"), stored.z[:5])
    np.testing.assert_array_equal(thumbnails[:5], np.round(255 * expected).astype(np.uint8))


def test_only_models_that_have_seen_noise_are_denoisers(open_page):
    at = open_page("denoising", model="digits-linear")
    assert any("was trained to undo noise" in info.value for info in at.info)


def test_no_ladder_takes_in_what_differs_in_more_than_beta():
    """The β ladder of grey MNIST, beside the collapse ladder, binary models and models of one class."""
    first = zoo.card("digits-oneclass-3")

    def card(model_id: str, family: str, arguments: dict, classes: list[int]) -> zoo.ModelCard:
        recipe = {"corruptions": []} | ({"classes": classes} if classes else {})
        sha256 = hashlib.sha256(model_id.encode()).hexdigest()
        return dataclasses.replace(
            first, id=model_id, family=family, arguments=arguments, recipe=recipe, sha256=sha256
        )

    grey = SHAPE | dict(latent_dim=5)
    rungs = [card(f"beta-{beta:g}", "vae", grey | dict(beta=beta), []) for beta in (0.5, 2.0)]
    others = [
        card("binary", "vae", grey | dict(beta=1.0, binary=True), []),
        card("told", "conditional", grey | dict(beta=1.0), []),
        card("collapsed", "scheduled", grey | dict(beta=100.0), []),
        card("weak", "scheduled", grey | dict(beta=1.0), []),
        card("one", "vae", grey | dict(beta=0.05), [1]),
    ]
    found = ladder.find([*others, *rungs], "digits")
    assert [each.id for each in (*found.rungs, *found.waiting)] == ["beta-0.5", "beta-2"]
