"""Maps computed in the background: a failure is told to everybody who looks, until it is tried again."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.projection import ProjectionError
from explorer.ui import jobs

KEY = ("digits-vae", "umap", (("n_neighbors", 5.0),))


class Job:
    """A computation that is over at once, unless not `done`, with `outcome` as its result or its error."""

    outcome: np.ndarray | ProjectionError = np.zeros((3, 2))
    done = True
    cancelled = 0

    def __init__(self, *asked: object, **parameters: float) -> None:
        pass

    def start(self) -> Job:
        return self

    def poll(self) -> tuple[float, str]:
        return 0.5, "laying out"

    def cancel(self) -> None:
        Job.cancelled += 1

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
    registry.start(KEY, "a")
    for _ in range(2):  # as two viewers, or two ticks of one
        assert registry.points(KEY) is None and registry.failed(KEY) == "UMAP ran out of memory."
    assert registry.progress(KEY, "a") is None
    monkeypatch.setattr(Job, "outcome", np.ones((3, 2)))
    registry.start(KEY, "a")
    assert not registry.failed(KEY)
    assert (registry.points(KEY) == 1).all()


def test_who_stops_a_map_stops_waiting_and_the_last_one_ends_it(registry, monkeypatch):
    monkeypatch.setattr(Job, "done", False)
    monkeypatch.setattr(Job, "cancelled", 0)
    registry.start(KEY, "a")
    assert registry.progress(KEY, "b") is None  # who has not asked is not shown what others wait for
    registry.start(KEY, "b")
    assert registry.progress(KEY, "a") == registry.progress(KEY, "b") == (0.5, "laying out")
    registry.leave(KEY, "a")
    assert Job.cancelled == 0 and registry.progress(KEY, "a") is None and registry.progress(KEY, "b")
    registry.leave(KEY, "b")
    registry.leave(KEY, "b")
    assert Job.cancelled == 1 and registry.progress(KEY, "b") is None
    registry.start(KEY, "a")
    assert registry.progress(KEY, "a")
