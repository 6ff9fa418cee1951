"""What the cards of one-class models state, and what a likelihood says of pictures from elsewhere.

python -m training.anomaly mnist          the ten one-class models of a data set, once they are evaluated:
                                          trains ten that leave one class out, writes the means into all cards
python -m training.anomaly fashion-vae    a model of a whole data set: does it know another one as strange?
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from tqdm import tqdm

from explorer import datasets, zoo
from explorer.datasets import Dataset, Split
from explorer.metrics.anomaly import auroc
from explorer.models import Autoencoder, build
from explorer.studies.anomaly import SAMPLES, scores
from training import recipes
from training.device import pick_device
from training.loop import Run
from training.measurement import Measurement
from training.recipes import Recipe
from training.state import read_state, write_state
from training.train import seed_path

ERROR = "squared error of the reconstruction from the posterior's mean"
BOUND = f"Bernoulli cross-entropy (mean of {SAMPLES} posterior samples) + KL, the −ELBO of grey pixels"
#: The data set whose pictures a model of the first one is asked to call strange.
ELSEWHERE = {"fashion": "mnist", "mnist": "fashion"}
LEFT_OUT_EPOCHS = 10


def measure(model: Autoencoder, dataset: Dataset, classes: Sequence[int]) -> dict[str, Measurement]:
    """AUROC on the official test split: the images of `classes` are normal, all others anomalies."""
    test = dataset.split("test")
    normal = np.isin(test.labels, classes)
    names = ", ".join(dataset.label_names[c] for c in classes)
    on = f"test split: {normal.sum():,} images of {names} against {(~normal).sum():,} of the other classes"
    by_error, by_bound = (auroc(score[normal], score[~normal]) for score in _both(model, test))
    return {
        "auroc_error": _area(by_error, f"score: {ERROR}", on),
        "auroc_elbo": _area(by_bound, f"score: {BOUND}", on),
    }


def elsewhere(model: Autoencoder, dataset: Dataset, other: Dataset) -> dict[str, Measurement]:
    """Whether the model calls another data set's pictures strange: below 0.5 it finds them likelier.

    Nalisnick et al. 2019 (arXiv:1810.09136): likelihood follows how simple a picture is, not whether it
    is of the kind that was learnt.
    """
    here, there = dataset.split("test"), other.split("test")
    on = f"test splits: {len(here):,} images of {dataset.title} against {len(there):,} of {other.title}"
    (error, bound), (error_there, bound_there) = _both(model, here), _both(model, there)
    means = f"means {bound.mean():.1f} and {bound_there.mean():.1f} nats"
    return {
        "elsewhere_auroc_error": _area(auroc(error, error_there), f"score: {ERROR}", on),
        "elsewhere_auroc_elbo": _area(
            auroc(bound, bound_there), f"score: {BOUND}; {means}; below 0.5: the stranger is the likelier", on
        ),
    }


def _both(model: Autoencoder, split: Split) -> tuple[np.ndarray, np.ndarray]:
    found = scores(model, split.images)
    return found.error, found.negative_elbo


def _area(value: float, how: str, on: str) -> Measurement:
    return Measurement(value, "AUROC", "higher", f"area under the ROC curve, {how}", on)


def without(recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe of the same network on all classes but the one of a one-class recipe."""
    others = tuple(c for c in range(len(dataset.label_names)) if c not in recipe.classes)
    return dataclasses.replace(
        recipe, id=recipe.id.replace("oneclass", "without"), classes=others, epochs=LEFT_OUT_EPOCHS
    )


def trained(recipe: Recipe, device: torch.device) -> Autoencoder:
    """A model that is measured and not shipped: from the cache folder, else trained now."""
    path = seed_path(recipe, recipe.seeds[0])
    if not path.is_file():
        run = Run(recipe, recipe.seeds[0], device)
        run.train()
        write_state(path, run.model.state_dict(), {})
    model = build(recipe.family, recipe.arguments)
    model.load_state_dict(read_state(path)[0], strict=True)
    return model.eval().requires_grad_(False)


def summary(dataset: Dataset, device: torch.device) -> dict[str, dict[str, Measurement]]:
    """For each one-class model of a data set: its left-out figures, and the means over all of them.

    Raises
    ------
    ValueError
        If the data set has no one-class recipes, or one of them is not evaluated yet.
    """
    ours = [r for r in recipes.recipes().values() if r.dataset == dataset.id and len(r.classes) == 1]
    if not ours:
        raise ValueError(f"{dataset.title} has no one-class recipes: choose another data set.")
    single = [zoo.card(recipe.id).metrics for recipe in ours]
    if waiting := [r.id for r, m in zip(ours, single, strict=True) if "auroc_error" not in m]:
        raise ValueError(f"not measured yet: run `python -m training.evaluate {' '.join(waiting)}` first.")
    left_out = []
    for recipe in tqdm(ours, unit="model", desc=f"{dataset.id}: one class left out"):
        other = without(recipe, dataset)
        left_out.append(measure(trained(other, device), dataset, other.classes))
    means = _means(single, left_out)
    return {
        recipe.id: {f"{name}_left_out": _renamed(one) for name, one in found.items()} | means
        for recipe, found in zip(ours, left_out, strict=True)
    }


def _renamed(one: Measurement) -> Measurement:
    how = f"the same network trained on the nine other classes, {LEFT_OUT_EPOCHS} epochs, this one left out"
    return dataclasses.replace(one, how=f"{one.how}; {how}")


def _means(
    single: Sequence[Mapping[str, dict]], left_out: Sequence[Mapping[str, Measurement]]
) -> dict[str, Measurement]:
    found = {}
    for name in ("auroc_error", "auroc_elbo"):
        values = [metrics[name]["value"] for metrics in single]
        on = f"test split, {len(values)} models"
        how = f"score: {ERROR if name == 'auroc_error' else BOUND}"
        found[f"{name}_mean"] = _area(
            float(np.mean(values)), f"{how}; mean over the models of one class each", on
        )
        found[f"{name}_left_out_mean"] = _area(
            float(np.mean([one[name].value for one in left_out])),
            f"{how}; mean over the models that leave one class out each",
            on,
        )
    return found


def add(model_id: str, found: Mapping[str, Measurement]) -> None:
    """Put measurements into a card, beside what it states already."""
    card = zoo.card(model_id)
    metrics = card.metrics | {name: dataclasses.asdict(one) for name, one in found.items()}
    zoo.write_card(dataclasses.replace(card, metrics=metrics))
    for name, one in found.items():
        tqdm.write(f"{model_id:24} {name:28} {one.value:.4f}")


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training.anomaly", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", help="a data set with one-class models, or a model of a whole data set")
    parser.add_argument("--device", help="cpu or cuda (default: a GPU where there is one)")
    asked = parser.parse_args(arguments)
    try:
        if asked.name in datasets.ids():
            for model_id, found in summary(datasets.get(asked.name), pick_device(asked.device)).items():
                add(model_id, found)
        else:
            home = zoo.card(asked.name).dataset
            if home not in ELSEWHERE:
                raise ValueError(f"models of {home} have nowhere else to look: choose another model.")
            model, other = zoo.load(asked.name), datasets.get(ELSEWHERE[home])
            add(asked.name, elsewhere(model, datasets.get(home), other))
    except (ValueError, zoo.CheckpointError, datasets.DatasetUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
