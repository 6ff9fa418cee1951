"""Attribute vectors on the page Representation: the difference of two groups, applied to other images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.datasets import Dataset
from explorer.live.attribute import attribute
from explorer.live.cursor import cursor
from explorer.studies import alarm, attributes, few_labels
from explorer.ui import load, widgets
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number

CURSOR, MODEL = "attribute-strength", "attribute-model"
CLASSES = "two classes"
REACH, EXAMPLES, JUDGED, PAIRS = 3.0, 5, 100, 10
FILM = np.linspace(-2, 2, 9)
WAYS = ("mean difference", "one pair")
SIZES = (56, 84, 112)


@dataclass(frozen=True)
class Groups:
    """Gallery indices of the two groups, and what they are called."""

    a: np.ndarray
    b: np.ndarray
    name_a: str
    name_b: str


@st.cache_data(max_entries=32, show_spinner=False)
def measured(dataset_id: str, name: str) -> np.ndarray:
    """A measured attribute (N,) of the gallery."""
    return attributes.MEASURED[name][0](load.images(dataset_id).pixels())


def offered(dataset: Dataset) -> list[str]:
    """The attributes that this data set's images have: measured where originals are here, and the classes."""
    if load.images(dataset.id) is None:
        return [CLASSES]
    colour = dataset.image_shape[0] == 3
    return [*(attributes.OF_PHOTOGRAPHS if colour else attributes.OF_STROKES), CLASSES]


def choose(view: View, dataset: Dataset, model_id: str) -> tuple[str, Groups]:
    """The controls of the two groups, and the groups, of the gallery's first half."""
    labels = load.gallery(model_id).labels
    first, _ = alarm.halves(len(labels))
    options = offered(dataset)
    what = view.choice("attribute", "Attribute", options, options[0])
    if what == CLASSES:
        names = dataset.label_names
        left, right = st.columns(2)
        a = view.choice("a", "From A", names, names[0], place=left)
        b = view.choice("b", "minus B", names, names[1], place=right)
        groups = (first[labels[first] == names.index(each)] for each in (a, b))
        return what, Groups(*groups, a, b)
    alike = view.toggle(
        "alike", "The same classes in both groups", True,
        help="Else the groups may differ in class too, and the vector carries it along",
    )  # fmt: skip
    _, high, low = attributes.MEASURED[what]
    a, b = attributes.ends(measured(dataset.id, what)[first], labels[first] if alike else None)
    return what, Groups(first[a], first[b], high, low)


def section(view: View, model_id: str, dataset: Dataset) -> None:
    """Two groups, two vectors, one strength."""
    in_browser, stored, model = (
        load.live(model_id, label_told(model_id)),
        load.gallery(model_id),
        load.model(model_id),
    )
    left, right = st.columns([5, 2], gap="large")
    with right:
        what, groups = choose(view, dataset, model_id)
        pair = int(view.slider("pair", "Which pair", 0, 99, 0, 1))
        start = int(view.slider("others", "Applied to (seed)", 0, 99, 0, 1))
    if not len(groups.a) or not len(groups.b) or groups.name_a == groups.name_b:
        st.info("Choose two groups that differ.")
        return
    mean = attributes.mean_difference(stored.z, groups.a, groups.b)
    one, first, second = attributes.pair_difference(stored.z, groups.a, groups.b, pair)
    vectors = np.stack([mean, one])
    _, held = alarm.halves(len(stored.labels))
    others = np.random.default_rng(start).choice(held, EXAMPLES, replace=False)

    def check(value: list) -> str | None:
        fine = len(value) == 1 and -REACH <= float(value[0]) <= REACH
        return None if fine else f"the strength is one number from −{REACH:g} to {REACH:g}"

    strength = view.get("strength", [1.0], check)
    with left:
        st.markdown(f"**{groups.name_a} − {groups.name_b}**, added to five images of neither group")
        cursor(MODEL, stored.z[others[0]], in_browser)
        cursor(CURSOR, strength, on_release=lambda value: view.put("strength", value))
        rendered = None
        if in_browser.refused:
            codes = np.concatenate(
                [attributes.moved(stored.z[others], v, np.array(strength))[0] for v in vectors]
            )
            rendered = load.decoded(model_id, codes).reshape(2, EXAMPLES, *model.image_shape)
        attribute(
            "representation-attribute", strength=CURSOR, model=MODEL, codes=stored.z[others], vectors=vectors,
            titles=[dataset.label_names[label] for label in stored.labels[others]], ways=WAYS,
            shape=model.image_shape, reach=REACH, words=words(model_id), sizes=SIZES, rendered=rendered,
        )  # fmt: skip
        st.caption(
            f"Upper row: the difference of the mean codes of {len(groups.a):,} and {len(groups.b):,} images. "
            f"Lower row: the difference of one pair. The lengths are {number(float(np.linalg.norm(mean)))} "
            f"and {number(float(np.linalg.norm(one)))}."
        )
    with right:
        shown = load.thumbnails(dataset.id, model_id)[[first, second]]
        rows = [
            Pictures("the pair", list(shown), [f"The pair's {n}" for n in (groups.name_a, groups.name_b)])
        ]
        picture_table(
            ["A", "B"], rows, key="pair", label="The pair whose difference is the lower row", marked=None
        )
    downloads(model_id, stored.z[others], vectors)
    verdict(view, model_id, dataset, what, groups)


def label_told(model_id: str) -> int | None:
    """A class for a model that must be told one; the page keeps such models out of this section."""
    return 0 if load.model(model_id).label_count else None


def words(model_id: str) -> dict[str, str]:
    """What the live pictures say."""
    usual = number(load.typical_distance(model_id)) if load.sends_codes(model_id) else ""
    return {
        "slider": "Strength of the attribute",
        "at": "Strength {strength}.",
        "far": f"By {{way}}: {{far}} from the nearest real code on average (usual: {usual}).",
        "alt": "{title}, {way}, strength {strength}",
    }


def film(model_id: str, codes: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Frames uint8 (S, H, W, 3): both rows at each strength of `FILM`."""
    moved = np.stack([attributes.moved(codes, each, FILM) for each in vectors], axis=1)
    size = moved.shape[-1]
    decoded = images.to_uint8(load.decoded(model_id, moved.reshape(-1, size)))
    decoded = decoded.reshape(len(FILM), len(vectors), len(codes), *decoded.shape[1:])
    scale = max(1, widgets.CELL // max(decoded.shape[-2:]))
    return np.stack([images.tile(frame, scale, 2, background=128) for frame in decoded])


def downloads(model_id: str, codes: np.ndarray, vectors: np.ndarray) -> None:
    """The film and the vectors as files."""
    with st.container(horizontal=True):
        name = f"{model_id}-attribute.gif"
        widgets.download(
            "GIF of the strengths", lambda: images.gif(film(model_id, codes, vectors), fps=4, bounce=True),
            name, "image/gif", "attribute-gif",
        )  # fmt: skip
        rows = lambda: [[j + 1, *map(float, pair)] for j, pair in enumerate(vectors.T)]  # noqa: E731
        widgets.data_button("attribute-vectors", ["dimension", *WAYS], rows)


@st.cache_data(max_entries=64, show_spinner=False)
def transfer(model_id: str, what: str, a: np.ndarray, b: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """What strength 1 does to held-out images, by the mean difference and by `PAIRS` pairs: the change of the
    measured attribute (mean, sd over pairs), and the share of pictures that are still read as their class."""
    card = load.cards()[model_id]
    stored, split = load.gallery(model_id), load.images(card.dataset)
    first, second = alarm.halves(len(stored.labels))
    others = np.random.default_rng(0).permutation(second)[:JUDGED]
    before = latent.decode(load.model(model_id), stored.z[others])
    vectors = [attributes.mean_difference(stored.z, a, b)]
    vectors += [attributes.pair_difference(stored.z, a, b, seed)[0] for seed in range(PAIRS)]
    measure = attributes.MEASURED[what][0] if what in attributes.MEASURED else None
    pixels = split.pixels(first).reshape(len(first), -1)
    changes, kept = [], []
    for vector in vectors:
        after = latent.decode(load.model(model_id), attributes.moved(stored.z[others], vector, np.ones(1))[0])
        changes.append(float((measure(after) - measure(before)).mean()) if measure else np.nan)
        squares = few_labels.squared_distances(after.reshape(len(after), -1), pixels)
        said = few_labels.neighbours(squares, stored.labels[first], int(stored.labels.max()) + 1)
        kept.append(float(np.mean(said == stored.labels[others])))
    return {
        WAYS[0]: (changes[0], 0.0, kept[0]),
        WAYS[1]: (float(np.mean(changes[1:])), float(np.std(changes[1:], ddof=1)), float(np.mean(kept[1:]))),
    }


def verdict(view: View, model_id: str, dataset: Dataset, what: str, groups: Groups) -> None:
    """The two vectors compared on held-out images, where the attribute can be measured."""
    if what == CLASSES or load.images(dataset.id) is None:
        return
    if not view.toggle(
        "transfer", f"Measure both on {JUDGED} held-out images", False, help="Some seconds at first"
    ):
        return
    found = transfer(model_id, what, groups.a, groups.b)
    mean, _, kept = found[WAYS[0]]
    change, spread, kept_pairs = found[WAYS[1]]
    unit = {"slant": "°", "width": " pixels"}.get(what, "")
    st.markdown(
        f"Strength 1 changes the measured {what} by **{number(mean)}{unit}** (mean difference) and by "
        f"**{number(change)} ± {number(spread)}{unit}** ({PAIRS} pairs, mean ± sd). **{100 * kept:.0f} %** "
        f"and **{100 * kept_pairs:.0f} %** of the pictures are still read as their class."
    )
