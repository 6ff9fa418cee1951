"""Probes of few labels against scikit-learn, and draws that keep the classes even."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier

from explorer.studies import few_labels

DATA = load_digits()
X, Y = few_labels.scaled(DATA.data, DATA.data), DATA.target


def test_a_draw_holds_the_classes_alike_and_grows_at_its_end():
    small, large = few_labels.draw(Y, 25, 3), few_labels.draw(Y, 200, 3)
    assert np.bincount(Y[large]).tolist() == [20] * 10
    assert sorted(np.bincount(Y[small])) == [2] * 5 + [3] * 5
    assert (large[:25] == small).all() and len(set(large)) == 200
    assert (few_labels.draw(Y, 25, 4) != small).any()


def test_more_labels_than_images_are_refused():
    with pytest.raises(ValueError, match="cannot be drawn"):
        few_labels.draw(Y[:5], 6, 0)


def test_scaling_keeps_the_shape_of_the_cloud():
    found = few_labels.scaled(DATA.data, DATA.data[:500])
    assert found[:500].mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert found[:500].var(axis=0).mean() == pytest.approx(1)
    ratio = np.linalg.norm(found[3] - found[9]) / np.linalg.norm(DATA.data[3] - DATA.data[9])
    assert np.linalg.norm(found[1] - found[7]) == pytest.approx(
        ratio * np.linalg.norm(DATA.data[1] - DATA.data[7])
    )


@pytest.mark.parametrize("count", [30, 400])  # fewer and more examples than dimensions
def test_the_linear_probe_says_what_scikit_learn_s_ridge_says(count):
    chosen = few_labels.draw(Y, count, 0)
    rest = np.setdiff1d(np.arange(len(Y)), chosen)
    theirs = RidgeClassifierCV(alphas=few_labels.PENALTIES).fit(X[chosen], Y[chosen])
    ours = few_labels.ridge(X[chosen], Y[chosen], X[rest], 10)
    assert np.mean(ours == theirs.predict(X[rest])) > 0.995
    assert np.mean(ours == Y[rest]) == pytest.approx(theirs.score(X[rest], Y[rest]), abs=0.005)


def test_the_neighbours_say_what_scikit_learn_s_say():
    chosen = few_labels.draw(Y, 300, 1)
    rest = np.setdiff1d(np.arange(len(Y)), chosen)
    squares = few_labels.squared_distances(X[rest], X[chosen])
    theirs = KNeighborsClassifier(5, weights="distance").fit(X[chosen], Y[chosen])
    ours = few_labels.neighbours(squares, Y[chosen], 10)
    assert np.mean(ours == theirs.predict(X[rest])) > 0.99
    assert squares[4, 7] == pytest.approx(((X[rest][4] - X[chosen][7]) ** 2).sum(), rel=1e-4)


def test_one_neighbour_votes_where_a_class_has_less_than_five():
    chosen = few_labels.draw(Y, 20, 1)
    squares = few_labels.squared_distances(X, X[chosen])
    found = few_labels.neighbours(squares, Y[chosen], 10)
    assert (found == Y[chosen][squares.argmin(axis=1)]).all()


def test_of_equal_votes_the_nearer_voters_win():
    distances = np.concatenate([[4.0, 5.0, 1.0, 2.0, 9.0], np.full(10, 99.0)])
    labels = np.concatenate([[0, 0, 1, 1, 2], np.zeros(10, int)])
    assert few_labels.neighbours(distances[None], labels, 3).tolist() == [1]
    distances[:2], distances[2:4] = distances[2:4].copy(), distances[:2].copy()
    assert few_labels.neighbours(distances[None], labels, 3).tolist() == [0]


def test_the_net_learns_and_its_seed_fixes_it():
    chosen, rest = few_labels.draw(Y, 300, 0), np.arange(900, 1500)
    once, again = (few_labels.net(X[chosen], Y[chosen], X[rest], 4, 10) for _ in range(2))
    assert (once == again).all() and np.mean(once == Y[rest]) > 0.85


def test_curves_have_a_row_for_each_count_and_a_column_for_each_draw():
    found = few_labels.curves(X[:900], Y[:900], X[900:], Y[900:], (0, 1, 2), 10)
    assert found["linear"].shape == found["knn"].shape == (len(few_labels.counts(900)), 3)
    assert found["knn"][-1].mean() > found["knn"][0].mean()
    drawn = few_labels.draw(Y[:900], 100, 1)
    first, second = few_labels.scaled(X[:900], X[:900]), few_labels.scaled(X[900:], X[:900])
    said = few_labels.ridge(first[drawn], Y[:900][drawn], second, 10)
    assert found["linear"][2, 1] == np.mean(said == Y[900:])


def test_shifts_move_by_one_pixel_and_let_black_in():
    image = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    up, down, left, right = few_labels.shifted(image)[:, 0]
    assert up.tolist() == [[4, 5, 6], [7, 8, 9], [0, 0, 0]]
    assert down.tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]]
    assert left.tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    assert right.tolist() == [[0, 1, 2], [0, 4, 5], [0, 7, 8]]


def test_curves_with_nothing_added_are_the_curves_and_right_examples_help():
    sets = X[:900], Y[:900], X[900:], Y[900:]

    def nothing(drawn):
        return X[:0], Y[:0]

    def many(drawn):
        return X[:600], Y[:600]

    plain = few_labels.curves(*sets, (0, 1), 10)
    same = few_labels.grown_curves(*sets, (0, 1), 10, nothing)
    assert same["linear"] == pytest.approx(plain["linear"]) and same["knn"] == pytest.approx(plain["knn"])
    helped = few_labels.grown_curves(*sets, (0, 1), 10, many)
    assert helped["linear"][0].mean() > plain["linear"][0].mean() + 0.2


def test_nets_of_two_visitors_at_once_are_those_of_one_alone():
    """Chance is the net's own: the global generator would be shared between the server's threads."""
    chosen = np.arange(60)

    def trained(seed: int) -> np.ndarray:
        return few_labels.net(X[chosen], Y[chosen], X[60:], seed, 10)

    alone = [trained(seed) for seed in (1, 2, 3, 4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(trained, (1, 2, 3, 4)))
    np.testing.assert_array_equal(alone, together)
    assert (alone[0] != alone[1]).any()
