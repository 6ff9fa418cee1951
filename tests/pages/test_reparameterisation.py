"""Reparameterisation: what is on the page equals what is computed another way, for each kind of model."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import distributions

from explorer import binary, datasets, zoo
from explorer.studies import rewriting
from explorer.ui.widgets import number
from tests.live.test_pack import read
from tests.small_zoo import KINDS

VARIATIONAL = ("digits-told", "digits-rows", "digits-dead", "digits-oneclass-3")


pytestmark = pytest.mark.usefixtures("small_zoo")


def rows(at, first: str) -> dict[str, list[str]]:
    """The cells of the Markdown table whose header has `first`, by row name."""
    text = next(each.value for each in at.markdown if first in each.value)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {name: others for name, *others in cells[2:]}


def value(text: str) -> float:
    return float(text.split("±")[0].replace("−", "-").replace(",", ""))


def sent(at) -> tuple[dict, dict[str, np.ndarray]]:
    """What the live panel was told."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return read(next(p.bytes for p in found if p.component_name == "latent_explorer_held_draw"))


def by_torch(
    model_id: str, index: int, dimension: int, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each draw: autograd's gradient of the loss with respect to the mean of one dimension, the loss, and
    the derivative of the log density."""
    model, split = zoo.load(model_id), datasets.get("digits").split("gallery")
    x = split.pixels(index)
    label = torch.tensor([split.labels[index]]) if model.label_count else None
    posterior = model.encode(torch.from_numpy(x), label).posterior
    if model.binary:
        x = binary.draw_array(x, 0)
    mean = posterior.mean.expand(count, -1).clone().requires_grad_(True)
    eps = np.random.default_rng(seed).standard_normal((count, model.latent_dim)).astype(np.float32)
    z = mean + posterior.std * torch.from_numpy(eps)
    target = torch.from_numpy(x).expand(count, -1, -1, -1)
    logits = model.logits(z, target, None if label is None else label.expand(count))
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).sum(1)
    (slope,) = torch.autograd.grad(loss.sum(), mean)
    density = distributions.Normal(mean, posterior.std).log_prob(z.detach()).sum()
    (weight,) = torch.autograd.grad(density, mean)
    return slope[:, dimension].numpy(), loss.detach().numpy(), weight[:, dimension].numpy()


@pytest.mark.parametrize("model_id", VARIATIONAL)
def test_mean_and_spread_are_autograds(open_page, link_of, model_id):
    at = open_page("reparameterisation", model=model_id, index=17, draws="1000", seed=5)
    assert not at.error and not at.warning
    dimension = int(link_of(at)["dimension"].removeprefix("z")) - 1
    expected, _, _ = by_torch(model_id, 17, dimension, 1000, 5)
    mean, spread, _ = rows(at, "draws for an error")["pathwise"]
    assert value(mean) == pytest.approx(expected.mean(), rel=6e-3, abs=1e-5)
    assert value(spread) == pytest.approx(expected.std(ddof=1), rel=6e-3, abs=1e-5)


def test_the_baseline_is_the_mean_loss_of_other_draws(open_page, link_of):
    given = dict(model="digits-rows", index=17, draws="1000", seed=5)
    at = open_page("reparameterisation", **given, baseline="mean loss")
    dimension = int(link_of(at)["dimension"].removeprefix("z")) - 1
    _, loss, weight = by_torch("digits-rows", 17, dimension, 1000, 5)
    _, others, _ = by_torch("digits-rows", 17, dimension, 500, 1000)
    expected = (loss - others.mean()) * weight
    mean, spread, _ = rows(at, "draws for an error")["score function"]
    assert value(spread) == pytest.approx(expected.std(ddof=1), rel=6e-3)
    assert value(mean) == pytest.approx(expected.mean(), rel=6e-3, abs=6e-3)


def test_a_baseline_narrows_the_score_function_and_leaves_the_pathwise_draws(open_page):
    spreads, means = {}, {}
    at = open_page("reparameterisation", model="digits-rows", draws="1000")
    for baseline in ("none", "mean loss"):
        at.button_group(key="reparameterisation.baseline").set_value(baseline).run()
        table = rows(at, "draws for an error")
        spreads[baseline] = value(table["score function"][1])
        means[baseline] = table["pathwise"]
    assert means["none"] == means["mean loss"]
    assert spreads["mean loss"] < 0.5 * spreads["none"]


def test_the_live_panel_gets_the_loss_along_the_dimension(open_page, link_of):
    at = open_page("reparameterisation", model="digits-told", index=3)
    meta, arrays = sent(at)
    model, split = zoo.load("digits-told"), datasets.get("digits").split("gallery")
    dimension = int(link_of(at)["dimension"].removeprefix("z")) - 1
    label = torch.tensor([split.labels[3]])
    posterior = model.encode(torch.from_numpy(split.pixels(3)), label).posterior
    x = torch.from_numpy(binary.draw_array(split.pixels(3), 0))
    z = posterior.mean.clone()
    for place in (0, 100, 320):
        z[0, dimension] = float(arrays["grid"][place])
        expected = -distributions.Bernoulli(logits=model.logits(z, x, label)).log_prob(x).sum()
        assert arrays["loss"][place] == pytest.approx(expected.item(), rel=1e-4)
    assert meta["other"] == pytest.approx(posterior.std[0, dimension].item(), rel=1e-5)
    assert float(link_of(at)["at"]) == pytest.approx(posterior.mean[0, dimension].item(), abs=1e-4)


def test_a_links_parameter_is_kept_and_a_bad_one_is_said(open_page, link_of):
    log_std = dict(model="digits-rows", parameter="log std")
    at = open_page("reparameterisation", **log_std, noise="fresh at every move")
    middle = float(link_of(at)["at"])
    meta, _ = sent(at)
    assert meta["parameter"] == "log_std" and meta["fresh"]
    again = open_page("reparameterisation", **log_std, at=round(middle + 1, 4))
    assert float(link_of(again)["at"]) == pytest.approx(middle + 1)
    for bad in (
        dict(at=50.0),
        dict(dimension="z77"),
        dict(draws="7"),
        dict(family="Cauchy"),
        dict(gamma=99.0),
    ):
        family = {"family": "Gamma"} if "gamma" in bad else {}
        found = open_page("reparameterisation", model="digits-rows", **bad, **family)
        assert any(next(iter(bad)) in warning.value for warning in found.warning), bad


@pytest.mark.parametrize("family", rewriting.FAMILIES)
def test_the_true_gradient_and_the_bias_are_on_the_page(open_page, family):
    at = open_page("reparameterisation", model="digits-rows", family=family)
    theta = rewriting.FAMILIES[family].first
    text = next(each.value for each in at.markdown if "true d E[f]" in each.value)
    true = rewriting.true_gradient(family, theta)
    assert number(true) in text
    table = rows(at, "true d E[f]")
    assert table["score function"][2] == "none seen"
    if family != "Bernoulli":
        assert table["pathwise"][2] == "none seen" and len(table) == 2
        return
    assert value(table["pathwise"][2]) == pytest.approx(-true)
    relaxed = next(cells for name, cells in table.items() if name.startswith("relaxed"))
    assert value(relaxed[2]) == pytest.approx(rewriting.bias_and_deviation(theta, 0.5)[0], rel=1e-2)


def test_a_model_without_a_posterior_offers_one_that_has_it(open_page, link_of):
    assert "digits-linear" in KINDS
    at = open_page("reparameterisation", model="digits-linear")
    assert any("has no q(z|x)" in each.value for each in at.info)
    at.button(key="take-variational").click().run()
    assert link_of(at)["model"] in VARIATIONAL and rows(at, "draws for an error")


def test_without_the_original_the_models_own_picture_is_the_image(open_page, monkeypatch):
    monkeypatch.setattr("explorer.ui.load.images", lambda dataset_id: None)
    at = open_page("reparameterisation", model="digits-oneclass-3")
    assert any("own reconstruction" in each.value for each in at.caption)
    assert rows(at, "draws for an error")


def test_the_formula_has_the_readers_numbers(open_page):
    at = open_page("reparameterisation", model="digits-rows", index=17, seed=5)
    at.session_state["panel-formula"] = True
    at.run()
    text = next(each.value for each in at.markdown if "The first draw here" in each.value)
    eps = np.random.default_rng(5).standard_normal((1000, 4)).astype(np.float32)[0]
    said = float(re.search(r"ε = (−?[\d.]+)", text)[1].replace("−", "-"))
    assert min(abs(said - eps)) < 5e-3
