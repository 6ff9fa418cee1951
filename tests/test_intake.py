"""Uploads: what is kept and what is refused, each bad file made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from explorer import intake
from explorer.intake import IntakeError, read_upload


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def random_pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def noise(mode: str = "RGB", size: tuple[int, int] = (14, 10), seed: int = 0) -> Image.Image:
    return Image.fromarray(random_pixels(*size[::-1], 3, seed=seed)).convert(mode)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_claiming(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"\0\0")) + png_chunk(b"IEND", b"")
    )


def sentence(data: bytes, name: str = "picture.png") -> str:
    with pytest.raises(IntakeError) as caught:
        read_upload(data, name)
    text = str(caught.value)
    assert text.endswith(".") and ":" in text and "\n" not in text
    return text


# Reading: what is kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "WEBP"])
def test_lossless_formats_keep_every_pixel(file_format: str) -> None:
    image = noise()
    options = {"lossless": True} if file_format == "WEBP" else {}
    picture = read_upload(saved(image, file_format, **options), "a.bin")
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_array_equal(picture.pixels, np.asarray(image))


def test_jpeg_keeps_a_smooth_picture() -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], (48, 64, 3))
    pixels = read_upload(saved(Image.fromarray(ramp.copy()), "JPEG", quality=95), "a.jpg").pixels
    assert np.abs(pixels.astype(int) - ramp).max() <= 4


# What a camera stores for an upright scene: EXIF 2.32 says which side its 0th row and 0th column show.
STORED = {
    1: lambda up: up,
    2: lambda up: up[:, ::-1],
    3: lambda up: up[::-1, ::-1],
    4: lambda up: up[::-1],
    5: lambda up: up.swapaxes(0, 1),
    6: lambda up: up[:, ::-1].swapaxes(0, 1),
    7: lambda up: up[::-1, ::-1].swapaxes(0, 1),
    8: lambda up: up[::-1].swapaxes(0, 1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(orientation: int, file_format: str) -> None:
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :24], upright[:16, 24:], upright[16:, :24] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(file_format, {})
    pixels = read_upload(saved(stored, file_format, exif=exif, **options), "photo").pixels
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).max() <= 3


def test_16_bit_gradient_stays_a_gradient() -> None:
    levels = np.linspace(0, 65535, 256).astype(np.uint16)
    pixels = read_upload(saved(Image.fromarray(np.tile(levels, (4, 1))), "PNG"), "scan.png").pixels
    np.testing.assert_allclose(pixels[0, :, 0], levels / 257, atol=0.51)


def test_16_bit_grey_with_a_transparent_level_lies_on_white() -> None:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 0, 0, 0, 0))
    rows = png_chunk(b"IDAT", zlib.compress(b"\0" + struct.pack(">HH", 1000, 30000)))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"tRNS", struct.pack(">H", 1000)) + rows
    pixels = read_upload(data + png_chunk(b"IEND", b""), "a.png").pixels
    assert pixels[0, :, 0].tolist() == [255, 117]


def test_cmyk_jpeg_becomes_rgb() -> None:
    colours = Image.new("RGB", (32, 16), (255, 255, 255))
    colours.paste((200, 30, 40), (0, 0, 16, 16))
    pixels = read_upload(saved(colours.convert("CMYK"), "JPEG", quality=100), "print.jpg").pixels
    assert np.abs(pixels.astype(int) - np.asarray(colours)).max() <= 6


def test_transparency_is_laid_on_white() -> None:
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., 0] = 100
    rgba[0, :, 3] = 0, 128, 255
    pixels = read_upload(saved(Image.fromarray(rgba), "PNG"), "logo.png").pixels
    expected = 255 + (np.array([100, 0, 0]) - 255) * (rgba[..., 3:] / 255)
    np.testing.assert_allclose(pixels, expected, atol=1)


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_palette_with_a_transparent_entry(file_format: str) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    pixels = read_upload(saved(image, file_format, transparency=1), "icon").pixels
    assert pixels.tolist() == [[[10, 20, 30], [255, 255, 255], [70, 80, 90]]]


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "blue")]
    for file_format in ("GIF", "WEBP", "PNG"):
        data = saved(frames[0], file_format, save_all=True, append_images=frames[1:])
        red, _, blue = read_upload(data, "anim").pixels[3, 4]
        assert red > 240 and blue < 15, file_format


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000)])
def test_extreme_sizes_are_read(size: tuple[int, int]) -> None:
    assert read_upload(saved(Image.new("L", size, 9), "PNG"), "a.png").pixels.shape == (*size[::-1], 3)


def test_pixels_are_read_only_and_the_name_is_harmless() -> None:
    name = "C:\\me\\![x](http:evil)<b>`" + "a" * 100 + "\n.png"
    picture = read_upload(saved(noise(), "PNG"), name)
    assert not picture.pixels.flags.writeable
    assert len(picture.name) <= 60 and not set(picture.name) & set("\\[]<>`\n")


# Reading: what is refused -----------------------------------------------------------------------------------


def test_each_cause_has_its_own_sentence() -> None:
    whole = saved(noise(), "PNG")
    causes = {
        "empty": b"",
        "MB": whole + bytes(intake.MAX_BYTES),
        "is not a PNG": b"This is a text, not an image.",
        "cut off": whole[: len(whole) // 2],
        "no pixels": png_claiming(0, 5),
        "megapixels": png_claiming(50_000, 50_000),
    }
    sentences = {word: sentence(data) for word, data in causes.items()}
    assert all(word in text for word, text in sentences.items())
    assert len(set(sentences.values())) == len(causes)


def test_exactly_ten_megabytes_are_read() -> None:
    whole = saved(noise(), "PNG")
    read_upload(whole + bytes(intake.MAX_BYTES - len(whole)), "padded.png")  # bytes behind the end do no harm


@pytest.mark.parametrize("file_format", ["TIFF", "PPM", "ICO", "TGA", "PCX", "JPEG2000", "PDF", "EPS"])
def test_other_formats_that_pillow_knows_are_refused(file_format: str) -> None:
    assert "is not a PNG" in sentence(saved(noise(size=(32, 32)), file_format), "a.png")


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b'<?xml version="1.0"?><svg/>',
        b"%PDF-1.7\n1 0 obj",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"PK\x03\x04" + bytes(64),
        b"\0",
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    assert "is not a PNG" in sentence(data)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(4001, 4000), (10_000, 10_000), (50_000, 50_000)])
def test_too_many_pixels_are_refused_undecoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    assert "megapixels" in sentence(png_claiming(*size))


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
def test_too_many_pixels_are_refused_where_warnings_are_errors() -> None:
    assert "megapixels" in sentence(png_claiming(10_000, 10_000))


def test_too_many_pixels_behind_a_small_gif_screen() -> None:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\x02\x02\x44\x01\x00"
    data = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6) + frame + b"\x3b"
    assert "megapixels" in sentence(data)


def test_sixteen_megapixels_are_read() -> None:
    data = saved(Image.new("1", (4000, 4000)), "PNG")
    assert read_upload(data, "a.png").pixels.shape == (4000, 4000, 3)


@pytest.mark.parametrize("size", [(0, 0), (0, 7), (7, 0)])
def test_zero_sized(size: tuple[int, int]) -> None:
    assert "no pixels" in sentence(png_claiming(*size))
    bitmap = bytearray(saved(noise(), "BMP"))
    bitmap[18:26] = struct.pack("<ii", *size)
    assert "no pixels" in sentence(bytes(bitmap))


SAMPLES = {
    "png": lambda: saved(noise(), "PNG"),
    "palette png": lambda: saved(noise().quantize(8), "PNG"),
    "jpeg": lambda: saved(noise(), "JPEG"),
    "progressive jpeg": lambda: saved(noise(), "JPEG", progressive=True),
    "cmyk jpeg": lambda: saved(noise("CMYK"), "JPEG"),
    "lossy webp": lambda: saved(noise(), "WEBP"),
    "lossless webp": lambda: saved(noise(), "WEBP", lossless=True),
    "bmp": lambda: saved(noise(), "BMP"),
    "1-bit bmp": lambda: saved(noise("1"), "BMP"),
    "gif": lambda: saved(noise("L"), "GIF"),
    "animated gif": lambda: saved(
        noise("L"), "GIF", save_all=True, append_images=[noise("L", seed=1), noise("L", seed=2)]
    ),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_cut_anywhere_is_refused(kind: str) -> None:
    data = SAMPLES[kind]()
    read_upload(data, "whole")
    half_read = []
    for length in range(1, len(data)):
        try:
            read_upload(data[:length], "cut")
        except IntakeError:
            continue
        half_read.append(length)
    assert not half_read


def test_a_png_with_an_altered_byte_is_refused() -> None:
    data = bytearray(SAMPLES["png"]())
    data[len(data) // 2] ^= 1
    assert "damaged" in sentence(bytes(data))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning", "ignore:.*EXIF:UserWarning")
@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_altered_bytes_raise_nothing_else(kind: str, data: st.DataObject) -> None:
    altered = bytearray(SAMPLES[kind]())
    changes = st.tuples(st.integers(0, len(altered) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(changes, min_size=1, max_size=6)):
        altered[place] = value
    try:
        picture = read_upload(bytes(altered), "altered")
    except IntakeError:
        return
    assert picture.pixels.dtype == np.uint8 and picture.pixels.ndim == 3 and picture.pixels.shape[2] == 3
