"""Which image goes in: one of the gallery, a drawing or an upload. One value, three ways to set it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import intake, latent
from explorer.datasets import Dataset
from explorer.live.draw_canvas import Sight, draw_canvas
from explorer.ui import load
from explorer.ui.state import View

SOURCES = ("Gallery", "Draw", "Upload")
POLARITIES = {"auto": "by its border", "as is": "bright on dark", "inverted": "dark on bright"}


@dataclass(frozen=True)
class Input:
    """An image float32 (1, C, H, W) in [0, 1], or None where the gallery's originals are not on this machine.

    `index` is its place in the gallery, or None for the reader's own; `name` says what it is.
    """

    image: np.ndarray | None
    index: int | None
    name: str


def encode(model_id: str, chosen: Input, label: int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """mean (L,) and logvar (L,) or None: of the image, or as stored where the original is missing.

    A conditional model is told the class of a gallery image, and of the reader's own that it is `label`.
    """
    if chosen.image is None:
        stored = load.gallery(model_id)
        logvar = None if stored.logvar is None else stored.logvar[chosen.index]
        return stored.z[chosen.index], logvar
    model = load.model(model_id)
    if model.label_count and chosen.index is not None:
        label = int(load.gallery(model_id).labels[chosen.index])
    mean, logvar = latent.encode(model, chosen.image, None if label is None else np.array([label]))
    return mean[0], None if logvar is None else logvar[0]


def pick(
    view: View,
    dataset: Dataset,
    model_id: str,
    *,
    name: str = "",
    label: str = "Input",
    first: int = 0,
    cursor: str | None = None,
    bare: bool = False,
) -> Input:
    """Draw the pickers of one input and return it.

    The view holds `{name}from`, `{name}index` and, for the reader's own image, `{name}own` as text, so that a
    link carries the very pixels.

    With `cursor`, the name of a code's cursor, that cursor follows a drawing while the pen moves. The page
    mounts the cursor itself, with the returned input's code as its value (see `encode`), and
    `with_encoder=True` when `drawing(view, name)`. A `bare` canvas does not show what the model makes of the
    drawing: the page does.
    """
    source = view.choice(f"{name}from", label, SOURCES, SOURCES[0], kind="segmented")
    labels = load.gallery(model_id).labels
    index = _gallery_index(view, dataset, labels, name, first, shown=source == "Gallery")
    if source == "Gallery":
        return from_gallery(dataset, labels, index)
    found = own(view, dataset, source, name, model_id=model_id, cursor=cursor, bare=bare)
    if found is None:
        what = "Draw something" if source == "Draw" else "Choose a file"
        st.caption(f"{what}; until then the page shows gallery image {index}.")
        return from_gallery(dataset, labels, index)
    return found


def drawing(view: View, name: str = "") -> bool:
    """Whether the input `name` of `pick` is drawn, so that its model's encoder belongs in the browser."""

    def check(value: object) -> str | None:
        return None if value in SOURCES else f"there is only {', '.join(SOURCES)}"

    return view.get(f"{name}from", SOURCES[0], check) == "Draw"


def own(
    view: View,
    dataset: Dataset,
    source: str,
    name: str = "",
    *,
    model_id: str | None = None,
    cursor: str | None = None,
    bare: bool = False,
) -> Input | None:
    """The reader's own image by "Draw" or "Upload"; None while there is none.

    With a model and `cursor`, that cursor follows a drawing while the pen moves; the page mounts it, see
    `pick`. Where the browser cannot run the model the drawing is encoded when the pen lifts.
    """
    if source == "Draw":
        _draw(view, dataset, name, model_id, cursor, bare)
    else:
        _upload(view, dataset, name)
    image = _own(view, dataset, name)
    if image is None:
        return None
    return Input(
        image[None].astype(np.float32) / 255.0, None, "your drawing" if source == "Draw" else "your upload"
    )


def from_gallery(dataset: Dataset, labels: np.ndarray, index: int) -> Input:
    """Image `index` of the gallery, whose labels are (N,)."""
    split = load.images(dataset.id)
    image = None if split is None else split.pixels(index)
    return Input(image, index, f"{dataset.label_names[labels[index]]}, gallery {index}")


def _gallery_index(
    view: View, dataset: Dataset, labels: np.ndarray, name: str, first: int, shown: bool
) -> int:
    """The gallery index in the view; a class list and a number beside it move it."""

    def check(value: object) -> str | None:
        fine = isinstance(value, int) and 0 <= value < len(labels)
        return None if fine else f"the gallery has images 0 to {len(labels) - 1}"

    index = view.get(f"{name}index", first, check)
    if not shown:
        return index
    members = np.flatnonzero(labels == labels[index])
    class_key, number_key = view.key(f"{name}class"), view.key(f"{name}number")
    st.session_state[class_key] = int(labels[index])
    st.session_state[number_key] = int(np.searchsorted(members, index)) + 1

    def to_class() -> None:
        view.put(f"{name}index", int(np.flatnonzero(labels == st.session_state[class_key])[0]))

    def to_number() -> None:
        view.put(f"{name}index", int(members[st.session_state[number_key] - 1]))

    left, right = st.columns(2)
    left.selectbox(
        "Class",
        [int(c) for c in np.unique(labels)],
        key=class_key,
        format_func=lambda c: dataset.label_names[c],
        on_change=to_class,
    )
    right.number_input(f"Example (of {len(members)})", 1, len(members), key=number_key, on_change=to_number)
    return index


def _own(view: View, dataset: Dataset, name: str) -> np.ndarray | None:
    """The reader's image uint8 (C, H, W) out of the view, or None."""

    def check(text: str) -> str | None:
        if not text:
            return None
        try:
            intake.decode_text(text, dataset.image_shape)
        except ValueError as error:
            return f"its picture cannot be read ({error})"
        return None

    text = view.get(f"{name}own", "", check)
    return intake.decode_text(text, dataset.image_shape) if text else None


def _draw(
    view: View, dataset: Dataset, name: str, model_id: str | None, cursor: str | None, bare: bool
) -> None:
    def keep(drawing: np.ndarray | None) -> None:
        if drawing is None:
            view.put(f"{name}own", "")
            return
        try:
            image = _fit(drawing, dataset, "as is")
        except intake.IntakeError:  # a drawing without ink: as if it were not there
            view.put(f"{name}own", "")
            return
        view.put(f"{name}own", intake.encode_text(image))

    sight = None if model_id is None or cursor is None else _sight(dataset, model_id)
    draw_canvas(
        key=view.key(f"{name}canvas"),
        height=224,
        aria_label="Draw here",
        on_change=keep,
        cursor=None if sight is None else cursor,
        sight=sight,
        bare=bare,
    )


def _sight(dataset: Dataset, model_id: str) -> Sight | None:
    """How the model sees a drawing; None where the browser cannot run it."""
    facts = load.live(model_id, 0 if load.model(model_id).label_count else None)  # alike for every class
    if facts.encoder is None:
        return None
    return Sight(
        facts.image_shape,
        load.dimension_order(model_id)[0],
        facts.variational,
        dataset.intake_style,
        dataset.intake_fill,
    )


def _upload(view: View, dataset: Dataset, name: str) -> None:
    polarity = view.choice(
        f"{name}polarity", "Ink", tuple(POLARITIES), "auto", format_func=POLARITIES.__getitem__
    )
    file = st.file_uploader(
        "PNG, JPEG, WebP, BMP or GIF, up to 10 MB",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        key=view.key(f"{name}file"),
    )
    if file is None:
        return
    try:
        picture = intake.read_upload(file.getvalue(), file.name)
        image = _fit(picture, dataset, polarity)
    except intake.IntakeError as error:
        st.error(f"{error} The page keeps what it showed before.")
        return
    view.put(f"{name}own", intake.encode_text(image))


def _fit(picture: intake.Picture | np.ndarray, dataset: Dataset, polarity: str) -> np.ndarray:
    return intake.fit(
        picture, dataset.image_shape, polarity=polarity, style=dataset.intake_style, fill=dataset.intake_fill
    )
