"""Maps computed in the background: a failure is told to everybody who looks, until it is tried again."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.projection import ProjectionError
from explorer.ui import jobs

KEY = ("digits-vae", "umap", (("n_neighbors", 5.0),))


class Job:
    """A computation that is over at once, with `outcome` as its result or its error."""

    outcome: np.ndarray | ProjectionError = np.zeros((3, 2))
    done = True

    def __init__(self, *asked: object, **parameters: float) -> None:
        pass

    def start(self) -> Job:
        return self

    def result(self) -> np.ndarray:
        if isinstance(self.outcome, ProjectionError):
            raise self.outcome
        return self.outcome


@pytest.fixture
def registry(monkeypatch) -> jobs.Registry:
    monkeypatch.setattr(jobs, "ProjectionJob", Job)
    return jobs.Registry()


def test_a_failure_stays_until_it_is_tried_again(registry, monkeypatch):
    monkeypatch.setattr(Job, "outcome", ProjectionError("UMAP ran out of memory."))
    registry.start(KEY)
    for _ in range(2):  # as two viewers, or two ticks of one
        assert registry.points(KEY) is None and registry.failed(KEY) == "UMAP ran out of memory."
    assert registry.progress(KEY) is None
    monkeypatch.setattr(Job, "outcome", np.ones((3, 2)))
    registry.start(KEY)
    assert not registry.failed(KEY)
    assert (registry.points(KEY) == 1).all()
