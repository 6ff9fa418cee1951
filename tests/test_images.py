"""Pictures for screen and download: exact pixels, exact colours, exact frames."""

from __future__ import annotations

import base64
import importlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageSequence
from skimage.color import deltaE_ciede2000, rgb2lab

from explorer import images


def random_pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def played(data: bytes) -> list[tuple[np.ndarray, float]]:
    """The frames as a viewer shows them, uint8 (H, W, 3), with their durations in milliseconds."""
    frames = ImageSequence.Iterator(opened(data))
    return [(np.array(frame.convert("RGB")), frame.info["duration"]) for frame in frames]


# to_uint8 ---------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(0, 3), st.sampled_from([1, 3]), *[st.integers(1, 6)] * 2)))
def test_to_uint8_undoes_division_by_255(pixels: np.ndarray) -> None:
    for kind in (np.float16, np.float32, np.float64):
        np.testing.assert_array_equal(images.to_uint8((pixels / 255).astype(kind)), pixels)
    np.testing.assert_array_equal(images.to_uint8(pixels), pixels)


def test_to_uint8_rounds_and_forgives_rounding_errors() -> None:
    x = np.array([-1e-7, 0.4999 / 255, 0.5001 / 255, 254.6 / 255, 1 + 1e-7]).reshape(1, 1, 1, 5)
    assert images.to_uint8(x).ravel().tolist() == [0, 0, 1, 255, 255]


@pytest.mark.parametrize(
    "x",
    [
        np.full((1, 1, 2, 2), 1.01),
        np.full((1, 1, 2, 2), -0.01),
        np.full((1, 1, 2, 2), np.nan),
        np.zeros((1, 1, 2, 2), np.int64),
        np.zeros((1, 2, 2)),
        np.zeros((1, 2, 2, 2)),
    ],
)
def test_to_uint8_refuses(x: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must"):
        images.to_uint8(x)


# enlarge, tile ----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.sampled_from([1, 3]), st.integers(4, 40), st.integers(4, 40)),
    size=st.integers(40, 300),
)
def test_enlarge_takes_the_largest_factor_that_fits(shape: tuple[int, int, int], size: int) -> None:
    image = random_pixels(*shape)
    large = images.enlarge(image, size)
    factor = large.shape[0] // shape[1]
    assert large.shape == (factor * shape[1], factor * shape[2], 3)
    assert factor * max(shape[1:]) <= size < (factor + 1) * max(shape[1:])
    expected = np.kron(np.broadcast_to(image, (3, *shape[1:])), np.ones((factor, factor), np.uint8))
    np.testing.assert_array_equal(large, expected.transpose(1, 2, 0))


def test_enlarge_takes_pictures_and_greys_too() -> None:
    picture = random_pixels(5, 7, 3)
    np.testing.assert_array_equal(images.enlarge(picture, 15)[::2, ::2], picture)
    grey = random_pixels(5, 7)
    np.testing.assert_array_equal(images.enlarge(grey, 7), np.stack([grey] * 3, axis=-1))


@pytest.mark.parametrize(
    ("image", "size"),
    [
        (np.zeros((1, 28, 28), np.uint8), 27),
        (np.zeros((1, 28, 28)), 280),
        (np.zeros((2, 28, 28), np.uint8), 280),
        (np.zeros((1, 1, 28, 28), np.uint8), 280),
        (np.zeros((1, 0, 28), np.uint8), 280),
    ],
)
def test_enlarge_refuses(image: np.ndarray, size: int) -> None:
    with pytest.raises(ValueError, match=r"must be|does not fit"):
        images.enlarge(image, size)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 4)] * 2, st.sampled_from([1, 3]), *[st.integers(1, 5)] * 2),
    scale=st.integers(1, 4),
    gap=st.integers(0, 3),
    background=st.sampled_from([0, 200, (10, 20, 30)]),
)
def test_tile_puts_each_pixel_where_it_belongs(
    shape: tuple[int, ...], scale: int, gap: int, background: int | tuple[int, int, int]
) -> None:
    cells = random_pixels(*shape)
    grid = images.tile(cells, scale, gap, background)
    rows, columns, channels, height, width = shape
    expected = np.full(
        (rows * (scale * height + gap) - gap, columns * (scale * width + gap) - gap, 3), background, np.uint8
    )
    for r, k, y, x in np.ndindex(rows, columns, scale * height, scale * width):
        level = cells[r, k, :, y // scale, x // scale]
        expected[r * (scale * height + gap) + y, k * (scale * width + gap) + x] = level
    np.testing.assert_array_equal(grid, expected)


@pytest.mark.parametrize(
    ("cells", "arguments"),
    [
        (np.zeros((2, 1, 4, 4), np.uint8), {}),
        (np.zeros((1, 2, 1, 4, 4)), {}),
        (np.zeros((0, 2, 1, 4, 4), np.uint8), {}),
        (np.zeros((1, 2, 2, 4, 4), np.uint8), {}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"scale": 0}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"scale": 1.5}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"gap": -1}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"background": 256}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"background": (1, 2)}),
        (np.zeros((1, 2, 1, 4, 4), np.uint8), {"background": 0.5}),
    ],
)
def test_tile_refuses(cells: np.ndarray, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|is not a level"):
        images.tile(cells, **arguments)


# png, data_url ----------------------------------------------------------------------------------------------


def test_png_round_trip() -> None:
    grey, picture, image = random_pixels(6, 9), random_pixels(6, 9, 3), random_pixels(1, 6, 9)
    assert opened(images.png(grey)).mode == "L"
    np.testing.assert_array_equal(np.asarray(opened(images.png(grey))), grey)
    np.testing.assert_array_equal(np.asarray(opened(images.png(picture))), picture)
    np.testing.assert_array_equal(np.asarray(opened(images.png(image))), image[0])
    colour = random_pixels(3, 6, 9)
    np.testing.assert_array_equal(np.asarray(opened(images.png(colour))), colour.transpose(1, 2, 0))
    bars = images.diverging(np.linspace(-1, 1, 16)[None], 1)  # one row: its last axis is the colour
    np.testing.assert_array_equal(np.asarray(opened(images.png(bars))), bars)


def test_data_url() -> None:
    data = images.png(random_pixels(4, 4))
    head, body = images.data_url(data).split(",")
    assert head == "data:image/png;base64" and base64.b64decode(body) == data
    assert images.data_url(images.gif(random_pixels(2, 4, 4), 10)).startswith("data:image/gif;base64,")
    with pytest.raises(ValueError, match="neither"):
        images.data_url(b"<svg/>")


# gif --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 7])
def test_grey_frames_are_exact_and_share_one_palette(count: int) -> None:
    frames = random_pixels(count, 20, 20)
    frames[0] = np.arange(400).reshape(20, 20) % 256  # every level
    data = images.gif(frames, 12.5)
    shown = played(data) if count > 1 else [(np.array(opened(data).convert("RGB")), 80)]
    assert len(shown) == count
    for (frame, duration), original in zip(shown, frames, strict=True):
        np.testing.assert_array_equal(frame, np.stack([original] * 3, axis=-1))
        assert duration == 80


def test_slowly_changing_greys_do_not_flicker() -> None:
    ramp = np.linspace(0, 200, 30 * 30).reshape(30, 30)
    frames = np.stack([(ramp * (0.5 + 0.5 * t / 9)).astype(np.uint8) for t in range(10)])
    for (frame, _), original in zip(played(images.gif(frames, 10)), frames, strict=True):
        np.testing.assert_array_equal(frame[..., 0], original)


def test_few_colours_are_exact_even_where_they_are_close() -> None:
    values = np.linspace(-1, 1, 3 * 16 * 16).reshape(3, 16, 16)
    frames = np.stack([images.diverging(plane, 1)[:, ::2] for plane in values])
    assert 150 < len(np.unique(frames.reshape(-1, 3), axis=0)) <= 256
    for (frame, _), original in zip(played(images.gif(frames, 5)), frames, strict=True):
        np.testing.assert_array_equal(frame, original)


def test_many_colours_keep_one_palette_and_stay_close() -> None:
    rows, columns = np.indices((64, 64)) * 4
    frames = np.stack([np.stack([rows, columns, np.full_like(rows, 60 * t)], axis=-1) for t in range(3)])
    shown = played(images.gif(frames.astype(np.uint8), 5))
    for (frame, _), original in zip(shown, frames, strict=True):
        assert np.abs(frame.astype(int) - original).mean() < 16
        assert (frame[20:24, 20:24] == frame[20, 20]).all(axis=-1).sum() >= 4  # patches, no dither pattern
    data = images.gif(frames.astype(np.uint8), 5)
    assert len({bytes(opened(data).getpalette())}) == 1


def test_bounce_plays_forward_and_back_once() -> None:
    frames = np.stack([np.full((8, 8), 50 * t, np.uint8) for t in range(4)])
    levels = [int(frame[0, 0, 0]) for frame, _ in played(images.gif(frames, 10, bounce=True))]
    assert levels == [0, 50, 100, 150, 100, 50]


def test_loop() -> None:
    frames = random_pixels(2, 8, 8)
    assert opened(images.gif(frames, 10)).info["loop"] == 0  # for ever
    assert "loop" not in opened(images.gif(frames, 10, loop=False)).info


def test_equal_frames_last_as_long_as_all_of_them() -> None:
    frames = np.stack([random_pixels(8, 8)] * 3 + [random_pixels(8, 8, seed=1)])
    assert sum(duration for _, duration in played(images.gif(frames, 10))) == 400


@pytest.mark.parametrize(
    ("frames", "fps"),
    [
        (np.zeros((2, 8, 8)), 10),
        (np.zeros((8, 8), np.uint8), 10),
        (np.zeros((0, 8, 8), np.uint8), 10),
        (np.zeros((2, 8, 8, 4), np.uint8), 10),
        (np.zeros((2, 8, 8), np.uint8), 0),
        (np.zeros((2, 8, 8), np.uint8), 51),
        (np.zeros((2, 8, 8), np.uint8), float("nan")),
    ],
)
def test_gif_refuses(frames: np.ndarray, fps: float) -> None:
    with pytest.raises(ValueError, match="must"):
        images.gif(frames, fps)


# Colour maps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_diverging_is_centred_even_and_balanced(dark: bool) -> None:
    table = images.diverging(np.linspace(-3, 3, 255)[None], 3, dark=dark)[0]
    red, green, blue = table[127]
    assert red == green == blue and (red < 40 if dark else red > 240)
    assert table[0, 2] > table[0, 0] + 50 and table[-1, 0] > table[-1, 2] + 50  # blue below, red above
    lab = rgb2lab(table[None])[0]
    assert np.abs(lab[:, 0] - lab[::-1, 0]).max() < 4  # both signs weigh the same
    steps = deltaE_ciede2000(lab[:-7:7], lab[7::7])
    assert steps.max() < 1.6 * steps.min()
    away = np.abs(lab[1::7, 0] - lab[127, 0])  # 18 steps either side of the centre
    assert (np.diff(away[18:]) > 0).all() and (np.diff(away[18::-1]) > 0).all()


def test_diverging_shows_zero_whatever_the_values_and_saturates() -> None:
    values = np.array([[0.0, 2, 5, 50, -5, -50]])
    colours = images.diverging(values, 5)[0]
    np.testing.assert_array_equal(colours[0], images.diverging(np.zeros((1, 1)), 0.1)[0, 0])
    np.testing.assert_array_equal(colours[2], colours[3])
    np.testing.assert_array_equal(colours[4], colours[5])
    assert len(np.unique(colours, axis=0)) == 4


def test_sequential_is_viridis() -> None:
    viridis = importlib.import_module("matplotlib").colormaps["viridis"]  # mlxtend brings matplotlib
    colours = images.sequential(np.linspace(2, 7, 256)[None], 2, 7)[0]
    expected = viridis(np.arange(256))[:, :3] * 255
    assert np.abs(colours - expected).max() <= 0.5 + 1e-6
    ends = images.sequential(np.array([[-9.0, 99]]), 2, 7)[0]
    np.testing.assert_array_equal(ends, colours[[0, -1]])


@pytest.mark.parametrize(
    "values", [np.zeros(4), np.zeros((2, 2, 2)), np.full((2, 2), np.nan), np.array([["a"]])]
)
def test_colour_maps_refuse_values(values: np.ndarray) -> None:
    with pytest.raises(ValueError):
        images.diverging(values, 1)
    with pytest.raises(ValueError):
        images.sequential(values, 0, 1)


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan")])
def test_colour_maps_refuse_ranges(limit: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        images.diverging(np.zeros((2, 2)), limit)
    with pytest.raises(ValueError, match="range"):
        images.sequential(np.zeros((2, 2)), 0, limit)


# labelled_grid ----------------------------------------------------------------------------------------------


def find(sheet: np.ndarray, part: np.ndarray) -> list[tuple[int, int]]:
    """Where the part lies in the sheet, pixel for pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(sheet, part.shape)[:, :, 0]
    return [tuple(map(int, place)) for place in np.argwhere((windows == part).all(axis=(2, 3, 4)))]


@pytest.mark.parametrize("dark", [False, True])
def test_labelled_grid_holds_every_cell_in_order(dark: bool) -> None:
    cells = random_pixels(2, 3, 1, 5, 5)
    data = images.labelled_grid(
        cells, ["β = 4", "σ: é"], ["0.0", "0.5", "1.0"], title="z3", scale=2, dark=dark
    )
    sheet = np.asarray(opened(data).convert("RGB"))
    places = {}
    for r, k in np.ndindex(2, 3):
        ((y, x),) = find(sheet, images.enlarge(cells[r, k], 10))
        places[r, k] = (y, x)
    assert places[0, 0][0] == places[0, 2][0] < places[1, 0][0]
    assert places[0, 0][1] == places[1, 0][1] < places[0, 1][1] < places[0, 2][1]
    page = sheet[0, 0]
    left, above = places[0, 0][1] - 2, places[0, 0][0] - 2
    assert (page > 200).all() != dark
    assert (sheet[:, :left] != page).any() and (sheet[:above, left:] != page).any()  # both sorts of label
    frame = np.concatenate(
        [sheet[:4].reshape(-1, 3), sheet[:, :4].reshape(-1, 3), sheet[:, -4:].reshape(-1, 3)]
    )
    assert (frame == page).all()  # nothing runs over the edge


def test_labelled_grid_without_labels_and_with_long_ones() -> None:
    cells = random_pixels(1, 2, 3, 4, 4)
    plain = opened(images.labelled_grid(cells))
    wide = opened(images.labelled_grid(cells, column_labels=["a fairly long label", "b"]))
    titled = opened(images.labelled_grid(cells, title="a title that is wider than the two images"))
    assert wide.width > plain.width + 100 and titled.width > plain.width + 100
    assert wide.height > plain.height


@pytest.mark.parametrize(
    "arguments",
    [{"row_labels": ["a", "b"]}, {"column_labels": ["a"]}, {"title": "数"}, {"row_labels": ["a\nb"]}],
)
def test_labelled_grid_refuses(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"labels for|font lacks"):
        images.labelled_grid(random_pixels(1, 2, 1, 4, 4), **arguments)
