"""Compression: how many bits a code really takes, beside PCA and the picture files that everybody has."""

from __future__ import annotations

import streamlit as st

from explorer.figures import compression as figures
from explorer.figures.compression import AXIS, MSE
from explorer.metrics.principal import PrincipalComponents
from explorer.studies import compression as codec
from explorer.ui import classes, inputs, load, sidebar, widgets
from explorer.ui import compression as sent
from explorer.ui import compression_parts as parts
from explorer.ui.figure_cache import figure_of
from explorer.ui.picture_table import Pictures, picture_table
from explorer.ui.state import SHARED, View

chosen = sidebar.current()
view = View("compression")
card, data = chosen.card, chosen.dataset
widgets.header(
    "How many bits does a code really take?",
    "One image through every codec at about the same number of bits: look at which one is still the same "
    "picture.",
)

if load.images(data.id) is None:
    st.info("An error needs the originals, and those of this data set are not on this machine.")
    st.button("Show MNIST", on_click=View(SHARED).put, args=("data", "mnist"))
    widgets.fetch_offer(data)
    widgets.stop()
widgets.model_or_stop(card.id, with_class=True)
able = {each.id: each.title for each in sent.models(data.id)}
if card.id not in able:
    st.info(f"{card.title} has seen one class only, and here all are sent: choose a model of all classes.")
    if able:
        first_id = next((i for i in sidebar.FAVOURITES if i in able), next(iter(able)))
        st.button(f"Choose {able[first_id]}", on_click=View(SHARED).put, args=("model", first_id))
    widgets.stop()
pair = {parts.OURS: card.id} | ({"Second model": chosen.second_id} if chosen.second_id in able else {})
numbers = card.arguments["latent_dim"]
most = len(sent.components(data.id).axes)


@st.fragment
def one_image() -> None:
    """One image through each codec, at the same bits and at the same error; then all images."""
    left, right = st.columns([5, 2], gap="large")
    with right:
        bits = int(view.slider("bits", "Bits for each number", 1, 8, 4, 1))
        size = int(view.slider("size", "Numbers that PCA keeps", 1, most, min(numbers, most), 1))
        first = load.typical_image(card.id, len(data.label_names) // 2)
        given = inputs.pick(view, data, card.id, first=first)
        label = None
        if given.index is None:
            told = classes.choose(view, data, list(able), "Models that are told the class hear this one.")
            label = next((each for each in told.values() if each is not None), None)
    image = sent.OneImage(data.id, given)
    same_bits, same_error = parts.both_ways(image, pair, bits, size, label)
    with left:
        parts.table(same_bits, same_error)
    parts.bits_in_words(card.id, data, bits, same_bits[parts.OURS].bits)
    one_number(image, size, label)
    st.subheader("All images: error against bits", anchor=False)
    the_curve(bits)
    st.subheader("How small may the code be?", anchor=False)
    parts.ladder(image, able, label)


def one_number(image: sent.OneImage, size: int, label: int | None) -> None:
    """One number of each code moved: what PCA adds, what the model bends."""
    st.subheader("One number moved", anchor=False)
    left, right = st.columns([5, 2], gap="large")
    with right:
        last = max(2, min(8, numbers, size))
        which = int(view.slider("which", "Which number, by what it carries", 1, last, 1, 1))
        by = view.slider("by", "Moved by (standard deviations)", -3.0, 3.0, 1.5, 0.5)
    found = parts.moved_picture(data.id, card.id, image, size, which, by, label)
    with left:
        names = list(found)
        alts = [f"{name}: number {which} of its code" for name in names]
        shown = [Pictures("picture", list(found.values()), alts)]
        picture_table(
            names, shown, key="moved", label="One number moved in PCA and in the model", marked=None
        )
        st.caption("PCA adds or takes away a fixed picture, whatever the image; a decoder changes this one.")


def the_curve(bits: int) -> None:
    """Error against bits over held-out images, and the decoder's own size."""
    of = view.choice("error", "Error as", list(AXIS), MSE, kind="segmented", format_func=str.upper)
    depth = min(codec.DEPTHS, key=lambda d: (abs(d - bits), d))
    ours = {able[each]: sent.model_curve(each) for each in pair.values()}
    others = {}
    for model_id, title in able.items():
        if model_id not in pair.values() and load.cards()[model_id].arguments["latent_dim"] <= sent.LARGEST:
            others[title] = sent.model_point(model_id, depth)
    pca, files = sent.pca_curve(data.id, depth), sent.file_curves(data.id)
    figure = figure_of(figures.rate_distortion, pca, files, ours, others, depth, of)
    widgets.chart(figure, "compression-curve", "Error against bits an image")

    def rows() -> list[list]:
        return [
            *(["PCA", p.setting, depth, p.bits, p.entropy, p.mse, p.psnr] for p in pca),
            *([n, "", p.setting, p.bits, p.entropy, p.mse, p.psnr] for n, c in ours.items() for p in c),
            *([n, "", p.setting, p.bits, p.entropy, p.mse, p.psnr] for n, p in others.items()),
            *([k, "", p.setting, p.bits, "", p.mse, p.psnr] for k, c in files.items() for p in c),
        ]

    header = ["codec", "numbers", "setting", "bits an image", "entropy (bits)", "mse", "mean psnr"]
    widgets.data_button("compression-curve", header, rows)
    fitted, judged = (len(half) for half in sent.halves(data.id))
    lossless = next(p.bits for p in files["PNG"] if p.setting == 256)
    st.caption(
        f"Means over the same {min(sent.JUDGED, judged)} held-out images for all. Ranges and principal "
        f"components are those of {fitted:,} other held-out images; the models were trained on many more. "
        f"Lossless PNG has no place here: {lossless:,.0f} bits, no error. Entropies: each number by itself."
    )
    nearest = min(pca, key=lambda p: abs(p.setting - numbers))
    decoders = {able[i]: (sent.model_point(i, depth), sent.decoder_bytes(i)) for i in pair.values()}
    decoders[f"PCA, {nearest.setting} numbers"] = (nearest, sent.pca_bytes(data.id, nearest.setting))
    parts.both_sides(decoders, files)


@st.fragment
def code_size() -> None:
    """Error, and classes lost, against the size of the code."""
    pca = sent.pca_bottlenecks(data.id)
    found = {model_id: sent.model_bottleneck(model_id) for model_id in able}
    whole, sizes = sent.uncompressed(data.id), [p.size for p in pca]
    left, right = st.columns(2, gap="large")
    with left:
        models = {able[i]: (b.size, b.mse) for i, b in found.items()}
        said = ("Steep, a knee, flat", AXIS[MSE], True)
        figure = figure_of(
            figures.against_size, (sizes, [p.mse for p in pca]), models, card.title, None, *said
        )
        widgets.chart(figure, "compression-size", "Error against code size")
    with right:
        models = {able[i]: (b.size, 100 * b.lost) for i, b in found.items()}
        said = ("Which codes lose the class", "% read as another class", False)
        lost = [100 * p.lost for p in pca]
        figure = figure_of(figures.against_size, (sizes, lost), models, card.title, 100 * whole.lost, *said)
        widgets.chart(figure, "compression-class", "Images read as another class, against code size")
    widgets.data_button(
        "compression-size",
        ["codec", "numbers", "mse", "read as another class"],
        lambda: [
            *(["PCA", p.size, p.mse, p.lost] for p in pca),
            *([able[i], b.size, b.mse, b.lost] for i, b in found.items()),
        ],
    )
    st.markdown(parts.swaps_in_words(found, able, data.label_names))
    st.caption(
        f"Codes as floats, {whole.table.sum():,} held-out images. Read as: the vote of the 5 nearest of "
        f"{len(sent.halves(data.id)[0]):,} other originals, by pixels; it is wrong for "
        f"{100 * whole.lost:.1f} % of the images themselves."
    )


one_image()
code_size()

widgets.try_this(
    "Predict first: 4 bits a number instead of 32, what will you see? And at which number of bits does the "
    "picture become another one? Then set PCA to as many numbers as the model has: whose picture is more "
    "readable? From 32 numbers down to 16, 8 and 2: at which step does the class change?"
)


def symbols() -> str:
    """The formula with the numbers of the picture above."""
    bits = int(view.current("bits"))
    quantiser = codec.Quantiser.fit(load.gallery(card.id).z[sent.halves(data.id)[0]], bits)
    return (
        r"$z_j$ the $j$-th number of the code, $a_j$ and $b_j$ its least and largest value over one half of "
        r"the gallery, $n$ the bits for a number, $k_j$ the index of its cell, which is what is sent, "
        r"$\hat z_j$ what the decoder gets, $L$ the numbers in the code, $p_{jk}$ the share of images in "
        rf"cell $k$. Here $n = {bits}$, $L = {numbers}$, so $nL = {bits * numbers}$ bits; number 1 runs from "
        rf"${quantiser.low[0]:.3g}$ to ${quantiser.high[0]:.3g}$ in {2**bits} cells of width "
        rf"${quantiser.cell[0]:.3g}$, so it comes back wrong by at most ${quantiser.cell[0] / 2:.3g}$. "
        r"The same $n$ for every number is not the best: PCA does better with fewer bits for its small "
        "components (reverse water-filling; Cover & Thomas, section 10.3)."
    )


widgets.formula(
    r"k_j = \Big\lfloor 2^n \, \frac{z_j - a_j}{b_j - a_j} \Big\rfloor, \quad "
    r"\hat z_j = a_j + \frac{b_j - a_j}{2^n}\big(k_j + \tfrac12\big), \quad "
    r"\text{fixed: } nL \text{ bits}, \quad \text{entropy: } -\sum_{j,k} p_{jk} \log_2 p_{jk} \text{ bits}",
    symbols,
)
widgets.show_code(__file__, codec, PrincipalComponents)
widgets.card_panel(card)
