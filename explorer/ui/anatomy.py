"""The Anatomy page's state: which models its buttons offer, which image, posterior and draw it shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from explorer import catalogue, latent, loss_terms, zoo
from explorer.datasets import Dataset
from explorer.live.anatomy import BoxWords, Second
from explorer.live.cursor import LiveModel, rounded
from explorer.models import Autoencoder
from explorer.studies import anatomy
from explorer.ui import inputs, load
from explorer.ui.sidebar import FAVOURITES
from explorer.ui.state import SHARED, View

#: The families that the buttons offer, from the plain network to what builds on it.
KINDS = ("Autoencoder", "Denoising", "Sparse", "VAE", "Conditional VAE")
OWN_CLASS = "the image's own"
MARKS = {"changed": "changed", "new": "new", "gone": "gone", "size": "other size", "same": ""}
TITLES = {
    "input": "Image x", "encoder": "Encoder", "mean": "Mean μ", "std": "Std σ", "eps": "Noise ε",
    "code": "Code z", "decoder": "Decoder", "output": "Output x̂",
    "reconstruction": "Reconstruction", "regularizer": "KL", "loss": "Loss",
}  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """One image on its way: what goes in, its posterior (L,), the noise of the draw and the code.

    `label` is the class that the model is told, None for a model that is told none; `digest` tells passages
    apart whose code may not be carried over.
    """

    model_id: str
    given: inputs.Input
    label: int | None
    mean: np.ndarray
    logvar: np.ndarray | None
    eps: np.ndarray | None
    noise: bool
    digest: str
    code: np.ndarray

    @property
    def model(self) -> Autoencoder:
        """The model, as everybody has it: nothing may be written to it."""
        return load.model(self.model_id)

    @property
    def card(self) -> zoo.ModelCard:
        return load.cards()[self.model_id]

    @property
    def std(self) -> np.ndarray | None:
        return None if self.logvar is None else np.exp(0.5 * self.logvar)

    @property
    def labels(self) -> np.ndarray | None:
        return None if self.label is None else np.array([self.label])

    @property
    def drawn(self) -> np.ndarray:
        """z of the draw, or the mean: where the sliders start."""
        return self.mean if self.eps is None or not self.noise else self.mean + self.std * self.eps

    @property
    def picture(self) -> np.ndarray:
        """What the code decodes to, (C, H, W) in [0, 1]."""
        return load.decoded(self.model_id, self.code[None], self.label)[0]

    def at(self, code: np.ndarray) -> Passage:
        """The same image with another code."""
        return replace(self, code=np.asarray(code, np.float32))


def offered(dataset_id: str) -> dict[str, str]:
    """Kind -> the model that its button chooses, of those that can be used; see `KINDS`."""
    cards = [c for c in load.cards().values() if c.dataset == dataset_id and not c.group and c.gallery_sha256]
    found = {}
    for name in KINDS:
        of_kind = sorted((c for c in cards if kind_of(c) == name), key=_rank)
        able = (c.id for c in of_kind if load.problem(c.id, with_class=True) is None)
        if first := next(able, None):  # no more are loaded than buttons need: this page opens first
            found[name] = first
    return found


def kind_of(card: zoo.ModelCard) -> str | None:
    """Which of `KINDS` a model is, None for another."""
    if card.recipe["corruptions"]:
        return "Denoising"
    if card.family == "sparse" and not card.arguments.get("weight"):
        return None  # overcomplete, and nothing that keeps it sparse
    if card.family == "autoencoder" and not card.arguments["widths"]:
        return None  # linear
    if card.family == "vae" and card.arguments["beta"] != 1:
        return None
    return dict(autoencoder="Autoencoder", sparse="Sparse", vae="VAE", conditional="Conditional VAE").get(
        card.family
    )


def _rank(card: zoo.ModelCard) -> tuple:
    """What opens first, then convolutional networks, so that most boxes stay the same."""
    a = card.arguments
    size = a["latent_dim"] if card.family == "sparse" else -a["latent_dim"]
    return card.id not in FAVOURITES, a.get("penalty") == "kl", a["trunk_kind"] != "conv", size, card.id


def model_row(view: View, dataset: Dataset, now: zoo.ModelCard) -> zoo.ModelCard | None:
    """Buttons that change the shared model; returns the model that was shown before, None for none."""
    choices = offered(dataset.id)

    def check(model_id: str) -> str | None:
        known = load.cards().get(model_id)
        fine = not model_id or (known is not None and known.dataset == dataset.id)
        return None if fine else "no such model is here to compare with"

    def choose(model_id: str) -> None:
        view.put("before", now.id)
        View(SHARED).put("model", model_id)

    before = view.get("before", "", check)
    with st.container(horizontal=True, gap="small", key="anatomy-models"):
        for name, model_id in choices.items():
            here = kind_of(now) == name
            target = now.id if here else model_id
            st.button(
                name,
                key=f"anatomy-kind-{name}",
                type="primary" if here else "secondary",
                on_click=partial(choose, target),
                help=load.cards()[target].title,
            )
    if not before or before == now.id:
        return None
    st.caption(f"Marked: what differs from {load.cards()[before].title}.")
    return load.cards()[before]


def told(view: View, dataset: Dataset, model: Autoencoder, index: int | None) -> int | None:
    """The class that a conditional model is told: the gallery image's own, or one that the reader names.

    −1 stands for the image's own class, which `passage` looks up; None for a model that is told none.
    """
    if not model.label_count:
        return None
    names = list(dataset.label_names)
    options = names if index is None else [OWN_CLASS, *names]
    said = view.choice("told", "Class that the model is told", options, options[0])
    if said == OWN_CLASS:
        return -1
    return names.index(said)


def passage(
    view: View, model_id: str, given: inputs.Input, label: int | None, noise: bool, seed: int
) -> Passage:
    """Encode the image, draw its noise, and take over a code that was moved by hand."""
    model = load.model(model_id)
    if given.index is not None and label == -1:
        label = int(load.gallery(model_id).labels[given.index])
    if given.image is None:
        mean, logvar = inputs.encode(model_id, given)
    else:
        means, logvars = latent.encode(model, given.image, None if label is None else np.array([label]))
        mean, logvar = means[0], None if logvars is None else logvars[0]
    eps = None if logvar is None else latent.prior_samples(1, model.latent_dim, seed)[0]
    which = str(given.index).encode() if given.image is None else given.image.tobytes()
    name = hashlib.sha256(f"{model_id} {label} {noise} {seed} ".encode() + which).hexdigest()[:8]
    found = Passage(model_id, given, label, mean, logvar, eps, noise, name, mean)
    return found.at(_code(view, found))


def rows(found: Passage) -> list[int]:
    """The dimensions as the boxes list them: by what they carry, of a sparse code those that are at work."""
    if found.model.family == "sparse":
        return np.argsort(-np.abs(found.mean), kind="stable").tolist()
    return load.dimension_order(found.model_id)[0]


def again(found: Passage, count: int) -> str:
    """What encoding the image once more gives, and how long the noise of this draw is."""
    length = float(np.linalg.norm(found.eps))
    usual = np.sqrt(len(found.eps))
    text = f"‖ε‖ = {length:.2f}; draws of {len(found.eps)} numbers are about {usual:.1f} long."
    if count == 1 or found.given.image is None:
        return text
    mean, logvar = latent.encode(found.model, found.given.image, found.labels)
    off = max(float(np.abs(mean[0] - found.mean).max()), float(np.abs(logvar[0] - found.logvar).max()))
    return f"Encoded {count} times: the largest difference in μ and ln σ² is **{off:g}**. {text}"


def _code(view: View, found: Passage) -> list[float]:
    """The code on screen: what a hand made of this draw, else the draw itself."""
    size = len(found.mean)

    def check(values: list) -> str | None:
        fine = len(values) in (0, size) and all(np.isfinite(float(v)) for v in values)
        return None if fine else f"this model's code has {size} numbers"

    moved, base = view.get("z", [], check), view.get("base", "")
    if len(moved) != size or base not in ("", found.digest):
        moved = []
        view.put("z", moved)
    view.put("base", found.digest)
    return rounded(moved or found.drawn)


def second_term(model: Autoencoder) -> Second:
    """How the browser comes to the loss's second term."""
    if model.variational:
        return "kl"
    if model.family == "sparse" and model.penalty == "l1":
        return "l1"
    return "stored" if model.family in anatomy.PENALTIES else "none"


def stored_terms(found: Passage, live: LiveModel) -> dict[str, float]:
    """The terms that only Python can compute: of a decoder that the browser cannot run, of some penalties."""
    image, terms = found.given.image, {}
    if image is None:
        return terms
    if live.refused:
        code = found.code[None]
        terms["reconstruction"] = float(loss_terms.reconstruction(found.model, image, code, found.labels)[0])
    if second_term(found.model) == "stored":
        terms["regularizer"] = loss_terms.penalty(found.model, image)
    return terms


def unit(card: zoo.ModelCard) -> str:
    """The unit of the loss's terms."""
    return "nats" if catalogue.reconstruction(card).unit == catalogue.NATS else ""


def box_words(card: zoo.ModelCard, before: zoo.ModelCard | None) -> dict[str, BoxWords]:
    """What stands on each box of the diagram."""
    parts, changes = anatomy.parts(card), anatomy.changes(before, card)
    titles = dict(TITLES)
    if parts["std"] is None:
        titles |= {"mean": "Code", "code": "Code z"}
    if parts["regularizer"] is not None and second_term(load.model(card.id)) != "kl":
        titles["regularizer"] = "Penalty"
    funnels = dict(zip(("encoder", "decoder"), _funnels(card.id), strict=True))
    return {
        name: BoxWords(
            titles[name],
            _note(name, part),
            funnels.get(name, ()),
            MARKS[changes[name]],
            changes[name],
            part is None,
        )
        for name, part in parts.items()
    }


def _note(name: str, part: anatomy.Part | None) -> str:
    if part is None:
        return "not in this model"
    sized = name in ("input", "mean", "regularizer") and part.size
    return f"{part.what}, {part.size}" if sized else part.what


@st.cache_data(max_entries=64, show_spinner=False)
def _funnels(model_id: str) -> list[list[tuple[str, float]]]:
    """Of encoder and decoder: what leaves each stage, and its bar's width, by the logarithm of its size."""
    model = load.model(model_id)
    label = 0 if model.label_count else None
    found, longest = [], np.log(np.prod(model.image_shape) * 64)
    for rows, first in zip(
        anatomy.networks(model, label), (model.image_shape, (model.latent_dim,)), strict=True
    ):
        stages = [first, *(row.shape for row in rows if row.weights)]
        if rows and rows[-1].shape != stages[-1]:
            stages.append(rows[-1].shape)
        found.append([
            ("×".join(map(str, each)), float(min(1.0, (1 + np.log(np.prod(each))) / longest)))
            for each in stages
        ])  # fmt: skip
    return found
