"""Two experiments of the posterior collapse lab: dimensions at a floor, and the linear VAE."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import images, latent
from explorer.datasets import Dataset
from explorer.figures import collapse as figures
from explorer.studies import collapse, linear_vae
from explorer.ui import collapse_text, load, widgets
from explorer.ui.figure_cache import figure_of
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import View
from explorer.zoo import ModelCard

STEPS = np.linspace(-3.0, 3.0, 7)
LINEAR_DIMENSIONS, MOST_DIMENSIONS = 32, 64
MANY_PIXELS, FEW_IMAGES = 1100, 600  # with more pixels fewer images: the eigenvalues take their cube


@st.fragment
def floors(view: View, dataset: Dataset, runs: Sequence[ModelCard]) -> None:
    """KL against information of each dimension, and what moving one does; `run` and `probe` in the view."""
    by_id = {card.id: card for card in runs}
    opening = max(runs, key=lambda card: len(collapse.at_the_floor(card)))
    left, right = st.columns([3, 2], gap="large")
    picked = view.choice(
        "run", "Run", list(by_id), opening.id, place=right, format_func=lambda m: collapse.name(by_id[m])
    )
    card = by_id[picked]
    found = collapse.dimensions(card)
    facts = {index: (kl, told) for index, kl, told in found}
    first = min(collapse.at_the_floor(card) or [found[-1][0]], key=lambda index: facts[index][1])
    names = [f"z{index + 1}" for index, _, _ in found]
    probe = view.choice("probe", "Dimension to move", names, f"z{first + 1}", place=right)
    moved, largest = found[names.index(probe)][0], found[0][0]
    widgets.chart(
        figure_of(figures.kl_and_information, card, moved), "collapse-floor", "KL and information", left
    )
    heads = ["dimension", collapse.KL, collapse.TOLD]
    rows = lambda: [[f"z{index + 1}", kl, told] for index, kl, told in found]  # noqa: E731
    widgets.data_button("floor", heads, rows, f"{card.id}-dimensions.csv", left)
    changes = _films(dataset, card, (moved, largest))
    right.markdown(collapse_text.probed(moved, facts[moved], changes[0], largest, changes[1]))


def _films(dataset: Dataset, card: ModelCard, dimensions: Sequence[int]) -> list[float]:
    """A row of pictures for each dimension moved from −3 to 3; the mean change of a pixel from end to end."""
    z = load.gallery(card.id).z[load.typical_image(card.id, len(dataset.label_names) // 3)]
    films = [images.to_uint8(load.decoded(card.id, latent.traverse(z, i, STEPS))) for i in dimensions]
    columns = [f"{step:+.0f}".replace("-", "−") if step else "0" for step in STEPS]
    rows = [
        Pictures(f"z{index + 1}", list(frames), [f"z{index + 1} at {column}" for column in columns])
        for index, frames in zip(dimensions, films, strict=True)
    ]
    label = "The dimension moved, and the largest one beneath it"
    picture_table(columns, rows, key="floor", label=label, marked=None)
    return [float(np.abs(frames[-1].astype(float) - frames[0]).mean() / 255) for frames in films]


@st.cache_data(max_entries=16, show_spinner="Computing the principal variances")
def variances(dataset_id: str) -> tuple[np.ndarray, int]:
    """Eigenvalues of the gallery's originals, and of how many images."""
    pixels = load.images(dataset_id).images
    some = pixels if pixels[0].size <= MANY_PIXELS else pixels[:: max(1, -(-len(pixels) // FEW_IMAGES))]
    return linear_vae.eigenvalues(some / np.float32(255)), len(some)


@st.fragment
def linear(view: View, dataset: Dataset) -> None:
    """Which principal directions a linear VAE keeps, as the decoder's noise moves; `size` and `noise` in the
    view."""
    if load.images(dataset.id) is None:
        st.caption("This panel measures the originals, which are not on this machine.")
        widgets.fetch_offer(dataset)
        return
    lambdas, count = variances(dataset.id)
    most = min(MOST_DIMENSIONS, len(lambdas) // 2)
    left, right = st.columns([3, 2], gap="large")
    with right:
        size = int(view.slider("size", "Numbers in the code", 2, most, min(LINEAR_DIMENSIONS, most), 1))
        best = linear_vae.best_noise(lambdas, size)
        noise = view.slider("noise", "Standard deviation of a pixel's noise", 0.02, 2.5, 0.71, 0.01)
        likeliest = min(2.5, max(0.02, round(best**0.5, 2)))
        st.button("Take the likeliest noise", on_click=lambda: view.put("noise", likeliest))
    fitted = linear_vae.fit(lambdas, noise**2, size)
    chart = figure_of(figures.eigenvalues, lambdas, noise**2, size)
    widgets.chart(chart, "collapse-linear", "Variances of the data, and the decoder's noise", left)
    right.markdown(collapse_text.linear(fitted, noise, best, size, len(lambdas)))
    heads = ["direction", "variance", "kl_at_this_noise"]
    rows = lambda: ((i + 1, lambdas[i], fitted.kl[i]) for i in range(size))  # noqa: E731
    widgets.data_button("linear", heads, rows, f"{dataset.id}-variances.csv", left)
    left.caption(f"{count:,} gallery images, {len(lambdas):,} pixels; in closed form, nothing is trained.")
