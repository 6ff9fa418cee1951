"""Images in links: an exact round trip, and nothing altered, foreign or endless is taken."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from explorer.intake import IntakeError, decode_text, encode_text, fit

shapes = st.tuples(st.sampled_from([1, 3]), st.integers(1, 40), st.integers(1, 40))


@settings(deadline=None)
@given(shape=shapes, seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 256))
def test_text_round_trip(shape: tuple[int, int, int], seed: int, levels: int) -> None:
    image = np.random.default_rng(seed).integers(0, levels, shape).astype(np.uint8)
    text = encode_text(image)
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    decoded = decode_text(text, shape)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, image)


def test_a_drawn_digit_is_short() -> None:
    image = Image.new("L", (280, 280), 0)
    ImageDraw.Draw(image).line((80, 60, 200, 60, 120, 220), fill=255, width=22, joint="curve")
    assert len(encode_text(fit(np.asarray(image), (1, 28, 28)))) < 450


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_altered_text_is_refused(data: st.DataObject) -> None:
    image = np.random.default_rng(3).integers(0, 9, (1, 12, 12)).astype(np.uint8)
    text = encode_text(image)
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from("AQZaz09-_ =+/é%\n").filter(lambda sign: sign != text[place]))
    for altered in (text[:place] + sign + text[place + 1 :], text[:place], text + sign):
        with pytest.raises(IntakeError):
            decode_text(altered, image.shape)


def test_text_of_another_shape_is_refused() -> None:
    text = encode_text(np.zeros((1, 28, 28), np.uint8))
    for shape in ((1, 32, 32), (1, 14, 56), (1, 8, 8)):
        with pytest.raises(IntakeError, match="1 x 28 x 28"):
            decode_text(text, shape)


def test_a_bomb_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zlib.compress(struct.pack(">BHH", 1, 28, 28) + bytes(50_000_000), 9)
    text = base64.urlsafe_b64encode(bomb).rstrip(b"=").decode()
    with pytest.raises(IntakeError, match="too long"):
        decode_text(text, (1, 28, 28))
    short = zlib.compress(struct.pack(">BHH", 1, 28, 28) + bytes(1_000_000), 9)
    inflated = []

    class Watched:
        def __init__(self) -> None:
            self.inner = zlib_decompressobj()

        def decompress(self, data: bytes, limit: int = 0) -> bytes:
            inflated.append(out := self.inner.decompress(data, limit))
            return out

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

    zlib_decompressobj = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(IntakeError, match="altered"):
        decode_text(base64.urlsafe_b64encode(short).rstrip(b"=").decode(), (1, 28, 28))
    assert sum(len(part) for part in inflated) <= 5 + 784 + 1


@pytest.mark.parametrize(
    "image", [np.zeros((1, 4, 4)), np.zeros((4, 4), np.uint8), np.zeros((2, 4, 4), np.uint8)]
)
def test_encode_refuses_what_is_no_image(image: np.ndarray) -> None:
    with pytest.raises(ValueError):
        encode_text(image)
