"""Fill the cards of trained models: python -m training.evaluate MODEL…

Measures on the official test split, writes the spread where a recipe has several seeds, and stores the
gallery's codes, errors and 2-D maps beside the weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from explorer import datasets, latent, projection, zoo
from explorer.models import Autoencoder, build
from explorer.models.scheduled import ScheduledVAE
from explorer.models.sparse import SparseAutoencoder
from explorer.studies.anomaly import scores
from training import anomaly, denoising, likelihood, linear, regularised, sparse
from training.measure import measure, pca_error, squared_errors
from training.measurement import Measurement
from training.published import PUBLISHED
from training.recipes import Recipe
from training.state import read_state
from training.train import seed_path
from training.validation import gallery_loss


def evaluate(model_id: str) -> zoo.ModelCard:
    """Measure one model, write its gallery and its card.

    Raises
    ------
    FileNotFoundError
        If the weights of a further seed are not in the cache folder.
    ValueError
        If they are damaged.
    """
    described = zoo.card(model_id)
    dataset = datasets.get(described.dataset)
    model = zoo.load(model_id)
    runs = [model] + [_seed(described, seed) for seed in described.recipe["seeds"] if seed != described.seed]
    classes = tuple(described.recipe.get("classes", ()))
    measured = [measure(each, dataset, classes) for each in runs]
    # What stands there belongs to these weights (`zoo.save` leaves none) and may be another command's.
    metrics = described.metrics | {name: _merge([one[name] for one in measured]) for name in measured[0]}
    metrics["pca_mse"] = dataclasses.asdict(pca_error(dataset.id, model.latent_dim, classes))
    metrics["rounding"] = dataclasses.asdict(_rounding(described, model, dataset))
    for name, published in PUBLISHED.get(model_id, {}).items():
        metrics[name] = dataclasses.asdict(published)
    metrics |= {name: dataclasses.asdict(one) for name, one in _own(described, model, dataset).items()}
    sha256 = zoo.save_gallery(model_id, gallery_arrays(model, dataset, classes))
    filled = dataclasses.replace(described, metrics=metrics, gallery_sha256=sha256)
    zoo.write_card(filled)
    return filled


def _own(described: zoo.ModelCard, model: Autoencoder, dataset: datasets.Dataset) -> dict[str, Measurement]:
    """What only models of this kind are measured by."""
    found: dict[str, Measurement] = {}
    if classes := described.recipe.get("classes"):
        found |= anomaly.measure(model, dataset, classes)
    elif described.recipe["corruptions"]:
        found |= denoising.measure(model, dataset)
    # The collapse ladder is compared by its bounds; a likelihood that stands there may be of more images.
    if model.binary and not isinstance(model, ScheduledVAE) and "nll" not in described.metrics:
        found |= likelihood.measure(described, model, dataset)
    if linear.is_linear(model):
        found |= linear.measure(model, dataset)
    if isinstance(model, SparseAutoencoder):
        found |= sparse.measure(model, dataset)
    if described.id in regularised.TWINS:
        found |= regularised.measure(described.id, model, dataset)
    return found


def _seed(described: zoo.ModelCard, seed: int) -> Autoencoder:
    """The model of another seed of the same recipe, from the cache folder."""
    path = seed_path(Recipe(**described.recipe), seed)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: train all seeds of {described.id} here before measuring their spread."
        )
    model = build(described.family, described.arguments)
    model.load_state_dict(read_state(path)[0], strict=True)
    return model.eval().requires_grad_(False)


def _merge(seeds: list[Measurement]) -> dict[str, Any]:
    """One seed: as it is. Several, of a number: mean, sample standard deviation and the single values."""
    merged = dataclasses.asdict(seeds[0])
    values = [one.value for one in seeds]
    if len(seeds) > 1 and isinstance(values[0], (int, float)):
        merged |= {"value": float(np.mean(values)), "sd": float(np.std(values, ddof=1)), "seeds": values}
    return merged


def _rounding(described: zoo.ModelCard, model: Autoencoder, dataset: datasets.Dataset) -> Measurement:
    """What the stored precision of the weights costs, against the weights as they were trained."""
    before = described.curve[-1]["gallery_reconstruction"]
    gallery = dataset.split("gallery").only(described.recipe.get("classes", ()))
    labels = torch.from_numpy(gallery.labels.copy()) if model.label_count else None
    after = gallery_loss(model, torch.from_numpy(gallery.images.copy()), labels)[0]
    return Measurement(
        after / before - 1, "share", "lower",
        f"change of the {model.reconstruction_name} by storing the weights as they are stored",
        "held-out gallery",
    )  # fmt: skip


def gallery_arrays(
    model: Autoencoder, dataset: datasets.Dataset, classes: Sequence[int] = ()
) -> dict[str, np.ndarray]:
    """Codes, labels, errors and maps of the whole held-out gallery, as `zoo.gallery` reads them."""
    split = dataset.split("gallery")
    mean, logvar = latent.encode(model, split.pixels(), split.labels)
    labels, error = split.labels.astype(np.uint8), squared_errors(model, split.images, split.labels)
    arrays = {"z": mean, "labels": labels, "error": error}
    if logvar is not None:
        arrays |= {"logvar": logvar, "kl": latent.kl_per_dimension(mean, logvar).sum(axis=1)}
    if classes and logvar is not None:
        arrays["cross_entropy"] = scores(model, split.images).cross_entropy
    # A model of one class is looked at on its own page; the other maps would be a fifth of its file.
    for method in () if classes else zoo.MAP_METHODS:
        arrays[method] = projection.fit(method, mean, seed=0)
    return arrays


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("model", nargs="+", help="ids of models in pretrained/")
    try:
        for model_id in tqdm(parser.parse_args(arguments).model, unit="model"):
            metrics = evaluate(model_id).metrics
            for name, metric in metrics.items():
                if isinstance(metric["value"], (int, float)):
                    spread = f" ± {metric['sd']:.4g}" if "sd" in metric else ""
                    tqdm.write(f"{model_id:20} {name:24} {metric['value']:.5g}{spread} {metric['unit']}")
    except (zoo.CheckpointError, datasets.DatasetUnavailable, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
