"""Exact nearest neighbours by brute force: at 5,000 to 55,000 codes a matrix product beats every tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.metrics import _arrays

BLOCK = 4_000_000  # distances held at a time: 32 MB in float64, 32 MB of indices
MARGIN = 8  # candidates beyond k: the fast distances may swap near ties, the exact ones decide among these
WIDE = 64  # dimensions above which the product is in float32: pixels, where it pays and distances are large
REFINED = 250_000  # numbers of the candidates that are compared at a time: 2 MB, which a core's cache holds


def spread(count: int, most: int) -> np.ndarray:
    """Indices (at most `most`,) of `count` items, spread evenly from the first to the last."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)


@dataclass(frozen=True)
class Prepared:
    """Codes (N, L) with what a search for neighbours needs of them, made once for many searches.

    `fast` are the codes less their mean `origin` (L,), in the product's precision; `squares` (N,) its norms.
    """

    codes: np.ndarray
    origin: np.ndarray
    fast: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray) -> Prepared:
        """Prepare codes (N, L). ValueError if they are no finite matrix."""
        codes = _arrays.matrix("codes", codes)
        origin = codes.mean(axis=0, dtype=np.float64)  # centred, the product loses the fewest digits
        fast = (codes - origin).astype(np.float32 if codes.shape[1] > WIDE else np.float64)
        return cls(codes, origin, fast, np.einsum("nl,nl->n", fast, fast))


def nearest(
    queries: np.ndarray,
    codes: np.ndarray | Prepared,
    k: int,
    *,
    exclude: np.ndarray | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k codes nearest to each query by Euclidean distance, nearest first, equal distances by index.

    queries (B, L), codes (N, L) -> indices (B, k) int64 and distances (B, k) float64 in the codes' unit.
    Codes that many searches ask for are best `Prepared` once.
    `exclude` (B,) names for each query one code that does not count: its own index for leave-one-out.
    `progress` hears the share of queries done. ValueError if k is not between 1 and the number of codes
    that count.
    """
    queries = _arrays.matrix("queries", queries)
    among = codes if isinstance(codes, Prepared) else Prepared.of(codes)
    codes, fast = among.codes, among.fast
    available = len(codes) - (exclude is not None)
    if queries.shape[1] != codes.shape[1]:
        raise ValueError(
            f"Queries have {queries.shape[1]} dimensions and codes {codes.shape[1]}: use the same model."
        )
    if not 1 <= k <= available:
        raise ValueError(f"{k} neighbours were asked for among {available} codes: choose 1 to {available}.")
    if exclude is not None and np.shape(exclude) != (len(queries),):
        raise ValueError(
            f"exclude has shape {np.shape(exclude)}: pass one index for each of {len(queries)} queries."
        )
    indices, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    rows = max(1, BLOCK // len(codes))
    for start in range(0, len(queries), rows):
        block = slice(start, start + rows)
        approximate = among.squares - 2.0 * ((queries[block] - among.origin).astype(fast.dtype) @ fast.T)
        if exclude is not None:
            approximate[np.arange(len(approximate)), exclude[block]] = np.inf
        indices[block], distances[block] = _refine(approximate, queries[block], codes, k, available)
        if progress is not None:
            progress(min(1.0, (start + rows) / len(queries)))
    return indices, distances


def _refine(
    approximate: np.ndarray, queries: np.ndarray, codes: np.ndarray, k: int, available: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of the approximate distances (B, N), ordered by their exact float64 distance."""
    count = min(k + MARGIN, available)
    candidates = np.argpartition(approximate, count - 1, axis=1)[:, :count]
    candidates.sort(axis=1)  # so that a stable sort leaves equal distances in order of index
    exact = np.empty(candidates.shape)
    rows = max(1, REFINED // (count * codes.shape[1]))
    for start in range(0, len(queries), rows):
        block = slice(start, start + rows)
        offsets = codes[candidates[block]].astype(np.float64) - queries[block, None, :]
        exact[block] = np.sqrt(np.einsum("bkl,bkl->bk", offsets, offsets))
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(exact, order, axis=1)
