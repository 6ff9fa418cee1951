"""What the page on compression shows: codecs fitted and judged once for all, one image through each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import denoiser, images, latent, storage, zoo
from explorer.metrics.neighbours import Prepared
from explorer.metrics.principal import PrincipalComponents
from explorer.studies import alarm, compression
from explorer.studies.compression import File, Point, Quantiser
from explorer.ui import inputs, load

JUDGED = 200  # images that every codec is judged on
SORTED = 500  # images whose class is looked for in the reconstruction
LARGEST = compression.SIZES[-1]


def halves(dataset_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Gallery indices: what ranges and components are fitted on; what is judged."""
    first, second = alarm.halves(len(load.images(dataset_id)))
    return first, np.random.default_rng(alarm.SEED).permutation(second)  # a gallery may be sorted by class


@st.cache_resource(max_entries=8, show_spinner=False)
def judged(dataset_id: str) -> np.ndarray:
    """The images that every codec is judged on, float32 (JUDGED, C, H, W) in [0, 1]."""
    return load.images(dataset_id).pixels(halves(dataset_id)[1][:JUDGED])


@st.cache_resource(max_entries=8, show_spinner="Finding the principal components")
def components(dataset_id: str) -> PrincipalComponents:
    """As many components of the first half as there may be, `LARGEST` at most."""
    split, first = load.images(dataset_id), halves(dataset_id)[0]
    width = int(np.prod(split.images.shape[1:]))
    return PrincipalComponents.fit(split.pixels(first), min(LARGEST, width, len(first) - 1))


@st.cache_resource(max_entries=8, show_spinner=False)
def scores(dataset_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores of both halves on the components."""
    split, found = load.images(dataset_id), components(dataset_id)
    return tuple(found.project(split.pixels(half)) for half in halves(dataset_id))


@st.cache_data(max_entries=64, show_spinner=False)
def pca_curve(dataset_id: str, bits: int) -> list[Point]:
    """PCA of every size with so many bits a number; `setting` is the size."""
    x, found, (first, second) = judged(dataset_id), components(dataset_id), scores(dataset_id)
    points = []
    for size in (s for s in compression.SIZES if s <= len(found.axes)):
        part = compression.cut(found, size)
        quantiser = Quantiser.fit(first[:, :size], bits)
        cells = quantiser.indices(second[:, :size])
        rebuilt = compression.pca_decode(part, quantiser.values(cells[: len(x)]), x.shape[1:])
        points.append(compression.point(size, bits * size, x, rebuilt, compression.entropy(cells)))
    return points


def model_curve(model_id: str) -> list[Point]:
    """A model's codes at every depth; `setting` is the bits a number."""
    return [model_point(model_id, depth) for depth in compression.DEPTHS]


@st.cache_data(max_entries=512, show_spinner="Sending the images through the model")
def model_point(model_id: str, depth: int) -> Point:
    """A model's codes with so many bits a number."""
    dataset_id = load.cards()[model_id].dataset
    first, second = halves(dataset_id)
    stored, x, model = load.gallery(model_id), judged(dataset_id), load.model(model_id)
    labels = stored.labels[second[: len(x)]]
    return compression.codes_curve(
        stored.z[first],
        stored.z[second],
        x,
        lambda z: latent.decode(model, z, labels=labels),
        class_bits(model_id),
        (depth,),
    )[0]


@st.cache_data(max_entries=256, show_spinner=False)
def entropy_at(model_id: str, bits: int) -> tuple[float, int]:
    """Bits an image that an ideal code of a model's cells takes, with the class, and of how many images."""
    first, second = halves(load.cards()[model_id].dataset)
    z = load.gallery(model_id).z
    cells = Quantiser.fit(z[first], bits).indices(z[second])
    return compression.entropy(cells) + class_bits(model_id), len(cells)


def class_bits(model_id: str) -> int:
    """Bits that tell a conditional model's class."""
    count = load.model(model_id).label_count
    return int(np.ceil(np.log2(count))) if count else 0


@st.cache_data(max_entries=8, show_spinner="Saving the images as files")
def file_curves(dataset_id: str) -> dict[str, list[Point]]:
    """Every format's points."""
    x = load.images(dataset_id).images[halves(dataset_id)[1][:JUDGED]]
    return {kind: compression.files_curve(x, kind) for kind in compression.SETTINGS}


@st.cache_data(max_entries=16, show_spinner=False)
def empty_files(shape: tuple[int, int, int]) -> dict[str, int]:
    """Bits of an all-black image in each format."""
    return {kind: compression.empty_file(shape, kind) for kind in compression.SETTINGS}


def models(dataset_id: str) -> list[zoo.ModelCard]:
    """The data set's models of all classes that can be used here, by code size."""
    found = [card for card in load.cards().values() if card.dataset == dataset_id and not card.group]
    found = [card for card in found if load.problem(card.id, with_class=True) is None]
    return sorted(found, key=lambda card: (card.arguments["latent_dim"], card.id))


def best_by_size(dataset_id: str) -> dict[int, str]:
    """Of the models of each code size that PCA has too the one with the lowest error; small first."""
    most = len(components(dataset_id).axes)
    best: dict[int, zoo.ModelCard] = {}
    for card in models(dataset_id):
        if "mse" in card.metrics and card.arguments["latent_dim"] <= most:
            rival = best.setdefault(card.arguments["latent_dim"], card)
            if card.metrics["mse"]["value"] < rival.metrics["mse"]["value"]:
                best[card.arguments["latent_dim"]] = card
    return {size: card.id for size, card in best.items()}


@st.cache_data(max_entries=128, show_spinner=False)
def decoder_bytes(model_id: str) -> int:
    """Bytes of the decoder's weights alone, stored as the model's file stores them, and of 2 L ranges."""
    weights = {name: w for name, w in zoo.stored(model_id).items() if name.startswith("decoder.")}
    ranges = 2 * compression.FLOAT_BYTES * load.cards()[model_id].arguments["latent_dim"]
    return len(storage.to_bytes(weights)) + ranges


def pca_bytes(dataset_id: str, size: int) -> int:
    """Bytes of mean, axes and ranges of PCA as 32-bit floats."""
    width = len(components(dataset_id).mean)
    return compression.FLOAT_BYTES * ((size + 1) * width + 2 * size)


@dataclass(frozen=True)
class Sent:
    """One image as a codec gives it back: what was sent, bits, uint8 (C, H, W), error, the class read."""

    how: str
    bits: float
    picture: np.ndarray
    mse: float
    read: str


def told(model_id: str, given: inputs.Input, label: int | None) -> int | None:
    """The class that the model is told: a gallery image's own, else `label`; None if it is told none."""
    if not load.model(model_id).label_count:
        return None
    return label if given.index is None else int(load.gallery(model_id).labels[given.index])


def code_of(model_id: str, given: inputs.Input, label: int | None) -> np.ndarray:
    """The code (1, L) of an image."""
    return inputs.encode(model_id, given, label)[0][None]


class OneImage:
    """One image (1, C, H, W) of a data set through every codec."""

    def __init__(self, dataset_id: str, given: inputs.Input) -> None:
        self.dataset_id = dataset_id
        self.x = given.image
        self.given = given

    def back(self, how: str, bits: float, rebuilt: np.ndarray) -> Sent:
        """What came back (1, C, H, W), with its error and the class that it is read as."""
        mse = float(compression.errors(self.x, rebuilt)[0][0])
        read = int(read_as(self.dataset_id, rebuilt, self.given.index)[0])
        name = load.dataset(self.dataset_id).label_names[read]
        return Sent(how, bits, images.to_uint8(rebuilt.astype(np.float32))[0], mse, name)

    def original(self) -> Sent:
        """As it is: 8 bits a pixel and channel."""
        return self.back("8 bits a pixel", 8 * self.x.size, self.x)

    def model(self, model_id: str, bits: int | None, label: int | None) -> Sent:
        """Through a model, each number with so many bits (None: as it is, 32)."""
        z = code_of(model_id, self.given, label)
        size = z.shape[1]
        if bits is not None:
            first = load.gallery(model_id).z[halves(self.dataset_id)[0]]
            z = Quantiser.fit(first, bits)(z)
        extra, depth = class_bits(model_id), bits or 8 * compression.FLOAT_BYTES
        how = f"{size:,} × {depth}" + f" + {extra}" * bool(extra)
        rebuilt = load.decoded(model_id, z, told(model_id, self.given, label))
        return self.back(how, size * depth + extra, rebuilt)

    def pca(self, size: int, bits: int | None) -> Sent:
        """Through PCA of `size` numbers."""
        part = compression.cut(components(self.dataset_id), size)
        code = part.project(self.x)
        if bits is not None:
            code = Quantiser.fit(scores(self.dataset_id)[0][:, :size], bits)(code)
        depth = bits or 8 * compression.FLOAT_BYTES
        rebuilt = compression.pca_decode(part, code, self.x.shape[1:])
        return self.back(f"{size} × {depth}", size * depth, rebuilt)

    def pca_as_good_as(self, mse: float, bits: int) -> Sent | None:
        """The smallest PCA with at most that error, or None."""
        sizes = (s for s in compression.SIZES if s <= len(components(self.dataset_id).axes))
        return next((sent for size in sizes if (sent := self.pca(size, bits)).mse <= mse), None)

    def files(self, kind: str) -> list[File]:
        """As a file, at every setting."""
        return compression.files(images.to_uint8(self.x)[0], kind)

    def file(self, kind: str, made: File) -> Sent:
        """One of those files, read again."""
        how = f"{made.setting} grey levels" if kind == "PNG" else f"quality {made.setting}"
        return self.back(how, made.bits, made.rebuilt[None])


@st.cache_resource(max_entries=8, show_spinner=False)
def voters(dataset_id: str) -> tuple[Prepared, np.ndarray]:
    """The originals of the first half, flat and ready to be searched, and their labels."""
    split, first = load.images(dataset_id), halves(dataset_id)[0]
    return Prepared.of(split.pixels(first).reshape(len(first), -1)), split.labels[first]


def read_as(dataset_id: str, rebuilt: np.ndarray, own: int | None = None) -> np.ndarray:
    """The class (N,) that the 5 nearest originals of the first half vote for, of pictures (N, C, H, W).

    `own` is the gallery index of the image that a single picture was made from: it does not vote.
    """
    place = np.flatnonzero(halves(dataset_id)[0] == own) if own is not None else []
    exclude = int(place[0]) if len(place) else None
    return denoiser.vote(*voters(dataset_id), rebuilt.reshape(len(rebuilt), -1), exclude).classes


@dataclass(frozen=True)
class Bottleneck:
    """A code of `size` numbers, not quantised: mean error per pixel; rebuilt images by class and class read.

    `table` (K, K) counts images of class row that are read as class column.
    """

    size: int
    mse: float
    table: np.ndarray

    @property
    def lost(self) -> float:
        """The share of images that come back as another class."""
        return 1 - float(np.trace(self.table) / self.table.sum())


def _bottleneck(dataset_id: str, size: int, rebuilt: np.ndarray) -> Bottleneck:
    which = halves(dataset_id)[1][: len(rebuilt)]
    split, count = load.images(dataset_id), len(load.dataset(dataset_id).label_names)
    table = np.zeros((count, count), int)
    np.add.at(table, (split.labels[which], read_as(dataset_id, rebuilt)), 1)
    return Bottleneck(size, float(compression.errors(split.pixels(which), rebuilt)[0].mean()), table)


@st.cache_data(max_entries=64, show_spinner="Sending the images through the model")
def model_bottleneck(model_id: str) -> Bottleneck:
    """A model's code as it is."""
    stored, dataset_id = load.gallery(model_id), load.cards()[model_id].dataset
    which = halves(dataset_id)[1][:SORTED]
    rebuilt = latent.decode(load.model(model_id), stored.z[which], labels=stored.labels[which])
    return _bottleneck(dataset_id, stored.z.shape[1], rebuilt)


@st.cache_data(max_entries=8, show_spinner=False)
def pca_bottlenecks(dataset_id: str) -> list[Bottleneck]:
    """PCA of every size."""
    found, second = components(dataset_id), scores(dataset_id)[1][:SORTED]
    shape = load.dataset(dataset_id).image_shape
    return [
        _bottleneck(
            dataset_id,
            size,
            compression.pca_decode(compression.cut(found, size), second[:, :size], shape).astype(np.float32),
        )
        for size in compression.SIZES
        if size <= len(found.axes)
    ]


@st.cache_data(max_entries=8, show_spinner=False)
def uncompressed(dataset_id: str) -> Bottleneck:
    """The images themselves: what the vote gets wrong without any code."""
    x = load.images(dataset_id).pixels(halves(dataset_id)[1][:SORTED])
    return _bottleneck(dataset_id, x[0].size, x)


def swaps(found: Bottleneck, count: int = 4) -> list[tuple[int, int, float]]:
    """The most frequent swaps: class, class read, share of the class's images."""
    shares = found.table / np.maximum(found.table.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    order = np.argsort(-shares, axis=None, kind="stable")[:count]
    pairs = (np.unravel_index(i, shares.shape) for i in order)
    return [(int(a), int(b), float(shares[a, b])) for a, b in pairs if shares[a, b] > 0]
