"""The diagram of one image on its way through a model; its numbers follow the pen and the sliders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from explorer.live.component import component
from explorer.live.pack import pack
from explorer.studies.anatomy import BOXES

ROWS = 8  # dimensions of the code that stand in the boxes

#: How the browser comes to the second term: from mean and std, from the code, from `stored`; or it is none.
Second = Literal["kl", "l1", "stored", "none"]


@dataclass(frozen=True)
class BoxWords:
    """What stands on a box: title, a line below, a mark with its kind; or that this model has no such box.

    `funnel` are a network's layers: what each gives, and how wide its bar is, 0 to 1.
    """

    title: str
    note: str = ""
    funnel: Sequence[tuple[str, float]] = ()
    mark: str = ""
    change: str = "same"
    missing: bool = False


def anatomy(
    key: str,
    *,
    mean: str,
    code: str,
    boxes: Mapping[str, BoxWords],
    opened: str,
    shape: tuple[int, int, int],
    size: int,
    order: Sequence[int],
    active: bool,
    reach: float,
    positive: bool,
    image: np.ndarray | None,
    std: np.ndarray | None,
    eps: np.ndarray | None,
    noise: bool,
    bernoulli: bool,
    second: Second,
    weight: float,
    unit: str,
    words: Mapping[str, str],
    floor: float = 0.0,
    capacity: float = 0.0,
    stored: Mapping[str, float] | None = None,
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Show the boxes of `explorer.studies.anatomy.BOXES` with the numbers of image, code and loss.

    Args:
        mean: the cursor at the encoder's mean (or code), which a drawing moves; code: the one at z.
        boxes: what stands on each box. opened: the box that is open, or "".
        size: L, how many numbers the code has.
        order: dimensions in the code's boxes from above; the first `ROWS` are shown.
        active: whether the rows are those with the largest numbers at the moment instead.
        reach: the value at which a bar of the code ends; positive: whether bars begin at 0 on the left.
        image: float32 (C, H, W), or None where the original is not on this machine.
        std, eps: float32 (L,), of the posterior and of the draw; None where there is no posterior.
        noise: whether z is mean + std · eps, or the mean.
        bernoulli: the first term is the cross-entropy, else the squared error.
        weight, unit: of the second term; of both.
        floor, capacity: of a KL, see `explorer.loss_terms.Charge`; 0 for none.
        words: "input" and "output" (alternative texts), "noise", "still", "moved" (with {length}), "plain".
        stored: "reconstruction" and "regularizer" as Python has them, where the browser cannot know.
        on_open: called with a box's name when it is clicked, before the script runs again.

    Raises:
        ValueError: a box is missing, or std and eps do not belong together.
    """
    if set(boxes) != set(BOXES):
        raise ValueError(f"The diagram has the boxes {', '.join(BOXES)}; words for {', '.join(boxes)} came.")
    if (std is None) != (eps is None) or np.shape(std) != np.shape(eps):
        raise ValueError("Noise belongs to a posterior: give std and eps of one shape, or neither.")
    meta = {"mean": mean, "code": code, "boxes": {name: asdict(each) for name, each in boxes.items()}}
    meta |= {"open": opened, "shape": list(shape), "size": int(size)}
    meta |= {"order": [int(i) for i in order][:ROWS], "active": bool(active), "reach": float(reach)}
    meta |= {"positive": bool(positive), "noise": bool(noise), "second": second}
    meta |= {"bernoulli": bool(bernoulli), "weight": float(weight), "unit": unit, "words": dict(words)}
    meta |= {"floor": float(floor), "capacity": float(capacity)}
    meta |= {"stored": {name: float(value) for name, value in (stored or {}).items()}}
    arrays = {"x": image, "std": std, "eps": eps}
    arrays = {name: np.asarray(each, np.float32) for name, each in arrays.items() if each is not None}

    def deliver() -> None:
        message = st.session_state[key].get("open")
        if message is not None and on_open is not None:
            on_open(decode_box(message))

    component("anatomy")(key=key, data=pack(meta, arrays), on_open_change=deliver)


def decode_box(message: Any) -> str:
    """The box in the browser's message.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    name = message.get("box") if isinstance(message, Mapping) else None
    if name not in BOXES:
        raise ValueError(f"The diagram has no box {name!r}; reload the page.")
    return str(name)
