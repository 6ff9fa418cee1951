"""Nearest neighbours and the probe built on them, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explorer.metrics import neighbours, probes


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return data.data.astype(np.float32), data.target


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("block", [neighbours.BLOCK, 5000])
def test_nearest_equals_scikit_learn(monkeypatch, block: int, prepared: bool) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", block)
    monkeypatch.setattr(neighbours, "REFINED", block // 10)  # at 500: two queries' candidates at a time
    rng = np.random.default_rng(0)
    codes, queries = rng.normal(50.0, 1.0, (800, 12)), rng.normal(50.0, 1.0, (30, 12))
    distances, indices = NearestNeighbors(n_neighbors=9, algorithm="brute").fit(codes).kneighbors(queries)
    found, how_far = neighbours.nearest(queries, neighbours.Prepared.of(codes) if prepared else codes, 9)
    assert np.array_equal(found, indices)
    assert how_far == pytest.approx(distances, rel=1e-7)


@pytest.mark.parametrize("width", [8, 200])
def test_near_ties_far_from_the_origin_are_told_apart(width: int) -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(12, width))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    order = rng.permutation(12)
    tied = 100.0 + directions * (1.0 + 1e-7 * order[:, None])  # in float32 all twelve are equally far
    codes = np.vstack([tied, rng.normal(-100.0, 1.0, (50, width))])
    indices, distances = neighbours.nearest(np.full((1, width), 100.0), codes, 9)
    assert order[indices[0]].tolist() == list(range(9))
    assert distances[0] == pytest.approx(1.0 + 1e-7 * np.arange(9), rel=1e-12)


def test_nearest_leaves_out_what_is_excluded_and_orders_equal_distances_by_index() -> None:
    codes = np.array([[0.0], [1.0], [-1.0], [1.0], [7.0]])
    indices, distances = neighbours.nearest(codes[:1], codes, 4, exclude=np.array([0]))
    assert indices.tolist() == [[1, 2, 3, 4]]
    assert distances.tolist() == [[1.0, 1.0, 1.0, 7.0]]


def test_nearest_reports_progress(monkeypatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 40)
    heard: list[float] = []
    neighbours.nearest(np.zeros((10, 2)), np.zeros((20, 2)), 1, progress=heard.append)
    assert heard == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


@pytest.mark.parametrize("k", [1, 2, 5])
def test_knn_accuracy_equals_scikit_learn(digits, k: int) -> None:
    codes, labels = digits
    codes = codes[:, 18:24]  # few pixels, so that many votes are wrong or tied
    model = KNeighborsClassifier(k, algorithm="brute").fit(codes[:900], labels[:900])
    predicted = model.predict(codes[900:])
    distances, _ = model.kneighbors(codes[900:], k + 1)
    clear = distances[:, k - 1] < distances[:, k]  # equal distances at the edge are a matter of taste
    expected = float(np.mean(predicted[clear] == labels[900:][clear]))
    found = probes.knn_accuracy(codes[:900], labels[:900], codes[900:][clear], labels[900:][clear], k)
    assert 0.3 < expected < 0.95
    assert found == pytest.approx(expected, abs=1e-12)


def test_leave_one_out_equals_scikit_learn(digits) -> None:
    codes, labels = digits
    codes, labels = codes[:250], labels[:250]
    expected = cross_val_score(KNeighborsClassifier(5), codes, labels, cv=LeaveOneOut()).mean()
    found = probes.knn_accuracy_leave_one_out(codes, labels)
    assert found == pytest.approx(expected, abs=1e-12)
    assert found < probes.knn_accuracy(codes, labels, codes, labels, k=1) == 1.0


def test_bad_codes_are_refused_with_a_sentence() -> None:
    codes, labels = np.zeros((6, 2)), np.zeros(6, np.int64)
    with pytest.raises(ValueError, match="choose 1 to 5"):
        probes.knn_accuracy_leave_one_out(codes, labels, k=6)
    with pytest.raises(ValueError, match="one integer for each of the 6"):
        probes.knn_accuracy(codes, labels[:5], codes, labels)
    with pytest.raises(ValueError, match="number the classes from 0"):
        probes.knn_accuracy(codes, labels - 1, codes, labels)
    with pytest.raises(ValueError, match="2 dimensions and codes 3"):
        neighbours.nearest(codes, np.zeros((6, 3)), 1)
    with pytest.raises(ValueError, match="one index for each"):
        neighbours.nearest(codes, codes, 1, exclude=np.arange(3))
    with pytest.raises(ValueError, match="not finite"):
        neighbours.nearest(codes * np.nan, codes, 1)


def test_a_linear_probe_equals_scikit_learns_pipeline(digits) -> None:
    codes, labels = digits
    codes = codes[:, 18:30] * np.logspace(-3, 3, 12)  # scales that an unscaled fit would trip over
    codes[:, 3] = 7.0  # a code that never changes
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(codes[:900], labels[:900])
    expected = fitted.score(codes[900:], labels[900:])
    found = probes.linear_accuracy(codes[:900], labels[:900], codes[900:], labels[900:])
    assert 0.4 < expected < 0.95 and found == pytest.approx(expected, abs=0.003)


def test_a_linear_probe_reads_half_planes_and_not_a_chessboard() -> None:
    codes = np.random.default_rng(0).uniform(-1, 1, (2000, 2))
    sides, board = (codes[:, 0] > 0.2).astype(int), (codes[:, 0] * codes[:, 1] > 0).astype(int)
    read = [probes.linear_accuracy(codes[:1000], y[:1000], codes[1000:], y[1000:]) for y in (sides, board)]
    assert read[0] > 0.98 and 0.4 < read[1] < 0.6
    with pytest.raises(ValueError, match="one integer for each of the 1000"):
        probes.linear_accuracy(codes[:1000], sides, codes[1000:], sides[1000:])
