"""Match the target: a hidden code makes a picture, and another code is moved until its picture is the same.

How many moves that takes tells whether single numbers of a code do single things (interactive reconstruction,
Ross et al. 2021, arXiv:2102.01264).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MATCHED = 0.85  # of the way from the first picture to the target


@dataclass(frozen=True)
class Task:
    """hidden and start (L,): codes that differ in the dimensions `free` alone; index of the target."""

    hidden: np.ndarray
    start: np.ndarray
    free: tuple[int, ...]
    index: int


def task(codes: np.ndarray, order: Sequence[int], count: int, seed: int) -> Task:
    """A target among gallery codes (N, L), and a start that has another image's values in `count` dimensions.

    `order` lists dimensions, those that carry most first; the first `count` of them are free. The same seed
    takes the same two images for every model of a data set.

    Raises
    ------
    ValueError
        If there are fewer dimensions, or fewer than two codes.
    """
    if not 1 <= count <= len(order):
        raise ValueError(f"there are {len(order)} dimensions to move, not {count}: choose at most as many.")
    if len(codes) < 2:
        raise ValueError("a target and a start need two codes.")
    target, other = np.random.default_rng(seed).choice(len(codes), 2, replace=False)
    free = tuple(order[:count])
    start = codes[target].copy()
    start[list(free)] = codes[other][list(free)]
    return Task(codes[target], start, free, int(target))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Root of the mean squared difference of two pictures (C, H, W) in [0, 1]."""
    return float(np.sqrt(np.mean((np.asarray(one, np.float64) - other) ** 2)))


def closeness(target: np.ndarray, start: np.ndarray, now: np.ndarray) -> float:
    """How much of the way from the start's picture to the target's is done: 1 there, below 0 farther off."""
    whole = distance(target, start)
    return 1.0 if whole == 0 else 1 - distance(target, now) / whole
