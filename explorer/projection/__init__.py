"""Codes on a plane: PCA, t-SNE and UMAP, new points on a fixed map, and recomputation outside the
server's process.

maps.py        pca, fit: codes (N, L) -> map (N, 2)
placement.py   place, leave_one_out_error: where a new code lies on a map that stays as it is
job.py         ProjectionJob: fit in a process of its own, with progress and cancel
worker.py      that process

openTSNE, umap-learn and numba are imported only inside a fit: UMAP alone takes seconds to import.
"""

from explorer.projection.job import ProjectionError, ProjectionJob
from explorer.projection.maps import DEFAULTS, METHODS, PCAMap, fit, pca, validate
from explorer.projection.placement import (
    Placement,
    PlacementAccuracy,
    leave_one_out_error,
    place,
    typical_distance,
)

__all__ = [
    "DEFAULTS",
    "METHODS",
    "PCAMap",
    "Placement",
    "PlacementAccuracy",
    "ProjectionError",
    "ProjectionJob",
    "fit",
    "leave_one_out_error",
    "pca",
    "place",
    "typical_distance",
    "validate",
]
