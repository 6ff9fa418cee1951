"""Denoising: the numbers, pictures and levels on screen are those of an independent computation."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from scipy.ndimage import median_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means

from explorer import datasets, intake, zoo
from explorer.corruption import corrupt_array
from explorer.ui import load

OURS, PLAIN = "mnist-dae", "mnist-ae"


def columns(at, key: str) -> dict[str, tuple[list[np.ndarray], list[str]]]:
    """What a row of pictures shows: title -> (pictures uint8 (H, W) or (H, W, 3), lines of text)."""
    (body,) = [each.value for each in at.get("html") if f'class="rows rows-{key}"' in each.value]
    found = {}
    for figure in re.findall(r"<figure>(.*?)</figure>", body, re.S):
        title = html.unescape(re.search(r"<strong>(.*?)</strong>", figure)[1])
        codes = re.findall(r"data:image/png;base64,([^\"]+)", figure)
        pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]
        found[title] = pictures, [html.unescape(t) for t in re.findall(r"<span>(.*?)</span>", figure)]
    return found


def same(drawn: np.ndarray, x: np.ndarray) -> bool:
    """Drawn uint8 (H, W) is x, float (H, W) in [0, 1], but for rounding."""
    return bool(np.abs(drawn.astype(int) - np.rint(x * 255).astype(int)).max() <= 1)


def reconstruct(model_id: str, x: np.ndarray) -> np.ndarray:
    model = zoo.load(model_id)
    with torch.inference_mode():
        return model.decode(model.encode(torch.from_numpy(x)).z).numpy()


def clean_image(index: int) -> np.ndarray:
    return datasets.get("mnist").split("gallery").pixels(index)


def settings(kind: str, tuned: float) -> dict[str, dict[str, float]]:
    return dict(zoo.card(OURS).metrics["classical_settings"]["value"][kind])[tuned]


def finish(image: np.ndarray, gain: float = 1.0, offset: float = 0.0) -> np.ndarray:
    return np.clip(gain * image + offset, 0, 1)


def text(at) -> str:
    """All captions and paragraphs."""
    return " ".join(each.value for each in (*at.caption, *at.markdown, *at.info))


@pytest.mark.parametrize(
    "kind, level, tuned",
    [("gaussian", 0.5, 0.5), ("salt_pepper", 0.65, 0.5), ("masking", 0.2, 0.1), ("block", 0.4, 0.3)],
)
def test_pictures_and_scores_are_scikit_images(open_page, kind, level, tuned):
    at = open_page("denoising", model=PLAIN, kind=kind, level=level, seed=3, index=77)
    clean = clean_image(77)
    noisy = corrupt_array(clean, kind, level, seed=3)
    parameters = settings(kind, tuned)
    m, n = dict(parameters["median"]), dict(parameters["non_local_means"])
    ends = [{k: p.pop(k) for k in ("gain", "offset") if k in p} for p in (m, n)]
    expected = {
        "Noisy input": noisy[0, 0],
        "Denoised": reconstruct(OURS, noisy)[0, 0],
        "Plain model": reconstruct(PLAIN, noisy)[0, 0],
        "Median filter": finish(median_filter(noisy[0, 0], size=m["size"]), **ends[0]),
        "Non-local means": finish(denoise_nl_means(noisy[0, 0], **n), **ends[1]),
    }
    cells, heroes = columns(at, "cells"), columns(at, "heroes")
    assert list(cells) == list(expected)
    psnr = {}
    for name, x in expected.items():
        (picture, residual), (decibel, similarity) = cells[name]
        assert same(picture, x), name
        assert residual.shape == (28, 28, 3)
        error = x - clean[0, 0]
        red, blue = (residual[..., c].astype(int) for c in (0, 2))
        assert (red > blue)[error > 0.1].all() and (blue > red)[error < -0.1].all()
        psnr[name] = peak_signal_noise_ratio(clean[0, 0], x.astype(np.float32), data_range=1)
        assert float(decibel.removesuffix(" dB")) == pytest.approx(psnr[name], abs=0.051)
        ssim = structural_similarity(clean[0, 0].astype(float), x.astype(float), win_size=7, data_range=1)
        assert float(similarity.removeprefix("SSIM ")) == pytest.approx(ssim, abs=0.0051)
    best = max(("Median filter", "Non-local means"), key=psnr.__getitem__)
    assert list(heroes) == ["Clean", "Noisy input", "Denoised", best]
    assert same(heroes["Clean"][0][0], clean[0, 0]) and same(heroes["Denoised"][0][0], expected["Denoised"])
    assert f"here as for {tuned:g}" in text(at)
    if psnr["Denoised"] < psnr["Noisy input"]:
        assert "farther from the clean picture than the noisy input is" in text(at)
        return
    gain = psnr["Denoised"] - psnr[best]
    stated = re.search(r"Denoised: ([\d.]+) dB (above|below) the better filter", text(at))
    assert float(stated[1]) == pytest.approx(abs(gain), rel=0.01) and (stated[2] == "above") == (gain > 0)


def test_the_seed_is_the_noise(open_page, link_of):
    at = open_page("denoising", model=OURS)
    first = columns(at, "heroes")
    assert link_of(at)["seed"] == "0" and link_of(at)["level"] == "0.5" and link_of(at)["kind"] == "gaussian"
    (button,) = [b for b in at.button if b.label == "New noise"]
    button.click().run()
    second = columns(at, "heroes")
    assert link_of(at)["seed"] == "1"
    assert np.array_equal(first["Clean"][0][0], second["Clean"][0][0])
    assert not np.array_equal(first["Noisy input"][0][0], second["Noisy input"][0][0])
    again = columns(open_page("denoising", **link_of(at)), "heroes")
    for name in second:
        assert np.array_equal(again[name][0][0], second[name][0][0])
        assert again[name][1] == second[name][1]


def votes_by_loops(
    x: np.ndarray, kind: str, levels: list[float], seed: int, left_out: int | None
) -> list[int]:
    """The class that the five nearest gallery codes give x (1, C, H, W) at each level, the plain way."""
    stored, model = zoo.gallery(OURS), zoo.load(OURS)
    found = []
    for level in levels:
        with torch.inference_mode():
            z = model.encode(torch.from_numpy(corrupt_array(x, kind, level, seed))).z.numpy()[0]
        distance = np.sqrt(((stored.z.astype(float) - z) ** 2).sum(axis=1))
        if left_out is not None:
            distance[left_out] = np.inf
        counts = Counter(int(label) for label in stored.labels[np.argsort(distance)[:5]])
        found.append(min(counts, key=lambda label: (-counts[label], label)))
    return found


def failing_level(levels: list[float], votes: list[int], truth: int) -> float | None:
    """The lowest level at which and above which no vote is right."""
    pairs = list(zip(levels, votes, strict=True))
    return min((v for v in levels if all(vote != truth for w, vote in pairs if w >= v)), default=None)


def curve_of(at) -> dict:
    (chart,) = [c for c in at.get("plotly_chart") if "PSNR" in c.proto.spec]
    return json.loads(chart.proto.spec)


def levels_of(kind: str) -> list[float]:
    return [0.0, *(row[0] for row in zoo.card(OURS).metrics["denoising_curves"]["value"][kind])]


@pytest.mark.parametrize("index, kind, unit", [(4750, "gaussian", "σ = "), (12, "block", "a side of ")])
def test_failing_level_is_that_of_a_brute_force_search(open_page, index, kind, unit):
    at = open_page("denoising", model=OURS, index=index, kind=kind, seed=2)
    truth = int(zoo.gallery(OURS).labels[index])
    levels = levels_of(kind)
    fails = failing_level(levels, votes_by_loops(clean_image(index), kind, levels, 2, index), truth)
    title = curve_of(at)["layout"]["title"]["text"]
    assert title == ("The class survives" if fails is None else f"The class is lost from {unit}{fails:g}")
    lines = [s for s in curve_of(at)["layout"]["shapes"] if s["type"] == "line"]
    marks = [s["x0"] for s in lines if s["line"]["width"] > 2]
    assert marks == ([] if fails is None else [fails])
    if kind == "block":
        assert fails is not None  # a block as large as the image leaves nothing of a 0


def test_a_gallery_image_is_judged_by_its_label_and_not_by_its_clean_vote(open_page):
    stored, levels = zoo.gallery(OURS), levels_of("gaussian")
    for index in range(len(stored.z)):
        distance = ((stored.z - stored.z[index]) ** 2).sum(axis=1)
        distance[index] = np.inf
        if (stored.labels[np.argsort(distance)[:5]] != stored.labels[index]).all():
            break  # no neighbour has its label: an outlier of its class
    votes = votes_by_loops(clean_image(index), "gaussian", levels, 0, index)
    fails = failing_level(levels, votes, int(stored.labels[index]))
    assert votes[0] != stored.labels[index] and fails != failing_level(levels, votes, votes[0])
    at = open_page("denoising", model=OURS, index=index)
    assert curve_of(at)["layout"]["title"]["text"] == f"The class is lost from σ = {fails:g}"
    names = datasets.get("mnist").label_names
    assert f"wrong, it is “{names[stored.labels[index]]}”" in text(at)


def test_average_curve_and_its_failing_level_are_the_cards(open_page):
    at = open_page("denoising", model=OURS, kind="salt_pepper")
    rows = zoo.card(OURS).metrics["denoising_curves"]["value"]["salt_pepper"]
    (line,) = [t for t in curve_of(at)["data"] if t["name"] == "denoised, average"]
    assert numbers(line["x"]) == pytest.approx([r[0] for r in rows])
    assert numbers(line["y"]) == pytest.approx([r[2] for r in rows])
    first = next(r[0] for r in rows if r[3] < 0.5)
    assert all(r[3] < 0.5 for r in rows if r[0] >= first)
    notes = [a["text"] for a in curve_of(at)["layout"]["annotations"]]
    assert f"on average from {first:g}" in notes


def numbers(values: list | dict) -> list[float]:
    """Plotly's arrays: a list, or base64 of a typed array."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"])).tolist()
    return values


def test_curve_of_the_image_agrees_with_the_pictures(open_page):
    at = open_page("denoising", model=OURS, level=0.8, index=5)
    traces = {t["name"]: (numbers(t["x"]), numbers(t["y"])) for t in curve_of(at)["data"]}
    place = traces["denoised"][0].index(0.8)
    shown = columns(at, "cells")
    pairs = {"denoised": "Denoised", "median": "Median filter", "noisy input": "Noisy input"}
    for trace, title in pairs.items():
        (decibel, _) = shown[title][1]
        assert float(decibel.removesuffix(" dB")) == pytest.approx(traces[trace][1][place], abs=0.051)
    assert traces["now"][1][0] == pytest.approx(traces["denoised"][1][place])
    worse = [
        level
        for level, ours, noisy in zip(*traces["denoised"], traces["noisy input"][1], strict=True)
        if not ours >= noisy  # without noise the input's PSNR is infinite, which a chart leaves out
    ]
    assert traces["worse than the noisy input"][0] == worse and 0.0 in worse and 0.8 not in worse
    assert f"at {', '.join(f'{level:g}' for level in worse)};" in text(at)


def test_without_noise_the_page_says_that_denoising_does_harm(open_page):
    at = open_page("denoising", model=OURS, level=0.0)
    assert columns(at, "heroes")["Noisy input"][1][0] == "∞ dB"
    assert "farther from the clean picture than the noisy input is" in text(at)


def test_which_model_is_which_is_said(open_page):
    plain = "Plain model: {} (`{}`), trained on clean images only"
    at = open_page("denoising", model="mnist-vae-2d")
    assert plain.format(zoo.card("mnist-vae-2d").title, "mnist-vae-2d") in text(at)
    assert f"Denoised: {zoo.card(OURS).title} (`{OURS}`)" in text(at)
    at = open_page("denoising", model=OURS)  # an autoencoder, convolutional like the denoiser
    assert "(`mnist-conv-ae`), trained on clean images only" in text(at)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The app's zoo is a copy of three models, which a test may change, with a second denoiser."""
    for model_id in (OURS, PLAIN, "mnist-vae-2d"):
        shutil.copytree(zoo.PRETRAINED / model_id, tmp_path / model_id)
    shutil.copytree(tmp_path / OURS, tmp_path / "second-dae")
    described = json.loads((tmp_path / OURS / "card.json").read_text())
    changed = described | {"id": "second-dae", "title": "Another denoiser"}
    (tmp_path / "second-dae" / "card.json").write_text(json.dumps(changed))
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path
    st.cache_resource.clear()
    st.cache_data.clear()


def test_several_denoisers_are_a_choice(open_page, link_of, copied):
    at = open_page("denoising", model=PLAIN)
    assert f"Denoised: {zoo.card(OURS).title} (`{OURS}`)" in text(at)
    at.selectbox(key="denoising.denoiser").set_value("second-dae").run()
    assert not at.exception and link_of(at)["denoiser"] == "second-dae"
    assert "Denoised: Another denoiser (`second-dae`)" in text(at)
    at = open_page("denoising", model="second-dae")  # the sidebar's own denoiser needs no choice
    assert "denoiser" not in link_of(at) and "Denoised: Another denoiser (`second-dae`)" in text(at)


def test_a_damaged_plain_model_is_named_and_the_page_goes_on(open_page, copied):
    weights = copied / PLAIN / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    at = open_page("denoising", model=OURS)
    assert any(f"{PLAIN}/weights.safetensors" in w.value for w in at.warning)
    assert "(`mnist-vae-2d`), trained on clean images only" in text(at)
    for model_id in (PLAIN, "mnist-vae-2d"):
        (copied / model_id / "weights.safetensors").unlink()
    st.cache_resource.clear()
    at = open_page("denoising", model=OURS)
    assert list(columns(at, "cells")) == ["Noisy input", "Denoised", "Median filter", "Non-local means"]


def test_a_denoiser_without_its_curves_is_said(open_page, copied):
    described = json.loads((copied / OURS / "card.json").read_text())
    (copied / OURS / "card.json").write_text(json.dumps(described | {"metrics": {}}))
    at = open_page("denoising", model=OURS)
    assert any(f"`python -m training.evaluate {OURS}`" in e.value for e in at.error)


def test_a_data_set_without_a_denoiser_offers_one(open_page, link_of):
    at = open_page("denoising", model="digits-vae")
    assert "No model of Digits 8×8 in this collection was trained to undo noise." in text(at)
    (button,) = [b for b in at.button if b.label == "Open the denoiser of MNIST"]
    button.click().run()
    assert not at.exception
    assert link_of(at)["data"] == "mnist" and link_of(at)["model"] == OURS
    assert "Denoised" in columns(at, "heroes")


def test_own_image_gets_noise_and_is_judged_by_its_clean_self(open_page):
    own = np.zeros((1, 28, 28), np.uint8)
    own[0, 4:24, 12:16] = 255
    view = {"from": "Draw", "own": intake.encode_text(own), "kind": "masking"}
    at = open_page("denoising", model=OURS, **view)
    clean = own[None].astype(np.float32) / 255
    shown = columns(at, "heroes")
    assert shown["Clean"][1] == ["your drawing"] and same(shown["Clean"][0][0], clean[0, 0])
    assert same(shown["Noisy input"][0][0], corrupt_array(clean, "masking", 0.5, 0)[0, 0])
    levels = levels_of("masking")
    votes = votes_by_loops(clean, "masking", levels, 0, None)
    fails = failing_level(levels, votes, votes[0])
    expected = "The class survives" if fails is None else f"The class is lost from a share of {fails:g}"
    assert curve_of(at)["layout"]["title"]["text"] == expected
    assert "what they vote for without noise" in text(at)


def test_where_originals_are_missing_a_decoding_is_the_clean_picture(open_page, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    load.thumbnails.clear()
    try:
        at = open_page("denoising", model=PLAIN, index=9)
    finally:
        load.thumbnails.clear()
    assert f"The clean picture is itself a decoding by {zoo.card(PLAIN).title}" in text(at)
    with torch.inference_mode():
        decoded = zoo.load(PLAIN).decode(torch.from_numpy(zoo.gallery(PLAIN).z[[9]])).numpy()
    assert same(columns(at, "heroes")["Clean"][0][0], decoded[0, 0])


@pytest.mark.parametrize("wrong", [{"level": 7}, {"kind": "fog"}, {"seed": -1}, {"seed": "many"}])
def test_bad_values_in_a_link_are_said(open_page, link_of, wrong):
    at = open_page("denoising", model=OURS, **wrong)
    (name,) = wrong
    assert any(f"asks for {name}" in w.value for w in at.warning)
    assert link_of(at)[name] == {"level": "0.5", "kind": "gaussian", "seed": "0"}[name]


def test_another_kind_has_its_own_range(open_page, link_of):
    at = open_page("denoising", model=OURS, level=1.8)
    at.segmented_control(key="denoising.kind").set_value("masking").run()
    assert not at.exception and not at.warning
    assert link_of(at)["level"] == "0.5"
    assert at.slider(key="denoising.level").max == 1.0
