"""How many bits an image takes, and what they cost in error: quantised codes, principal components, files.

Images at rest: uint8 (N, C, H, W) · codes z (N, L) float · sizes in bits an image, errors per pixel.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.metrics.principal import PrincipalComponents

#: Bits for each number of a code that the curves sweep.
DEPTHS = (1, 2, 3, 4, 5, 6, 8)
#: Numbers that PCA keeps.
SIZES = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 30, 32, 40, 48, 56, 64)
#: Settings that each format sweeps: quality, or for PNG how many grey levels are left.
SETTINGS = {
    "JPEG": (1, 5, 10, 20, 35, 50, 75, 90),
    "WebP": (0, 5, 15, 30, 50, 70, 85, 95),
    "PNG": (2, 4, 16, 256),
}
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Quantiser:
    """A uniform quantiser for each dimension: 2^bits cells of equal width between low and high, both (L,).

    A number is sent as the index of its cell and comes back as the cell's middle, so that inside the range it
    is wrong by half a cell at most; beyond the range it becomes the outermost cell.
    """

    low: np.ndarray
    high: np.ndarray
    bits: int

    @classmethod
    def fit(cls, codes: np.ndarray, bits: int) -> Quantiser:
        """The range that codes (N, L) take. ValueError for less than 1 bit or more than 16."""
        if not 1 <= bits <= 16:
            raise ValueError(f"{bits} bits a number cannot be asked for: choose 1 to 16.")
        codes = np.asarray(codes, np.float64)
        return cls(codes.min(axis=0), codes.max(axis=0), bits)

    @property
    def cell(self) -> np.ndarray:
        """The width (L,) of a cell."""
        return (self.high - self.low) / 2**self.bits

    def indices(self, codes: np.ndarray) -> np.ndarray:
        """The cells (N, L) int64, from 0, of codes (N, L)."""
        cell = np.where(self.cell > 0, self.cell, 1.0)
        return np.clip(np.floor((codes - self.low) / cell), 0, 2**self.bits - 1).astype(np.int64)

    def values(self, indices: np.ndarray) -> np.ndarray:
        """The middles (N, L) float64 of cells (N, L)."""
        return self.low + (indices + 0.5) * self.cell

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, L) as they come back."""
        return self.values(self.indices(codes))


def entropy(indices: np.ndarray) -> float:
    """Bits an image that cells (N, L) need on average, each number coded by itself: the sum over dimensions
    of -sum_k p_k log2 p_k, p_k the share of the N images in cell k.

    What an ideal code reaches that knows the shares. Shares of few images come out too sure of themselves:
    the sum is too low by about (cells in use - 1) / (2 N ln 2) a dimension (Miller 1955).
    """
    total = 0.0
    for column in np.asarray(indices).T:
        shares = np.unique(column, return_counts=True)[1] / len(column)
        total -= float(np.sum(shares * np.log2(shares)))
    return total


@dataclass(frozen=True)
class Point:
    """One way to send the images: the setting, bits an image, the mean error per pixel, the mean PSNR in dB.

    `entropy` is the bits that an ideal code of the quantised numbers takes, None for files.
    """

    setting: int
    bits: float
    mse: float
    psnr: float
    entropy: float | None = None


def errors(images: np.ndarray, rebuilt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean squared error per pixel (N,) and PSNR in dB (N,) of floats in [0, 1], (N, ...) twice."""
    difference = (images.astype(np.float64) - rebuilt).reshape(len(images), -1)
    mse = np.einsum("nd,nd->n", difference, difference) / difference.shape[1]
    with np.errstate(divide="ignore"):
        return mse, -10 * np.log10(mse)


def point(
    setting: int, bits: float, images: np.ndarray, rebuilt: np.ndarray, needed: float | None = None
) -> Point:
    """A point from images and what came back, floats (N, ...)."""
    mse, psnr = errors(images, rebuilt)
    return Point(setting, bits, float(mse.mean()), float(psnr.mean()), needed)


def codes_curve(
    fitted_on: np.ndarray,
    judged: np.ndarray,
    images: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    extra: float = 0.0,
    depths: Sequence[int] = DEPTHS,
) -> list[Point]:
    """A code's points, one for each of `depths`.

    fitted_on (M, L) sets the ranges; judged (N, L) are sent, and the first len(images) of them decoded and
    compared with images (K, C, H, W). `extra` bits go with each image (a class that both sides are told).
    """  # fmt: skip
    points = []
    for bits in depths:
        quantiser = Quantiser.fit(fitted_on, bits)
        cells = quantiser.indices(judged)
        rebuilt = decode(quantiser.values(cells[: len(images)]).astype(np.float32))
        fixed = bits * judged.shape[1] + extra
        points.append(point(bits, fixed, images, rebuilt, entropy(cells) + extra))
    return points


def cut(components: PrincipalComponents, size: int) -> PrincipalComponents:
    """The same with the first `size` axes."""
    return PrincipalComponents(
        components.mean, components.axes[:size], components.variances[:size], components.total
    )


def pca_decode(
    components: PrincipalComponents, scores: np.ndarray, shape: tuple[int, int, int]
) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] of scores (N, K): what lies beyond black and white is cut off."""
    return np.clip(components.reconstruct(scores), 0, 1).reshape(-1, *shape)


def encode_file(image: np.ndarray, kind: str, setting: int) -> bytes:
    """The whole file, headers included, of an image uint8 (C, H, W): "PNG", "JPEG" or "WebP".

    `setting` is the quality, for PNG the number of grey levels a channel that are left before it is saved.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"a file takes uint8 (1 or 3, H, W), not {image.dtype} {image.shape}: convert it.")
    if kind not in SETTINGS:
        raise ValueError(f"there is no format {kind}: choose from {', '.join(SETTINGS)}.")
    if kind == "PNG" and setting < 256:
        steps = setting - 1
        image = np.rint(np.rint(image / 255 * steps) / steps * 255).astype(np.uint8)
    picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
    options = {
        "PNG": {"optimize": True},
        "JPEG": {"quality": setting, "optimize": True},
        "WebP": {"quality": setting, "method": 4},
    }
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options[kind])
    return buffer.getvalue()


def decode_file(content: bytes, channels: int) -> np.ndarray:
    """The image uint8 (C, H, W) of a file."""
    picture = np.asarray(Image.open(io.BytesIO(content)).convert("L" if channels == 1 else "RGB"))
    return picture[None] if channels == 1 else picture.transpose(2, 0, 1)


@dataclass(frozen=True)
class File:
    """One image as a file: setting, bits of it all, what comes back in [0, 1] (C, H, W), its error."""

    setting: int
    bits: int
    rebuilt: np.ndarray
    mse: float


def files(image: np.ndarray, kind: str) -> list[File]:
    """An image uint8 (C, H, W) at every setting of a format."""
    made = []
    for setting in SETTINGS[kind]:
        content = encode_file(image, kind, setting)
        rebuilt = decode_file(content, len(image)) / 255.0
        made.append(File(setting, 8 * len(content), rebuilt, float(np.mean((image / 255.0 - rebuilt) ** 2))))
    return made


def files_curve(images: np.ndarray, kind: str) -> list[Point]:
    """A format's points, one for each setting, over images uint8 (N, C, H, W)."""
    made = [files(image, kind) for image in images]
    floats = images / 255.0
    return [
        point(
            setting,
            float(np.mean([each[place].bits for each in made])),
            floats,
            np.stack([each[place].rebuilt for each in made]),
        )
        for place, setting in enumerate(SETTINGS[kind])
    ]


def empty_file(shape: tuple[int, int, int], kind: str) -> int:
    """Bits of the file of an all-black image: what a format asks for before there is anything to say."""
    return min(8 * len(encode_file(np.zeros(shape, np.uint8), kind, s)) for s in SETTINGS[kind])


def nearest_in_bits(made: Sequence[File], bits: float) -> File:
    """The file whose size is nearest to `bits` as a ratio."""
    return min(made, key=lambda each: abs(np.log(each.bits / bits)))


def cheapest(made: Sequence[File | Point], mse: float) -> File | Point | None:
    """The smallest with at most that error, or None."""
    return min((each for each in made if each.mse <= mse), key=lambda each: each.bits, default=None)


def break_even(decoder_bits: float, code_bits: float, other_bits: float) -> float:
    """From how many images on a decoder of that size and its codes are shorter than files of `other_bits`;
    infinite if they never are."""
    return decoder_bits / (other_bits - code_bits) if other_bits > code_bits else float("inf")
