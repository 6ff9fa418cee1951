"""Anatomy: what the server says of one image's way through a model; the browser fills in what moves."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from explorer import datasets, zoo
from explorer.studies import anatomy
from explorer.ui.anatomy_panels import FOLDS
from tests.live.test_pack import read

FAMILIES = {card.family: card.id for card in reversed(zoo.cards().values()) if card.gallery_sha256}


def sent(at, name: str) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of each message to our components of one kind."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return [read(each.bytes) for each in found if each.component_name == f"latent_explorer_{name}"]


def cursors(at) -> dict[str, np.ndarray]:
    """Where the mean and the code stand."""
    return {meta["cursor"]: np.array(meta["value"]) for meta, _ in sent(at, "cursor_link")}


def diagram(at) -> tuple[dict, dict[str, np.ndarray]]:
    return sent(at, "anatomy")[0]


def encoded(model_id: str, index: int, label: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and log-variance of a gallery image, by torch alone."""
    x = datasets.get(zoo.cards()[model_id].dataset).split("gallery").pixels(index)
    with torch.no_grad():
        out = zoo.load(model_id).given(label)[0](torch.from_numpy(x))[0].numpy()
    return out[: len(out) // 2], out[len(out) // 2 :]


def markdown(at) -> str:
    return "\n".join(each.value for each in [*at.markdown, *at.caption])


def amounts(pattern: str, at) -> list[float]:
    """The numbers in the groups of a pattern in the page's text."""
    found = re.search(pattern, markdown(at))
    assert found, f"no {pattern} in {markdown(at)}"
    return [float(group.replace("−", "-").replace(",", "")) for group in found.groups()]


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_it_opens_on_an_image_and_its_draw_without_a_chart(open_page, link_of, model_id):
    at = open_page("anatomy", model=model_id)
    meta, arrays = diagram(at)
    assert not at.warning and not at.get("plotly_chart")
    missing = {name for name, words in meta["boxes"].items() if words["missing"]}
    assert missing == {name for name, part in anatomy.parts(zoo.cards()[model_id]).items() if part is None}
    places = cursors(at)
    mean, code = places["anatomy-mean"], places["anatomy-code"]
    assert mean.shape == code.shape == (meta["size"],)
    if "std" in arrays:
        eps = np.random.default_rng(0).standard_normal(meta["size"], dtype=np.float32)
        np.testing.assert_allclose(arrays["eps"], eps)
        np.testing.assert_allclose(code, mean + arrays["std"] * eps, atol=2e-4)
        assert np.abs(code - mean).max() > 0.01
    else:
        np.testing.assert_array_equal(code, mean)
    assert [meta["second"] == "kl", meta["bernoulli"]] == ["std" in arrays] * 2


def test_encoding_again_changes_nothing_and_drawing_again_z_alone(open_page, link_of):
    at = open_page("anatomy", model="digits-vae")
    index = int(link_of(at)["index"])
    mean, logvar = encoded("digits-vae", index)
    first = cursors(at)
    np.testing.assert_allclose(first["anatomy-mean"], mean, atol=1e-4)
    np.testing.assert_allclose(diagram(at)[1]["std"], np.exp(logvar / 2), rtol=1e-4)
    press(at, "Encode again")
    assert "Encoded 2 times: the largest difference in μ and ln σ² is **0**" in markdown(at)
    for name, value in first.items():
        np.testing.assert_array_equal(cursors(at)[name], value)
    press(at, "Draw again")
    np.testing.assert_array_equal(cursors(at)["anatomy-mean"], first["anatomy-mean"])
    eps = np.random.default_rng(1).standard_normal(len(mean), dtype=np.float32)
    np.testing.assert_allclose(cursors(at)["anatomy-code"], mean + np.exp(logvar / 2) * eps, atol=2e-4)
    at.toggle(key="anatomy.noise").set_value(False).run()
    np.testing.assert_array_equal(cursors(at)["anatomy-code"], first["anatomy-mean"])
    press(at, "Draw again")  # switches the noise on
    assert np.abs(cursors(at)["anatomy-code"] - first["anatomy-mean"]).max() > 0.01


def press(at, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception


def test_another_model_keeps_the_image_and_marks_the_boxes_that_differ(open_page, link_of):
    at = open_page("anatomy", model="mnist-vae")
    index = link_of(at)["index"]
    assert {words["mark"] for words in diagram(at)[0]["boxes"].values()} == {""}
    for name in ("Autoencoder", "VAE"):
        before = link_of(at)["model"]
        press(at, name)
        now = link_of(at)["model"]
        assert now != before and link_of(at)["index"] == index and link_of(at)["before"] == before
        cards = zoo.cards()
        expected = anatomy.changes(cards[before], cards[now])
        boxes = diagram(at)[0]["boxes"]
        assert {n: words["change"] for n, words in boxes.items()} == expected
        assert expected["std"] == {"Autoencoder": "gone", "VAE": "new"}[name]
    assert {b.label for b in at.button} >= {"Autoencoder", "Denoising", "Sparse", "VAE"}


def test_a_code_moved_by_hand_is_kept_until_another_draw(open_page, link_of):
    at = open_page("anatomy", model="digits-vae")
    moved = [1.2345, *cursors(at)["anatomy-code"][1:].tolist()]
    at.session_state["_view"]["anatomy.z"] = moved  # what the cursor's `on_release` does
    at.run()
    assert cursors(at)["anatomy-code"].tolist() == moved
    assert json.loads(link_of(at)["z"]) == moved
    again = open_page("anatomy", **link_of(at))
    assert cursors(again)["anatomy-code"].tolist() == moved and not again.warning
    press(at, "Back to the draw")
    assert cursors(at)["anatomy-code"][0] != 1.2345


def test_the_kl_box_is_torchs_divergence(open_page, link_of):
    at = open_page("anatomy", model="mnist-vae", open="regularizer", seed=3)
    mean, logvar = map(torch.from_numpy, encoded("mnist-vae", int(link_of(at)["index"])))
    expected = kl_divergence(Normal(mean, torch.exp(logvar / 2)), Normal(0.0, 1.0))
    (total,) = amounts(r"together \*\*([\d.,]+)\*\* nats", at)
    assert total == pytest.approx(float(expected.sum()), rel=5e-3)
    table = at.dataframe[0].value
    assert sorted(map(float, table["KL in nats"])) == pytest.approx(sorted(expected.tolist()), abs=2e-3)
    assert "def kl(self)" in "\n".join(code.value for code in at.code)


def test_the_reconstruction_box_is_torchs_likelihood_of_this_draw(open_page, link_of):
    at = open_page("anatomy", model="mnist-vae", open="reconstruction", seed=3)
    x = torch.from_numpy(datasets.get("mnist").split("gallery").pixels(int(link_of(at)["index"])))
    model = zoo.load("mnist-vae")
    with torch.no_grad():
        logits = model.decoder(torch.tensor(cursors(at)["anatomy-code"][None], dtype=torch.float32))
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(x).sum()
    (total,) = amounts(r"pixels: \*\*([\d.,]+)\*\* nats", at)
    assert total == pytest.approx(float(expected), rel=5e-3)


@pytest.mark.parametrize("model_id", ["mnist-sparse-l1", "mnist-contractive", "mnist-dae"])
def test_the_loss_box_of_a_plain_model_is_its_own_loss(open_page, link_of, model_id):
    at = open_page("anatomy", model=model_id, open="loss")
    x = datasets.get("mnist").split("gallery").pixels(int(link_of(at)["index"]))
    with torch.no_grad():
        loss = zoo.load(model_id).loss(torch.from_numpy(x))
    *_, total = amounts(r"Here \$([\d.]+) \+ ([\d.]+) \\cdot ([\d.]+) = ([\d.]+)\$", at)
    assert total == pytest.approx(float(loss.total), abs=0.1)


@pytest.mark.parametrize(
    ("model_id", "weight", "size", "formula"),
    [("mnist-collapse-dead", r"\beta = 100", "weight 100", r"\beta\,\mathrm{KL}"),
     ("mnist-collapse-freebits", r"\lambda = 0.5", "floor 0.5", r"\max(\lambda"),
     ("shapes-annealed", r"\gamma = 50", "weight 50 on |KL − 12|", r"\gamma\,\left|")],
)  # fmt: skip
def test_formula_and_boxes_charge_the_kl_as_the_models_own_loss(
    open_page, link_of, model_id, weight, size, formula
):
    at = open_page("anatomy", model=model_id, open="loss")
    at.session_state["panel-formula"] = True
    at.run()
    meta, _ = diagram(at)
    assert size in meta["boxes"]["regularizer"]["note"]
    assert any(formula in each.value for each in at.latex) and weight in markdown(at)
    model = zoo.load(model_id)
    x = datasets.get(zoo.cards()[model_id].dataset).split("gallery").pixels(int(link_of(at)["index"]))
    with torch.no_grad():
        loss = model.loss(torch.from_numpy(x))
    first, total = amounts(r"Here \$([\d.]+) \+ .* = ([\d.]+)\$", at)
    assert total - first == pytest.approx(float(loss.total - loss.reconstruction), abs=0.11)
    assert model.binary or "not a likelihood" in markdown(at)


@pytest.mark.parametrize("box", anatomy.BOXES)
def test_every_box_opens_with_code_of_the_models_own(open_page, box):
    at = open_page("anatomy", model="digits-vae", open=box)
    assert diagram(at)[0]["open"] == box
    assert any("def " in code.value for code in at.code)


def test_fifty_draws_scatter_in_one_term_alone(open_page, link_of):
    at = open_page("anatomy", model="digits-vae", folds=["draws"])
    index = int(link_of(at)["index"])
    mean, logvar = encoded("digits-vae", index)
    eps = [np.random.default_rng(k).standard_normal(len(mean), dtype=np.float32) for k in range(50)]
    z = torch.from_numpy(mean + np.exp(logvar / 2) * np.stack(eps))
    x = torch.from_numpy(datasets.get("digits").split("gallery").pixels(index))
    with torch.no_grad():
        logits = zoo.load("digits-vae").decoder(z)
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(x).flatten(1).sum(1).numpy()
    found = amounts(r"Reconstruction \*\*([\d.]+) ± ([\d.]+)\*\*", at)
    assert found == pytest.approx([expected.mean(), expected.std(ddof=1)], abs=0.06)
    assert found[1] > 0.2
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert len(set(np.round(values(figure["data"][1]["x"]), 6))) == 1  # the KL of every draw


def values(field) -> np.ndarray:
    """An array of a chart, which Plotly writes as base64."""
    if isinstance(field, dict):
        import base64

        return np.frombuffer(base64.b64decode(field["bdata"]), field["dtype"])
    return np.array(field)


@pytest.mark.parametrize(
    ("mean", "std", "nats"), [(1, 1, 0.5), (0, 0.1, 1.808), (2, 1, 2.0), (0, 1, 0.0), (0, 0.5, 0.318)]
)
def test_the_kl_by_hand(open_page, mean, std, nats):
    at = open_page("anatomy", model="digits-vae", folds=["kl"], kl_mean=float(mean), kl_std=float(std))
    assert not at.warning
    assert f"&= {nats:.3f}\\ \\text{{nats}}" in "".join(each.value for each in at.latex)


def test_a_raw_output_is_a_log_variance(open_page):
    at = open_page("anatomy", model="digits-vae", folds=["kl"], kl_by="log-variance", kl_logvar=-10.0)
    assert f"= {np.exp(-5):.4f}$" in markdown(at)


def test_the_cross_entropy_of_a_half_is_not_zero(open_page):
    at = open_page("anatomy", model="digits-vae", folds=["pixel"])
    latex = "".join(each.value for each in at.latex)
    assert latex.count("= 0.0000") == 2 and "0.6931" in latex
    at = open_page("anatomy", model="digits-vae", folds=["pixel"], target=0.3, prediction=0.0)
    assert "\\infty" in "".join(each.value for each in at.latex)


@pytest.mark.parametrize("way", ["gradient", "occlusion"])
def test_folds_of_the_input_open_for_their_numbers(open_page, way):
    at = open_page("anatomy", model="digits-vae", folds=["matter", "sample"], way=way, whose="error")
    assert not at.warning and len(at.get("plotly_chart")) == 1
    assert "% of the map" in markdown(at) and "whose posteriors cover this z" in markdown(at)


def test_a_shift_is_followed_and_noise_is_not(open_page):
    at = open_page("anatomy", model="mnist-contractive", folds=["nudge"])
    assert "The code moves least in **Contractive" in markdown(at)
    assert len(at.get("plotly_chart")) == 2


def test_a_model_that_draws_nothing_offers_one_that_does(open_page, link_of):
    at = open_page("anatomy", model="mnist-ae", folds=["draws"])
    assert "draws nothing" in markdown(at)
    press(at, "Take the VAE")
    assert link_of(at)["model"] == "mnist-vae" and at.get("plotly_chart")


def test_a_conditional_model_is_told_the_images_own_class_or_another(small_zoo, open_page, link_of):
    at = open_page("anatomy", model="digits-told")
    index = int(link_of(at)["index"])
    label = int(zoo.gallery("digits-told").labels[index])
    for told in ("the image's own", "5", "6"):
        at = open_page("anatomy", model="digits-told", told=told, index=index)
        assert not at.warning
        expected = encoded("digits-told", index, int(told) if told.isdigit() else label)[0]
        np.testing.assert_allclose(cursors(at)["anatomy-mean"], expected, atol=1e-4)
    assert "told the class" in diagram(at)[0]["boxes"]["encoder"]["note"]


def test_where_the_browser_cannot_the_server_says_both_terms(small_zoo, open_page, link_of):
    at = open_page("anatomy", model="digits-rows", folds=list(FOLDS), open="decoder")
    meta, arrays = diagram(at)
    model = zoo.load("digits-rows")
    x = torch.from_numpy(datasets.get("digits").split("gallery").pixels(int(link_of(at)["index"])))
    z = torch.tensor(cursors(at)["anatomy-code"][None], dtype=torch.float32)
    with torch.no_grad():
        expected = -Bernoulli(logits=model.logits(z, x), validate_args=False).log_prob(x).sum()
    assert meta["stored"]["reconstruction"] == pytest.approx(float(expected), rel=1e-4)
    rendered = [arrays["rendered"] for meta, arrays in sent(at, "cursor_link") if "rendered" in arrays]
    assert rendered[0].size == 64


@pytest.mark.parametrize("model_id", ["digits-wide", "digits-linear", "digits-dead", "digits-oneclass-3"])
def test_every_kind_of_model_passes(small_zoo, open_page, model_id):
    at = open_page("anatomy", model=model_id, folds=list(FOLDS), open="loss")
    assert len(diagram(at)[0]["order"]) <= 8 and not at.warning


def test_without_the_originals_the_code_still_stands(open_page, link_of, monkeypatch):
    from explorer.ui import load

    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    at = open_page("anatomy", model="digits-vae", folds=list(FOLDS), open="reconstruction")
    meta, arrays = diagram(at)
    assert "x" not in arrays and "std" in arrays
    assert "not on this machine" in markdown(at)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"seed": "-1"}, "0 to 9999"),
        ({"z": "[1,2]"}, "6 numbers"),
        ({"open": "attic"}, "the diagram has"),
        ({"folds": '["attic"]'}, "the folds"),
        ({"folds": "3"}, "another kind"),
        ({"before": "nobody"}, "no such model"),
        ({"encoded": "0"}, "a count"),
        ({"told": "4"}, "does not use"),
    ],
)
def test_a_bad_value_in_a_link_is_said(open_page, value, sentence):
    at = open_page("anatomy", model="digits-vae", **value)
    assert any(sentence in warning.value for warning in at.warning), [w.value for w in at.warning]
