"""How well a simple classifier reads the label off a code: a vote of the neighbours, or a linear one."""

from __future__ import annotations

import numpy as np

from explorer.metrics import _arrays
from explorer.metrics.neighbours import nearest


def knn_accuracy(
    train_codes: np.ndarray,
    train_labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
    k: int = 5,
) -> float:
    """Share in [0, 1] of test codes whose k nearest train codes vote for the right label.

    Codes (N, L) and (M, L), labels (N,) and (M,) integers from 0. Euclidean distance, one vote each; a
    tie goes to the smaller label, as scikit-learn's KNeighborsClassifier has it. Raw pixels may be passed
    as codes (N, D).
    """
    train_labels = _arrays.labels("train_labels", train_labels, len(train_codes))
    test_labels = _arrays.labels("test_labels", test_labels, len(test_codes))
    indices, _ = nearest(test_codes, train_codes, k)
    return _agreement(train_labels[indices], test_labels)


def knn_accuracy_leave_one_out(codes: np.ndarray, labels: np.ndarray, k: int = 5) -> float:
    """The same within one set, codes (N, L) and labels (N,): each code is judged by its k nearest others."""
    labels = _arrays.labels("labels", labels, len(codes))
    indices, _ = nearest(codes, codes, k, exclude=np.arange(len(codes)))
    return _agreement(labels[indices], labels)


def _agreement(votes: np.ndarray, truth: np.ndarray) -> float:
    """Share of rows whose most frequent vote (M, k) is the truth (M,)."""
    classes = int(votes.max()) + 1
    counts = np.zeros((len(votes), classes), np.int64)
    np.add.at(counts, (np.arange(len(votes))[:, None], votes), 1)
    return float(np.mean(counts.argmax(axis=1) == truth))


def linear_accuracy(
    train_codes: np.ndarray, train_labels: np.ndarray, test_codes: np.ndarray, test_labels: np.ndarray
) -> float:
    """Share in [0, 1] of test codes that a linear classifier, fitted on the train codes, labels right.

    Codes (N, L) and (M, L), labels (N,) and (M,) integers from 0. Multinomial logistic regression on codes
    scaled to mean 0 and standard deviation 1 over the train codes, with scikit-learn's weak penalty (C = 1).
    """
    from sklearn.linear_model import LogisticRegression

    train_codes = _arrays.matrix("train_codes", train_codes)
    test_codes = _arrays.matrix("test_codes", test_codes)
    train_labels = _arrays.labels("train_labels", train_labels, len(train_codes))
    test_labels = _arrays.labels("test_labels", test_labels, len(test_codes))
    mean, std = train_codes.mean(axis=0), train_codes.std(axis=0)
    scale = np.where(std > 0.0, std, 1.0)
    fitted = LogisticRegression(max_iter=1000).fit((train_codes - mean) / scale, train_labels)
    return float(fitted.score((test_codes - mean) / scale, test_labels))
