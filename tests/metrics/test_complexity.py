"""The length of a picture's file."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from explorer.metrics.complexity import png_nats


def test_it_is_the_length_of_a_png_that_holds_the_picture():
    image = np.random.default_rng(0).integers(0, 256, (1, 20, 20), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(image[0]).save(file, "PNG")
    assert png_nats(image[None])[0] == pytest.approx(len(file.getvalue()) * np.log(256), rel=0.02)


def test_noise_is_longer_than_a_stroke_and_a_stroke_than_nothing():
    images = np.zeros((3, 1, 28, 28), np.uint8)
    images[1, 0, 5:20, 12:15] = [90, 255, 90]
    images[2] = np.random.default_rng(1).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    assert np.all(np.diff(png_nats(images)) > 0)
    with pytest.raises(ValueError, match="uint8"):
        png_nats(images / 255)
