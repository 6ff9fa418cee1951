"""β comparison: what is on screen is the cards' and the models' own, and every model gets the same noise.

A ladder of tiny models is trained here, two seeds each, so that these tests do not depend on what is shipped;
the ladders that are shipped go through the same ones.
"""

from __future__ import annotations

import base64
import dataclasses
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image

from explorer import datasets, ladder, projection, zoo
from explorer.figures import beta as figures
from explorer.ui.widgets import number
from training import evaluate, train
from training.recipes import get

BETAS = (0.5, 1.0, 8.0)
STAND_IN = "digits"
CARDS = zoo.cards().values()
LADDERS = {each: ladder.find(CARDS, each) for each in sorted({card.dataset for card in CARDS})}
SHIPPED = [dataset_id for dataset_id, found in LADDERS.items() if found and len(found.rungs) > 1]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a β ladder on digits, trained and evaluated by the project's own code."""
    folder = tmp_path_factory.mktemp("ladder")
    pca = projection.fit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "PRETRAINED", folder)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(
            projection, "fit", lambda method, z, seed: pca("pca", z, seed=seed)
        )  # maps do not matter
        for beta in BETAS:
            base = get("digits-vae")
            recipe = dataclasses.replace(
                base,
                id=f"digits-b{beta:g}",
                title=f"Digits, β = {beta:g}",
                arguments=base.arguments | {"beta": beta},
                epochs=8,
                seeds=(0, 1),
            )
            for seed in recipe.seeds:
                train.train(recipe, seed, torch.device("cpu"), False, lambda: False)
            evaluate.evaluate(recipe.id)
    return folder


@pytest.fixture
def copied(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The app's zoo is a copy of `trained`, which a test may damage."""
    folder = shutil.copytree(trained, tmp_path / "zoo")
    monkeypatch.setattr(zoo, "PRETRAINED", folder)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield folder
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(params=["stand-in", *SHIPPED])
def dataset_id(request: pytest.FixtureRequest) -> str:
    """A data set that has a ladder in the app's zoo."""
    if request.param == "stand-in":
        request.getfixturevalue("copied")
        return STAND_IN
    return request.param


def rungs(dataset_id: str) -> tuple[zoo.ModelCard, ...]:
    return ladder.find(zoo.cards().values(), dataset_id).rungs


def body(at) -> str:
    """The page's table of pictures as HTML."""
    return next(each.value for each in at.get("html") if 'class="pt ' in each.value)


def table(at) -> list[list[str]]:
    """The cells of the page's table, row by row, as HTML; the row's label first."""
    rows = re.findall(r"<tr>(.*?)</tr>", body(at), re.S)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]


def text(cell: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", cell)).strip()


def row(at, label: str) -> list[str]:
    """The cells right of the label that starts so."""
    return next(cells[1:] for cells in table(at) if text(cells[0]).startswith(label))


def image(cell: str) -> np.ndarray:
    """uint8 (H, W) of the PNG in a cell."""
    (code,) = re.findall(r"data:image/png;base64,([^\"]+)", cell)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("L"))


def decoded(model_id: str, z: np.ndarray) -> np.ndarray:
    """uint8 (B, H, W) of codes (B, L), by the bare model."""
    with torch.inference_mode():
        x_hat = zoo.load(model_id).decode(torch.from_numpy(np.asarray(z, np.float32)))
    return np.rint(x_hat[:, 0].numpy() * 255).astype(np.uint8)


def same(drawn: np.ndarray, expected: np.ndarray) -> bool:
    """Equal but for rounding: batches of another size may differ in the last bit."""
    return bool(np.abs(drawn.astype(int) - expected.astype(int)).max() <= 1)


def test_numbers_under_the_columns_are_the_cards(open_page, dataset_id):
    at = open_page("beta", data=dataset_id)
    assert not at.exception
    assert [text(cell) for cell in table(at)[0][1:]] == [f"β = {ladder.beta(c):g}" for c in rungs(dataset_id)]
    for label, metric in (("rate", "kl"), ("distortion", "cross_entropy")):
        for cell, card in zip(row(at, label), rungs(dataset_id), strict=True):
            mean, sd = re.fullmatch(r"([\d.,]+)\s+± ([\d.,]+)", text(cell)).groups()
            seeds = card.metrics[metric]["seeds"]
            assert float(mean) == pytest.approx(np.mean(seeds), rel=5e-3)
            assert float(sd) == pytest.approx(np.std(seeds, ddof=1), rel=5e-2)


def test_every_model_gets_the_same_noise(open_page, dataset_id):
    for seed in (0, 7):
        at = open_page("beta", data=dataset_id, seed=seed)
        for card in rungs(dataset_id):
            place = rungs(dataset_id).index(card)
            noise = np.random.default_rng(seed).standard_normal((3, card.arguments["latent_dim"]), np.float32)
            for i, expected in enumerate(decoded(card.id, noise)):
                assert same(image(row(at, f"sample {i + 1}")[place]), expected)


def test_each_model_reconstructs_and_traverses_the_same_input(open_page, link_of, dataset_id):
    at = open_page("beta", data=dataset_id)
    x = datasets.get(dataset_id).split("gallery").images[[int(link_of(at)["index"])]]
    reconstructions = next(cells for cells in table(at) if text(cells[0]) == "input")
    assert np.array_equal(image(reconstructions[0]), x[0, 0])
    for place, card in enumerate(rungs(dataset_id)):
        with torch.inference_mode():
            z = zoo.load(card.id).encode(torch.from_numpy(x / np.float32(255))).z.numpy()
        assert same(image(reconstructions[1 + place]), decoded(card.id, z)[0])
        kl = card.metrics["kl_per_dimension"]["value"]
        assert text(row(at, "dimension")[place]).startswith(f"z{int(np.argmax(kl)) + 1} ")
        for label, value in (("−3σ", -3.0), ("0", 0.0), ("+2σ", 2.0)):
            z[0, int(np.argmax(kl))] = value
            assert same(image(row(at, label)[place]), decoded(card.id, z)[0])


def test_error_bars_on_the_page_are_the_seeds_spread(open_page, dataset_id):
    at = open_page("beta", data=dataset_id)
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    (dots,) = (trace for trace in figure["data"] if "customdata" in trace)
    for axis, metric in (("x", "kl"), ("y", "cross_entropy")):
        seeds = [card.metrics[metric]["seeds"] for card in rungs(dataset_id)]
        assert dots[axis] == pytest.approx([np.mean(each) for each in seeds])
        assert dots[f"error_{axis}"]["array"] == pytest.approx([np.std(each, ddof=1) for each in seeds])


def test_highlight_is_in_the_link_and_chooses_the_card(open_page, link_of, copied):
    at = open_page("beta", data=STAND_IN, beta="8")
    assert link_of(at)["beta"] == "8"
    marked = re.findall(r'<th scope="col" class="pt-on">([^<]*)', body(at))
    assert marked == ["β = 8"]
    assert any("digits-b8" in expander.label for expander in at.expander)
    at.selectbox(key="shared.model").set_value("digits-b1").run()  # the sidebar names another rung
    assert link_of(at)["beta"] == "1"
    assert any("digits-b1" in expander.label for expander in at.expander)


def test_charts_are_drawn_once_for_each_beta(open_page, copied, monkeypatch):
    drawn = []

    def counted(figure, title, *rest):
        drawn.append(title)
        return layout(figure, title, *rest)

    layout = figures.layout  # every chart of the page passes through it
    monkeypatch.setattr(figures, "layout", counted)
    at = open_page("beta", data=STAND_IN, beta="8")
    assert len(drawn) == len(at.get("plotly_chart")) - 1 > 0  # the noise has a slider of its own
    first, before = len(drawn), row(at, "sample 1")
    at.slider(key="beta.seed").set_value(7).run()
    assert row(at, "sample 1") != before
    steps = row(at, "+2σ")
    at.number_input(key="beta.number").set_value(3).run()
    assert row(at, "+2σ") != steps
    open_page("beta", data=STAND_IN, beta="8")  # another visitor
    assert len(drawn) == first
    at.button_group(key="beta.beta").set_value("1").run()
    assert len(drawn) == 2 * first


def test_a_beta_that_is_not_there_is_said(open_page, copied):
    at = open_page("beta", data=STAND_IN, beta="3")
    assert any("beta = 3" in warning.value and "0.5, 1, 8" in warning.value for warning in at.warning)


def test_sentences_use_the_cards_numbers(open_page, copied):
    at = open_page("beta", data=STAND_IN)
    one, eight = rungs(STAND_IN)[1:]
    story = next(m.value for m in at.markdown if m.value.startswith("**From β"))
    said = re.search(r"rate \w+ from ([\d.]+) to ([\d.]+)", story)
    for word, card in zip(said.groups(), (one, eight), strict=True):
        assert float(word) == pytest.approx(card.metrics["kl"]["value"], rel=5e-3)
    sums = {ladder.name(c): c.metrics["cross_entropy_plus_kl"]["value"] for c in rungs(STAND_IN)}
    assert f"smallest at β\u00a0=\u00a0{min(sums, key=sums.get)} " in story


def test_a_damaged_model_is_named_and_the_others_go_on(open_page, copied):
    weights = copied / "digits-b1" / zoo.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:1000])
    at = open_page("beta", data=STAND_IN)
    assert not at.exception
    assert any(
        "digits-b1/weights.safetensors.gz" in error.value and "truncated" in error.value for error in at.error
    )
    assert [text(cell) for cell in table(at)[0][1:]] == ["β = 0.5", "β = 8"]


def test_an_unmeasured_model_is_left_out_and_named(open_page, copied):
    card = json.loads((copied / "digits-b8" / zoo.CARD).read_text("utf-8"))
    (copied / "digits-b8" / zoo.CARD).write_text(
        json.dumps(card | {"metrics": {}, "gallery_sha256": None}), encoding="utf-8"
    )
    at = open_page("beta", data=STAND_IN)
    assert not at.exception
    assert any("training.evaluate digits-b8" in info.value for info in at.info)
    assert [text(cell) for cell in table(at)[0][1:]] == ["β = 0.5", "β = 1"]


def test_a_data_set_without_a_ladder_offers_those_that_have_one(open_page, link_of):
    without = sorted({card.dataset for card in zoo.cards().values()} - set(SHIPPED))
    assert "fashion" in without  # one VAE: nothing to compare
    for dataset_id in without:
        at = open_page("beta", data=dataset_id)
        assert any(datasets.get(dataset_id).title in info.value for info in at.info)
        assert not at.get("plotly_chart")
        offers = [b for b in at.button if b.label.startswith("Compare β on")]
        assert {b.key.removeprefix("to-") for b in offers} == set(SHIPPED)
    for offer in offers[:1]:
        offer.click().run()
        assert link_of(at)["data"] == offer.key.removeprefix("to-")
        assert len(table(at)[0]) == 1 + len(rungs(link_of(at)["data"]))


# One word in the loss


def test_averaging_over_pixels_names_the_beta_and_the_nearest_rung(open_page, copied, link_of):
    at = open_page("beta", data=STAND_IN, model="digits-b1", pixels="mean")
    said = "\n".join(m.value for m in at.markdown)
    assert "β = 1 · 64 = 64.0" in said and "nearest model here has β = 8" in said
    next(b for b in at.button if b.key == "mark-nearest").click().run()
    assert link_of(at)["beta"] == "8"


def test_the_noise_of_a_plain_sum_and_of_this_models_residuals(open_page, copied):
    at = open_page("beta", data=STAND_IN, model="digits-b1", std=0.5)
    said = "\n".join(m.value for m in at.markdown)
    best = zoo.card("digits-b1").metrics["mse"]["value"] ** 0.5
    assert "β = 2 · 0.5² = 0.500" in said and "β = 1, assumes 0.707" in said
    assert f"likeliest at **{best:.3f}**" in said


def test_a_code_of_two_numbers_shows_its_posteriors(open_page):
    at = open_page("beta", data="digits")
    assert "The posteriors of the same images" in [h.value for h in at.subheader]
    (said,) = [m.value for m in at.markdown if m.value.startswith("β = 0.05: std")]
    z = zoo.gallery("digits-2d-b0.05").z
    assert f"**{number(float(np.sqrt(z.astype(float).var(axis=0).mean())))}**" in said
    elsewhere = open_page("beta", data="mnist")
    assert "The posteriors of the same images" not in [h.value for h in elsewhere.subheader]
