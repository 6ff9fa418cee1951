"""The importance-weighted likelihood of binary models: python -m training.likelihood MODEL… [--images N]

Every test image is weighed by 5,000 codes, 10 to 20 minutes for all of them on one core. What is done is kept
in the cache folder: the command may be stopped and started again. `training.evaluate` measures 1,000 images
of a model whose card has no likelihood yet, and leaves one that stands there.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from explorer import binary, datasets, zoo
from explorer.datasets import Dataset
from explorer.datasets.store import cache_folder
from explorer.metrics.likelihood import importance_weighted_parts
from explorer.models import Autoencoder
from training.measure import BINARISED, BINARY_SEED
from training.measurement import Measurement

SAMPLES = 5000
SEED = 0
IMAGES = 1_000


def measure(
    described: zoo.ModelCard, model: Autoencoder, dataset: Dataset, images: int = IMAGES
) -> dict[str, Measurement]:
    """The negative log-likelihood of `images` of the test split drawn by a fixed seed, or of as many more as
    an earlier run has measured."""
    test = dataset.split("test")
    order = np.random.default_rng(SEED).permutation(len(test))
    x = binary.draw_array(test.pixels(), BINARY_SEED)[order]
    labels = test.labels[order] if model.label_count else None
    path = cache_folder() / "likelihood" / f"{described.id}-{described.sha256[:16]}-k{SAMPLES}.npy"
    nll = _resumed(path, model, x, labels, images)
    on = f"test split, {len(test):,} images, {BINARISED}"
    if len(nll) < len(test):
        error = nll.std(ddof=1) / len(nll) ** 0.5
        on = f"{len(nll):,} images drawn by a seed of the {on}; standard error {error:.2f} nats"
    given = " given the true class" if model.label_count else ""
    how = (
        f"-log p(x){given}, importance-weighted with {SAMPLES:,} codes an image (Burda et al. 2016, eq. 8): "
        "an upper bound that is nearly tight"
    )
    return {"nll": Measurement(float(nll.mean()), "nats per image", "lower", how, on)}


def _resumed(
    path: Path, model: Autoencoder, x: np.ndarray, labels: np.ndarray | None, images: int
) -> np.ndarray:
    """Negative log-likelihood of at least the first `images` of x, nats; what lies at `path` is kept."""
    found = np.load(path, allow_pickle=False) if path.is_file() else np.zeros(0)
    x = x[: max(images, len(found))]
    path.parent.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(x), initial=len(found), unit="image", mininterval=10) as bar:
        for part in importance_weighted_parts(model, x, labels, SAMPLES, SEED, start=len(found)):
            found = np.concatenate([found, part])
            temporary = path.with_suffix(".part.npy")
            np.save(temporary, found)
            temporary.replace(path)
            bar.update(len(part))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.likelihood", description=__doc__)
    parser.add_argument("model", nargs="+", help="ids of models of binary pixels in pretrained/")
    parser.add_argument("--images", type=int, default=10**9, help="how many test images (default: all)")
    asked = parser.parse_args(arguments)
    try:
        for model_id in asked.model:
            described, model = zoo.card(model_id), zoo.load(model_id)
            if not model.binary:
                raise ValueError(f"{model_id} models grey pixels, which have no likelihood.")
            found = measure(described, model, datasets.get(described.dataset), asked.images)
            metrics = described.metrics | {name: dataclasses.asdict(one) for name, one in found.items()}
            zoo.write_card(dataclasses.replace(described, metrics=metrics))
            print(f"{model_id} nll {found['nll'].value:.3f} nats, {found['nll'].on}")
    except (zoo.CheckpointError, datasets.DatasetUnavailable, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
