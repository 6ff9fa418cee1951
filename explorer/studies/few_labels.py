"""Classifiers of few labels: what a code, PCA or the raw pixels let one read off when little is labelled.

Features (N, D) float, labels (N,) integers from 0; an accuracy is a share in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from explorer.studies import sensitivity

#: Penalties that leave-one-out chooses from, for features of variance 1 on average.
PENALTIES = tuple(10.0 ** np.arange(-3, 5))
NEIGHBOURS = 5
COUNTS = (10, 30, 100, 300, 1000, 3000)
DRAWS = 5
DROPPED = 0.25  # of the inputs of the small net, while it is trained


def draw(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Indices of `count` examples, the classes in turn, so that each has as many as the others or one less.

    Of one seed a smaller draw is the beginning of a larger one. ValueError if there are not so many.
    """
    labels = np.asarray(labels)
    if not 1 <= count <= len(labels):
        raise ValueError(f"{count} labels cannot be drawn from {len(labels)} images.")
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)  # how many of its class come before it
    for label in np.unique(labels):
        mine = np.flatnonzero(labels[order] == label)
        turn[mine] = np.arange(len(mine))
    return order[np.argsort(turn, kind="stable")[:count]]


def scaled(features: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Features centred on the mean of `by` (M, D) and divided by one number, so that its variances are 1 on
    average: no dimension is blown up, no label is looked at."""
    by = np.asarray(by, np.float64)
    spread = np.sqrt(by.var(axis=0).mean())
    return (np.asarray(features, np.float64) - by.mean(axis=0)) / (spread if spread > 0 else 1.0)


def ridge(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int) -> np.ndarray:
    """Classes (M,) that a linear classifier says of test (M, D), fitted on train (N, D).

    Least squares on targets of +1 for the class and -1 for the others, with an intercept and the penalty of
    `PENALTIES` whose squared leave-one-out error is least. All of it is closed-form: with H the hat matrix,
    the left-out residual is the residual over 1 - H_ii (Rifkin & Lippert 2007, eq. 8).
    """
    targets = np.where(np.asarray(labels)[:, None] == np.arange(classes), 1.0, -1.0)
    mean, middle = train.mean(axis=0), targets.mean(axis=0)
    x, y = train - mean, targets - middle
    s, u = _left_vectors(x)
    projected = u.T @ y
    best, chosen = np.inf, PENALTIES[0]
    for penalty in PENALTIES:
        shrink = s**2 / (s**2 + penalty)
        hat = np.einsum("nk,k,nk->n", u, shrink, u) + 1 / len(x)  # the intercept takes its share
        residual = (y - u @ (shrink[:, None] * projected)) / np.maximum(1 - hat, 1e-12)[:, None]
        if (error := float(np.vdot(residual, residual))) < best:
            best, chosen = error, penalty
    weights = x.T @ (u @ (projected / (s**2 + chosen)[:, None]))
    return ((test - mean) @ weights + middle).argmax(axis=1)


def _left_vectors(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Singular values (K,) and left singular vectors (N, K) of x (N, D), those of no size left out.

    By the smaller of the two Gram matrices: much faster than the SVD, and exact enough beside a penalty.
    """
    if x.shape[1] < len(x):
        squares, v = np.linalg.eigh(x.T @ x)
    else:
        squares, v = np.linalg.eigh(x @ x.T)
    kept = squares > 1e-10 * max(float(squares[-1]), 1e-300)
    s = np.sqrt(squares[kept])
    return s, (x @ v[:, kept]) / s if x.shape[1] < len(x) else v[:, kept]


def neighbours(distances: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Classes (M,) that the nearest labelled examples vote for: squared distances (M, N), labels (N,).

    5 vote, or 1 where there are less than 5 labels a class; of equal counts the nearer voters' class wins.
    """
    k = NEIGHBOURS if len(labels) >= NEIGHBOURS * classes else 1
    near = np.argpartition(distances, k - 1, axis=1)[:, :k]
    votes = np.zeros((len(distances), classes))
    rows = np.arange(len(distances))[:, None]
    far = np.take_along_axis(distances, near, axis=1)
    weight = 1 - 1e-3 * far / np.maximum(far.max(axis=1, keepdims=True), 1e-12)  # only to break ties
    np.add.at(votes, (rows, np.asarray(labels)[near]), weight)
    return votes.argmax(axis=1)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (M, N) float32 of a (M, D) and b (N, D)."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    return (a * a).sum(axis=1)[:, None] - 2 * (a @ b.T) + (b * b).sum(axis=1)


def net(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    seed: int,
    classes: int,
    width: int = 64,
    steps: int = 60,
) -> np.ndarray:
    """Classes (M,) that a small network with one hidden layer says, trained on these labels alone.

    Adam on the whole set with weight decay, dropout of a quarter of the inputs, a fixed number of steps; all
    chance comes from the seed.
    """  # fmt: skip
    import torch
    from torch import nn

    x, y = torch.from_numpy(np.asarray(train, np.float32)), torch.from_numpy(np.asarray(labels, np.int64))
    chance = torch.Generator().manual_seed(seed)  # of its own: other visitors' nets train at the same time
    with torch.enable_grad():
        network = nn.Sequential(nn.Linear(x.shape[1], width), nn.ReLU(), nn.Linear(width, classes))
        for layer in (network[0], network[2]):
            for weights in (layer.weight, layer.bias):  # as nn.Linear does it
                nn.init.uniform_(weights, -(layer.in_features**-0.5), layer.in_features**-0.5, chance)
        optimiser = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.1)
        for _ in range(steps):
            optimiser.zero_grad()
            kept = torch.rand(x.shape, generator=chance) >= DROPPED
            nn.functional.cross_entropy(network(x * kept / (1 - DROPPED)), y).backward()
            optimiser.step()
    with torch.inference_mode():
        return network(torch.from_numpy(np.asarray(test, np.float32))).argmax(dim=1).numpy()


def counts(available: int) -> list[int]:
    """The numbers of labels that a curve has, of so many images."""
    return [count for count in COUNTS if count <= available]


def curves(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    truth: np.ndarray,
    seeds: Sequence[int],
    classes: int,
) -> dict[str, np.ndarray]:
    """Accuracies of the linear probe ("linear") and of the neighbours ("knn"): (counts, draws) each.

    Features of the images to draw from (N, D) with labels (N,), and of those that are judged.
    """  # fmt: skip
    test, train = scaled(test, train), scaled(train, train)
    distances = squared_distances(test, train)
    found = {"linear": [], "knn": []}
    for count in counts(len(train)):
        drawn = [draw(labels, count, seed) for seed in seeds]
        linear = [ridge(train[i], labels[i], test, classes) for i in drawn]
        knn = [neighbours(distances[:, i], labels[i], classes) for i in drawn]
        found["linear"].append([float(np.mean(each == truth)) for each in linear])
        found["knn"].append([float(np.mean(each == truth)) for each in knn])
    return {name: np.array(each) for name, each in found.items()}


def shifted(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) moved by one pixel, (4 N, C, H, W): the first N up, then down, left and right; what
    comes in at the border is black."""
    right_and_down = ((0, -1), (0, 1), (-1, 0), (1, 0))
    return np.concatenate([sensitivity.shifted(images, *by) for by in right_and_down])


def grown_curves(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    truth: np.ndarray,
    seeds: Sequence[int],
    classes: int,
    grow: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> dict[str, np.ndarray]:
    """As `curves`, but `grow` gives more examples, features and labels, to drawn indices."""  # fmt: skip
    found = {"linear": [], "knn": []}
    judged = scaled(test, train)
    for count in counts(len(train)):
        said = {"linear": [], "knn": []}
        for seed in seeds:
            drawn = draw(labels, count, seed)
            more, more_labels = grow(drawn)
            x = scaled(np.concatenate([train[drawn], more]), train)
            y = np.concatenate([labels[drawn], more_labels])
            said["linear"].append(ridge(x, y, judged, classes))
            said["knn"].append(neighbours(squared_distances(judged, x), y, classes))
        for name, each in said.items():
            found[name].append([float(np.mean(one == truth)) for one in each])
    return {name: np.array(each) for name, each in found.items()}
