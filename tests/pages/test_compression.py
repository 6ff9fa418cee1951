"""Compression: bits and errors on screen are those of the library, of Pillow's files, of each family."""

from __future__ import annotations

import html
import io
import re

import numpy as np
import pytest
from PIL import Image

from explorer import datasets, latent, zoo
from explorer.studies import alarm, compression
from explorer.ui.compression import model_curve

DIGITS = "digits-vae"
BITS, ERRORS = 3, 4  # rows of the table
SMALL = ["digits-wide", "digits-linear", "digits-told", "digits-rows", "digits-dead"]


def table(at, row: int) -> list[list[str]]:
    """The cells of the tables of pictures, row by row, text alone."""
    shown = next(each.proto.body for each in at.get("html") if "pt-codecs" in each.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", shown, re.S)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", each, re.S) for each in rows]
    texts = [[html.unescape(re.sub(r"<[^>]+>", " ", cell)).split() for cell in each] for each in cells]
    return texts[row]


def sent_by_hand(model_id: str, index: int, bits: int) -> np.ndarray:
    """An image as it comes back from a code of so many bits a number, without the project's quantiser."""
    gallery = zoo.gallery(model_id)
    half = np.random.default_rng(alarm.SEED).permutation(len(gallery.z))[: len(gallery.z) // 2]
    low, high = gallery.z[half].min(axis=0), gallery.z[half].max(axis=0)
    x = datasets.get(zoo.card(model_id).dataset).split("gallery").pixels(index)
    model = zoo.load(model_id)
    z, _ = latent.encode(model, x)
    cells = np.clip(np.floor((z - low) / (high - low) * 2**bits), 0, 2**bits - 1)
    return latent.decode(model, (low + (cells + 0.5) / 2**bits * (high - low)).astype(np.float32))


@pytest.mark.parametrize("model_id", SMALL)
def test_it_opens_for_every_family(open_page, link_of, small_zoo, model_id):
    at = open_page("compression", model=model_id)
    card = zoo.card(model_id)
    assert not at.warning and len(at.get("plotly_chart")) == 3
    total = 4 * card.arguments["latent_dim"] + 4 * ("label_count" in card.arguments)
    assert any(f"**{total:,}**" in m.value for m in at.markdown)
    assert link_of(at)["bits"] == "4"


def test_bits_and_errors_of_one_image_are_those_computed_by_hand(open_page, link_of):
    at = open_page("compression", model=DIGITS, bits=3, size=5, index=17)
    bits, errors = table(at, BITS), table(at, ERRORS)
    x = datasets.get("digits").split("gallery").pixels(17)
    mse = float(np.mean((x - sent_by_hand(DIGITS, 17, 3)) ** 2))
    assert bits[2][0] == str(3 * zoo.card(DIGITS).arguments["latent_dim"])
    assert bits[1][0] == "15" and bits[0][0] == str(8 * 64)
    assert float(errors[2][-1]) == pytest.approx(mse, rel=5e-3)
    assert float(errors[2][0]) == pytest.approx(10 * np.log10(1 / mse), abs=0.06)
    said = link_of(at)
    assert (said["bits"], said["size"], said["index"]) == ("3", "5", "17")


def test_a_file_s_bits_are_those_of_a_file_that_pillow_writes(open_page):
    at = open_page("compression", model=DIGITS, index=17)
    pixels = datasets.get("digits").split("gallery").images[17, 0]
    webp, png = table(at, BITS)[4], table(at, BITS)[5]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=int(webp[2]), method=4)
    assert int(webp[0].replace(",", "")) == 8 * len(buffer.getvalue())
    assert int(png[0].replace(",", "")) <= 8 * len(compression.encode_file(pixels[None], "PNG", 256))


def test_more_bits_never_cost_the_curve_and_psnr_can_be_asked_for(open_page, link_of):
    at = open_page("compression", model=DIGITS, error="psnr")
    assert link_of(at)["error"] == "psnr"
    points = model_curve(DIGITS)
    assert [p.bits for p in points] == [n * 6 for n in compression.DEPTHS]
    assert points[-1].mse < points[0].mse and all(p.entropy <= p.bits for p in points)


def test_the_decoder_pays_from_where_both_have_sent_as_much(open_page, table_of):
    at = open_page("compression", model=DIGITS)
    row = table_of(at, "Decoders, and when they pay")[zoo.card(DIGITS).title]
    decoder = int(row["Decoder (bytes)"].replace(",", ""))
    assert 0 < decoder < (zoo.PRETRAINED / DIGITS / zoo.WEIGHTS).stat().st_size
    file_bits = float(row["Cheapest file as good"].split()[1].replace(",", ""))
    code_bits = float(row["Bits an image ↓"])
    expected = 8 * decoder / (file_bits - code_bits)
    assert float(row["Pays from (images)"].replace(",", "")) == pytest.approx(expected, rel=0.01)


def test_bad_values_in_a_link_give_a_notice(open_page):
    at = open_page("compression", model=DIGITS, bits=40, error="ssim")
    assert len(at.warning) == 2 and not at.exception


def test_a_model_of_one_class_offers_another(open_page, small_zoo):
    at = open_page("compression", model="digits-oneclass-3")
    assert any("one class" in i.value for i in at.info)
    button = next(b for b in at.button if b.label.startswith("Choose"))
    button.click().run()
    assert not at.exception and at.get("plotly_chart")
