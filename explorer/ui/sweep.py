"""A section of Traversal: the same picture from fewer and fewer numbers, in three ways."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import latent
from explorer.figures import compression as figures
from explorer.ui import compression as sent
from explorer.ui import inputs, load, widgets
from explorer.ui.compression import OneImage, Sent
from explorer.ui.compression_parts import sent_rows
from explorer.ui.figure_cache import figure_of
from explorer.ui.picture_table import picture_table
from explorer.ui.state import View
from explorer.ui.widgets import number

SIZES = (1, 2, 4, 8, 16, 32, 64)
CUT, TRAINED, PCA = "this code, cut", "trained with so few", "PCA"


def section(view: View, model_id: str, given: inputs.Input | None, label: int | None) -> None:
    """A switch; below it one input at every code size: this code cut short, other models, and PCA."""
    if not view.toggle("sweep", "Fewer numbers: how small may the code be?", False):
        return
    card = load.cards()[model_id]
    if given is None or given.image is None or load.images(card.dataset) is None:
        st.info("This compares with the original: start from an input whose original is on this machine.")
        return
    found = at_sizes(model_id, given, label)
    sizes = sorted({size for each in found.values() for size in each})
    first = max((s for s in sizes if s <= card.arguments["latent_dim"] // 4), default=sizes[0])
    names = [f"{size:,}" for size in sizes]
    kept = view.choice("kept", "Numbers in the code", names, f"{first:,}", kind="segmented")
    columns, rows = [f"{name} numbers" for name in names], []
    for way, by_size in found.items():
        rows += sent_rows(way, columns, [by_size.get(size) for size in sizes])
    picture_table(
        names, rows, key="sweep", label="One input from codes of every size", marked=names.index(kept)
    )
    st.markdown(in_words(found, sizes[names.index(kept)]))
    figure = figure_of(
        figures.by_size, {way: {n: each.mse for n, each in line.items()} for way, line in found.items()}
    )
    widgets.chart(figure, "traversal-sweep", "Error against the numbers in the code", file="code-size")
    st.caption(
        f"**{CUT.capitalize()}**: the largest numbers of this code by what they carry, the others at their "
        f"mean. **{TRAINED.capitalize()}**: of this data set's models with such a code, the one with the "
        "lowest error. Read as: the vote of the 5 nearest originals. All images: page Compression."
    )


def at_sizes(model_id: str, given: inputs.Input, label: int | None) -> dict[str, dict[int, Sent]]:
    """What comes back of one input, by way and code size."""
    dataset_id, whole = load.cards()[model_id].dataset, load.model(model_id).latent_dim
    image = OneImage(dataset_id, given)
    best, most = sent.best_by_size(dataset_id), len(sent.components(dataset_id).axes)
    sizes = sorted({*(size for size in SIZES if size <= most), *best, whole})
    return {
        CUT: cuts(image, model_id, [k for k in sizes if k <= whole], label),
        TRAINED: {k: image.model(name, None, label) for k, name in best.items()},
        PCA: {k: image.pca(k, None) for k in sizes if k <= most},
    }


def cuts(image: OneImage, model_id: str, sizes: list[int], label: int | None) -> dict[int, Sent]:
    """The pictures of a code of which only the numbers that carry most are sent, by how many."""
    z, (mean, _) = sent.code_of(model_id, image.given, label), load.code_statistics(model_id)
    order, told = load.dimension_order(model_id)[0], sent.told(model_id, image.given, label)
    codes = np.concatenate([latent.keep(z, order[:kept], mean) for kept in sizes])
    pictures = load.decoded(model_id, codes, told)
    how = [f"{kept} of {z.shape[1]}" for kept in sizes]
    return {k: image.back(how[i], 32 * k, pictures[i : i + 1]) for i, k in enumerate(sizes)}


def in_words(found: dict[str, dict[int, Sent]], size: int) -> str:
    """What so many numbers give in each way."""
    told = [
        f"{way}: error **{number(line[size].mse)}**, read as **{line[size].read}**"
        for way, line in found.items() if size in line
    ]  # fmt: skip
    return f"With {size:,}: " + "; ".join(told) + "."
