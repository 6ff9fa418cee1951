"""Traversal: the sliders are the code, and what is on screen is decoded from it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from explorer import latent, zoo
from explorer.metrics.latent import kl_per_dimension

FAMILIES = {card.family: card.id for card in reversed(zoo.cards().values()) if card.gallery_sha256}


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_opens_on_the_code_of_an_image(open_page, link_of, model_id):
    at = open_page("traversal", model=model_id)
    z = np.array(json.loads(link_of(at)["z"]), np.float32)
    stored = zoo.gallery(model_id)
    index = int(link_of(at)["index"])
    assert np.allclose(z, stored.z[index], atol=0.01 * max(1.0, np.abs(stored.z).max()))


def test_a_slider_moves_its_own_dimension_and_no_other(open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    before = json.loads(link_of(at)["z"])
    at.slider(key="traversal.d1").set_value(1.25).run()
    after = json.loads(link_of(at)["z"])
    assert after[1] == pytest.approx(1.25, abs=0.05)
    assert [v for i, v in enumerate(after) if i != 1] == [v for i, v in enumerate(before) if i != 1]
    at.button[0].click().run()  # "Back to the start"
    assert json.loads(link_of(at)["z"]) == before


def test_sliders_are_ordered_by_kl_and_dead_ones_are_folded(open_page):
    at = open_page("traversal", model="digits-vae")
    stored = zoo.gallery("digits-vae")
    kl = kl_per_dimension(stored.z, stored.logvar)
    alive = stored.z.var(axis=0) > 0.01
    shown = [int(s.key.removeprefix("traversal.d")) for s in at.slider if s.key.startswith("traversal.d")]
    folded = [int(s.key.removeprefix("traversal.d")) for s in at.expander[0].slider] if (~alive).any() else []
    assert set(folded) == set(np.flatnonzero(~alive))
    expected = [d for d in np.argsort(-kl) if alive[d]]
    open_ones = [d for d in shown if d not in folded]
    assert sorted(open_ones) == sorted(expected)
    labels = {s.key: s.label for s in at.slider}
    best = expected[0]
    assert f"{kl[best]:.3g}"[:4] in labels[f"traversal.d{best}"]


def test_distance_on_screen_is_the_distance(open_page, link_of):
    at = open_page("traversal", model="digits-vae", start="The mean")
    z = np.array(json.loads(link_of(at)["z"]), np.float32)
    assert not z.any()  # the prior's mean
    stored = zoo.gallery("digits-vae")
    nearest = np.linalg.norm(stored.z - z, axis=1).min()
    assert f"{nearest:.3g}" in " ".join(c.value for c in at.caption)
    assert latent.decode(zoo.load("digits-vae"), z[None]).shape == (1, 1, 8, 8)


def test_bad_code_in_a_link_is_said(open_page):
    at = open_page("traversal", model="digits-vae", z="[1,2]")
    assert any("6 numbers" in w.value for w in at.warning)
