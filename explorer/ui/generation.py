"""Pictures that models draw, with what was measured of them; made once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st

from explorer import images, latent, zoo
from explorer.datasets import Dataset
from explorer.figures import generation as figures
from explorer.metrics.neighbours import Prepared
from explorer.metrics.samples import Likeness, likeness, prepared
from explorer.models import families
from explorer.studies import generation
from explorer.ui import load, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.sidebar import Choice

MEASURED, ROWS, COLUMNS = 200, 4, 4  # pictures that the numbers are about, and those that are shown
NORMAL, GAUSSIAN, MIXTURE = "N(0, I)", "own mean and covariance", "mixture"
REBUILT, NOISY, PRIOR = "reconstructions", "codes of real images + σ·ε", "prior samples"
#: A source of codes: model, one of the above, temperature, Gaussians in the mixture.
Source = tuple[str, str, float, int]


@dataclass(frozen=True)
class Drawn:
    """What came of a source of codes: the first pictures, uint8 (ROWS · COLUMNS, C, H, W), and how all of
    them compare with originals, where those are here."""

    pictures: np.ndarray
    likeness: Likeness | None

    @cached_property
    def png(self) -> bytes:
        """The first pictures as one."""
        return images.png(self.grid)

    @property
    def grid(self) -> np.ndarray:
        """The first pictures as one, (H, W, 3)."""
        scale = max(1, widgets.CELL // max(self.pictures.shape[2:]))
        grid = self.pictures.reshape(ROWS, COLUMNS, *self.pictures.shape[1:])
        return images.tile(grid, scale, 2, background=128)


def usable(card: zoo.ModelCard) -> bool:
    """Whether a model draws from a code alone, and knows the whole data set."""
    return not card.group and load.problem(card.id) is None


def variational(card: zoo.ModelCard) -> bool:
    """Whether the model has a prior."""
    return families()[card.family].variational


def counterpart(card: zoo.ModelCard) -> zoo.ModelCard | None:
    """The model of the other kind, with or without a prior, whose networks are most like this one's."""

    def unlike(other: zoo.ModelCard) -> tuple:
        a, b = card.arguments, other.arguments
        plain = other.family in ("vae", "autoencoder") and not other.recipe["corruptions"]
        shape = a["trunk_kind"] != b["trunk_kind"], bool(a["widths"]) != bool(b["widths"])
        return not plain, b.get("beta", 1) != 1, *shape, abs(a["latent_dim"] - b["latent_dim"]), other.id

    others = [each for each in load.cards().values() if each.dataset == card.dataset]
    others = [each for each in others if variational(each) != variational(card) and usable(each)]
    return min(others, key=unlike, default=None)


@st.cache_resource(max_entries=64, show_spinner="Fitting a mixture to the gallery's codes")
def density(model_id: str, components: int) -> generation.Mixture:
    """A mixture fitted to the gallery's codes; one component is their own mean and covariance."""
    return generation.fit(load.gallery(model_id).z, components)


@st.cache_resource(max_entries=4, show_spinner=False)
def real(dataset_id: str) -> tuple[Prepared, np.ndarray] | None:
    """The gallery's originals, flat (N, C · H · W) and ready to be searched, and their labels; or None."""
    split = load.images(dataset_id)
    return None if split is None else (prepared(split.pixels()), split.labels)


def some(count: int) -> np.ndarray:
    """Indices of the gallery images that reconstructions and references are made from."""
    which = np.linspace(0, count - 1, min(MEASURED, count)).astype(np.int64)
    return np.random.default_rng(0).permutation(which)  # a gallery may be sorted by class


@st.cache_data(max_entries=16, show_spinner=False)
def reference(dataset_id: str) -> Likeness | None:
    """Real held-out images among the other ones: what the best samples would reach."""
    found = real(dataset_id)
    if found is None:
        return None
    pictures, labels = found
    which = some(len(labels))
    return likeness(pictures.codes[which], pictures, labels, exclude=which)


def drawn(sources: list[Source], seed: int, count: int = MEASURED) -> list[Drawn]:
    """What each source draws with the same noise: `count` pictures, of which not all are shown."""
    return [] if not sources else _drawn(tuple(sources), seed, count)


@st.cache_resource(max_entries=128, show_spinner=False, hash_funcs={tuple: repr})
def _drawn(sources: tuple[Source, ...], seed: int, count: int) -> list[Drawn]:
    pictures = [images.to_uint8(load.decoded(each[0], codes(each, seed)[:count])) for each in sources]
    originals = real(load.cards()[sources[0][0]].dataset)
    if originals is None:
        return [Drawn(each[: ROWS * COLUMNS], None) for each in pictures]
    joined = np.concatenate(pictures).astype(np.float32) / 255
    own = some(len(originals[1]))
    made_from = [own[:count] if source[1] in (REBUILT, NOISY) else None for source in sources]
    if all(each is None for each in made_from):  # in one go: that is what takes the time
        found = likeness(joined, *originals).split(len(sources))
    else:  # the image that a picture was made from is not to count as near
        batches = joined.reshape(len(sources), count, *joined.shape[1:])
        pairs = zip(batches, made_from, strict=True)
        found = [likeness(each, *originals, exclude=exclude) for each, exclude in pairs]
    return [Drawn(each[: ROWS * COLUMNS], like) for each, like in zip(pictures, found, strict=True)]


def codes(source: Source, seed: int) -> np.ndarray:
    """The codes (MEASURED, L) of a source."""
    model_id, kind, temperature, components = source
    stored = load.gallery(model_id)
    if kind in (REBUILT, NOISY):
        which = some(len(stored.z))
        if kind == REBUILT or stored.logvar is None:
            return stored.z[which]
        return latent.posterior_samples(stored.z[which], stored.logvar[which], seed)
    if kind in (GAUSSIAN, MIXTURE):
        return density(model_id, 1 if kind == GAUSSIAN else components).sample(MEASURED, seed, temperature)
    return latent.prior_samples(MEASURED, stored.z.shape[1], seed, temperature)


def measured(found: Likeness | None) -> str:
    """The numbers under a grid."""
    if found is None:
        return "No distance: the originals are missing."
    return (
        f"**{widgets.number(float(found.distance.mean()))}** from the nearest real image · neighbours agree "
        f"**{100 * found.agreement.mean():.0f} %**"
    )


def pair(chosen: Choice) -> tuple[str | None, str | None]:
    """A model without a prior and one with: the sidebar's two, or one of them and what is most like it."""
    cards = [load.cards()[each] for each in (chosen.model_id, chosen.second_id) if each]
    cards = [card for card in cards if usable(card)]
    cards = cards or [c for c in load.cards().values() if c.dataset == chosen.dataset.id and usable(c)]
    cards = cards[:2] + [other for other in map(counterpart, cards[:1]) if other]
    plain, vae = (next((c.id for c in cards if variational(c) == kind), None) for kind in (False, True))
    return plain, vae


def show_grids(sources: dict[str, Source], found: list[Drawn], key: str, place: Any = st) -> None:
    """Grids of pictures, by title, each with the network that drew it and its numbers; and both as files."""
    with place.container(horizontal=True, gap="small"):
        for (title, source), drawn in zip(sources.items(), found, strict=True):
            card = load.cards()[source[0]]
            by = f"{card.title}: {card.arguments['latent_dim']} numbers, {card.parameters:,} weights"
            with st.container(width=250, gap="small"):
                st.markdown(f"**{title}**")
                st.image(drawn.png, alt=f"{title}: {ROWS * COLUMNS} pictures, {by}")
                st.caption(f"{by}  \n{measured(drawn.likeness)}")
    with place:
        files(list(sources), found, key)


def files(titles: list[str], found: list[Drawn], key: str) -> None:
    """The pictures of each source as one PNG, and what was measured of each as a table."""

    def png() -> bytes:
        rows = np.stack([drawn.pictures for drawn in found])
        return images.labelled_grid(rows, titles, [str(i + 1) for i in range(rows.shape[1])])

    def rows() -> list[list]:
        return [
            [title, i + 1, float(distance), int(label), float(agreement)]
            for title, each in zip(titles, found, strict=True)
            if (likes := each.likeness) is not None
            for i, (distance, label, agreement) in enumerate(
                zip(likes.distance, likes.label, likes.agreement, strict=True)
            )
        ]

    with st.container(horizontal=True):
        widgets.download("PNG of the pictures", png, f"{key}.png", "image/png", f"{key}-png")
        if any(each.likeness is not None for each in found):
            widgets.data_button(key, ["source", "picture", "distance", "class", "agreement"], rows)


def show_classes(found: dict[str, Drawn], dataset: Dataset) -> None:
    """Real images for comparison, and the classes that the samples look like."""
    reached = reference(dataset.id)
    if reached is None:
        widgets.fetch_offer(dataset)
        return
    names = dataset.label_names
    st.markdown(
        f"**Real images: {widgets.number(float(reached.distance.mean()))}** from the nearest other one · "
        f"neighbours agree **{100 * reached.agreement.mean():.0f} %**"
    )
    real_counts = reached.counts(len(names))
    counts = {title: each.likeness.counts(len(names)) for title, each in found.items()}
    figure = figure_of(figures.by_class, counts, names, real_counts)
    widgets.chart(figure, "generation-classes", "Classes of the samples")
    table = (names, real_counts, *counts.values())
    rows = lambda: [[name, *map(int, row)] for name, *row in zip(*table, strict=True)]  # noqa: E731
    widgets.data_button("generation-classes", ["class", "real", *counts], rows)


def unevenness(found: Likeness, classes: int) -> float:
    """The share of samples that would have to change class for all classes to be as frequent, in [0, 1)."""
    shares = found.counts(classes) / len(found.label)
    return float(0.5 * np.abs(shares - 1 / classes).sum())


def variety_said(found: dict[str, Drawn], reached: Likeness, classes: int) -> str:
    """How unevenly each set of pictures takes the classes, in words."""
    shares = {title: drawn.likeness for title, drawn in found.items()} | {"real images": reached}
    said = [f"{title} {100 * unevenness(each, classes):.0f} %" for title, each in shares.items()]
    return (
        "The image that a reconstruction was made from does not count as near. Share of the pictures that "
        f"would have to change class for all classes to be as frequent: {', '.join(said)}. A lower "
        "temperature narrows what is drawn, so it is to be named wherever samples are shown."
    )
