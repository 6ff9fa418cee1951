"""Sparsity and roughness against loops, shuffles and cases with a known answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from explorer.metrics.sparsity import activity_ratio, relative_variation


def test_the_activity_ratio_is_the_share_of_images_and_does_not_change_with_the_scale() -> None:
    on = np.zeros((20, 1))
    on[:3] = 7.0
    codes = np.hstack([on, 0.001 * on, np.full((20, 1), 0.05), np.zeros((20, 1))])
    assert activity_ratio(codes)[:3] == pytest.approx([0.15, 0.15, 1.0])
    assert np.isnan(activity_ratio(codes)[3])
    exponential = np.random.default_rng(0).exponential(size=(200_000, 1))  # E[z]² / E[z²] = 1 / 2
    assert activity_ratio(exponential) == pytest.approx([0.5], abs=0.01)


def test_relative_variation_is_the_variation_over_that_of_shuffled_pixels() -> None:
    rng = np.random.default_rng(2)
    image = rng.normal(size=(4, 6)).cumsum(axis=0).cumsum(axis=1)

    def touching(picture: np.ndarray) -> float:
        rows = [abs(picture[i, j] - picture[i + 1, j]) for i in range(3) for j in range(6)]
        return float(
            np.mean(rows + [abs(picture[i, j] - picture[i, j + 1]) for i in range(4) for j in range(5)])
        )

    pairs = np.mean([abs(p - q) for p, q in itertools.combinations(image.ravel(), 2)])
    assert relative_variation(image[None]) == pytest.approx([touching(image) / pairs], rel=1e-12)
    shuffled = np.mean([touching(rng.permutation(image.ravel()).reshape(4, 6)) for _ in range(4000)])
    assert shuffled == pytest.approx(pairs, rel=0.01)


def test_noise_has_one_and_a_stroke_far_less() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(50, 28, 28))
    rows, columns = np.mgrid[:28, :28]
    stroke = np.exp(-(((rows - columns) / 3) ** 2) - ((rows - 14) / 6) ** 2)[None]
    assert relative_variation(noise).mean() == pytest.approx(1.0, abs=0.02)
    assert relative_variation(stroke) < 0.5
    assert relative_variation(3 - 2 * stroke) == pytest.approx(relative_variation(stroke))
    assert np.isnan(relative_variation(np.ones((1, 3, 3))))[0]


def test_bad_arrays_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="codes has values under 0"):
        activity_ratio(np.array([[0.5], [-0.1]]))
    with pytest.raises(ValueError, match="pass finite images"):
        relative_variation(np.zeros((2, 9)))
    with pytest.raises(ValueError, match="pass finite images"):
        relative_variation(np.full((1, 3, 3), np.inf))
