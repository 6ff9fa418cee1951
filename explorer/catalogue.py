"""What a checkpoint is and what one can do with it, read from its card alone: no weights are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from explorer import zoo
from explorer.models import Paper, families
from explorer.zoo import ModelCard

#: What a model can do besides encoding and decoding, which all can.
ABILITIES = {
    "samples": "has a prior to draw from",
    "class": "takes a class",
    "denoises": "denoises",
    "anomalies": "finds anomalies",
    "browser": "runs in the browser",
}

NATS = "nats per image"


@dataclass(frozen=True)
class Kind:
    """A kind of model in words: its name, what it is for, its loss, and where it was proposed."""

    name: str
    purpose: str
    loss: str
    paper: Paper | None = None


class Term(NamedTuple):
    """What a reconstruction error is called, and its unit."""

    name: str
    unit: str


#: Family -> words. A family without an entry is described by its docstring's first line.
_FAMILIES = {
    "autoencoder": Kind(
        "Autoencoder", "Squeezes an image through a short code and rebuilds it.", "summed squared error"
    ),
    "sparse": Kind(
        "Sparse autoencoder",
        "Has many units and a price on using them: for each image (L1), or for each unit's average (KL).",
        "squared error + weight · price on using units",
    ),
    "contractive": Kind(
        "Contractive autoencoder",
        "Keeps its code still where the image moves a little.",
        "squared error + weight · ‖∂z/∂x‖²",
    ),
    "stacked": Kind(
        "Stacked denoising autoencoder",
        "Is built layer by layer without labels, as a start for a classifier.",
        "squared error, layer by layer, then of the whole",
    ),
    "dropout": Kind(
        "Autoencoder with dropout",
        "Lets no unit rely on the others being there.",
        "summed squared error, hidden units dropped at random",
    ),
    "vae": Kind("VAE", "Draws new images: a code of plain noise decodes to a picture.", "cross-entropy + KL"),
    "conditional": Kind(
        "Conditional VAE",
        "Draws a class that you name; the code is left with everything else, such as style.",
        "cross-entropy + KL, both networks told the class",
    ),
    "iwae": Kind(
        "Importance-weighted autoencoder",
        "Is trained on a tighter bound of the likelihood than a VAE's.",
        "−log of the mean of k importance weights",
    ),
    "scheduled": Kind(
        "VAE with a scheduled KL",
        "Changes how the KL is charged over the training: a weight that rises, or a floor below which it is "
        "free.",
        "cross-entropy + β · w · Σ max(λ, KL)",
    ),
    "rows": Kind(
        "VAE with an autoregressive decoder",
        "Shows posterior collapse: its decoder can do without the code.",
        "cross-entropy, row after row, + β · w · Σ max(λ, KL)",
    ),
    "annealed": Kind(
        "VAE of annealed capacity",
        "Lets the code carry more and more as training goes on, the plainest factors first.",
        "cross-entropy + γ · |KL − C|",
    ),
    "factor": Kind(
        "FactorVAE",
        "Presses the code's dimensions towards independence, by a critic that tells them apart.",
        "cross-entropy + KL + γ · total correlation",
    ),
    "tc": Kind(
        "β-TCVAE",
        "Presses the code's dimensions towards independence, by a penalty on nothing else.",
        "cross-entropy + KL + (β − 1) · total correlation",
    ),
}
_DENOISING = Kind(
    "Denoising autoencoder",
    "Gives back the clean image of a noisy one.",
    "squared error against the clean image",
    Paper("Vincent et al. 2008", "https://doi.org/10.1145/1390156.1390294"),
)
_LINEAR = Kind(
    "Linear autoencoder",
    "Finds the space of the first principal components, by gradient descent.",
    "summed squared error",
    Paper("Baldi & Hornik 1989", "https://doi.org/10.1016/0893-6080(89)90014-2"),
)
_OVERCOMPLETE = Kind(
    "Overcomplete autoencoder",
    "Has room for the whole image in its code, and no penalty keeps it from copying.",
    "summed squared error",
    Paper("Vincent et al. 2010", "https://jmlr.org/papers/v11/vincent10a.html"),
)
_BETA = Kind(
    "β-VAE",
    "Trades what its code costs against how well it rebuilds, by one weight.",
    "cross-entropy + β · KL",
    Paper("Higgins et al. 2017", "https://openreview.net/forum?id=Sy2fzU9gl"),
)
_ONE_CLASS = Kind(
    "One-class VAE",
    "Has seen one class only: what it rebuilds badly is often something else.",
    "cross-entropy + β · KL",
    Paper("An & Cho 2015", "http://dm.snu.ac.kr/static/docs/TR/SNUDM-TR-2015-03.pdf"),
)


def kind(card: ModelCard) -> Kind:
    """The model's kind: its family, or what arguments and recipe make of that."""
    found = _kind(card)
    if card.arguments.get("binary"):  # only there it is a likelihood
        return replace(found, loss=found.loss.replace("cross-entropy", "−log p(x|z)"))
    return found


def _kind(card: ModelCard) -> Kind:
    if card.group:
        return _ONE_CLASS
    if card.recipe["corruptions"]:
        return _DENOISING
    a = card.arguments
    if card.family == "autoencoder" and not a["widths"] and a.get("output") == "identity":
        return _LINEAR
    if card.family == "sparse" and a["weight"] == 0:
        return _OVERCOMPLETE
    if card.family == "vae" and a["beta"] != 1:
        return _BETA
    cls = families()[card.family]
    words = _FAMILIES.get(card.family)
    if words is None:
        first = (cls.__doc__ or card.family).strip().splitlines()[0]
        words = Kind(card.family, first, "see the family's file")
    return Kind(words.name, words.purpose, words.loss, cls.paper)


def abilities(card: ModelCard) -> tuple[str, ...]:
    """Keys of `ABILITIES`: what this model can do besides encoding and decoding."""
    cls = families()[card.family]
    able = {
        "samples": cls.variational,
        "class": "label_count" in card.arguments,
        "denoises": bool(card.recipe["corruptions"]) and not card.group,
        "anomalies": bool(card.group),
        "browser": not cls.autoregressive,
    }
    return tuple(name for name in ABILITIES if able[name])


def file_size(model_id: str) -> int:
    """Bytes of weights and gallery on disk; what is missing counts nothing."""
    paths = (zoo.PRETRAINED / model_id / name for name in (zoo.WEIGHTS, zoo.GALLERY))
    return sum(path.stat().st_size for path in paths if path.is_file())


def reconstruction(card: ModelCard) -> Term:
    """The reconstruction term of the model's loss: what its learning curve shows."""
    cls = families()[card.family]
    if not cls.variational:
        return Term(cls.reconstruction_name, "per image")  # of squared grey values
    name = "negative log-likelihood given the code" if card.arguments.get("binary") else None
    return Term(name or cls.reconstruction_name, NATS)


def comparable(a: ModelCard, b: ModelCard) -> bool:
    """Whether two learning curves may share an axis: the same term and unit, on the same images."""
    return _curve(a) == _curve(b)


def _curve(card: ModelCard) -> tuple[Any, ...]:
    return reconstruction(card), card.dataset, card.recipe.get("classes")


def numbers(card: ModelCard) -> dict[str, dict[str, Any]]:
    """The metrics that are one number, by name."""
    return {n: m for n, m in card.metrics.items() if isinstance(m["value"], (int, float))}


def spread(metric: dict[str, Any]) -> float | None:
    """The standard deviation over seeds, None for one seed; 0 where all seeds agree but for rounding."""
    sd = metric.get("sd")
    return 0.0 if sd is not None and sd < 1e-9 * abs(metric["value"]) else sd


def stated(cards: Iterable[ModelCard]) -> list[str]:
    """Names of the metrics that are one number, the ones that most cards state first."""
    counts: dict[str, int] = {}
    for card in cards:
        for name in numbers(card):
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: -counts[name])


_PUBLISHED = "published_"
#: Published figures whose own counterpart has another name.
_COUNTERPARTS = {
    "published_error": ("error_all_pretrained",),
    "published_auroc_mean_vae": ("auroc_error_mean", "auroc_elbo_mean"),
    "published_auroc_mean_ocgan": ("auroc_error_mean", "auroc_elbo_mean"),
}


def published(card: ModelCard) -> dict[str, list[dict[str, Any]]]:
    """Own metric -> the published figures that stand beside it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, metric in card.metrics.items():
        if name.startswith(_PUBLISHED):
            for own in _COUNTERPARTS.get(name, (name.removeprefix(_PUBLISHED),)):
                found.setdefault(own, []).append(metric)
    return found


def is_published(name: str) -> bool:
    """Whether a metric's name is that of a published figure."""
    return name.startswith(_PUBLISHED)


def better(a: ModelCard, b: ModelCard, name: str) -> ModelCard | None:
    """Which of two models has the better value; None where that cannot be said.

    It can if both were measured alike (how, on what, unit) and a value is better high or low; of models with
    seeds, if the intervals mean ± sd do not overlap.
    """
    first, second = a.metrics.get(name), b.metrics.get(name)
    if first is None or second is None or a.dataset != b.dataset or first["better"] is None:
        return None
    if _how(first) != _how(second) or any(first[key] != second[key] for key in ("on", "unit", "better")):
        return None
    gap = first["value"] - second["value"]
    if abs(gap) <= first.get("sd", 0.0) + second.get("sd", 0.0):
        return None
    return a if (gap < 0) == (first["better"] == "lower") else b


def _how(metric: dict[str, Any]) -> str:
    """How a metric was measured; the code of a model with a posterior is that posterior's mean."""
    return metric["how"].replace("the posterior's mean", "the code")
