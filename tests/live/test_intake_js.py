"""The browser's fitting of a drawing against Python's, picture by picture."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from explorer import datasets, intake
from explorer.live.draw_canvas import SIDE
from explorer.live.join import join

Manner = tuple[tuple[int, int, int], str, float]
Fit = Callable[..., list[np.ndarray | None]]
MANNERS = {
    **{
        id: (d.image_shape, d.intake_style, d.intake_fill) for id in datasets.ids() if (d := datasets.get(id))
    },
    "colour": ((3, 64, 64), "whole", 1.0),
    "colour, centred": ((3, 20, 31), "mnist", 0.8),
    "wide": ((1, 24, 61), "whole", 1.0),
    "finer than the drawing": ((1, 128, 150), "whole", 1.0),
    "one pixel of ink": ((1, 5, 9), "mnist", 0.1),
}


@pytest.fixture(scope="module")
def fit(browser: Browser) -> Iterator[Fit]:
    """A function (pictures, manner) -> images or None of the tests' Chromium."""
    page = browser.new_page()
    address = "data:text/javascript;base64," + base64.b64encode(join("intake").encode()).decode()
    body = """async ([address, pictures, shape, manner]) => {
        const { fit } = await import(address);
        const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        return pictures.map(({ data, height, width }) => {
          const made = fit(bytes(data), { width, height }, shape, manner);
          return made && btoa(String.fromCharCode(...made));
        });
    }"""

    def run(pictures: list[np.ndarray], manner: Manner) -> list[np.ndarray | None]:
        shape, style, fill = manner
        sent = [
            {"data": base64.b64encode(np.ascontiguousarray(p)).decode()}
            | dict(zip(("height", "width"), p.shape, strict=True))
            for p in pictures
        ]
        made = page.evaluate(body, [address, sent, list(shape), {"style": style, "fill": fill}])
        images = [None if text is None else np.frombuffer(base64.b64decode(text), np.uint8) for text in made]
        return [None if image is None else image.reshape(shape) for image in images]

    yield run
    page.close()


def pythons(picture: np.ndarray, manner: Manner) -> np.ndarray | None:
    shape, style, fill = manner
    try:
        return intake.fit(picture, shape, polarity="as is", style=style, fill=fill)
    except intake.IntakeError:
        return None


def stroke(pen: ImageDraw.ImageDraw, places: np.ndarray, width: float) -> None:
    """Round-ended lines through places (n, 2), at four times the drawing's resolution."""
    pen.line([tuple(p) for p in 4 * places], fill=255, width=max(1, round(4 * width)), joint="curve")
    for x, y in 4 * places[[0, -1]]:
        pen.ellipse([x - 2 * width, y - 2 * width, x + 2 * width, y + 2 * width], fill=255)


def drawn(*strokes: np.ndarray, width: float = SIDE / 12) -> np.ndarray:
    image = Image.new("L", (4 * SIDE, 4 * SIDE))
    for places in strokes:
        stroke(ImageDraw.Draw(image), np.asarray(places, float), width)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))


@cache
def drawings() -> list[np.ndarray]:
    """About a hundred: strokes, dots, thin lines, off centre, over the border, symmetric, faint, empty."""
    random = np.random.default_rng(11)
    found = []
    for _ in range(40):  # one to three curves anywhere, also over the border
        starts = random.uniform(-6, SIDE + 6, (random.integers(1, 4), 1, 2))
        found.append(drawn(*(starts + random.normal(0, 8, (len(starts), 30, 2)).cumsum(1))))
    for _ in range(15):  # dots: smaller than a box of 20, so enlarged
        found.append(drawn(np.repeat(random.uniform(0, SIDE, (1, 2)), 2, 0)))
    for _ in range(15):  # thin lines, upright and level too
        start, end = random.uniform(0, SIDE, (2, 2))
        end[random.integers(0, 2)] = start[0]
        found.append(drawn([start, end], width=random.uniform(0.3, 3)))
    half = SIDE / 2
    for length in (10.0, 20.5, 40.0, 55.0):  # symmetric: the centre of mass lies half-way between two pixels
        found.append(drawn([(half, half - length), (half, half + length)]))
        found.append(drawn([(half - length, half), (half + length, half)], [(half, 20), (half, 92)]))
    found.append(drawn([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE), (0, 0)]))  # all along the border
    found += [(each * share).astype(np.uint8) for each in found[:5] for share in (0.05, 0.07, 0.5)]
    found.append(np.zeros((SIDE, SIDE), np.uint8))
    single = found[-1].copy()
    single[5, 100] = 255
    return [*found, single]


def differences(made: list[np.ndarray | None], expected: list[np.ndarray | None]) -> np.ndarray:
    """The largest difference in grey levels, by picture; both must find the same ones blank."""
    assert [image is None for image in made] == [image is None for image in expected]
    pairs = [(a.astype(int), b) for a, b in zip(made, expected, strict=True) if a is not None]
    return np.array([np.abs(a - b).max() for a, b in pairs])


@pytest.mark.parametrize("name", MANNERS)
def test_a_drawing_becomes_the_image_that_python_makes(fit: Fit, name: str) -> None:
    expected = [pythons(each, MANNERS[name]) for each in drawings()]
    assert 1 <= sum(image is None for image in expected) < 40
    worst = differences(fit(drawings(), MANNERS[name]), expected)
    assert worst.max() <= 1 and len(worst) > 50


@pytest.mark.parametrize("shape", [(97, 41), (8, 200), (31, 30)])
@pytest.mark.parametrize("manner", [((1, 28, 28), "mnist", 20 / 28), ((1, 28, 28), "whole", 1.0)])
def test_pictures_of_other_sizes_and_with_grain_too(fit: Fit, shape: tuple[int, int], manner: Manner) -> None:
    random = np.random.default_rng(sum(shape))
    pictures = []
    for _ in range(10):
        y, x = np.indices(shape) - random.uniform(0, 1, (2, 1, 1)) * np.array(shape)[:, None, None]
        blot = 200 * np.exp(-(x**2 + y**2) / random.uniform(8, 200))
        pictures.append((blot + random.uniform(0, 40, shape)).astype(np.uint8))
    expected = [pythons(each, manner) for each in pictures]
    assert differences(fit(pictures, manner), expected).max() <= 1
