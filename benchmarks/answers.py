"""Figures that answers state and no page shows, computed again: python -m benchmarks.answers [NAME…]

Each function's name is a question's file in `explorer/content/*/questions/`; it prints what the sentences
there round. The images come from the installed packages and the data folder, as everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from explorer import binary, datasets, denoiser, importance, latent, zoo
from explorer.corruption import corrupt_array
from explorer.datasets import DatasetUnavailable
from explorer.metrics.anomaly import auroc
from explorer.metrics.neighbours import spread
from explorer.studies import alarm, anomaly, imputation, sensitivity
from explorer.ui import anomaly as pages
from explorer.ui import load
from explorer.ui.bound_panel import turned
from explorer.ui.compression import read_as
from explorer.ui.imputation import mean_image

IMAGES, CHAINS, PASSES = 500, 5, 20
SEVEN = 3673  # the gallery's image that the question "derive the bound" opens with
Figures = dict[str, float]


def missing_pixels() -> Figures:
    """The lower half of 500 held-out digits filled in by `mnist-vae`, and by the denoiser."""
    split, model = datasets.get("mnist").split("gallery"), zoo.load("mnist-vae")
    second = np.random.default_rng(0).permutation(alarm.halves(len(split))[1])[:IMAGES]
    x, hidden = split.pixels(second), imputation.region("lower half", 28, 28)
    mean = mean_image("mnist")

    def error(pictures: np.ndarray) -> float:
        return float(imputation.error(x, pictures, hidden).mean())

    found: Figures = {}
    for fill in ("black", "mean image"):
        start = imputation.filled(x, hidden, fill, mean)
        one = imputation.one_pass(model, start, x, hidden)
        last = imputation.chains(model, start, x, hidden, PASSES, range(CHAINS))[:, -1]
        each = [error(chain) for chain in last]
        classes = np.stack([read_as("mnist", chain) for chain in last])
        found |= {
            f"{fill}: error of one pass": error(one),
            f"{fill}: right after one pass": float((read_as("mnist", one) == split.labels[second]).mean()),
            f"{fill}: error of {PASSES} passes, best chain": min(each),
            f"{fill}: error of {PASSES} passes, worst chain": max(each),
            f"{fill}: error of the mean of {CHAINS} chains": error(last.mean(axis=0)),
            f"{fill}: right after {PASSES} passes": float((classes[0] == split.labels[second]).mean()),
            f"{fill}: share of images whose chains disagree": float((classes != classes[0]).any(0).mean()),
        }
    black = imputation.filled(x, hidden, "black", mean)
    soft = imputation.one_pass(zoo.load("mnist-dae"), black, x, hidden)
    return found | {"error of the denoiser": error(soft)}


def likelihood_as_alarm() -> Figures:
    """Clothes and digits by `fashion-vae`, as the page compares them; the floor of the cost; black."""
    model = zoo.load("fashion-vae")
    trial = pages.trial("fashion-vae", datasets.get("mnist").title)
    found: Figures = {}
    for name, each in (("clothes", trial.normal), ("digits", trial.anomalous)):
        x = datasets.get(each.dataset_id).split("gallery").pixels(each.index).astype(np.float64)
        x = np.clip(x, 1e-12, 1 - 1e-12)
        entropy = -(x * np.log(x) + (1 - x) * np.log(1 - x)).sum(axis=(1, 2, 3))
        values = {"cost": each.scores["elbo"], "squared error": each.scores["error"], "floor": entropy}
        found |= {f"{what}, median of {name}": float(np.median(score)) for what, score in values.items()}
    cheap = trial.anomalous.scores["elbo"] < found["cost, median of clothes"]
    for score in trial.normal.scores:
        found[f"AUROC by {score}"] = auroc(trial.normal.scores[score], trial.anomalous.scores[score])
    black = anomaly.scores(model, np.zeros((1, 1, 28, 28), np.uint8)).negative_elbo[0]
    return found | {"digits below the median of clothes": float(cheap.mean()), "cost of black": float(black)}


def unmet_noise() -> Figures:
    """A thousand test digits under a square that `mnist-dae` knows to 0.5, by the vote of its codes."""
    model, dataset = zoo.load("mnist-dae"), datasets.get("mnist")
    gallery, test = zoo.gallery("mnist-dae"), dataset.split("test")
    x, labels = test.pixels(slice(1000)), test.labels[:1000]
    found = {}
    for level in (0.5, 0.6, 0.7):
        noisy = np.concatenate([corrupt_array(x[i : i + 1], "block", level, i) for i in range(len(x))])
        vote = denoiser.vote(gallery.z, gallery.labels, latent.encode(model, noisy)[0])
        found[f"right at {level:g}"] = float((vote.classes == labels).mean())
    return found


def contractive_and_denoising() -> Figures:
    """Output of 100 digits under noise of 0.25, cut to [0, 1] as in training, per nudge of the input."""
    split, found = datasets.get("mnist").split("gallery"), {}
    x = split.pixels(spread(len(split), 100))
    noise = np.random.default_rng(0).standard_normal(x.shape, dtype=np.float32)
    for model_id in ("mnist-ae", "mnist-dae", "mnist-contractive"):
        moved = np.clip(x + np.float32(0.25) * noise, 0, 1)
        found[f"{model_id}, output"] = float(sensitivity.responses(zoo.load(model_id), x, moved)[1].mean())
    return found


def derive_the_bound() -> Figures:
    """The bounds of the answer's 7, clean and turned, and of 100 digits, by `mnist-vae-binary`."""
    model, split = zoo.load("mnist-vae-binary"), datasets.get("mnist").split("gallery")
    found: Figures = {}
    for way, x in zip(("clean", "turned"), turned(split.pixels([SEVEN])), strict=True):
        weights = importance.pool(model, binary.draw_array(x, 0))
        found |= {f"{way}, k = {k:,}": importance.bound(weights, k).mean for k in importance.COUNTS}
        found[f"{way}, effective codes"] = importance.effective(weights)
    x = binary.draw_array(split.pixels(spread(len(split), 100)), 0)
    pools = [importance.pool(model, one[None]) for one in x]
    for k in (1, importance.POOL):
        found[f"mean of 100 digits, k = {k:,}"] = float(np.mean([importance.bound(w, k).mean for w in pools]))
    return found


def dead_dimensions() -> Figures:
    """The KL of each dimension of `mnist-vae-binary`, and how much moving one changes 100 pictures."""
    described, model = zoo.card("mnist-vae-binary"), zoo.load("mnist-vae-binary")
    order, kl, alive = load.dimension_order(described.id)
    ends, codes = np.array([-3, 3], np.float32), load.gallery(described.id).z[:100]

    def moved(dimension: int) -> float:
        pictures = [latent.decode(model, latent.traverse(z, dimension, ends)) for z in codes]
        return float(np.mean([np.square(high - low).sum() for low, high in pictures]))

    dead = [dimension for dimension, lives in zip(order, alive, strict=True) if not lives]
    return {
        "dimensions alive": sum(alive), "largest KL": kl[0], "smallest KL alive": kl[sum(alive) - 1],
        "largest KL dead": kl[sum(alive)], "change by the first": moved(order[0]),
        "largest change by a dead one": max(map(moved, dead)), "nll": described.metrics["nll"]["value"],
    }  # fmt: skip


ANSWERS: dict[str, Callable[[], Figures]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        missing_pixels,
        likelihood_as_alarm,
        unmet_noise,
        contractive_and_denoising,
        derive_the_bound,
        dead_dimensions,
    )
}


def main(names: list[str]) -> int:
    """Print the figures of the named answers, or of all; returns the exit status."""
    if unknown := set(names) - set(ANSWERS):
        print(f"No figures are computed for {', '.join(unknown)}: choose from {', '.join(ANSWERS)}.")
        return 1
    for name in names or ANSWERS:
        print(name)
        try:
            for what, value in ANSWERS[name]().items():
                print(f"  {what:50} {value:9.4g}")
        except DatasetUnavailable as error:
            print(f"  {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
