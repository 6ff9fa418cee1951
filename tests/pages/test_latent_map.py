"""Latent map: events move the one selection, and what is shown of it is computed from it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import datasets, intake, zoo
from explorer.ui import selection

FAMILIES = {card.family: card.id for card in reversed(zoo.cards().values()) if card.gallery_sha256}


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_opens_with_an_image_and_its_neighbours(open_page, link_of, model_id):
    at = open_page("latent_map", model=model_id)
    assert at.title[0].value == "Which pictures does the model think are alike?"
    index = int(link_of(at)["at"])
    stored = zoo.gallery(model_id)
    distance = np.linalg.norm(stored.z - stored.z[index], axis=1)
    distance[index] = np.inf
    names = datasets.get(zoo.card(model_id).dataset).label_names
    five = [names[label] for label in stored.labels[np.argsort(distance)[:5]]]
    assert any(c.value.startswith(", ".join(five)) for c in at.caption)


def test_lasso_in_a_link_shows_its_counts(open_page):
    stored = zoo.gallery("digits-vae")
    picked = np.flatnonzero(stored.labels == 3)
    at = open_page("latent_map", model="digits-vae", picked=selection.to_text(picked, len(stored.z)))
    assert "The lasso" in [s.value for s in at.subheader]
    spec = [c.proto.spec for c in at.get("plotly_chart") if "images selected" in c.proto.spec]
    assert f"{len(picked)} images selected" in spec[0]


def test_damaged_lasso_is_said(open_page):
    at = open_page("latent_map", model="digits-vae", picked="AAAA")
    assert any("selection" in w.value for w in at.warning)


def test_own_image_from_a_link_is_opened(open_page):
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, 1:7, 3:5] = 255
    at = open_page("latent_map", model="digits-vae", own_from="Draw", own=intake.encode_text(image))
    assert "Opened: your drawing" in [s.value for s in at.subheader]


def test_two_models_share_the_selection(open_page):
    at = open_page("latent_map", model="mnist-ae", second="mnist-vae-2d", at="77")
    assert "Opened: 0, image 77" in [s.value for s in at.subheader]
    opened = [c for c in at.caption if "Distance to the nearest" in c.value]
    assert len(opened) == 2


def test_a_missing_second_model_is_said(open_page):
    at = open_page("latent_map", model="digits-vae", second="mnist-ae")
    assert any("second" in w.value for w in at.warning)


def test_selection_text_round_trip():
    rng = np.random.default_rng(0)
    for share in (0.0, 0.01, 0.5, 1.0):
        indices = np.flatnonzero(rng.random(5000) < share)
        text = selection.to_text(indices, 5000)
        assert np.array_equal(selection.from_text(text, 5000), indices)
    with pytest.raises(ValueError, match="another gallery"):
        selection.from_text(selection.to_text(np.arange(9), 300), 5000)
