"""Which way a denoiser's correction points: its arrows on a plane of images, and the step taken again."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import images
from explorer.figures import field as figures
from explorer.ui import correction_text as said
from explorer.ui import widgets
from explorer.ui.correction_scene import (
    MODEL,
    PICTURE,
    PLANES,
    TIMES,
    WHOSE,
    Drawn,
    Scene,
    Walk,
    drawn,
    real_pictures,
    walk_from,
)
from explorer.ui.figure_cache import figure_of
from explorer.ui.picture_table import Pictures, Texts, picture_table
from explorer.ui.state import View


def check_start(value: list) -> str | None:
    """A check of the path's start in a link: nothing, or a place on the plane."""
    fine = value == [] or len(value) == 2 and all(abs(float(each)) < 1000 for each in value)
    return None if fine else "a place on the plane has two finite numbers"


@st.fragment
def fold(view: View, scene: Scene) -> None:
    """The fold; `field`, `plane`, `arrows`, `times` and `start` in the view."""
    if not view.toggle("field", "Which way does the correction point?", False):
        return
    widgets.explained(said.GUESS)
    left, right = st.columns([3, 2], gap="large")
    with right:
        name = view.choice(
            "plane", "Plane", PLANES, PICTURE, kind="segmented", format_func=said.PLANES.get,
            on_change=lambda: view.put("start", []),
        )  # fmt: skip
        gaussian = scene.kind == "gaussian" and scene.level > 0
        whose = view.choice(
            "arrows", "Arrows of", WHOSE if gaussian else (MODEL,), MODEL, format_func=said.WHOSE.get
        )
        start = view.get("start", [], check_start)
        times = int(view.slider("times", "Times applied", 0, TIMES, 1, 1))
        with st.container(horizontal=True):
            st.button(f"Apply {said.COUNTED} times", on_click=lambda: view.put("times", TIMES))
            if start:
                st.button("Start from the noisy picture", on_click=lambda: view.put("start", []))
    shown, ours = (drawn(scene, name, each) for each in (whose, MODEL))
    begin = shown.plane.images(np.array(start)) if start else scene.noisy.ravel()
    walk = walk_from(*scene.ids, begin, scene.clean, scene.index)
    with left:
        _show_plane(view, shown, walk, times, f"denoising-field-{name}-{start}")
    with right:
        st.markdown(said.arrows(scene, whose, shown.arrows, ours.arrows))
        st.markdown(said.towards(shown.arrows, shown.cosines))
        st.caption(said.where(shown.plane, scene, shown.apart))
    _show_walk(scene, walk, times)
    st.latex(said.LATEX)
    widgets.explained(said.formula(scene, float(walk.lengths[0])))


def _show_plane(view: View, shown: Drawn, walk: Walk, times: int, key: str) -> None:
    """The arrows with the path so far, to tap; and the arrows as a file."""
    line = shown.plane.place(walk.path[: times + 1])
    text = [str(step) if step in (0, times) else "" for step in range(times + 1)]
    figure = shown.figure.changed("path", x=line[:, 0].tolist(), y=line[:, 1].tolist(), text=text)
    widgets.chart_to_tap(figure, key, said.title(shown.arrows), lambda place: view.put("start", place))
    st.caption(said.scale(shown.scale))
    arrows = shown.arrows
    columns = (arrows.places, arrows.arrows, arrows.lengths[:, None], arrows.shares[:, None])
    heads = ["x", "y", "dx", "dy", "length in all pixels", "share in plane"]
    widgets.data_button("denoising-arrows", heads, lambda: np.concatenate(columns, axis=1).tolist())


def _show_walk(scene: Scene, walk: Walk, times: int) -> None:
    """The frames in a row, the nearest real image to each, and how far each step goes."""
    st.markdown(said.walk(walk, times))
    shape, real = scene.clean.shape[1:], real_pictures(*scene.ids[:2])
    shown = np.clip(walk.path, 0, 1)  # a start on the plane may be blacker than black
    frames = images.to_uint8(shown.reshape(-1, *shape).astype(np.float32))
    near = images.to_uint8(real.flat[walk.neighbours].reshape(-1, *shape))
    steps = range(times + 1)
    picture_table(
        said.columns(times),
        [
            Pictures("Picture", list(frames[: times + 1]), [f"After {step}" for step in steps]),
            Pictures(
                "Nearest real", list(near[: times + 1]), [f"Nearest to {step}" for step in steps]
            ),
            Texts("Its distance", [widgets.number(walk.real[step]) for step in steps]),
            Texts("To the clean one", [widgets.number(walk.clean[step]) for step in steps]),
            Texts("Last step's length", ["", *(widgets.number(each) for each in walk.lengths[:times])]),
        ],
        key="denoising-walk", label="The denoiser applied again and again", marked=None,
    )  # fmt: skip
    if times:
        upto = slice(times + 1)
        figure = figure_of(
            figures.steps, walk.lengths[:times], walk.real[upto], walk.clean[upto], real.typical
        )
        widgets.chart(figure, "denoising-steps", "Distances over the times applied")
    st.caption(said.distances(real.typical, len(real.flat)))

    def rows() -> list[list]:
        return [
            [step, float(walk.lengths[step - 1]) if step else "", float(walk.real[step]),
             int(walk.neighbours[step]), float(walk.clean[step])]
            for step in range(TIMES + 1)
        ]  # fmt: skip

    with st.container(horizontal=True):
        heads = ["times", "step", "to nearest real", "nearest real image", "to clean"]
        widgets.data_button("denoising-path", heads, rows)
        large = np.stack([images.enlarge(each, 280) for each in frames])
        widgets.download(
            f"GIF of {said.COUNTED} steps", lambda: images.gif(large, fps=3), f"{scene.model_id}-steps.gif",
            "image/gif", "denoising-gif",
        )  # fmt: skip
