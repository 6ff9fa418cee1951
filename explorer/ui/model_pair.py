"""One model opened, or two side by side: facts, learning curves, the same pictures through both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import images, ladder, latent
from explorer.catalogue import abilities, comparable, reconstruction
from explorer.figures import curves
from explorer.figures.finished import Finished
from explorer.ui import load, widgets
from explorer.ui.metric_table import LETTERS, chip
from explorer.ui.picture_table import Heading, Pictures, Texts, picture_table
from explorer.ui.widgets import number
from explorer.ui.zoo_table import Facts, size
from explorer.zoo import ModelCard

EIGHT = 8
#: Page -> what it asks of a model.
PAGES = {
    "latent_map": lambda card: True,
    "traversal": lambda card: True,
    "interpolation": lambda card: True,
    "denoising": lambda card: "denoises" in abilities(card),
    "beta": lambda card: _on_ladder(card),
}


def facts(one: Facts, letter: str, partner: ModelCard | None) -> None:
    """What a model is, in words and numbers, and the pages that can use it, with the partner beside it."""
    card, kind = one.card, one.kind
    st.html(f'<h3 style="padding: 0">{chip(letter)} &nbsp;{card.title}</h3>')
    paper = "" if kind.paper is None else f" · [{kind.paper.text}]({kind.paper.url})"
    rise = "×".join(map(str, card.arguments["image_shape"][1:]))
    colour = " in colour" if card.arguments["image_shape"][0] == 3 else ""
    hidden = "-".join(map(str, card.arguments["widths"])) or "no hidden layer"
    st.markdown(
        f"**{kind.name}**{paper}  \n{kind.purpose}\n\n"
        f"- **Loss**: {kind.loss}\n"
        f"- **Data**: {load.dataset(card.dataset).title}, {rise} pixels{colour}"
        f"{_seen(card)}\n"
        f"- **Network**: {card.arguments['trunk_kind']} {hidden} → code of "
        f"{card.arguments['latent_dim']:,} numbers; {card.parameters:,} parameters, {size(one.megabytes)}\n"
        f"- **Training**: {card.epochs} epochs, {card.images_seen:,} images, "
        f"{number(card.wall_clock_seconds)} s on {card.device}"
    )
    with st.container(horizontal=True):
        st.markdown("Open in", width="content")
        for page, fits in PAGES.items():
            if fits(card):
                st.page_link(
                    f"explorer/pages/{page}.py",
                    query_params=link(card, partner),
                    icon=":material/arrow_forward:",
                )


def link(card: ModelCard, partner: ModelCard | None) -> dict[str, str]:
    """What a page's address needs to open a model, and beside it the partner if it is of the same data."""
    both = partner is not None and partner.dataset == card.dataset
    return {"data": card.dataset, "model": card.id} | ({"second": partner.id} if both else {})


def _seen(card: ModelCard) -> str:
    """What of the data set the training saw, where that is not all."""
    names = load.dataset(card.dataset).label_names
    chosen = ", ".join(names[c] for c in card.recipe.get("classes", ()))
    few = card.recipe.get("subset", 0)
    return (f", only those of class {chosen}" if chosen else "") + (f", only {few:,} of them" if few else "")


def _on_ladder(card: ModelCard) -> bool:
    return card.id in _ladder(card.dataset)


@st.cache_data(max_entries=16, show_spinner=False)
def _ladder(dataset_id: str) -> list[str]:
    """Ids of a data set's β ladder, if it has one of at least two models."""
    found = ladder.find(load.cards().values(), dataset_id)
    return [card.id for card in found.rungs] if found and len(found.rungs) > 1 else []


def learning(cards: Sequence[ModelCard]) -> None:
    """The learning curves: in one figure where both measure the same, else one beside the other."""
    st.subheader("How they learned" if len(cards) > 1 else "How it learned", anchor=False)
    for letter, card in zip(LETTERS, cards, strict=False):
        if card.recipe["corruptions"]:
            st.caption(f"{letter} is trained on noisy images; its held-out ones are clean.")
    if len(cards) > 1 and comparable(*cards):
        both = _together(*(c.id for c in cards))
        widgets.chart(both, "curve-both", "Learning curves of both models", file="learning-curves")
        return
    for letter, card, place in zip(LETTERS, cards, st.columns(len(cards), gap="large"), strict=False):
        title = f"{letter}: {card.title}" if len(cards) > 1 else "Learning curve"
        alt, file = f"Learning curve of {card.title}", f"{card.id}-learning-curve"
        widgets.chart(_alone(card.id, title), f"curve-{letter}", alt, place, file=file)
    if len(cards) > 1:
        first, second = (reconstruction(card) for card in cards)
        why = "other images" if first == second else f"“{first.name}” is not “{second.name}”"
        st.caption(f"Not on one axis: {why}, so the heights cannot be compared.")


@st.cache_resource(max_entries=128, show_spinner=False)
def _alone(model_id: str, title: str) -> Finished:
    figure = curves.learning_curve(load.cards()[model_id], title)
    return Finished(figure.update_xaxes(fixedrange=True).update_yaxes(fixedrange=True))


@st.cache_resource(max_entries=128, show_spinner=False)
def _together(first: str, second: str) -> Finished:
    return Finished(curves.reconstruction_curves([load.cards()[i] for i in (first, second)], LETTERS))


def pictures(cards: Sequence[ModelCard], seed: int) -> None:
    """The same eight gallery images through each model, and eight samples of each that can draw them."""
    usable = []
    for letter, card in zip(LETTERS, cards, strict=False):
        if problem := load.problem(card.id, with_class=True):
            st.error(f"{problem} So there are no pictures of it here.")
        else:
            usable.append((letter, card))
    for dataset_id in dict.fromkeys(card.dataset for _, card in usable):
        _table(dataset_id, [(letter, card) for letter, card in usable if card.dataset == dataset_id], seed)
    dumb = [f"{letter}, {card.title}," for letter, card in usable if "samples" not in abilities(card)]
    if dumb:
        has, its = ("has", "its") if len(dumb) == 1 else ("have", "their")
        st.caption(
            f"{' and '.join(dumb)} {has} no prior to draw codes from; a density fitted to {its} codes "
            "supplies one (page Generation)."
        )


def _table(dataset_id: str, lettered: Sequence[tuple[str, ModelCard]], seed: int) -> None:
    dataset = load.dataset(dataset_id)
    own = tuple(sorted({c for _, card in lettered for c in card.recipe.get("classes", ())}))
    indices, labels = eight(dataset_id, lettered[0][1].id, own)
    names = [dataset.label_names[label] for label in labels]
    split = load.images(dataset_id)
    rows: list[Heading | Pictures | Texts] = [Heading(f"{dataset.title}: the same eight images")]
    if split is None:
        widgets.fetch_offer(dataset)
        rows = [Heading(f"{dataset.title}: decodings of the codes of eight images")]
    else:
        rows.append(Pictures("input", list(split.images[indices]), [f"Input: {n}" for n in names]))
    for letter, card in lettered:
        rebuilt, error = rebuild(card.id, tuple(indices))
        alts = [f"{letter}, rebuilt: {name}" for name in names]
        rows.append(Pictures(f"{letter}\nrebuilt", list(rebuilt), alts))
        if error is not None:
            rows.append(Texts(f"{letter}\nerror ↓", [number(each) for each in error]))
    for letter, card in lettered:
        if "samples" in abilities(card):
            told = ", told the classes above" if "class" in abilities(card) else ""
            rows.append(Heading(f"{letter}: drawn from noise{told}"))
            alts = [f"{letter}, sample {i + 1}" for i in range(EIGHT)]
            rows.append(Pictures(f"{letter}\nsamples", list(samples(card.id, seed, tuple(labels))), alts))
    picture_table(
        names, rows, key=f"pair-{dataset_id}", label=f"Pictures of {dataset.title} through each model",
        marked=None,
    )  # fmt: skip
    if split is not None:
        st.caption("Error: squared error summed over the pixels of the image above it.")


@st.cache_data(max_entries=64, show_spinner=False)
def eight(dataset_id: str, model_id: str, own: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Gallery indices and labels of eight images: the first of each class, then the second …

    Half of them are of the classes `own`, of models that have seen no others.
    """
    split = load.images(dataset_id)
    labels = load.gallery(model_id).labels if split is None else split.labels
    rank = np.zeros(len(labels), int)  # 0 for the first image of its class, 1 for the second …
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        rank[members] = np.arange(len(members))
    order = np.lexsort((labels, rank))
    if own:
        known = np.isin(labels[order], own)
        order = np.concatenate([order[known][: EIGHT // 2], order[~known][: EIGHT - EIGHT // 2]])
    chosen = sorted(order[:EIGHT].tolist(), key=lambda i: (labels[i] not in own, labels[i]))
    return chosen, [int(labels[i]) for i in chosen]


@st.cache_resource(max_entries=128, show_spinner=False)
def rebuild(model_id: str, indices: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray | None]:
    """Reconstructions uint8 (N, C, H, W) of gallery images and their squared errors (N,), None where the
    originals are not on this machine and the stored codes are decoded. Not to be written to."""
    chosen, model = list(indices), load.model(model_id)
    split = load.images(load.cards()[model_id].dataset)
    if split is None:
        stored = load.gallery(model_id)
        return images.to_uint8(latent.decode(model, stored.z[chosen], labels=stored.labels[chosen])), None
    x, labels = split.pixels(np.array(chosen)), split.labels[chosen]
    z = latent.encode(model, x, labels)[0]
    error = np.square(x - latent.decode(model, z, clip=False, labels=labels)).sum(axis=(1, 2, 3))
    return images.to_uint8(latent.decode(model, z, labels=labels)), error


@st.cache_resource(max_entries=256, show_spinner=False)
def samples(model_id: str, seed: int, labels: tuple[int, ...]) -> np.ndarray:
    """Eight samples uint8 (8, C, H, W) of a model with a prior; the same noise for all codes of one length.

    Not to be written to.
    """
    model = load.model(model_id)
    z = latent.prior_samples(EIGHT, model.latent_dim, seed)
    return images.to_uint8(latent.decode(model, z, labels=np.array(labels) if model.label_count else None))
