"""KL of each dimension over the epochs of two runs, played side by side on one colour scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer import images
from explorer.live.component import component
from explorer.live.pack import pack

LEAST = 0.1  # nats: from here on the film counts a dimension as carrying something


@dataclass(frozen=True)
class Run:
    """A run: its title, epochs (E,), nats (E, L) by dimension, the KL's weight (E,) at the epochs' ends."""

    title: str
    epochs: np.ndarray
    kl: np.ndarray
    weights: np.ndarray


def scale(runs: Sequence[Run]) -> float:
    """Where the runs' common colour scale ends, nats."""
    return float(max(0.5, *(run.kl.max() for run in runs)))


def epoch_film(key: str, runs: tuple[Run, Run], *, cursor: str, words: Mapping[str, str]) -> None:
    """Show both runs up to the epoch that the cursor of one number stands on, a slider and a play button.

    Args:
        cursor: the cursor of the epoch, from 1 to the longer run's last; a shorter one keeps its last.
        words: see `explorer/ui/collapse_text.py`.

    Raises:
        ValueError: a run's arrays do not fit each other.
    """
    told, arrays = [], {"palette": images.sequential(np.arange(256)[None], 0, 255).reshape(-1)}
    for place, run in enumerate(runs):
        if run.kl.shape[:1] != run.epochs.shape or run.weights.shape != run.epochs.shape:
            raise ValueError(f"{run.title}: {run.kl.shape} nats and {run.weights.shape} weights do not fit "
                             f"{len(run.epochs)} epochs.")  # fmt: skip
        order = np.argsort(-run.kl[-1], kind="stable").tolist()
        told.append({"title": run.title, "epochs": run.epochs.tolist(), "order": order,
                     "weights": [round(float(w), 4) for w in run.weights]})  # fmt: skip
        arrays[f"kl{place}"] = run.kl.astype(np.float32)
    meta = {"cursor": cursor, "runs": told, "top": scale(runs), "least": LEAST, "words": dict(words)}
    component("epoch_film")(key=key, data=pack(meta, arrays))


def frames(runs: Sequence[Run], pixels: int = 12) -> np.ndarray:
    """The film to download: uint8 (E, H, W, 3), both maps side by side, later epochs still white."""
    top, rows = scale(runs), max(run.kl.shape[1] for run in runs)
    last = max(len(run.epochs) for run in runs)
    film = []
    for epoch in range(last):
        parts = []
        for run in runs:
            order = np.argsort(-run.kl[-1], kind="stable")
            part = np.full((rows, last, 3), 255, np.uint8)
            seen = min(epoch + 1, len(run.epochs))
            part[: run.kl.shape[1], :seen] = images.sequential(run.kl[:seen, order].T, 0, top)
            parts += [part, np.full((rows, 2, 3), 255, np.uint8)]
        film.append(np.concatenate(parts[:-1], axis=1).repeat(pixels, axis=0).repeat(pixels, axis=1))
    return np.stack(film)
