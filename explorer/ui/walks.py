"""From one input to another: two paths through a model's codes, decoded, and the blend of the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer import images, latent
from explorer.metrics.neighbours import nearest
from explorer.ui import inputs, load

T = np.linspace(0, 1, 11)
WAYS = {"linear": "Linear in code space", "spherical": "Spherical in code space"}


@dataclass(frozen=True)
class Walk:
    """The ways from A to B at `T`: codes (T, L) and frames (T, C, H, W) by way, and the blend of the pixels.

    distance (T,) is each code's to the nearest gallery code other than A and B; `of_originals` is False
    where the originals are missing and the blend is one of the decoded ends.
    """

    codes: dict[str, np.ndarray]
    frames: dict[str, np.ndarray]
    blend: np.ndarray
    of_originals: bool
    distance: dict[str, np.ndarray]

    def strips(self) -> dict[str, np.ndarray]:
        """The three strips, uint8 (T, C, H, W), by title."""
        mixed = "Pixel blend" if self.of_originals else "Pixel blend of the reconstructions"
        made = {title: self.frames[way] for way, title in WAYS.items()} | {mixed: self.blend}
        return {title: images.to_uint8(frames) for title, frames in made.items()}

    def length(self) -> dict[str, np.ndarray]:
        """The length |z| of each code (T,), by way."""
        return {way: np.linalg.norm(codes, axis=1) for way, codes in self.codes.items()}

    def degrees(self) -> float:
        """The angle between the codes of A and B, seen from the origin."""
        return float(np.degrees(latent.angle(*self.codes["linear"][[0, -1]])))


def walk(model_id: str, a: inputs.Input, b: inputs.Input) -> Walk:
    """From a to b in one model.

    Raises
    ------
    zoo.CheckpointError
        If the model cannot be used.
    """
    model, gallery = load.model(model_id), load.gallery(model_id)
    start, end = (inputs.encode(model_id, each)[0] for each in (a, b))
    codes = {"linear": latent.lerp(start, end, T), "spherical": latent.slerp(start, end, T)}
    frames = {way: latent.decode(model, z) for way, z in codes.items()}
    originals = a.image is not None and b.image is not None
    first, last = (a.image[0], b.image[0]) if originals else frames["linear"][[0, -1]]
    others = np.delete(gallery.z, [each.index for each in (a, b) if each.index is not None], axis=0)
    distance = {way: nearest(z, others, 1)[1][:, 0] for way, z in codes.items()}
    return Walk(codes, frames, latent.lerp(first, last, T), originals, distance)
