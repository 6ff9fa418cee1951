"""Match the target: a hidden code makes a picture; move the sliders until yours is the same."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.live.cursor import cursor, picture, rounded
from explorer.live.sliders import Dimension, sliders
from explorer.studies import match
from explorer.ui import load, matches, sidebar, widgets
from explorer.ui.matches import Round
from explorer.ui.state import View

CURSOR = "match-code"
REACH = 3.0
HOW_MANY = ("2", "3", "5", "8")
SIZE = 168  # two pictures side by side on a telephone

chosen = sidebar.current()
view = View("match")
widgets.header(
    "Can you find the code of this picture?",
    "Move one slider at a time until your picture is the target. Count how many moves it takes you.",
)
pair = matches.pair(chosen)
playing = view.choice(
    "with", "Play with", list(pair), next(iter(pair)), kind="segmented", format_func=pair.__getitem__
)
model = widgets.model_or_stop(playing, with_class=True)
order, _, alive = load.dimension_order(playing)
living = [index for index, lives in zip(order, alive, strict=True) if lives] or order[:1]
if len(living) < 2:
    st.info(
        "This model's code has one number that carries something: there is nothing to search. Choose another."
    )
    widgets.stop()

left, right = st.columns([2, 3], gap="large")
with right:
    level, draw = st.columns(2)
    offered = [n for n in HOW_MANY if int(n) <= len(living)]
    count = int(
        view.choice("sliders", "Sliders that are wrong", offered, offered[0], kind="segmented", place=level)
    )
    seed = int(view.slider("target", "Target", 0, 99, 0, 1, place=draw))
gallery = load.gallery(playing)
label = None
if model.label_count:
    label = int(gallery.labels[match.task(gallery.z, living, count, seed).index])
task = match.task(gallery.z, living, count, seed)
mean, std = load.code_statistics(playing)
low, high = (np.zeros_like(mean), np.ones_like(std)) if model.variational else (mean, np.maximum(std, 1e-3))
game = matches.game(view, Round(playing, count, seed))


def start() -> list[float]:
    """The code that the sliders begin with."""
    return rounded(task.start)


def let_go(z: list[float]) -> None:
    """A slider was let go: one move, if anything changed."""
    if z != game.z:
        game.moves += 1
    game.z = z


def dimension(index: int) -> Dimension:
    """A slider that does not tell where the target is."""
    ends = [float(low[index] + side * high[index]) for side in (-REACH, REACH)]
    ends = [
        min(ends[0], task.hidden[index], task.start[index]),
        max(ends[1], task.hidden[index], task.start[index]),
    ]
    return Dimension(index, f"z{index + 1}", f"z{index + 1}", *map(float, ends), start()[index])


game.z = game.z or start()
pictures = load.decoded(playing, np.stack([task.hidden, task.start, np.array(game.z)]), label)
game.closeness = match.closeness(*pictures)
with left:
    in_browser = load.live(playing, label)
    with st.container(horizontal=True, key="match-pictures"):
        with st.container(width=SIZE, gap="xxsmall"):
            st.markdown("**Target**")
            widgets.picture(pictures[0], "The target picture", SIZE)
        with st.container(width=SIZE, gap="xxsmall"):
            st.markdown("**Yours**")
            picture(CURSOR, key="match-picture", size=SIZE, alt="The picture of your code")
    rendered = pictures[2] if in_browser.refused else None
    cursor(CURSOR, game.z, in_browser, rendered=rendered, on_release=let_go)
    matches.score(game)
with right:
    sliders(CURSOR, [dimension(index) for index in sorted(task.free)], key="match-sliders")
    with st.container(horizontal=True):
        st.button("Back to the start", on_click=game.restart)
        st.button("Give up: show the code", on_click=game.give_up, args=(rounded(task.hidden),))
        st.button("Next target", type="primary", on_click=lambda: view.put("target", (seed + 1) % 100))

matches.records(view, pair)
widgets.try_this(
    "Predict first: with which of the two models will you need fewer moves, and why? Then play three targets "
    "with each. Where one slider changes one property, you can set them one after the other; where each "
    "changes several, every move spoils an earlier one."
)


def in_words() -> str:
    """The formula with this round's numbers."""
    now, whole = match.distance(pictures[0], pictures[2]), match.distance(pictures[0], pictures[1])
    return (
        r"$\hat x(z)$ the picture of your code, $z^{*}$ the hidden code, $z_0$ the start; "
        r"$\lVert\cdot\rVert$ is the root of the mean squared difference of the pixels. "
        f"Here: 1 − {now:.3f} / {whole:.3f} = {game.closeness:.2f}. From {match.MATCHED:g} on it counts as "
        "matched. The hidden code is of a held-out image; the start has another image's values where the "
        "sliders are wrong."
    )


widgets.formula(
    r"\text{closeness} = 1 - "
    r"\frac{\lVert \hat x(z) - \hat x(z^{*}) \rVert}{\lVert \hat x(z_0) - \hat x(z^{*}) \rVert}",
    in_words,
)
widgets.show_code(__file__, match)
widgets.card_panel(load.cards()[playing])
