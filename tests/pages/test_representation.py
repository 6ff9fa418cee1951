"""Representation: accuracies, orders, moved codes and filled holes on screen are those computed apart."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer import datasets, latent, zoo
from explorer.studies import alarm, few_labels, imputation
from explorer.ui.representation import from_card
from tests.live.test_pack import read

DIGITS = "digits-vae"
SMALL = ["digits-wide", "digits-linear", "digits-told", "digits-rows", "digits-dead"]
FIRST, SECOND = alarm.halves(300)


def sent(at) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of the message to the moved pictures."""
    found = [each.proto for each in at.main.get("bidi_component")]
    return next(read(e.bytes) for e in found if e.component_name == "latent_explorer_attribute")


@pytest.mark.parametrize("model_id", SMALL)
def test_it_opens_for_every_family(open_page, small_zoo, model_id):
    at = open_page("representation", model=model_id)
    assert not at.warning and at.get("plotly_chart")
    told = "label_count" in zoo.card(model_id).arguments
    assert any("told the class" in i.value for i in at.info) == told
    if model_id == "digits-rows":  # the browser cannot run it: the server sends the pictures
        meta, arrays = sent(at)
        assert arrays["rendered"].shape == (2, 5, *meta["shape"])


def test_the_accuracies_are_those_of_the_probe_by_itself(open_page, link_of, table_of):
    at = open_page("representation", model=DIGITS, probe="knn", seed=3)
    z, labels = zoo.gallery(DIGITS).z, zoo.gallery(DIGITS).labels
    shares = []
    for seed in range(3, 8):
        chosen = FIRST[few_labels.draw(labels[FIRST], 100, seed)]
        distances = np.linalg.norm(z[SECOND][:, None] - z[chosen], axis=-1)
        votes = labels[chosen][np.argsort(distances, axis=1)[:, :5]]
        said = [np.bincount(row, minlength=10) for row in votes]
        ties = [(row == row.max()).sum() > 1 for row in said]
        right = np.array([row.argmax() for row in said]) == labels[SECOND]
        shares.append((right.mean(), np.mean(ties)))
    table = table_of(at, "Accuracy at each number of labels")
    shown = float(table[zoo.card(DIGITS).title]["100 labels"].split("±")[0])
    slack = 100 * np.mean([tie for _, tie in shares])  # equal votes may go either way
    assert shown == pytest.approx(100 * np.mean([share for share, _ in shares]), abs=slack + 0.05)
    assert link_of(at)["seed"] == "3" and link_of(at)["probe"] == "knn"


def test_the_two_orders_are_those_of_the_cards(open_page):
    at = open_page("representation", model="shapes-beta-b4")
    cards = [c for c in zoo.cards().values() if c.dataset == "shapes" and not c.group]
    cards = [c for c in cards if {"mse", "knn_accuracy"} <= set(c.metrics)]
    errors, shares = ([c.metrics[n]["value"] for c in cards] for n in ("mse", "knn_accuracy"))
    said = next(m.value for m in at.markdown if "lowest error" in m.value)
    rank = float(re.search(r"orders: \*\*(-?[\d.]+)\*\*", said)[1])
    assert rank == pytest.approx(spearmanr(-np.array(errors), shares).statistic, abs=0.006)
    best = cards[int(np.argmin(errors))]
    place = 1 + sum(s > best.metrics["knn_accuracy"]["value"] for s in shares)
    assert best.title in said and re.search(rf"\*\*{place}\w\w of {len(cards)}\*\*", said)


def test_the_nearly_perfect_copier_is_not_the_best_by_accuracy():
    cards = [c for c in zoo.cards().values() if c.dataset == "mnist" and not c.group]
    spots = [spot for card in cards if (spot := from_card(card))]
    copier = min(spots, key=lambda spot: spot.error)
    assert copier.title == zoo.card("mnist-overcomplete").title
    assert sum(spot.accuracy > copier.accuracy for spot in spots) >= 3


def test_the_vectors_are_the_difference_of_means_and_of_one_pair(open_page, link_of):
    at = open_page(
        "representation", model=DIGITS, attribute="two classes", a="4", b="9", pair=2, strength=[0.5]
    )
    meta, arrays = sent(at)
    stored = zoo.gallery(DIGITS)
    four, nine = (FIRST[stored.labels[FIRST] == label] for label in (4, 9))
    expected = np.mean([stored.z[i] - stored.z[j] for i in four for j in nine], axis=0)
    assert arrays["vectors"].reshape(2, -1)[0] == pytest.approx(expected, abs=1e-5)
    pairs = [stored.z[i] - stored.z[j] for i in four for j in nine]
    assert min(abs(pair - arrays["vectors"].reshape(2, -1)[1]).max() for pair in pairs) < 1e-6
    used = [row for row in stored.z if (abs(arrays["z"].reshape(5, -1) - row) < 1e-6).all(axis=1).any()]
    assert len(used) >= 5 and meta["reach"] == 3
    outside = [i for i in FIRST if (abs(arrays["z"].reshape(5, -1) - stored.z[i]) < 1e-6).all(axis=1).any()]
    assert not outside, "applied to images of the groups' own half"
    assert link_of(at)["strength"] == "[0.5]" and link_of(at)["pair"] == "2"


def test_the_errors_of_the_hole_are_those_of_the_chain_by_itself(open_page):
    at = open_page("representation", model=DIGITS, region="left half", passes=3, chain=5, index=12)
    x = datasets.get("digits").split("gallery").pixels()
    hidden = imputation.region("left half", 8, 8)
    model, now, errors = zoo.load(DIGITS), x[[12]] * ~hidden, []
    for step in range(3):
        mean, logvar = latent.encode(model, now)
        z = latent.posterior_samples(mean, logvar, 5000 + step)
        now = np.where(hidden, latent.decode(model, z), x[[12]]).astype(np.float32)
        errors.append(float(np.mean((now - x[[12]])[..., hidden] ** 2)))
    shown = next(each.proto.body for each in at.get("html") if "pt-imputed" in each.proto.body)
    cells = re.findall(r"<td[^>]*>([\d.]+)</td>", shown)
    mean_image = x[FIRST].mean(axis=0)
    assert float(cells[0]) == pytest.approx(np.mean((mean_image - x[12])[..., hidden] ** 2), rel=6e-3)
    assert float(cells[2]) == pytest.approx(errors[-1], rel=6e-3)


def test_bad_values_in_a_link_give_a_notice(open_page):
    at = open_page(
        "representation", model=DIGITS, strength=[9], passes=0, region="corner", models=["nothing"]
    )
    assert len(at.warning) == 4 and not at.exception


def test_a_model_of_one_class_offers_another(open_page, small_zoo):
    at = open_page("representation", model="digits-oneclass-3")
    assert any("one class" in i.value for i in at.info)
    next(b for b in at.button if b.label.startswith("Choose")).click().run()
    assert not at.exception and at.get("plotly_chart")
