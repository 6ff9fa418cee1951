"""The posteriors of a ladder with a code of two numbers: what is drawn is what the galleries hold."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from explorer import ladder, zoo
from explorer.csv_file import csv_text
from explorer.figures.ellipses import posteriors
from explorer.ui import ladder_plane

RUNGS = ladder.find(zoo.cards().values(), "digits").rungs


def test_each_ellipse_is_one_standard_deviation_wide_around_its_mean():
    mean, std = np.array([[0.5, -1.0], [2.0, 1.0]]), np.array([[0.1, 0.3], [1.0, 0.2]])
    figure = posteriors({"one": (mean, std)}, np.array([3, 3]), [str(i) for i in range(10)], "")
    prior, drawn = figure.data
    assert np.allclose(np.hypot(prior.x, prior.y), 1)
    x, y = (np.array(each, float).reshape(2, -1)[:, :-1] for each in (drawn.x, drawn.y))
    assert drawn.name == "3" and len(figure.data) == 2
    place = np.stack([x - mean[:, :1], y - mean[:, 1:]]) / std.T[:, :, None]
    assert np.allclose(np.hypot(*place), 1)
    assert np.ptp(x, axis=1) == pytest.approx(2 * std[:, 0])


def test_the_file_holds_four_images_of_each_class_for_every_beta():
    text = csv_text(ladder_plane.COLUMNS, ladder_plane.rows([card.id for card in RUNGS]))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 40 * len(RUNGS)
    for card, some in zip(RUNGS, np.array_split(rows, len(RUNGS)), strict=True):
        gallery = zoo.gallery(card.id)
        for row in some:
            i = int(row["image"])
            assert float(row["beta"]) == ladder.beta(card) and row["class"] == str(gallery.labels[i])
            stated = [float(row[name]) for name in ("mean1", "mean2", "std1", "std2")]
            assert stated == pytest.approx([*gallery.z[i], *np.exp(gallery.logvar[i] / 2)], rel=1e-5)


def test_a_larger_beta_widens_the_posteriors_until_all_are_the_prior():
    """What question and page say of these models, from the galleries themselves."""
    within, between = zip(*(ladder_plane.spreads(card.id) for card in RUNGS), strict=True)
    assert list(within) == sorted(within) and list(between) == sorted(between, reverse=True)
    assert within[0] < 0.1 < 1 < between[0]
    assert within[-1] == pytest.approx(1, abs=0.01) and between[-1] < 0.02
    assert RUNGS[-1].metrics["kl"]["value"] < 2e-4
