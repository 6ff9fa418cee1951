"""One shape for every data set: three splits of uint8 images, labels and (where known) factors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import ClassVar

import numpy as np

SPLITS = ("train", "gallery", "test")


class DatasetUnavailable(RuntimeError):
    """The data set's files are not on this machine, or are damaged; the message says what to do."""


@dataclass(frozen=True)
class Split:
    """Images uint8 (N, C, H, W), bright ink on black; labels int64 (N,); factors int64 (N, F) or None."""

    images: np.ndarray
    labels: np.ndarray
    factors: np.ndarray | None = None

    def __post_init__(self) -> None:
        for array in (self.images, self.labels, self.factors):
            if array is not None:
                array.setflags(write=False)  # shared between sessions: nobody may write

    def __len__(self) -> int:
        return len(self.images)

    def only(self, classes: Sequence[int]) -> Split:
        """The images of these labels, in their order; all of them where no label is named."""
        if not classes:
            return self
        chosen = np.isin(self.labels, classes)
        return Split(
            self.images[chosen], self.labels[chosen], None if self.factors is None else self.factors[chosen]
        )

    def few(self, count: int) -> Split:
        """So many images drawn at random, always the same; all of them for 0.

        Raises
        ------
        ValueError
            If there are fewer.
        """
        if count > len(self.images):
            raise ValueError(f"there are {len(self.images):,} images, not {count:,}: ask for fewer.")
        if not count:
            return self
        chosen = np.random.default_rng(0).permutation(len(self.images))[:count]
        factors = None if self.factors is None else self.factors[chosen]
        return Split(self.images[chosen], self.labels[chosen], factors)

    def alone(self) -> Split:
        """The same without the larger array that its images are a part of."""
        return self if self.images.base is None else Split(self.images.copy(), self.labels, self.factors)

    def pixels(self, index: int | slice | np.ndarray = slice(None)) -> np.ndarray:
        """Images as float32 in [0, 1], (B, C, H, W); a single index keeps its batch dimension."""
        chosen = self.images[[index]] if isinstance(index, (int, np.integer)) else self.images[index]
        return chosen.astype(np.float32) / 255.0


class Dataset(ABC):
    """A named data set. Subclasses give the facts as class attributes and say how a split is loaded."""

    id: ClassVar[str]
    title: ClassVar[str]
    image_shape: ClassVar[tuple[int, int, int]]
    label_names: ClassVar[tuple[str, ...]]
    factor_names: ClassVar[tuple[str, ...]] = ()
    factor_sizes: ClassVar[tuple[int, ...]] = ()
    source: ClassVar[str]
    terms: ClassVar[str]
    #: True if the gallery needs no file beyond the installed packages.
    embedded: ClassVar[bool] = False
    #: "mnist" centres and scales a drawing as MNIST was made; "whole" only crops and resizes.
    intake_style: ClassVar[str] = "whole"
    #: Under "mnist", the longer side of the ink as a share of the image's.
    intake_fill: ClassVar[float] = 20 / 28

    def __init__(self) -> None:
        self._splits: dict[str, Split] = {}
        self._lock = Lock()

    def split(self, name: str) -> Split:
        """The split called `name`, loaded once and kept.

        Raises
        ------
        DatasetUnavailable
            If a file is missing or damaged: names path, source and size.
        ValueError
            If there is no split of that name.
        """
        if name not in SPLITS:
            raise ValueError(f"data set {self.id} has no split {name!r}: choose from {', '.join(SPLITS)}.")
        with self._lock:
            if name not in self._splits:
                self._splits[name] = self._load(name).alone()
            return self._splits[name]

    def forget(self) -> None:
        """Drop what was loaded, for example after files were fetched."""
        with self._lock:
            self._splits.clear()

    @property
    def available(self) -> bool:
        """True if the gallery can be loaded."""
        try:
            self.split("gallery")
        except DatasetUnavailable:
            return False
        return True

    @abstractmethod
    def _load(self, name: str) -> Split:
        """Read one split from where it lies."""
