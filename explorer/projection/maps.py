"""Maps of codes: codes (N, L) in, positions (N, 2) out, in arbitrary map units."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from explorer.metrics.neighbours import nearest

METHODS: tuple[str, ...] = ("pca", "tsne", "umap")
DEFAULTS: dict[str, dict[str, float]] = {
    "pca": {},
    "tsne": {"perplexity": 30.0},
    "umap": {"n_neighbors": 15, "min_dist": 0.1},
}
TITLES = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
EARLY, LATE = 250, 500  # t-SNE iterations with and without exaggeration (openTSNE's defaults)
BAR = "{n_fmt}/{total_fmt}"  # what UMAP's progress bar writes: see _Bar

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class PCAMap:
    """The plane of largest variance. mean (L,), axes (2, L) orthonormal, points (N, 2) float64 in the
    codes' unit.

    explained (2,): the share of the codes' variance along each axis, in [0, 1].
    """

    mean: np.ndarray
    axes: np.ndarray
    points: np.ndarray
    explained: np.ndarray

    def place(self, new: np.ndarray) -> np.ndarray:
        """Exact positions of new codes: (B, L) -> (B, 2)."""
        new = np.asarray(new)
        if new.ndim != 2 or new.shape[1] != len(self.mean):
            raise ValueError(f"Codes of shape {new.shape} do not fit this map: pass (B, {len(self.mean)}).")
        return (new - self.mean) @ self.axes.T


def pca(codes: np.ndarray) -> PCAMap:
    """Principal component analysis of codes (N, L), exactly and with fixed signs; a single dimension gets
    a second of 0.
    """
    codes = check_codes(codes).astype(np.float64)
    mean = codes.mean(axis=0)
    _, singular, axes = np.linalg.svd(codes - mean, full_matrices=False)
    variance = singular**2
    if codes.shape[1] == 1:
        axes, variance = np.vstack([axes, [[0.0]]]), np.append(variance, 0.0)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = (axes * np.where(largest < 0.0, -1.0, 1.0))[:2]
    total = variance.sum()
    explained = variance[:2] / total if total > 0.0 else np.zeros(2)
    return PCAMap(mean, axes, (codes - mean) @ axes.T, explained)


def validate(method: str, count: int, **parameters: Any) -> dict[str, float]:
    """The method's parameters for `count` codes, defaults filled in; ValueError with one sentence otherwise.

    tsne: perplexity from 2 to (count - 1) / 3, the effective number of neighbours (van der Maaten &
    Hinton 2008). umap: n_neighbors from 2 to count - 1 and min_dist from 0 to 1 in map units (McInnes et
    al. 2018).
    """
    if method not in METHODS:
        raise ValueError(f"Projection {method!r} is not known: choose from {', '.join(METHODS)}.")
    if count < 8:
        raise ValueError(f"A map of {count} codes says nothing: pass 8 or more.")
    for name, value in parameters.items():
        if name not in DEFAULTS[method]:
            takes = " and ".join(DEFAULTS[method]) or "no parameters"
            raise ValueError(f"{TITLES[method]} has no parameter {name!r}: it takes {takes}.")
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}: pass a finite number.")
    chosen = {**DEFAULTS[method], **parameters}
    if method == "tsne":
        _within("Perplexity", chosen["perplexity"], 2, (count - 1) / 3, count)
        return {"perplexity": float(chosen["perplexity"])}
    if method == "umap":
        _within("n_neighbors", chosen["n_neighbors"], 2, count - 1, count)
        _within("min_dist", chosen["min_dist"], 0, 1, count)
        if chosen["n_neighbors"] != int(chosen["n_neighbors"]):
            raise ValueError(f"n_neighbors is {chosen['n_neighbors']}: pass a whole number.")
        return {"n_neighbors": int(chosen["n_neighbors"]), "min_dist": float(chosen["min_dist"])}
    return {}


def fit(
    method: str, codes: np.ndarray, *, seed: int = 0, progress: Progress | None = None, **parameters: Any
) -> np.ndarray:
    """A map of the codes: (N, L) -> (N, 2) float32.

    "tsne" is openTSNE's (Poličar et al. 2024) and "umap" umap-learn's (McInnes et al. 2018), both on
    exact Euclidean neighbours and on one thread, so that a seed gives one map; parameters as in
    `validate`. `progress(fraction, what)` hears a fraction that rises from 0 to 1 and what is being done.
    Codes of any width are treated alike, 2 included. ValueError, with one sentence, for bad parameters,
    codes that are not finite and a negative seed.
    """
    codes = check_codes(codes)
    chosen = validate(method, len(codes), **parameters)
    seed = check_seed(seed)
    report = progress or (lambda fraction, what: None)
    report(0.0, "starting")
    if method == "pca":
        points = pca(codes).points
    elif method == "tsne":
        points = _tsne(codes, seed, report, **chosen)
    else:
        points = _umap(codes, seed, report, **chosen)
    points = np.asarray(points, np.float32)
    if not np.isfinite(points).all():
        raise ValueError(f"{TITLES[method]} gave positions that are not finite: try other parameters.")
    report(1.0, "done")
    return points


def _tsne(codes: np.ndarray, seed: int, report: Progress, perplexity: float) -> np.ndarray:
    report(0.01, "loading t-SNE")
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    indices, distances = _neighbours(codes, int(3 * perplexity), report, 0.02, 0.1)
    report(0.1, "weighing neighbours")
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(indices, distances), perplexity=perplexity, n_jobs=1, random_state=seed
    )
    done = 0

    def heard(iteration: int, error: float, embedding: np.ndarray) -> bool:
        nonlocal done
        done += 10
        report(0.12 + 0.88 * done / (EARLY + LATE), f"moving points, iteration {done} of {EARLY + LATE}")
        return False  # go on

    model = TSNE(
        perplexity=perplexity,
        early_exaggeration_iter=EARLY,
        n_iter=LATE,
        n_jobs=1,
        random_state=seed,
        callbacks=heard,
        callbacks_every_iters=10,
    )
    return np.asarray(model.fit(affinities=affinities, initialization=_start(codes, seed, spread=1e-4)))


def _umap(codes: np.ndarray, seed: int, report: Progress, n_neighbors: int, min_dist: float) -> np.ndarray:
    report(0.01, "loading UMAP, which takes a while")
    with warnings.catch_warnings():  # umap tells that its optional TensorFlow part is missing
        warnings.simplefilter("ignore", ImportWarning)
        import umap

    indices, distances = _neighbours(codes, n_neighbors - 1, report, 0.2, 0.25)
    itself = np.arange(len(codes))[:, None]
    known = (np.hstack([itself, indices]), np.hstack([np.zeros_like(itself, np.float32), distances]))
    report(0.25, "compiling UMAP and weighing neighbours")
    model = umap.UMAP(
        n_neighbors=n_neighbors,
        min_dist=min_dist,
        random_state=seed,
        n_jobs=1,
        init=_start(codes, seed, spread=1.0),
        precomputed_knn=known,
        force_approximation_algorithm=True,  # below 4,096 codes it would set the neighbours aside otherwise
        tqdm_kwds={"disable": False, "file": _Bar(report), "bar_format": BAR, "mininterval": 0.1},
    )
    with warnings.catch_warnings():  # it misses a search index, which only transform would need
        warnings.filterwarnings("ignore", message="precomputed_knn")
        return model.fit_transform(codes)


class _Bar:
    """The file that UMAP's progress bar writes "epoch/epochs" to."""

    def __init__(self, report: Progress) -> None:
        self._report = report

    def write(self, text: str) -> None:
        epoch, slash, epochs = text.strip().partition("/")
        if slash and epoch.isdigit() and epochs.isdigit():
            share = int(epoch) / max(1, int(epochs))
            self._report(0.4 + 0.6 * share, f"moving points, epoch {epoch} of {epochs}")

    def flush(self) -> None:
        """Nothing is held back."""


def _neighbours(
    codes: np.ndarray, k: int, report: Progress, start: float, end: float
) -> tuple[np.ndarray, np.ndarray]:
    """Indices and float32 distances (N, k) of each code's nearest others.

    Rounded, because the last bits depend on the number of threads of the matrix product and t-SNE would
    amplify them.
    """
    indices, distances = nearest(
        codes,
        codes,
        k,
        exclude=np.arange(len(codes)),
        progress=lambda share: report(start + (end - start) * share, "finding neighbours"),
    )
    return indices, distances.astype(np.float32)


def _start(codes: np.ndarray, seed: int, spread: float) -> np.ndarray:
    """Where points start, (N, 2): PCA, its first axis scaled to `spread`, which keeps the large-scale
    arrangement (Kobak & Berens 2019), with a little noise so that equal codes can part."""
    points = pca(codes).points.astype(np.float32).astype(np.float64)
    scale = points[:, 0].std()
    noise = np.random.default_rng(seed).normal(scale=1e-2 * spread, size=points.shape)
    return (points / scale * spread if scale > 0.0 else points) + noise


def _within(name: str, value: float, low: float, high: float, count: int) -> None:
    if not low <= value <= high:
        raise ValueError(
            f"{name} {value:g} does not suit {count} codes: choose {low:g} to {math.floor(high)}."
        )


def check_seed(seed: int) -> int:
    """The seed as an int; ValueError if it is not a whole number from 0 to 2**32 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"Seed {seed!r} is out of range: pass a whole number from 0 to {2**32 - 1}.")
    return int(seed)


def check_codes(codes: np.ndarray) -> np.ndarray:
    """Codes (N, L) as an array; ValueError if it is no matrix or not finite."""
    codes = np.asarray(codes)
    if codes.ndim != 2 or 0 in codes.shape:
        raise ValueError(f"Codes of shape {codes.shape} have no map: pass a matrix (N, L).")
    if codes.dtype.kind not in "fiu" or not np.isfinite(codes).all():
        raise ValueError("Some codes are not finite numbers: the model or its gallery is damaged.")
    return codes
