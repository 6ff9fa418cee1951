"""Interpolation: the frames on screen are the decoded path, and the paths are what their formulas say."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from explorer import datasets, intake, latent, zoo
from explorer.ui import load

FAMILIES = {  # of data sets whose images are here without a download
    card.family: card.id
    for card in reversed(zoo.cards().values())
    if card.gallery_sha256 and datasets.get(card.dataset).embedded
}
T = np.linspace(0, 1, 11)
LINEAR, SPHERICAL, PIXELS = range(3)


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


def pictures(element) -> np.ndarray:
    """uint8 (T, H, W) of all pictures in a piece of HTML."""
    codes = re.findall(r"data:image/png;base64,([^\"]+)", element.value)
    files = [io.BytesIO(base64.b64decode(code)) for code in codes]
    return np.stack([np.asarray(Image.open(file).convert("L")) for file in files])


def strips(at) -> np.ndarray:
    """uint8 (S, T, H, W) of all strips on the page, from the top."""
    return np.stack([pictures(each) for each in at.get("html") if 'class="film ' in each.value])


def heroes(at, row: int = 0):
    """The pieces of HTML with the large frames."""
    return [each for each in at.get("html") if 'class="rows ' in each.value][row]


def decoded(model_id: str, z: np.ndarray) -> np.ndarray:
    """uint8 (T, H, W) of codes, by the model itself."""
    x_hat = zoo.load(model_id).decode(torch.from_numpy(np.asarray(z, np.float32))).numpy()
    return np.rint(255 * np.clip(x_hat, 0, 1)).astype(np.uint8)[:, 0]


def close(shown: np.ndarray, expected: np.ndarray) -> bool:
    """Equal to one of 256 grey levels: decoders round."""
    return shown.shape == expected.shape and np.abs(shown.astype(int) - expected.astype(int)).max() <= 1


def ends(at, link_of) -> tuple[int, int]:
    said = link_of(at)
    return int(said["aindex"]), int(said["bindex"])


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_strips_are_both_paths_decoded_and_the_pixels_mixed(open_page, link_of, model_id):
    at = open_page("interpolation", model=model_id)
    a, b = ends(at, link_of)
    gallery = datasets.get(zoo.card(model_id).dataset).split("gallery")
    assert gallery.labels[a] != gallery.labels[b]
    x = gallery.pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load(model_id), x)[0]
    shown = strips(at)
    assert close(shown[LINEAR], decoded(model_id, (1 - T)[:, None] * start + T[:, None] * end))
    assert close(shown[SPHERICAL], decoded(model_id, great_arc(start, end, T)))
    mixed = (1 - T)[:, None, None] * gallery.images[a, 0] + T[:, None, None] * gallery.images[b, 0]
    assert close(shown[PIXELS], np.rint(mixed).astype(np.uint8))
    assert not close(shown[LINEAR], shown[SPHERICAL])
    reconstructed = np.rint(255 * latent.reconstruct(zoo.load(model_id), x)[:, 0]).astype(np.uint8)
    for way in (LINEAR, SPHERICAL):
        assert close(shown[way][[0, -1]], reconstructed)
    names = datasets.get(zoo.card(model_id).dataset).label_names
    assert names[gallery.labels[a]] in at.title[0].value and names[gallery.labels[b]] in at.title[0].value


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_numbers_under_the_large_frames(open_page, link_of, model_id):
    at = open_page("interpolation", model=model_id, t=0.7)
    a, b = ends(at, link_of)
    stored = zoo.gallery(model_id)
    split = datasets.get(zoo.card(model_id).dataset).split("gallery")
    start, end = latent.encode(zoo.load(model_id), split.pixels(np.array([a, b])))[0]
    now = np.stack([0.3 * start + 0.7 * end, great_arc(start, end, np.array([0.7]))[0]])
    others = np.delete(stored.z, [a, b], axis=0)
    far = NearestNeighbors(n_neighbors=1).fit(others).kneighbors(now)[0][:, 0]
    large = heroes(at)
    for distance, code in zip(far, now, strict=True):
        said = re.findall(r"<span>([\d.,]+) to the nearest gallery code", large.value)
        assert any(float(each.replace(",", "")) == pytest.approx(distance, rel=0.006) for each in said)
        lengths = re.findall(r"<span>length \|z\| ([\d.,]+)", large.value)
        expected = np.linalg.norm(code)
        assert any(float(each.replace(",", "")) == pytest.approx(expected, rel=0.006) for each in lengths)
    assert "30 % of A and 70 % of B" in large.value
    for frame, strip in zip(pictures(large), strips(at), strict=True):
        np.testing.assert_array_equal(frame, strip[7])


def test_the_chart_shows_the_dip_and_the_gallerys_range(open_page, link_of):
    at = open_page("interpolation", model="digits-vae")
    a, b = ends(at, link_of)
    x = datasets.get("digits").split("gallery").pixels(np.array([a, b]))
    start, end = latent.encode(zoo.load("digits-vae"), x)[0].astype(np.float64)
    (spec,) = (
        json.loads(chart.proto.spec)
        for chart in at.get("plotly_chart")
        if "The straight line dips" in chart.proto.spec
    )
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


def test_swapping_turns_every_strip_round(open_page, link_of):
    at = open_page("interpolation", model="digits-vae")
    before, title, said = strips(at), at.title[0].value, link_of(at)
    next(button for button in at.button if button.label == "Swap A and B").click().run()
    assert close(strips(at), before[:, ::-1])
    assert at.title[0].value != title
    assert link_of(at) == said | {"swapped": "true"}
    reopened = open_page("interpolation", **({"model": "digits-vae"} | link_of(at)))
    np.testing.assert_array_equal(strips(reopened), strips(at))


def test_a_second_model_gets_the_same_ends(open_page, link_of):
    at = open_page("interpolation", model="mnist-vae-2d", second="mnist-ae-2d", map="plane", t=0.0)
    shown = strips(at)
    assert len(shown) == 6
    x = datasets.get("mnist").split("gallery").pixels(np.array(ends(at, link_of)))
    for first, model_id in ((0, "mnist-vae-2d"), (3, "mnist-ae-2d")):
        reconstructed = latent.reconstruct(zoo.load(model_id), x)[:, 0]
        assert close(shown[first][[0, -1]], np.rint(255 * reconstructed).astype(np.uint8))
    np.testing.assert_array_equal(shown[2], shown[5])
    assert len([caption for caption in at.caption if "the map is the code itself" in caption.value]) == 2


def test_a_broken_second_model_is_named_and_the_first_goes_on(open_page, monkeypatch):
    whole = load.model

    def broken(model_id: str):
        if model_id == "mnist-ae-2d":
            raise zoo.CheckpointError("mnist-ae-2d/weights.safetensors is truncated.")
        return whole(model_id)

    monkeypatch.setattr(load, "model", broken)
    at = open_page("interpolation", model="mnist-vae-2d", second="mnist-ae-2d")
    assert ["mnist-ae-2d/weights.safetensors is truncated."] == [error.value for error in at.error]
    assert len(strips(at)) == 3


def test_without_originals_the_reconstructions_are_mixed_and_named(open_page, link_of, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    st.cache_resource.clear()
    try:
        at = open_page("interpolation", model="digits-vae")
    finally:
        st.cache_resource.clear()
    named = [each.value for each in at.get("html") if "Pixel blend of the reconstructions" in each.value]
    assert len(named) == 2  # the strip and the large frame
    z = zoo.gallery("digits-vae").z[list(ends(at, link_of))]
    first, last = (image.astype(float) for image in decoded("digits-vae", z))
    mixed = (1 - T)[:, None, None] * first + T[:, None, None] * last
    assert close(strips(at)[PIXELS], np.rint(mixed).astype(np.uint8))


def test_an_own_image_is_an_end(open_page):
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, 1:7, 3:5] = 255
    own = intake.encode_text(image)
    at = open_page("interpolation", model="digits-vae", afrom="Draw", aown=own)
    assert at.title[0].value.startswith("What lies between your drawing and a")
    np.testing.assert_array_equal(strips(at)[PIXELS][0], image[0])


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
