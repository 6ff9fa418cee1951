"""Denoising: what the browser is sent, the curve and the words are those of an independent computation.

The pictures and scores on screen are looked at in tests/browser/test_denoising.py.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from skimage.metrics import peak_signal_noise_ratio

from explorer import datasets, denoiser, intake, zoo
from explorer.corruption import corrupt_array
from explorer.ui import load
from tests.live.test_pack import read

OURS, PLAIN = "mnist-dae", "mnist-ae"


def sent(at, component: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of the message to our one component of that name."""
    found = [each.proto for each in at.main.get("bidi_component")]
    (proto,) = [each for each in found if each.component_name == f"latent_explorer_{component}"]
    return read(proto.bytes)


def cursors(at) -> dict[str, dict]:
    """What each cursor of the page is told, by its name."""
    found = [each.proto for each in at.main.get("bidi_component")]
    links = [read(each.bytes)[0] for each in found if each.component_name.endswith("_cursor_link")]
    return {link["cursor"]: link for link in links}


def reconstruct(model_id: str, x: np.ndarray) -> np.ndarray:
    model = zoo.load(model_id)
    with torch.inference_mode():
        return model.decode(model.encode(torch.from_numpy(x)).z).numpy()


def clean_image(index: int) -> np.ndarray:
    return datasets.get("mnist").split("gallery").pixels(index)


def text(at) -> str:
    """All captions and paragraphs."""
    return " ".join(each.value for each in (*at.caption, *at.markdown, *at.info))


def noise(arrays: dict[str, np.ndarray], kind: str, level: float) -> np.ndarray:
    """The noisy picture that the browser is to make of what it got, the plain way."""
    x, draws = arrays["clean"], arrays["draws"]
    if kind == "gaussian":
        return np.clip(x + np.float32(level) * draws, 0, 1)
    if kind == "masking":
        return np.where(draws < np.float32(level), 0, x)
    if kind == "salt_pepper":
        return np.where(draws < level / 2, 0, np.where(draws >= 1 - level / 2, 1, x))
    found, side = x.copy(), round(28 * level)
    top, left = (int(each * (29 - side)) for each in draws)
    found[:, top : top + side, left : left + side] = 0
    return found


@pytest.mark.parametrize(
    "kind, level", [("gaussian", 0.5), ("salt_pepper", 0.65), ("masking", 0.2), ("block", 0.4)]
)
def test_the_browser_gets_all_it_needs(open_page, kind, level):
    at = open_page("denoising", model=PLAIN, kind=kind, level=level, seed=3, index=77)
    meta, arrays = sent(at, "noise")
    np.testing.assert_array_equal(arrays["clean"], clean_image(77)[0])
    for other in (level, 0.3, 1.0):
        expected = corrupt_array(clean_image(77), kind, other, seed=3)[0]
        np.testing.assert_allclose(noise(arrays, kind, other), expected, atol=1e-6)
    tuned = zoo.card(OURS).metrics["classical_settings"]["value"][kind]
    assert meta["settings"] == json.loads(json.dumps(tuned))
    assert meta["exclude"] == 77 and meta["truth"] == zoo.gallery(OURS).labels[77]
    assert meta["max"] == zoo.card(OURS).metrics["denoising_curves"]["value"][kind][-1][0]
    assert "denoiser" not in arrays
    links = cursors(at)
    assert links[meta["level"]]["value"] == [level]
    for name, model_id in ((meta["code"], OURS), (meta["plain"], PLAIN)):
        shown = load.live(model_id)
        assert links[name]["encoder"] == shown.encoder.digest
        assert links[name]["decoder"] == shown.decoder.digest
        assert links[name]["codes"] == shown.codes.digest
    with torch.inference_mode():
        noisy = torch.from_numpy(corrupt_array(clean_image(77), kind, level, seed=3))
        z = zoo.load(OURS).encode(noisy).z.numpy()[0]
    np.testing.assert_allclose(links[meta["code"]]["value"], z, atol=1e-4)
    shown, _ = sent(at, "latent_map")
    assert shown["live"]["cursor"] == meta["code"] and not shown["live"]["draggable"]
    rows, _ = sent(at, "noise_methods")
    assert list(rows["names"]) == ["noisy", "denoiser", "plain", "median", "non_local_means"]
    assert rows["bench"] == meta["bench"]


def test_the_formula_states_the_tuned_settings_and_this_images_number(open_page, link_of):
    at = open_page("denoising", model=OURS, level=0.65)
    at.session_state["panel-formula"] = True
    at.run()
    for tuned, settings in zoo.card(OURS).metrics["classical_settings"]["value"]["gaussian"]:
        assert f"at {tuned:g} Median filter: size {settings['median']['size']}" in text(at)
    clean = clean_image(int(link_of(at)["index"]))
    x_hat = reconstruct(OURS, corrupt_array(clean, "gaussian", 0.65, 0))
    assert f"{peak_signal_noise_ratio(clean, x_hat, data_range=1):.1f}$ dB" in text(at)


def test_a_release_of_the_level_filters_nothing_and_sends_no_picture(open_page, link_of, monkeypatch):
    at = open_page("denoising", model=OURS)
    meta, arrays = sent(at, "noise")
    monkeypatch.setattr(denoiser, "classical", lambda *a: pytest.fail("a release filtered on the server"))
    at.session_state["_view"]["denoising.level"] = 0.87
    at.run()
    assert not at.exception
    assert link_of(at)["level"] == "0.87" and cursors(at)[meta["level"]]["value"] == [0.87]
    again, same = sent(at, "noise")
    assert again == meta and all(np.array_equal(same[name], arrays[name]) for name in arrays)
    clean = clean_image(int(link_of(at)["index"]))
    x_hat = reconstruct(OURS, corrupt_array(clean, "gaussian", 0.87, 0))
    (now,) = [trace for trace in curve_of(at)["data"] if trace["name"] == "now"]
    assert numbers(now["x"]) == [0.87]
    expected = peak_signal_noise_ratio(clean, x_hat, data_range=1)
    assert numbers(now["y"]) == pytest.approx([expected], abs=1e-3)


@pytest.fixture
def refused(monkeypatch):
    """The browser can run no model."""
    whole = load.live

    def without(model_id: str):
        return replace(whole(model_id), decoder=None, encoder=None, refused="no such layer")

    monkeypatch.setattr(load, "live", without)


def test_models_that_the_browser_cannot_run_are_run_by_python(open_page, refused):
    at = open_page("denoising", model=PLAIN, level=0.7, index=77)
    _, arrays = sent(at, "noise")
    noisy = corrupt_array(clean_image(77), "gaussian", 0.7, 0)
    for name, model_id in (("denoiser", OURS), ("plain", PLAIN)):
        np.testing.assert_allclose(arrays[name], reconstruct(model_id, noisy)[0], atol=1e-5)
    shown, _ = sent(at, "latent_map")
    assert shown["live"] is None and [pin["label"] for pin in shown["pins"]] == ["clean", "noisy"]


def test_the_seed_is_the_noise(open_page, link_of):
    at = open_page("denoising", model=OURS)
    _, first = sent(at, "noise")
    assert link_of(at)["seed"] == "0" and link_of(at)["level"] == "0.5" and link_of(at)["kind"] == "gaussian"
    (button,) = [b for b in at.button if b.label == "New noise"]
    button.click().run()
    _, second = sent(at, "noise")
    assert link_of(at)["seed"] == "1"
    assert np.array_equal(first["clean"], second["clean"])
    assert not np.array_equal(first["draws"], second["draws"])
    _, again = sent(open_page("denoising", **link_of(at)), "noise")
    assert all(np.array_equal(again[name], second[name]) for name in second)


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
    expected = "The class survives" if fails is None else f"The class is lost from σ = {fails:g}"
    assert curve_of(at)["layout"]["title"]["text"] == expected
    assert sent(at, "noise")[0]["truth"] == stored.labels[index]


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


def test_the_curve_is_that_of_the_image(open_page):
    at = open_page("denoising", model=OURS, level=0.8, index=5)
    traces = {t["name"]: (numbers(t["x"]), numbers(t["y"])) for t in curve_of(at)["data"]}
    place = traces["denoised"][0].index(0.8)
    clean = clean_image(5)
    noisy = corrupt_array(clean, "gaussian", 0.8, 0)
    settings = dict(zoo.card(OURS).metrics["classical_settings"]["value"]["gaussian"])[0.8]["median"]
    filtered = denoiser.classical("median", noisy, settings)
    pairs = {"denoised": reconstruct(OURS, noisy), "noisy input": noisy, "median": filtered}
    for trace, x in pairs.items():
        expected = peak_signal_noise_ratio(clean, x, data_range=1)
        assert traces[trace][1][place] == pytest.approx(expected, abs=1e-3)
    assert traces["now"][1][0] == pytest.approx(traces["denoised"][1][place], abs=1e-4)
    worse = [
        level
        for level, ours, noisy in zip(*traces["denoised"], traces["noisy input"][1], strict=True)
        if not ours >= noisy  # without noise the input's PSNR is infinite, which a chart leaves out
    ]
    assert traces["worse than the noisy input"][0] == worse and 0.0 in worse and 0.8 not in worse
    assert f"at {', '.join(f'{level:g}' for level in worse)};" in text(at)


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
    weights = copied / PLAIN / "weights.safetensors.gz"
    weights.write_bytes(weights.read_bytes()[:-1])
    at = open_page("denoising", model=OURS)
    assert any(f"{PLAIN}/weights.safetensors.gz" in w.value for w in at.warning)
    assert "(`mnist-vae-2d`), trained on clean images only" in text(at)
    for model_id in (PLAIN, "mnist-vae-2d"):
        (copied / model_id / "weights.safetensors.gz").unlink()
    st.cache_resource.clear()
    at = open_page("denoising", model=OURS)
    titles = sent(at, "noise_methods")[0]["names"]
    assert list(titles.values()) == ["Noisy input", "Denoised", "Median filter", "Non-local means"]
    assert sent(at, "noise")[0]["plain"] == ""


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
    assert sent(at, "noise")[0]["words"]["names"]["denoiser"] == "Denoised"


def test_own_image_gets_noise_and_is_judged_by_its_clean_self(open_page):
    own = np.zeros((1, 28, 28), np.uint8)
    own[0, 4:24, 12:16] = 255
    view = {"from": "Draw", "own": intake.encode_text(own), "kind": "masking"}
    at = open_page("denoising", model=OURS, **view)
    clean = own[None].astype(np.float32) / 255
    meta, arrays = sent(at, "noise")
    assert meta["words"]["given"] == "your drawing" and meta["exclude"] is None
    np.testing.assert_array_equal(arrays["clean"], clean[0])
    levels = levels_of("masking")
    votes = votes_by_loops(clean, "masking", levels, 0, None)
    fails = failing_level(levels, votes, votes[0])
    expected = "The class survives" if fails is None else f"The class is lost from a share of {fails:g}"
    assert curve_of(at)["layout"]["title"]["text"] == expected and meta["truth"] == votes[0]
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
    np.testing.assert_allclose(sent(at, "noise")[1]["clean"], decoded[0], atol=0.5 / 255 + 1e-6)


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
    assert sent(at, "noise")[0]["max"] == 1.0 and cursors(at)["denoising-level"]["value"] == [0.5]
