"""How two linear subspaces lie to each other: what a linear autoencoder's decoder is compared with PCA by."""

from __future__ import annotations

import numpy as np

from explorer.metrics import _arrays


def principal_angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles in degrees between the spaces that the rows of a (K, D) and b (M, D) span, largest first.

    As many as the smaller space has dimensions; all 0 if it lies in the other. Sines and cosines come from
    the singular values (Knyazev & Argentati 2002, algorithm 3.1): an arccosine alone would lose angles under
    1e-6 degrees. ValueError if the rows of either are not linearly independent.
    """
    a, b = _basis("a", a), _basis("b", b)
    if len(a) > len(b):
        a, b = b, a
    overlap = a @ b.T
    cosines = np.linalg.svd(overlap, compute_uv=False)[::-1]  # smallest cosine, largest angle, first
    sines = np.linalg.svd(a - overlap @ b, compute_uv=False)
    return np.degrees(np.arctan2(sines, np.clip(cosines, 0.0, None)))


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the angle between each row of a (K, D) and each of b (M, D): (K, M) in [-1, 1].

    ValueError if a row is 0: it has no direction.
    """
    return _directions("a", a) @ _directions("b", b).T


def _directions(name: str, rows: np.ndarray) -> np.ndarray:
    rows = _rows(name, rows)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError(f"{name} has a row of zeros: leave out what has no direction.")
    return rows / lengths


def _basis(name: str, rows: np.ndarray) -> np.ndarray:
    """Orthonormal rows (K, D) that span the same space as the given ones."""
    rows = _rows(name, rows)
    count, width = rows.shape
    if count > width or np.linalg.matrix_rank(rows) < count:
        raise ValueError(f"The {count} rows of {name} are not linearly independent: leave some of them out.")
    return np.linalg.qr(rows.T)[0].T


def _rows(name: str, rows: np.ndarray) -> np.ndarray:
    return _arrays.matrix(name, rows).astype(np.float64)
