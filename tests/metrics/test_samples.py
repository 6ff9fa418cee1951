"""Samples among real images: against loops, and scikit-learn's classifier."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from explorer.metrics.samples import NEIGHBOURS, likeness, prepared


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Real images; their grey levels are few, so a little noise keeps distances from being equal."""
    found = load_digits()
    noise = np.random.default_rng(9).random((1797, 1, 8, 8))
    images = 0.999 * found.images[:, None] / 16 + 1e-3 * noise
    return images.astype(np.float32), found.target


def test_distance_is_the_smallest_of_all():
    images, labels = digits()
    samples = np.random.default_rng(0).random((12, 1, 8, 8)).astype(np.float32)
    found = likeness(samples, images, labels)
    for sample, distance in zip(samples, found.distance, strict=True):
        assert np.isclose(
            distance, min(np.linalg.norm((sample - each).ravel()) for each in images), atol=1e-6
        )


def test_class_is_the_vote_of_scikit_learns_neighbours():
    images, labels = digits()
    real, held_out = slice(0, 1500), slice(1500, None)
    found = likeness(images[held_out], images[real], labels[real])
    theirs = KNeighborsClassifier(NEIGHBOURS, algorithm="brute")
    theirs.fit(images[real].reshape(1500, -1), labels[real])
    flat = images[held_out].reshape(-1, 64)
    np.testing.assert_array_equal(found.label, theirs.predict(flat))
    np.testing.assert_allclose(found.agreement, theirs.predict_proba(flat).max(axis=1))
    assert found.counts(10).sum() == len(flat) and found.counts(10)[3] == (found.label == 3).sum()


def test_the_image_that_a_sample_was_made_from_does_not_count():
    images, labels = digits()
    which = np.array([4, 700, 9])
    assert likeness(images[which], images, labels).distance.max() < 1e-6
    found = likeness(images[which], images, labels, exclude=which)
    for index, distance in zip(which, found.distance, strict=True):
        others = np.delete(images, index, axis=0)
        assert np.isclose(
            distance, np.linalg.norm((others - images[index]).reshape(len(others), -1), axis=1).min()
        )


def test_sets_measured_together_are_those_measured_apart():
    images, labels = digits()
    first, second = images[:20] * 0.5, images[20:40]
    together = likeness(np.concatenate([first, second]), images, labels).split(2)
    for part, samples in zip(together, (first, second), strict=True):
        alone = likeness(samples, prepared(images), labels)
        np.testing.assert_array_equal(part.label, alone.label)
        np.testing.assert_allclose(part.distance, alone.distance)
