"""Attribute vectors: measures of pictures made on the spot, mean differences by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.studies import attributes

RNG = np.random.default_rng(2)


def bar(lean: float, thickness: float = 2.0, size: int = 41) -> np.ndarray:
    """A bar through the middle that leans to the right by so many pixels a row, (1, H, W)."""
    y, x = np.mgrid[:size, :size] - size // 2
    across = np.abs(x + lean * y)  # rows are counted downwards
    return (np.clip(thickness - across, 0, 1) * (abs(y) < 14))[None].astype(np.float32)


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.4])
def test_slant_is_the_angle_of_a_bar(lean):
    found = attributes.slant(bar(lean)[None])[0]
    assert found == pytest.approx(np.degrees(np.arctan(lean)), abs=1)


def test_slant_does_not_depend_on_the_place_or_the_brightness():
    picture = bar(0.3)
    moved = 0.4 * np.roll(picture, (3, -4), axis=(1, 2))
    assert attributes.slant(np.stack([picture, moved])) == pytest.approx(attributes.slant(picture[None])[0])
    assert attributes.slant(np.zeros((1, 1, 5, 5))) == 0


def test_ink_and_width_grow_with_the_stroke():
    thin, thick = bar(0, 2), bar(0, 5)
    both = np.stack([thin, thick])
    assert attributes.ink(both)[1] > 1.5 * attributes.ink(both)[0]
    assert attributes.ink(both)[0] == pytest.approx(thin.mean())
    weight = thick[0].sum(axis=0) / thick.sum()
    x = np.arange(41)
    assert attributes.width(both)[1] == pytest.approx(2 * np.sqrt(weight @ x**2 - (weight @ x) ** 2))


def test_warmth_is_red_minus_blue():
    picture = np.stack([np.full((4, 4), 0.9), np.zeros((4, 4)), np.full((4, 4), 0.2)])
    assert attributes.warmth(picture[None]) == pytest.approx([0.7])


def test_the_ends_are_the_largest_and_smallest():
    values = RNG.normal(size=50)
    high, low = attributes.ends(values)
    assert sorted(values[high]) == sorted(values)[-10:] and sorted(values[low]) == sorted(values)[:10]


def test_with_labels_both_groups_hold_the_classes_alike():
    labels = np.repeat([0, 1], [30, 20])
    values = RNG.normal(size=50) + 10 * labels
    high, low = attributes.ends(values, labels)
    assert np.bincount(labels[high]).tolist() == np.bincount(labels[low]).tolist() == [6, 4]
    free_high, free_low = attributes.ends(values)
    assert set(labels[free_high]) == {1} and set(labels[free_low]) == {0}


def test_the_mean_difference_is_that_of_all_pairs():
    z = RNG.normal(size=(20, 3))
    a, b = np.array([1, 4, 7]), np.array([0, 2, 9, 11])
    expected = np.mean([z[i] - z[j] for i in a for j in b], axis=0)
    assert attributes.mean_difference(z, a, b) == pytest.approx(expected)
    with pytest.raises(ValueError, match="at least one"):
        attributes.mean_difference(z, a, np.array([], int))


def test_a_pair_is_of_both_groups_and_its_seed_fixes_it():
    z = RNG.normal(size=(20, 3))
    a, b = np.array([1, 4, 7]), np.array([0, 2, 9, 11])
    vector, first, second = attributes.pair_difference(z, a, b, 5)
    assert first in a and second in b and vector == pytest.approx(z[first] - z[second])
    assert attributes.pair_difference(z, a, b, 5)[1:] == (first, second)


def test_strength_zero_changes_nothing_and_others_add_the_vector():
    z, vector = RNG.normal(size=(4, 3)).astype(np.float32), RNG.normal(size=3)
    found = attributes.moved(z, vector, np.array([0.0, -2.0]))
    assert (found[0] == z).all()
    assert found[1] == pytest.approx(z - 2 * vector, abs=1e-6)


def test_distance_is_to_the_nearest_real_code():
    real, codes = RNG.normal(size=(30, 3)), RNG.normal(size=(2, 5, 3))
    expected = np.linalg.norm(codes[:, :, None] - real, axis=-1).min(axis=-1)
    assert attributes.distance(codes, real) == pytest.approx(expected)
