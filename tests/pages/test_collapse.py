"""Posterior collapse lab: table, film, hidden pair, floor and linear VAE, against their sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from sklearn.decomposition import PCA

from explorer import datasets, latent, zoo
from explorer.studies import collapse
from explorer.ui import duel
from tests.collapse_runs import EPOCHS, RUNS, make
from tests.live.test_pack import read
from tests.small_zoo import make as make_others


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    make(folder)
    return folder


@pytest.fixture(autouse=True)
def zoo_of_runs(made: Path, use_zoo: Callable[[Path], None]) -> None:
    use_zoo(made)


def film(at) -> tuple[dict, dict[str, np.ndarray]]:
    """What the film was told."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return read(next(p.bytes for p in found if p.component_name == "latent_explorer_epoch_film"))


def pictures(at, alt: str) -> list[str]:
    """Sources of the table's pictures whose text alternative begins so."""
    body = "".join(each.proto.body for each in at.get("html"))
    return re.findall(rf'<img src="([^"]*)" alt="{alt}', body)


def heroes(at) -> list[str]:
    """The two large pictures, by what they hold."""
    return [each.proto.imgs[0].url for each in at.main.get("image")][:2]


def test_the_table_states_the_cards(open_page):
    at = open_page("collapse", data="digits")
    assert not at.error and not at.warning
    table = next(each.proto.body for each in at.get("html") if "active units" in each.proto.body)
    lines = [re.findall(r"<t[hd][^>]*>([^<]*)<", line) for line in table.split("<tr>")[1:]]
    assert [line[0] for line in lines[1:]] == ["plain", "floor", "cycles", "nothing"]
    for line, (_, _, kl, told, active, nll) in zip(lines[1:], RUNS.values(), strict=True):
        assert line[1] == f"{active} of 4"
        assert int(line[2]) == sum(each >= 0.1 for each in kl)
        assert [float(cell) for cell in line[3:7]] == pytest.approx(
            [sum(kl), sum(told), nll, nll + sum(kl)], abs=0.051
        )
    assert lines[1][7] == "" and lines[2][7] == "+0.9"


def test_the_film_holds_both_trainings_on_one_scale(open_page, link_of):
    at = open_page("collapse", data="digits", left="digits-cycles", right="digits-floor", epoch=3)
    meta, arrays = film(at)
    assert [run["title"] for run in meta["runs"]] == ["cycles", "floor"]
    for place, run in enumerate(("digits-cycles", "digits-floor")):
        expected = np.outer(np.arange(1, EPOCHS + 1) / EPOCHS, RUNS[run][2])
        np.testing.assert_allclose(arrays[f"kl{place}"].reshape(expected.shape), expected, atol=1e-6)
        assert meta["runs"][place]["order"] == np.argsort(-np.array(RUNS[run][2])).tolist()
    assert meta["runs"][0]["weights"] == pytest.approx([0.5, 1, 1, 0, 0.5, 1, 1, 1])
    assert meta["top"] == pytest.approx(4.0)
    assert link_of(at)["epoch"] == "3"


def test_it_opens_on_the_plain_run_and_the_emptiest_of_the_same_weight(open_page, link_of):
    carried = link_of(open_page("collapse", data="digits"))
    pair = collapse.collapsed([c for c in zoo.cards().values() if c.id in ("digits-floor", "digits-cycles")])
    assert (carried["left"], carried["right"], carried["epoch"]) == ("digits-plain", pair.id, str(EPOCHS))


@pytest.mark.parametrize("name, bad", [
    ("left", "mnist-vae"), ("epoch", 99), ("pair", 1000), ("answer", "C"), ("noise", -1.0), ("probe", "z9"),
    ("run", "none"), ("a1", 9.0),
])  # fmt: skip
def test_a_bad_link_is_said(open_page, name, bad):
    at = open_page("collapse", data="digits", **{name: bad})
    assert any(name in warning.value for warning in at.warning)


def test_the_names_come_after_an_answer(open_page, link_of):
    at = open_page("collapse", data="digits", pair=4)
    first, second, place = collapse.duel(collapse.find(zoo.cards().values(), "digits").measured, 4)

    def said() -> str:
        return " ".join(each.value for each in at.markdown if "is the collapsed one" in each.value)

    reveal = next(b for b in at.button if b.label == "Reveal")
    assert reveal.disabled and not said()
    at.button_group(key="collapse.answer").set_value(duel.SIDES[place]).run()
    assert not said()
    next(b for b in at.button if b.label == "Reveal").click().run()
    assert "That is right" in said()
    assert all(collapse.name(card) in said() for card in (first, second))
    assert link_of(at)["revealed"] == "true"
    next(b for b in at.button if b.label == "Another pair").click().run()
    carried = link_of(at)
    assert (carried["pair"], carried["answer"], carried["revealed"]) == ("5", duel.NOT_YET, "false")
    wrong = open_page("collapse", data="digits", pair=4, answer=duel.SIDES[1 - place], revealed=True)
    assert any(f"You said {duel.SIDES[1 - place]}" in each.value for each in wrong.markdown)


def test_only_one_of_the_two_answers_to_its_sliders(open_page):
    at = open_page("collapse", data="digits", pair=4)
    place = collapse.duel(collapse.find(zoo.cards().values(), "digits").measured, 4)[2]
    empty, full = duel.SIDES[place], duel.SIDES[1 - place]
    seen = {side: heroes(at)[i] for i, side in enumerate(duel.SIDES)}
    for side in duel.SIDES:
        at.slider(key=f"collapse.{side.lower()}1").set_value(3.0).run()
    now = {side: heroes(at)[i] for i, side in enumerate(duel.SIDES)}
    assert now[empty] == seen[empty] and now[full] != seen[full]
    backs = {side: pictures(at, f"Model {side}: reconstruction") for side in duel.SIDES}
    assert len(backs["A"]) == len(backs["B"]) == 10
    assert len(set(backs[empty])) == 1 < len(set(backs[full]))


def test_the_dimension_at_the_floor_opens_and_its_film_is_the_models(open_page, link_of):
    at = open_page("collapse", data="digits")
    carried = link_of(at)
    assert (carried["run"], carried["probe"]) == ("digits-floor", "z4")  # at its floor, and says least
    text = next(each.value for each in at.markdown if each.value.startswith("z4 costs"))
    assert "**0.510 nats** and says **0.0100 nats**" in text and "costs more than it says" in text
    z = zoo.gallery("digits-floor").z
    labels = zoo.gallery("digits-floor").labels
    members = np.flatnonzero(labels == 3)
    centre = members[np.argmin(np.linalg.norm(z[members] - z[members].mean(axis=0), axis=1))]
    ends = latent.traverse(z[centre], 3, np.array([-3.0, 3.0]))
    decoded = np.rint(latent.decode(zoo.load("digits-floor"), ends) * 255)
    change = float(re.search(r"a pixel changes by ([\d.]+)", text)[1])
    assert change == pytest.approx(np.abs(decoded[1] - decoded[0]).mean() / 255, rel=6e-3)


def test_the_linear_vae_keeps_what_exceeds_the_noise(open_page):
    pixels = datasets.get("digits").split("gallery").images.reshape(-1, 64) / 255.0
    pca = PCA().fit(pixels)
    lambdas = pca.explained_variance_ * (len(pixels) - 1) / len(pixels)

    def alive(at, size: int = 32) -> int:
        text = next(each.value for each in at.markdown if "dimensions stay alive" in each.value)
        return int(re.search(rf"\*\*(\d+) of {size} dimensions stay alive", text)[1])

    for noise in (0.25, 0.71, 2.0):
        at = open_page("collapse", data="digits", noise=noise)
        assert alive(at) == int((lambdas > noise**2).sum())
    assert alive(open_page("collapse", data="digits", noise=0.1, size=3), 3) == 3  # no more than the code has
    at = open_page("collapse", data="digits")
    next(b for b in at.button if b.label == "Take the likeliest noise").click().run()
    best = lambdas[32:].mean() ** 0.5
    assert at.slider(key="collapse.noise").value == pytest.approx(best, abs=0.006)
    assert alive(at) == int((lambdas[:32] > round(best, 2) ** 2).sum())


def test_without_the_originals_the_runs_stay(open_page, monkeypatch):
    monkeypatch.setattr("explorer.ui.load.images", lambda dataset_id: None)
    at = open_page("collapse", data="digits")
    assert not at.error and film(at)
    assert not pictures(at, "input") and len(pictures(at, "Model A: reconstruction")) == 10
    assert any("not on this machine" in each.value for each in at.caption)


def test_data_without_runs_offers_those_that_have_them(open_page, tmp_path, monkeypatch):
    make_others(tmp_path)
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
    st.cache_resource.clear()
    at = open_page("collapse", data="digits")
    assert any("Trained but not measured" in each.value for each in at.info)
    assert any("no two models were trained to be compared" in each.value for each in at.info)
    assert any("dimensions stay alive" in each.value for each in at.markdown)  # needs no model


def test_the_formula_adds_up_the_runs_own_numbers(open_page):
    at = open_page("collapse", data="digits", right="digits-floor")
    at.session_state["panel-formula"] = True
    at.run()
    plain = [re.sub("<[^>]*>", "", each.value) for each in at.markdown]  # terms explain themselves on hover
    text = next(each for each in plain if "that is not the ELBO" in each)
    assert "18.0 + 6.9 = **24.9 nats**" in text
    assert f"{18 + 4 + 2 + 0.51 + 0.5:.1f} in all" in text
