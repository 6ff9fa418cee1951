"""A new code on a map that stays as it is: no method that has to be fitted again, nothing pickled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.metrics.neighbours import nearest, spread

SAMPLE = 500  # codes that the typical distance is taken from


@dataclass(frozen=True)
class Placement:
    """Where new codes come to lie, and how near they are to what the map knows.

    points (B, 2) in map units; neighbours (B, k) indices of the nearest codes, nearest first; distance
    (B,) to the nearest code and typical: the median distance of the map's own codes to their nearest
    other, both in the codes' unit. A distance many times the typical one says: far from all data, the
    position means little.
    """

    points: np.ndarray
    neighbours: np.ndarray
    distance: np.ndarray
    typical: float


@dataclass(frozen=True)
class PlacementAccuracy:
    """Leave-one-out error of `place` on one map.

    median and p90 (90th percentile) in map units, the map's diameter in map units, both errors as shares of
    it in [0, 1], and how many codes were tried.
    """

    median: float
    p90: float
    diameter: float
    median_share: float
    p90_share: float
    tried: int


def place(
    codes: np.ndarray, points: np.ndarray, new: np.ndarray, k: int = 15, *, typical: float | None = None
) -> Placement:
    """Place new codes (B, L) on the map points (N, 2) of codes (N, L), by the k nearest codes.

    The position is the weighted mean of theirs, with weights exp(-(d - d_1) / s) / d: d is the distance,
    d_1 that of the nearest and s the standard deviation of the k distances. The exponential is UMAP's
    membership with another local scale (McInnes et al. 2018, section 3.1), and 1 / d (Shepard 1968) lets a
    code of the map come to lie where it is; on maps of MNIST this halves the leave-one-out error of 1 / d
    alone. An approximation for t-SNE and UMAP: show `leave_one_out_error` beside it. For PCA use
    `PCAMap.place`, for 2-D codes the code itself. `typical` saves its recomputation. ValueError for shapes
    that do not match.
    """
    points = _points(codes, points)
    indices, distances = nearest(new, codes, k)
    typical = typical_distance(codes) if typical is None else typical
    return Placement(_mean(points[indices], distances), indices, distances[:, 0], typical)


def typical_distance(codes: np.ndarray) -> float:
    """Median distance of codes (N, L) to their nearest other, in their unit, from 500 spread evenly."""
    tried = spread(len(codes), SAMPLE)
    return float(np.median(nearest(codes[tried], codes, 1, exclude=tried)[1]))


def leave_one_out_error(
    codes: np.ndarray, points: np.ndarray, k: int = 15, sample: int = 1000, seed: int = 0
) -> PlacementAccuracy:
    """How far `place` puts a code of the map from where the map has it, when that code itself does not count.

    codes (N, L), points (N, 2). `sample` codes are tried, drawn without replacement by `seed`. A little
    optimistic: the code that is left out has helped to shape the map.
    """
    points = _points(codes, points)
    tried = np.sort(np.random.default_rng(seed).permutation(len(codes))[:sample])
    indices, distances = nearest(codes[tried], codes, k, exclude=tried)
    error = np.linalg.norm(_mean(points[indices], distances) - points[tried], axis=1)
    median, p90 = (float(value) for value in np.percentile(error, [50, 90]))
    diameter = _diameter(points)
    if not diameter > 0.0:
        raise ValueError("All positions of the map are equal: compute the map again.")
    return PlacementAccuracy(median, p90, diameter, median / diameter, p90 / diameter, len(tried))


def _mean(positions: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Mean of positions (B, k, 2) weighted by distances (B, k); at distance 0 the equal codes alone."""
    spread = distances.std(axis=1, keepdims=True)
    gaps = distances - distances[:, :1]
    membership = np.exp(-np.divide(gaps, spread, out=np.zeros_like(gaps), where=spread > 0.0))
    equal = distances == 0.0
    weights = np.divide(
        membership, distances, out=equal.astype(np.float64), where=~equal.any(axis=1, keepdims=True)
    )
    return np.einsum("bk,bkd->bd", weights / weights.sum(axis=1, keepdims=True), positions)


def _diameter(points: np.ndarray) -> float:
    """Largest distance between two points (N, 2), to 1 in 100,000: among the extremes in 720 directions."""
    angle = np.linspace(0.0, np.pi, 720, endpoint=False)
    along = points @ np.stack([np.cos(angle), np.sin(angle)])
    extremes = points[np.unique(np.concatenate([along.argmin(axis=0), along.argmax(axis=0)]))]
    return float(np.sqrt(((extremes[:, None] - extremes[None]) ** 2).sum(axis=-1)).max())


def _points(codes: np.ndarray, points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.shape != (len(codes), 2) or not np.isfinite(points).all():
        raise ValueError(
            f"The map has shape {points.shape} for {len(codes)} codes: pass one finite position a code."
        )
    return points
