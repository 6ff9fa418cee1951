"""Angles between subspaces against SciPy and cases with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from explorer.metrics import subspaces


@pytest.mark.parametrize("k, m, width", [(3, 3, 8), (2, 5, 8), (5, 2, 8), (1, 1, 4), (4, 4, 4), (6, 7, 9)])
def test_principal_angles_are_scipys(k: int, m: int, width: int) -> None:
    rng = np.random.default_rng(k + m)
    a, b = rng.normal(size=(k, width)), rng.normal(size=(m, width))
    expected = np.degrees(subspace_angles(a.T, b.T))
    assert subspaces.principal_angles(a, b) == pytest.approx(expected, abs=1e-6)


def test_a_known_turn_is_found_whatever_the_axes() -> None:
    rng = np.random.default_rng(0)
    plane, turned = np.eye(5)[:2], np.eye(5)[:2].copy()
    turned[1] = [0, np.cos(np.radians(3)), np.sin(np.radians(3)), 0, 0]
    for mix in (np.eye(2), rng.normal(size=(2, 2))):
        assert subspaces.principal_angles(mix @ plane, turned) == pytest.approx([3.0, 0.0], abs=1e-9)
    tiny = plane + np.array([[0.0] * 5, [0, 0, 1e-9, 0, 0]])
    assert subspaces.principal_angles(plane, tiny)[0] == pytest.approx(np.degrees(1e-9), rel=1e-4)
    # a line inside of a plane, and one that stands on it
    assert subspaces.principal_angles(plane, [[1.0, 1.0, 0, 0, 0]]) == pytest.approx([0.0], abs=1e-9)
    assert subspaces.principal_angles(plane, [[0.0, 0, 0, 2.0, 0]]) == pytest.approx([90.0])


def test_cosines_are_those_of_each_pair() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(3, 6)), rng.normal(size=(4, 6))
    found = subspaces.cosines(a, b)
    assert found.shape == (3, 4)
    for i in range(3):
        for j in range(4):
            expected = np.dot(a[i], b[j]) / np.sqrt(np.dot(a[i], a[i]) * np.dot(b[j], b[j]))
            assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_bad_bases_are_refused_with_a_sentence() -> None:
    good = np.eye(4)[:2]
    with pytest.raises(ValueError, match="3 rows of b are not linearly independent"):
        subspaces.principal_angles(good, np.vstack([good, good.sum(axis=0)]))
    with pytest.raises(ValueError, match="rows of a are not linearly independent"):
        subspaces.principal_angles(np.ones((5, 4)), good)
    with pytest.raises(ValueError, match="a holds values that are not finite"):
        subspaces.principal_angles(good * np.nan, good)
    with pytest.raises(ValueError, match="b has a row of zeros"):
        subspaces.cosines(good, np.zeros((1, 4)))
