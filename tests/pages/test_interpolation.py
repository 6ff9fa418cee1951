"""Interpolation: what the browser is sent to show, what Python makes of it, and the paths' formulas.

The pictures on screen are looked at in tests/browser/test_interpolation.py.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
import torch
from sklearn.neighbors import NearestNeighbors

from explorer import datasets, intake, latent, zoo
from explorer.ui import inputs, load, walks
from tests.live.test_pack import read

FAMILIES = {  # of data sets whose images are here without a download; others have tests of their own
    card.family: card.id
    for card in reversed(zoo.cards().values())
    if card.gallery_sha256 and datasets.get(card.dataset).embedded
    and card.family not in ("conditional", "rows") and not card.id.endswith("-dead")
}  # fmt: skip
T = np.linspace(0, 1, 11)


def great_arc(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The path by a rotation in the plane of a and b (Gram-Schmidt; nothing is divided by a sine)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    along = a / np.linalg.norm(a)
    across = b - (b @ along) * along
    turn = np.arctan2(np.linalg.norm(across), b @ along)
    across = across / np.linalg.norm(across)
    length = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    turned = np.cos(t * turn)[:, None] * along + np.sin(t * turn)[:, None] * across
    return length[:, None] * turned


def sent(at, component: str) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of each message to our components of one kind, from the top."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return [read(proto.bytes) for proto in found if proto.component_name == f"latent_explorer_{component}"]


def decoded(model_id: str, z: np.ndarray) -> np.ndarray:
    """uint8 (T, H, W) of codes, by the model itself."""
    x_hat = zoo.load(model_id).decode(torch.from_numpy(np.asarray(z, np.float32))).numpy()
    return np.rint(255 * np.clip(x_hat, 0, 1)).astype(np.uint8)[:, 0]


def close(shown: np.ndarray, expected: np.ndarray) -> bool:
    """Equal to one of 256 grey levels: decoders round."""
    return shown.shape == expected.shape and np.abs(shown.astype(int) - expected.astype(int)).max() <= 1


def stands_at(at) -> float:
    """Where the bar is."""
    (place,) = [meta["value"] for meta, _ in sent(at, "cursor_link") if meta["cursor"] == "interpolation-t"]
    return place[0]


def ends(at, link_of) -> tuple[int, int]:
    said = link_of(at)
    return int(said["aindex"]), int(said["bindex"])


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_the_browser_gets_both_codes_and_both_pictures(open_page, link_of, model_id):
    at = open_page("interpolation", model=model_id)
    a, b = ends(at, link_of)
    gallery = datasets.get(zoo.card(model_id).dataset).split("gallery")
    assert gallery.labels[a] != gallery.labels[b]
    x = gallery.pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load(model_id), x)[0]
    ((meta, arrays),) = sent(at, "walk")
    for name, expected in (("zA", start), ("zB", end), ("a", x[0]), ("b", x[1])):
        np.testing.assert_allclose(arrays[name], expected, atol=1e-5)
    assert meta["exclude"] == [a, b] and "frames" not in arrays and stands_at(at) == 0.5
    (holder,) = [link for link, _ in sent(at, "cursor_link") if link["cursor"] == meta["model"]]
    shown = load.live(model_id)
    codes = None if shown.codes is None else shown.codes.digest
    assert (holder["decoder"], holder["codes"]) == (shown.decoder.digest, codes)
    names = datasets.get(zoo.card(model_id).dataset).label_names
    assert names[gallery.labels[a]] in at.title[0].value and names[gallery.labels[b]] in at.title[0].value


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_strips_for_a_file_are_both_paths_decoded_and_the_pixels_mixed(model_id):
    card = zoo.card(model_id)
    gallery = datasets.get(card.dataset).split("gallery")
    a, b = 0, int(np.argmax(gallery.labels != gallery.labels[0]))
    picked = [inputs.from_gallery(datasets.get(card.dataset), gallery.labels, index) for index in (a, b)]
    found = walks.walk(model_id, *picked)
    x = gallery.pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load(model_id), x)[0]
    linear, spherical, mixed = (frames[:, 0] for frames in found.strips.values())
    assert close(linear, decoded(model_id, (1 - T)[:, None] * start + T[:, None] * end))
    assert close(spherical, decoded(model_id, great_arc(start, end, T)))
    blend = (1 - T)[:, None, None] * gallery.images[a, 0] + T[:, None, None] * gallery.images[b, 0]
    assert close(mixed, np.rint(blend).astype(np.uint8))
    assert not close(linear, spherical)


def test_a_release_of_the_bar_decodes_nothing(open_page, link_of, monkeypatch):
    """Python hears of t, puts it into the link and moves the charts' mark: the browser has the rest."""
    at = open_page("interpolation", model="digits-vae")
    before = sent(at, "walk")
    monkeypatch.setattr(latent, "decode", lambda model, z: pytest.fail("a release decoded on the server"))
    at.session_state["_view"]["interpolation.t"] = 0.37
    at.run()
    assert not at.exception
    assert link_of(at)["t"] == "0.37" and stands_at(at) == 0.37
    (meta, arrays), (old, older) = sent(at, "walk")[0], before[0]
    assert meta == old and all(np.array_equal(arrays[name], older[name]) for name in older)
    (spec,) = charts(at, "The straight line dips")
    a, b = (int(link_of(at)[name]) for name in ("aindex", "bindex"))
    x = datasets.get("digits").split("gallery").pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load("digits-vae"), x)[0].astype(np.float64)
    (mark,) = [trace for trace in spec["data"] if trace["name"] == "linear now"]
    assert mark["x"] == [0.37]
    assert mark["y"] == pytest.approx([np.linalg.norm(0.63 * start + 0.37 * end)], rel=1e-5)


def charts(at, title: str) -> list[dict]:
    """The charts of that title."""
    specs = [chart.proto.spec for chart in at.get("plotly_chart")]
    return [json.loads(spec) for spec in specs if title in spec]


def test_distances_of_the_chart_leave_a_and_b_out(open_page, link_of):
    at = open_page("interpolation", model="digits-vae", t=0.7)
    a, b = ends(at, link_of)
    x = datasets.get("digits").split("gallery").pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load("digits-vae"), x)[0]
    others = np.delete(zoo.gallery("digits-vae").z, [a, b], axis=0)
    near = NearestNeighbors(n_neighbors=1).fit(others)
    (spec,) = charts(at, "How far from real codes")
    curves = {trace["name"]: values(trace["y"]) for trace in spec["data"]}
    line = (1 - T)[:, None] * start + T[:, None] * end
    np.testing.assert_allclose(curves["linear"], near.kneighbors(line)[0][:, 0], rtol=1e-4)
    arc = great_arc(start, end, T)
    np.testing.assert_allclose(curves["spherical"], near.kneighbors(arc)[0][:, 0], rtol=1e-4)


def test_the_chart_shows_the_dip_and_the_gallerys_range(open_page, link_of):
    at = open_page("interpolation", model="digits-vae")
    a, b = ends(at, link_of)
    x = datasets.get("digits").split("gallery").pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load("digits-vae"), x)[0].astype(np.float64)
    (spec,) = charts(at, "The straight line dips")
    curves = {trace["name"]: values(trace["y"]) for trace in spec["data"]}
    line = np.linalg.norm((1 - T)[:, None] * start + T[:, None] * end, axis=1)
    np.testing.assert_allclose(curves["linear"], line, rtol=1e-5)
    even = (1 - T) * np.linalg.norm(start) + T * np.linalg.norm(end)
    np.testing.assert_allclose(curves["spherical"], even, rtol=1e-5)
    band = next(shape for shape in spec["layout"]["shapes"] if shape["type"] == "rect")
    length = np.sort(np.linalg.norm(zoo.gallery("digits-vae").z, axis=1))
    inside = np.mean((length >= band["y0"]) & (length <= band["y1"]))
    assert inside == pytest.approx(0.9, abs=0.01)
    turn = np.degrees(np.arccos(start @ end / np.linalg.norm(start) / np.linalg.norm(end)))
    assert any(f"lie {turn:.0f}° apart" in caption.value for caption in at.caption)


def values(field) -> np.ndarray:
    """Plotly's numbers: a list, or base64 with a type."""
    if isinstance(field, dict):
        return np.frombuffer(base64.b64decode(field["bdata"]), np.dtype(field["dtype"]))
    return np.array(field)


def test_swapping_turns_everything_round(open_page, link_of):
    at = open_page("interpolation", model="digits-vae")
    ((_, before),), title, said = sent(at, "walk"), at.title[0].value, link_of(at)
    next(button for button in at.button if button.label == "Swap A and B").click().run()
    ((_, after),) = sent(at, "walk")
    for one, other in (("zA", "zB"), ("zB", "zA"), ("a", "b"), ("b", "a")):
        np.testing.assert_array_equal(after[one], before[other])
    assert at.title[0].value != title
    assert link_of(at) == said | {"swapped": "true"}
    reopened = open_page("interpolation", **({"model": "digits-vae"} | link_of(at)))
    np.testing.assert_array_equal(sent(reopened, "walk")[0][1]["zA"], after["zA"])


def test_a_second_model_gets_the_same_ends(open_page, link_of):
    at = open_page("interpolation", model="mnist-vae-2d", second="mnist-ae-2d", map="plane", t=0.0)
    x = datasets.get("mnist").split("gallery").pixels(np.array(ends(at, link_of)))
    found = sent(at, "walk")
    for (meta, arrays), model_id in zip(found, ("mnist-vae-2d", "mnist-ae-2d"), strict=True):
        assert meta["words"]["heading"] == zoo.card(model_id).title and meta["t"] == "interpolation-t"
        z = latent.encode(zoo.load(model_id), x)[0]
        np.testing.assert_allclose([arrays["zA"], arrays["zB"]], z, atol=1e-5)
        np.testing.assert_array_equal([arrays["a"], arrays["b"]], x)
    assert [bool(meta["words"]["animate"]) for meta, _ in found] == [True, False]
    assert len([caption for caption in at.caption if "the map is the code itself" in caption.value]) == 2


def test_pins_run_along_the_paths_on_the_map(open_page):
    at = open_page("interpolation", model="mnist-ae", t=0.25, map="pca", aindex=0, bindex=4999)
    ((shown, arrays),) = sent(at, "latent_map")
    assert {(pin["cursor"], pin["path"]) for pin in shown["pathPins"]} == {
        ("interpolation-t", 0),
        ("interpolation-t", 1),
    }
    assert arrays["path0"].shape == arrays["path1"].shape == (11, 2)
    assert [pin["label"] for pin in shown["pins"]] == ["A", "B"]


@pytest.fixture
def refused(monkeypatch):
    """The browser can run no model."""
    whole = load.live

    def without(model_id: str, label: int | None = None):
        return replace(whole(model_id, label), decoder=None, encoder=None, refused="There is no such layer.")

    monkeypatch.setattr(load, "live", without)


def test_a_model_that_the_browser_cannot_run_is_decoded_by_python(open_page, link_of, refused):
    at = open_page("interpolation", model="digits-vae", t=0.3)
    x = datasets.get("digits").split("gallery").pixels(np.array(ends(at, link_of)))
    start, end = latent.encode(zoo.load("digits-vae"), x)[0]
    ((_, arrays),) = sent(at, "walk")
    frames = np.rint(255 * arrays["frames"][:, 0]).astype(np.uint8)
    assert close(frames[:11], decoded("digits-vae", (1 - T)[:, None] * start + T[:, None] * end))
    assert close(frames[11:], decoded("digits-vae", great_arc(start, end, T)))
    now = np.stack([0.7 * start + 0.3 * end, great_arc(start, end, np.array([0.3]))[0]])
    assert close(np.rint(255 * arrays["now"][:, 0]).astype(np.uint8), decoded("digits-vae", now))
    assert sum("no such layer. So the server decodes" in c.value for c in at.caption) == 1


def test_a_broken_second_model_is_named_and_the_first_goes_on(open_page, monkeypatch):
    whole = load.model

    def broken(model_id: str):
        if model_id == "mnist-ae-2d":
            raise zoo.CheckpointError("mnist-ae-2d/weights.safetensors.gz is truncated.")
        return whole(model_id)

    monkeypatch.setattr(load, "model", broken)
    at = open_page("interpolation", model="mnist-vae-2d", second="mnist-ae-2d")
    assert ["mnist-ae-2d/weights.safetensors.gz is truncated."] == [error.value for error in at.error]
    assert len(sent(at, "walk")) == 1


def test_without_originals_the_reconstructions_are_mixed_and_named(open_page, link_of, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    st.cache_resource.clear()
    try:
        at = open_page("interpolation", model="digits-vae")
    finally:
        st.cache_resource.clear()
    ((meta, arrays),) = sent(at, "walk")
    assert meta["words"]["strips"][2]["title"] == "Pixel blend of the reconstructions"
    assert "a" not in arrays  # the browser blends what it decodes
    z = zoo.gallery("digits-vae").z[list(ends(at, link_of))]
    np.testing.assert_array_equal([arrays["zA"], arrays["zB"]], z)
    nobody = [inputs.Input(None, index, "") for index in ends(at, link_of)]
    mixed = walks.walk("digits-vae", *nobody).strips["Pixel blend of the reconstructions"][:, 0]
    first, last = (image.astype(float) for image in decoded("digits-vae", z))
    assert close(mixed, np.rint((1 - T)[:, None, None] * first + T[:, None, None] * last).astype(np.uint8))


def test_an_own_image_is_an_end(open_page):
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, 1:7, 3:5] = 255
    own = intake.encode_text(image)
    at = open_page("interpolation", model="digits-vae", afrom="Draw", aown=own)
    assert at.title[0].value.startswith("What lies between your drawing and a")
    ((meta, arrays),) = sent(at, "walk")
    np.testing.assert_allclose(arrays["a"], image / 255, atol=1e-7)
    assert len(meta["exclude"]) == 1  # B's own code; a drawing has none in the gallery


def test_what_a_link_says_wrongly_is_said(open_page):
    at = open_page("interpolation", model="digits-vae", t=1.5, bindex=300)
    told = " ".join(warning.value for warning in at.warning)
    assert "between 0 and 1" in told and "images 0 to 299" in told


@pytest.mark.parametrize("model_id", ["mnist-vae-2d", "mnist-ae"])
def test_it_says_where_the_path_lies(open_page, model_id):
    approximate = "leave-one-out error"
    known = {"pca": "PCA places every code exactly", "umap": approximate, "tsne": approximate}
    for method, words in known.items():
        at = open_page("interpolation", model=model_id, map=method)
        assert any(words in caption.value for caption in at.caption)


class TestSlerp:
    """explorer.latent.slerp against a rotation."""

    def test_random_codes(self):
        rng = np.random.default_rng(0)
        for _ in range(200):
            a, b = rng.normal(size=(2, 16)).astype(np.float32) * np.float32([[1.0], [2.5]])
            np.testing.assert_allclose(latent.slerp(a, b, T), great_arc(a, b, T), atol=3e-6)

    @pytest.mark.parametrize("short_of_half_a_turn", [1e-1, 1e-2, 1e-3, 3e-4])
    def test_nearly_opposite_codes(self, short_of_half_a_turn):
        """In float32 the arccosine was off by whole units here."""
        rng = np.random.default_rng(1)
        turn = np.pi - short_of_half_a_turn
        for _ in range(50):
            along, across = np.linalg.qr(rng.normal(size=(16, 2)))[0].T
            a, b = np.float32(2 * along), np.float32(3 * (np.cos(turn) * along + np.sin(turn) * across))
            np.testing.assert_allclose(latent.slerp(a, b, T), great_arc(a, b, T), atol=3e-6)
            assert latent.angle(a, b) == pytest.approx(turn, abs=1e-6)

    def test_quarter_turn_by_hand(self):
        path = latent.slerp(np.array([1.0, 0.0]), np.array([0.0, 3.0]), np.array([0.0, 0.5, 1.0]))
        np.testing.assert_allclose(path, [[1, 0], [2 / np.sqrt(2), 2 / np.sqrt(2)], [0, 3]], atol=1e-6)

    def test_where_there_is_no_arc_it_is_the_line(self):
        a = np.array([1.0, 2.0, -1.0])
        for b in (3 * a, -2 * a, 0 * a):
            np.testing.assert_allclose(latent.slerp(a, b, T), np.outer(1 - T, a) + np.outer(T, b), atol=1e-6)

    def test_ends_of_two_models_are_refused(self):
        with pytest.raises(ValueError, match="the two ends have shapes"):
            latent.slerp(np.ones(2), np.ones(3), T)
