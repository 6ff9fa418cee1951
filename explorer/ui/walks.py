"""From one input to another: two paths through a model's codes, and the blend of the pixels.

The frames are decoded in the browser (`explorer/live/walk.py`); Python decodes them for a file, or where the
browser cannot run the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.figures.finished import Finished
from explorer.figures.interpolation import along_path
from explorer.metrics.neighbours import nearest
from explorer.ui import inputs, load, widgets

T = np.linspace(0, 1, 11)
WAYS = {"linear": "Linear in code space", "spherical": "Spherical in code space"}
PATHS = {"linear": latent.lerp, "spherical": latent.slerp}


@dataclass(frozen=True)
class Walk:
    """The ways from A to B in one model: codes (2, L) of the ends, and the ends' pictures (2, C, H, W).

    `originals` is None where the originals are missing: the blend is then one of the decoded ends. `own` are
    the gallery indices of A and B, as far as they have one; `label` is the class that a conditional model is
    told on the way.
    """

    model_id: str
    ends: np.ndarray
    originals: np.ndarray | None
    own: tuple[int, ...]
    label: int | None = None

    def codes(self, t: np.ndarray) -> dict[str, np.ndarray]:
        """Codes (T, L) at each t (T,), by way."""
        return {way: path(*self.ends, t) for way, path in PATHS.items()}

    def length(self, t: np.ndarray) -> dict[str, np.ndarray]:
        """The length |z| of the codes at each t (T,), by way."""
        return {way: np.linalg.norm(z, axis=1) for way, z in self.codes(t).items()}

    def distance(self, t: np.ndarray) -> dict[str, np.ndarray]:
        """Distances (T,) to the nearest gallery code other than A and B, by way."""
        others = np.delete(load.gallery(self.model_id).z, self.own, axis=0)
        z = np.concatenate(list(self.codes(t).values()))
        return dict(zip(PATHS, np.split(nearest(z, others, 1)[1][:, 0], len(PATHS)), strict=True))

    def degrees(self) -> float:
        """The angle between the codes of A and B, seen from the origin."""
        return float(np.degrees(latent.angle(*self.ends)))

    def decoded(self, t: np.ndarray) -> np.ndarray:
        """The pictures (2 T, C, H, W) along both ways, linear first."""
        return load.decoded(self.model_id, np.concatenate(list(self.codes(t).values())), self.label)

    @property
    def titles(self) -> tuple[str, ...]:
        """The strips' titles."""
        return (
            *WAYS.values(),
            f"Pixel blend{'' if self.originals is not None else ' of the reconstructions'}",
        )

    @cached_property
    def strips(self) -> dict[str, np.ndarray]:
        """The three strips, uint8 (T, C, H, W), by title: decoded when they are asked for."""
        linear, spherical = np.split(self.decoded(T), 2)
        first, last = linear[[0, -1]] if self.originals is None else self.originals
        frames = (linear, spherical, latent.lerp(first, last, T))
        return {title: images.to_uint8(each) for title, each in zip(self.titles, frames, strict=True)}

    def rendered(self, t: float) -> dict[str, np.ndarray] | None:
        """Python's pictures for `live.walk`, where the browser cannot run the model."""
        if not load.live(self.model_id, self.label).refused:
            return None
        return {"frames": self.decoded(T), "now": self.decoded(np.array([t]))}

    def shown_ends(self) -> np.ndarray | None:
        """The pictures that are blended, if Python has to say which."""
        if self.originals is None and load.live(self.model_id, self.label).refused:
            return load.decoded(self.model_id, self.ends, self.label)
        return self.originals


def walk(model_id: str, a: inputs.Input, b: inputs.Input, label: int | None = None) -> Walk:
    """From a to b in one model. One that is told the class encodes a gallery image with its own, the reader's
    own image as `label`, and decodes every frame as `label`.

    Raises
    ------
    zoo.CheckpointError
        If the model cannot be used.
    """
    if problem := load.problem(model_id, with_class=True):
        raise zoo.CheckpointError(problem)
    ends = np.stack([inputs.encode(model_id, each, label)[0] for each in (a, b)])
    whole = a.image is not None and b.image is not None
    originals = np.concatenate([a.image, b.image]) if whole else None
    own = tuple(each.index for each in (a, b) if each.index is not None)
    return Walk(model_id, ends, originals, own, label)


@st.cache_resource(max_entries=128, show_spinner=False)
def _charts(model_id: str, ends: np.ndarray, own: tuple[int, ...]) -> tuple[Finished, Finished]:
    """Length and distance along both ways, drawn once; see `charts_at`."""
    found, ranges = Walk(model_id, ends, None, own), load.code_ranges(model_id)
    said = {"title": "The straight line dips", "y": "length of the code |z|"}
    length = along_path(T, found.length(T), ranges["length"], **said)
    said = {"title": "How far from real codes", "y": "nearest gallery code"}
    distance = along_path(T, found.distance(T), ranges["distance"], **said)
    return Finished(length), Finished(distance)


def charts_at(found: Walk, t: float) -> tuple[Finished, Finished]:
    """Two figures, the code's length and its distance to real codes along both ways, marked at t."""
    here = np.array([t])
    marked = []
    figures = _charts(found.model_id, found.ends, found.own)
    for figure, values in zip(figures, (found.length(here), found.distance(here)), strict=True):
        for way in WAYS:
            figure = figure.moved(f"{way} now", [t], [float(values[way][0])])
        marked.append(figure)
    return marked[0], marked[1]


def words(found: Walk, a: str, b: str, heading: str, animate: bool) -> dict[str, Any]:
    """What the live strips say; in braces what the browser fills in."""
    typical = widgets.number(load.code_ranges(found.model_id)["distance"][1])
    return {
        "heading": heading,
        "strips": [
            {"title": title, "alt": f"{title}, from {a} to {b}: {len(T)} frames"} for title in found.titles
        ],
        "slider": "t, from A to B",
        "at": "t = {t}",
        "animate": "Animate" if animate else "",
        "stop": "Stop",
        "far": f"{{far}} to the nearest gallery code (typical: {typical})",
        "length": "length |z| {length}",
        "blend": "{a} % of A and {b} % of B in every pixel; no code",
    }
