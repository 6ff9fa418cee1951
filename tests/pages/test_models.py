"""Models: the table says what the cards say, filters filter, and at most two models are open."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from explorer import catalogue, datasets, latent, zoo
from explorer.ui import load, model_pair, zoo_table

VAE, DIGITS = "mnist-vae", "digits-vae"
ORIGINAL = zoo.PRETRAINED


@pytest.fixture
def with_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zoo of the digits' VAE, the same under another β, and two cards of one class each."""
    for name, title, more, classes in (
        ("digits-vae", "Digits", {}, None),
        ("digits-b4", "Digits, β = 4", {"beta": 4.0}, None),
        ("digits-one-3", "One class: 3", {"beta": 0.05}, [3]),
        ("digits-one-8", "One class: 8", {"beta": 0.05}, [8]),
    ):
        shutil.copytree(ORIGINAL / "digits-vae", tmp_path / name)
        monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
        raw = json.loads((tmp_path / name / zoo.CARD).read_text()) | {"id": name, "title": title}
        raw["arguments"] |= more
        raw["recipe"] |= {"classes": classes} if classes else {}
        auroc = {"value": 0.9, "unit": "AUROC", "better": "higher", "how": "area", "on": "test"}
        raw["metrics"] |= {"auroc_error": auroc, "auroc_elbo": auroc} if classes else {}
        zoo.write_card(zoo.ModelCard(**raw))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def rows(at) -> dict[str, dict]:
    """Id -> row of the page's table."""
    table = at.dataframe[0].value
    return {row["Id"]: row for row in table.to_dict("records")}


def page_html(at) -> str:
    return html.unescape(" ".join(each.value for each in at.get("html")))


def open_ids(at, link_of) -> list[str]:
    return json.loads(link_of(at)["open"])


def test_the_table_says_what_the_cards_and_files_say(open_page):
    at = open_page("models")
    table, whole = rows(at), {i: c for i, c in zoo.cards().items() if not c.group}
    assert set(table) == set(whole)
    for model_id, card in whole.items():
        row = table[model_id]
        assert row["Model"] == card.title and row["Weights"] == card.parameters
        assert row["Seconds"] == card.wall_clock_seconds and row["Device"] == card.device
        files = [p for p in (zoo.PRETRAINED / model_id).iterdir() if p.name != zoo.CARD]
        assert row["File"] == pytest.approx(sum(p.stat().st_size for p in files) / 1e6)
        assert row["Paper"].startswith("https://") and catalogue.kind(card).paper.url in row["Paper"]
        measured = card.metrics.get("mse", {})  # of a model that is not measured yet the cell is empty
        for column, key in (("mse", "value"), ("mse sd", "sd")):
            assert row[column] == pytest.approx(measured.get(key, np.nan), nan_ok=True)


def test_the_page_opens_on_the_sidebars_models_and_follows_them(open_page, link_of):
    at = open_page("models", model=VAE, second="mnist-ae")
    assert open_ids(at, link_of) == [VAE, "mnist-ae"]
    at.selectbox(key="shared.model").set_value("mnist-ae-2d").run()
    assert not at.exception and open_ids(at, link_of)[0] == "mnist-ae-2d"


def test_a_link_opens_the_same_filter_metrics_and_models(open_page, link_of):
    asked = dict(of="mnist", can=["samples"], metrics=["kl"], open=[VAE, DIGITS], seed=5)
    at = open_page("models", **asked)
    assert not at.warning
    table = rows(at)
    assert set(table) == {
        i for i, c in zoo.cards().items()
        if c.dataset == "mnist" and not c.group and zoo.load(i).variational
    }  # fmt: skip
    assert "kl" in at.dataframe[0].value and "mse" not in at.dataframe[0].value
    again = open_page("models", **link_of(at))
    assert link_of(again) == link_of(at) and not again.warning
    assert set(rows(again)) == set(table)


def test_a_link_to_unknown_or_too_many_models_is_answered_with_a_notice(open_page, link_of):
    for wrong in (["nonesuch"], [VAE, "mnist-ae", DIGITS], [VAE, VAE]):
        at = open_page("models", open=wrong)
        assert "open" in at.warning[0].value and open_ids(at, link_of) == [VAE]


def test_a_third_ticked_row_closes_the_oldest():
    assert zoo_table.after_click(["a", "b", "c"], ["a", "b", "c"], ["b", "a"]) == ["a", "c"]
    assert zoo_table.after_click(["c"], ["a", "c"], ["hidden", "a"]) == ["hidden", "c"]
    assert zoo_table.after_click([], ["a"], ["a"]) == []


def test_one_class_models_stand_apart_and_show_their_own_metrics(with_one_class, open_page):
    at = open_page("models")
    assert set(rows(at)) == {"digits-vae", "digits-b4"}
    other = open_page("models", group="one class")
    assert set(rows(other)) == {"digits-one-3", "digits-one-8"}
    assert rows(other)["digits-one-3"]["auroc_error"] == 0.9 and "mse" not in other.dataframe[0].value
    alone = open_page("models", can=["anomalies"])  # what only these can do shows them by itself
    assert set(rows(alone)) == {"digits-one-3", "digits-one-8"}


def test_nothing_found_offers_the_way_back(open_page):
    at = open_page("models", of="digits", can=["denoises"])
    assert not at.dataframe and "No model" in at.info[0].value
    at.button[[b.label for b in at.button].index("Show all")].click().run()
    assert not at.exception and len(rows(at)) == sum(not c.group for c in zoo.cards().values())


def test_no_model_is_loaded_while_no_row_is_open(with_one_class, open_page, monkeypatch):
    loaded = []
    monkeypatch.setattr(zoo, "load", lambda model_id: loaded.append(model_id))
    monkeypatch.setattr(zoo, "gallery", lambda model_id: loaded.append(model_id))
    open_page("models", open=[], base=[])
    assert not loaded


def pair_images(at, letter: str) -> int:
    return page_html(at).count(f'alt="{letter}, rebuilt:')


@pytest.mark.parametrize("model_id", [VAE, "mnist-ae", "mnist-linear", DIGITS])
def test_an_open_model_shows_its_facts_metrics_and_pictures(open_page, model_id):
    at, card = open_page("models", open=[model_id]), zoo.card(model_id)
    shown = page_html(at)
    assert card.title in shown and any(catalogue.kind(card).purpose in m.value for m in at.markdown)
    for name, metric in card.metrics.items():
        assert metric["how"].removeprefix("published: ") in shown, name
    if datasets.get(card.dataset).available:
        assert pair_images(at, "A") == 8
    assert ("A, sample 8" in shown) == ("samples" in catalogue.abilities(card))
    assert ("no prior to draw codes from" in " ".join(c.value for c in at.caption)) == (
        "A, sample 8" not in shown
    )


def charts(at) -> list[dict]:
    return [json.loads(each.proto.spec) for each in at.get("plotly_chart")]


def test_curves_of_unlike_terms_are_never_on_one_axis(open_page):
    (together,) = charts(open_page("models", open=[VAE, "mnist-vae-2d"]))
    assert {t["name"][0] for t in together["data"]} == {"A", "B"}
    at = open_page("models", open=[VAE, "mnist-ae"])
    first, second = charts(at)
    assert "nats" in first["layout"]["yaxis"]["title"]["text"]
    assert "nats" not in second["layout"]["yaxis"]["title"]["text"]
    assert any("Not on one axis" in c.value for c in at.caption)


def test_a_denoisers_training_images_are_said_to_be_noisy(open_page):
    at = open_page("models", open=["mnist-ae", "mnist-dae"])
    assert [c.value[0] for c in at.caption if "noisy" in c.value] == ["B"] and len(charts(at)) == 1


def test_both_models_rebuild_the_same_images(open_page):
    at = open_page("models", open=[VAE, "mnist-conv-ae"])
    assert pair_images(at, "A") == pair_images(at, "B") == 8
    indices, labels = model_pair.eight("mnist", VAE, ())
    assert labels == list(range(8))
    split = datasets.get("mnist").split("gallery")
    x = split.pixels(np.array(indices))
    for model_id in (VAE, "mnist-conv-ae"):
        expected = np.square(x - latent.reconstruct(zoo.load(model_id), x)).sum(axis=(1, 2, 3))
        assert model_pair.rebuild(model_id, tuple(indices))[1] == pytest.approx(expected, rel=1e-4)
    published = zoo.card("mnist-conv-ae").metrics["published_squared_error"]["how"]
    cells = next(r for r in re.findall(r"<tr>.*?</tr>", page_html(at)) if "Squared error, summed" in r)
    assert "3.00 beside B" in cells and published.removeprefix("published: ") in cells
    ours = zoo.card("mnist-conv-ae").metrics["squared_error"]["value"]
    assert f"<b>{ours:.2f}</b><small>better" in cells


def test_half_of_the_images_are_of_the_classes_that_were_learnt():
    indices, labels = model_pair.eight("mnist", VAE, (9,))
    assert labels[:4] == [9] * 4 and 9 not in labels[4:] and len(set(indices)) == 8


def test_without_originals_the_codes_are_decoded(open_page, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    st.cache_data.clear()
    st.cache_resource.clear()
    at = open_page("models", open=[VAE])
    assert pair_images(at, "A") == 8 and 'alt="Input:' not in page_html(at)
    assert "decodings of the codes" in page_html(at)
    st.cache_data.clear()
    st.cache_resource.clear()


def test_a_damaged_model_keeps_its_card_and_says_so(with_one_class, open_page):
    (zoo.PRETRAINED / "digits-b4" / zoo.WEIGHTS).write_bytes(b"")
    at = open_page("models", open=["digits-b4", "digits-vae"])
    assert "digits-b4/weights" in at.error[0].value and pair_images(at, "B") == 8
    assert "Digits, β = 4" in page_html(at)


def test_open_in_leads_to_pages_that_can_use_the_model(open_page):
    at = open_page("models", open=["mnist-dae", VAE])
    links = [each.proto for each in at.get("page_link")]
    by_model: dict[str, set[str]] = {"mnist-dae": set(), VAE: set()}
    for proto in links:
        model = re.search(r"model=([\w.-]+)", proto.query_string).group(1)
        by_model[model].add(proto.page)
    assert by_model["mnist-dae"] - by_model[VAE] == {"denoising"}
    assert {"traversal", "interpolation"} <= by_model[VAE]
    other = dataclasses.replace(zoo.card(VAE), dataset="fashion")
    assert model_pair.link(zoo.card("mnist-ae"), zoo.card(VAE))["second"] == VAE
    assert "second" not in model_pair.link(zoo.card("mnist-ae"), other)
