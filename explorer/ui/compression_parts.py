"""Parts of the page on compression: one image as a table, bits in words, decoder sizes, swapped classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.datasets import Dataset
from explorer.studies import compression as codec
from explorer.studies.compression import Point
from explorer.ui import compression as sent
from explorer.ui import load, widgets
from explorer.ui.compression import Bottleneck, Sent
from explorer.ui.number_table import number_table
from explorer.ui.picture_table import Heading, Pictures, Texts, picture_table
from explorer.ui.widgets import number

OURS = "This model"


def both_ways(
    image: sent.OneImage, pair: Mapping[str, str], bits: int, size: int, label: int | None
) -> tuple[dict[str, Sent], dict[str, Sent | None]]:
    """One image through every codec: as near as it gets to the bits of this model; at most its error."""
    through = {name: image.model(each, bits, label) for name, each in pair.items()}
    target, original = through[OURS], image.original()
    same_bits = {"Original": original, "PCA": image.pca(size, bits)} | through
    same_error = {"Original": original, "PCA": image.pca_as_good_as(target.mse, bits)}
    same_error |= {name: each if each.mse <= target.mse else None for name, each in through.items()}
    for kind in codec.SETTINGS:
        made = image.files(kind)
        same_bits[kind] = image.file(kind, codec.nearest_in_bits(made, target.bits))
        cheapest = codec.cheapest(made, target.mse)
        same_error[kind] = image.file(kind, cheapest) if cheapest else None
    return same_bits, same_error


def table(same_bits: Mapping[str, Sent], same_error: Mapping[str, Sent | None]) -> None:
    """Both comparisons; a column is a codec."""
    names = list(same_bits)
    rows = [Heading("As near as it gets to the bits of this model"), *_rows(list(same_bits.values()), names)]
    rows.append(Heading("The fewest bits for at most this model's error"))
    nothing = np.full_like(same_bits["Original"].picture, 128)
    found = list(same_error.values())
    pictures = [nothing if each is None else each.picture for each in found]
    alts = [
        f"{name}: {'no setting is good enough' if each is None else each.how}"
        for name, each in same_error.items()
    ]
    rows += [Pictures("picture", pictures, alts), Texts("bits ↓\nsetting", [_bits(each) for each in found])]
    label = "One image through each codec; columns are codecs"
    picture_table(names, rows, key="codecs", label=label, marked=names.index(OURS))
    columns = ["comparison", "codec", "setting", "bits", "mse", "read as"]
    widgets.data_button("image", columns, lambda: _table(same_bits, same_error), "compression-image.csv")


def _bits(each: Sent | None) -> str:
    """Bits and setting, or that there are none."""
    return "none\nis as good" if each is None else f"{each.bits:,.0f}\n{each.how}"


def _error(each: Sent) -> str:
    psnr = "∞" if each.mse == 0 else f"{-10 * np.log10(each.mse):.1f} dB"
    return f"{psnr}\n{number(each.mse)}"


def _rows(shown: Sequence[Sent], names: Sequence[str]) -> list[Pictures | Texts]:
    """Pictures, bits, error and the class that is read."""
    alts = [f"{name}: {each.how}, read as {each.read}" for name, each in zip(names, shown, strict=True)]
    return [
        Pictures("picture", [each.picture for each in shown], alts),
        Texts("bits\nsetting", [_bits(each) for each in shown]),
        Texts("PSNR ↑\nMSE ↓", [_error(each) for each in shown]),
        Texts("read as", [each.read for each in shown]),
    ]


def _table(same_bits: Mapping[str, Sent], same_error: Mapping[str, Sent | None]) -> list[list]:
    return [
        [what, name, each.how, each.bits, each.mse, each.read]
        for what, found in (("same bits", same_bits), ("same error", same_error))
        for name, each in found.items()
        if each is not None
    ]


def bits_in_words(model_id: str, dataset: Dataset, bits: int, total: float) -> None:
    """What the numbers of bits hold, and what they leave out."""
    numbers = load.cards()[model_id].arguments["latent_dim"]
    needed, count = sent.entropy_at(model_id, bits)
    extra = " and the class" * bool(sent.class_bits(model_id))
    st.markdown(
        f"{numbers:,} numbers as floats are {32 * numbers:,} bits; with {bits} bits each{extra} they are "
        f"**{total:,.0f}**. An ideal code of these cells takes **{needed:,.0f} bits** on average: a fixed "
        "length wastes the rest."
    )
    empty = ", ".join(f"{kind} {size:,}" for kind, size in sent.empty_files(dataset.image_shape).items())
    height, width = dataset.image_shape[1:]
    low = " So few images make an entropy look too low." if count < 20 * 2**bits else ""
    st.caption(
        f"A file is counted whole, headers and tables included, as Pillow writes it. At {width} × {height} "
        f"pixels that matters: an all-black image takes {empty} bits. A code is counted without any "
        f"container, and without its decoder: see below. The entropy is that of {count:,} images.{low}"
    )


def both_sides(at: Mapping[str, tuple[Point, int]], files: Mapping[str, list[Point]]) -> None:
    """Decoders' own sizes, and from how many images on they pay; `at`: point and decoder bytes by name."""
    st.subheader("What both sides must have beforehand", anchor=False)
    rows, table = [], []
    for name, (now, decoder) in at.items():
        reach = {kind: codec.cheapest(curve, now.mse) for kind, curve in files.items()}
        kind = min((k for k, p in reach.items() if p), key=lambda k: reach[k].bits)
        pays = codec.break_even(8 * decoder, now.bits, reach[kind].bits)
        table.append([name, now.bits, now.mse, decoder, kind, reach[kind].bits, pays])
        rows.append((
            name, f"{now.bits:,.0f}", number(now.mse), f"{decoder:,}",
            f"{kind}, {reach[kind].bits:,.0f} bits",
            f"{np.ceil(pays):,.0f}" if np.isfinite(pays) else "never",
        ))  # fmt: skip
    heads = (
        "Codec", "Bits an image ↓", "MSE ↓", "Decoder (bytes)", "Cheapest file as good", "Pays from (images)",
    )  # fmt: skip
    number_table(heads, rows, label="Decoders, and when they pay")
    header = ["codec", "bits an image", "mse", "decoder bytes", "file", "file bits", "pays from"]
    widgets.data_button("compression-decoders", header, lambda: table)
    st.caption(
        "A model's decoder as its weights file stores it, with two floats a number for the ranges; PCA as "
        "32-bit floats. Pays from: the decoder's bits over what a code saves against the cheapest file that "
        "is at least as good."
    )


def sent_rows(title: str, columns: Sequence[str], cells: Sequence[Sent | None]) -> list[Pictures | Texts]:
    """Two rows of a picture table: what came back in each column, and as what it is read with which error."""
    blank = np.full(next(each for each in cells if each).picture.shape, 128, np.uint8)
    read = [f"read as {each.read}" if each else "none" for each in cells]
    alts = [f"{title}, {column}: {said}" for column, said in zip(columns, read, strict=True)]
    return [
        Pictures(title, [each.picture if each else blank for each in cells], alts),
        Texts("read as\nMSE ↓", [f"{each.read}\n{number(each.mse)}" if each else "–" for each in cells]),
    ]


def ladder(image: sent.OneImage, able: Mapping[str, str], label: int | None) -> None:
    """One image through codes of every size that a model has, with PCA of that size above."""
    best = sent.best_by_size(image.dataset_id)
    if not best:
        return
    sizes = sorted(best)
    names = [f"{size} numbers" for size in sizes]
    rows = sent_rows("PCA", names, [image.pca(size, None) for size in sizes])
    rows += sent_rows("model", names, [image.model(best[size], None, label) for size in sizes])
    picture_table(names, rows, key="sizes", label="One image through codes of every size", marked=None)
    st.caption(
        "Of the models of a size the one with the lowest error: "
        + "; ".join(f"{size}: {able[best[size]]}" for size in sizes)
        + ". Numbers as floats."
    )


def swaps_in_words(found: Mapping[str, Bottleneck], able: Mapping[str, str], names: Sequence[str]) -> str:
    """Which classes swap in the smallest code."""
    smallest = min(found, key=lambda i: (found[i].size, found[i].mse))
    here = found[smallest]
    pairs = [f"{names[a]} → {names[b]} ({100 * share:.0f} %)" for a, b, share in sent.swaps(here)]
    return (
        f"**{able[smallest]}**, {here.size} numbers: {100 * here.lost:.0f} % of the images come back as "
        f"another class, most often {', '.join(pairs)} of the first class's images."
    )


def moved_picture(
    dataset_id: str, model_id: str, image: sent.OneImage, size: int, which: int, by: float, label: int | None
) -> dict[str, np.ndarray]:
    """Question 7's second step: one number of each code moved by so many of its standard deviations.

    Pictures uint8 (C, H, W), by name: PCA and the model, each before and after; and the change, signed.
    """
    part = codec.cut(sent.components(dataset_id), size)
    score = part.project(image.x)
    z = sent.code_of(model_id, image.given, label)
    spreads = sent.scores(dataset_id)[0][:, :size].std(axis=0), load.code_statistics(model_id)[1]
    order = load.dimension_order(model_id)[0]
    places = min(which, size) - 1, order[min(which, len(order)) - 1]
    shape = image.x.shape[1:]
    found = {}
    for name, code, spread, place in zip(("PCA", OURS), (score, z), spreads, places, strict=True):
        both = np.repeat(code, 2, axis=0)
        both[1, place] += by * spread[place]
        if name == "PCA":
            pictures = codec.pca_decode(part, both, shape)
        else:
            told = sent.told(model_id, image.given, label)
            labels = None if told is None else np.full(2, told)
            pictures = latent.decode(load.model(model_id), both.astype(np.float32), labels=labels)
        found[name], found[f"{name}, moved"] = images.to_uint8(pictures.astype(np.float32))
    return found
