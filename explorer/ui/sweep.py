"""A section of Traversal: the same picture from fewer and fewer numbers, in three ways."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import latent
from explorer.figures import compression as figures
from explorer.ui import compression as sent
from explorer.ui import inputs, load, widgets
from explorer.ui.compression import OneImage, Sent
from explorer.ui.picture_table import Pictures, Texts, picture_table
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
    rows = []
    for way, by_size in found.items():
        cells = [by_size.get(size) for size in sizes]
        blank = np.full(given.image.shape[1:], 128, np.uint8)
        alts = [
            f"{way}, {n} numbers: " + (f"read as {c.read}" if c else "none")
            for n, c in zip(names, cells, strict=True)
        ]
        rows.append(Pictures(way, [c.picture if c else blank for c in cells], alts))
        rows.append(Texts("read as\nMSE ↓", [f"{c.read}\n{number(c.mse)}" if c else "–" for c in cells]))
    picture_table(
        names, rows, key="sweep", label="One input from codes of every size", marked=names.index(kept)
    )
    st.markdown(in_words(found, sizes[names.index(kept)]))
    figure = figures.by_size({way: {n: each.mse for n, each in line.items()} for way, line in found.items()})
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
    most = len(sent.components(dataset_id).axes)
    best = {size: name for size, name in sent.best_by_size(dataset_id).items() if size <= most}
    sizes = sorted({*(size for size in SIZES if size <= most), *best, whole})
    return {
        CUT: {k: cut_to(image, model_id, k, label) for k in sizes if k <= whole},
        TRAINED: {k: image.model(name, None, label) for k, name in best.items()},
        PCA: {k: image.pca(k, None) for k in sizes if k <= most},
    }


def cut_to(image: OneImage, model_id: str, kept: int, label: int | None) -> Sent:
    """The picture of a code of which only the `kept` numbers that carry most are sent."""
    z = sent.code_of(model_id, image.given, label)
    mean, _ = load.code_statistics(model_id)
    short = latent.keep(z, load.dimension_order(model_id)[0][:kept], mean)
    rebuilt = load.decoded(model_id, short, sent.told(model_id, image.given, label))
    return image.back(f"{kept} of {z.shape[1]}", 32 * kept, rebuilt)


def in_words(found: dict[str, dict[int, Sent]], size: int) -> str:
    """What so many numbers give in each way."""
    told = [
        f"{way}: error **{number(line[size].mse)}**, read as **{line[size].read}**"
        for way, line in found.items() if size in line
    ]  # fmt: skip
    return f"With {size:,}: " + "; ".join(told) + "."
