"""What greedy pre-training is worth to a classifier: python -m training.stacked

A stack of denoising autoencoders sees all training images without labels; its encoder with a softmax on top
is then fine-tuned with 100, 1,000 or all labels, beside the same network from random weights (Vincent et al.
2010, section 6). Each start gets the learning rate that is better for it on the held-out gallery; the test
split only judges. Pre-training resumes where it was; fits that are done are kept in the cache folder, and one
that is interrupted is made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import datasets
from explorer.datasets import Dataset
from explorer.datasets.store import cache_folder
from training import twins
from training.device import has_bf16, pick_device
from training.measurement import Measurement
from training.recipes import Recipe

#: The stack whose encoder is fine-tuned; its code is replaced by the softmax.
PRETRAINING = Recipe(
    id="mnist-stacked-classifier",
    title="Stacked denoising autoencoder 784-1000-1000-1000",
    dataset="mnist",
    family="stacked",
    arguments=dict(
        image_shape=[1, 28, 28],
        latent_dim=10,
        widths=[1000, 1000, 1000],
        activation="relu",
        pretraining=1.0,
        noise=0.25,
    ),
    epochs=40,
)
STARTS = ("pretrained", "random")
LABELS = (100, 1000, None)
RATES = (0.1, 0.02)
DRAWS = 3


@dataclass(frozen=True)
class FineTuning:
    """Stochastic gradient descent with Nesterov's momentum; the rate falls as a half cosine to 0.

    It goes on for so many epochs, but for at least so many steps.
    """

    learning_rate: float
    epochs: int = 20
    steps: int = 500
    batch_size: int = 100
    momentum: float = 0.9


@dataclass(frozen=True)
class Fit:
    """Error rates in [0, 1] of a fine-tuned network: on the gallery, to choose by, and on the test split."""

    labels: int | None
    start: str
    learning_rate: float
    seed: int
    gallery: float
    test: float


def classifier(start: str, recipe: Recipe, seed: int) -> nn.Sequential:
    """The recipe's hidden layers, pre-trained or random, and a new linear layer on top: logits (B, 10)."""
    torch.manual_seed(seed)
    if start == "pretrained":
        encoder = twins.trained(recipe).requires_grad_(True).encoder
    else:
        encoder = twins.build(recipe.family, recipe.arguments).encoder
    last = encoder[-1]
    return nn.Sequential(*encoder[:-1], nn.Linear(last.in_features, 10))


def draw(labels: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    """Indices of `count` labelled images, as many of each class; all of them if count is None."""
    if count is None:
        return np.arange(len(labels))
    random = np.random.default_rng(seed)
    classes = np.unique(labels)
    each = count // len(classes)
    return np.concatenate([random.permutation(np.flatnonzero(labels == one))[:each] for one in classes])


def fine_tune(network: nn.Module, images: Tensor, labels: Tensor, how: FineTuning, seed: int) -> None:
    """Cross-entropy of the labels (N,) of uint8 images (N, C, H, W), over all weights; changes `network`."""
    generator = torch.Generator().manual_seed(seed)
    size = min(how.batch_size, len(images))
    batches = len(images) // size
    steps = max(how.epochs * batches, how.steps)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=how.learning_rate, momentum=how.momentum, nesterov=True
    )
    autocast = has_bf16(images.device)
    for step in range(steps):
        if step % batches == 0:
            order = torch.randperm(len(images), generator=generator)
        chosen = order[step % batches * size :][:size].to(images.device)
        for group in optimizer.param_groups:
            group["lr"] = how.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        with torch.autocast(images.device.type, torch.bfloat16, enabled=autocast):
            logits = network(images[chosen].float() / 255)
        F.cross_entropy(logits.float(), labels[chosen]).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


@torch.no_grad()
def error_rate(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share in [0, 1] of uint8 images (N, C, H, W) whose largest logit is not that of their label (N,)."""
    guess = torch.cat([network(batch.float() / 255).argmax(1) for batch in images.split(1000)])
    return float((guess != labels).double().mean())


def fit(dataset: Dataset, recipe: Recipe, how: FineTuning, labels: int | None, start: str, seed: int) -> Fit:
    """Fine-tune with so many labels (None: all), from a start, for one draw, and measure."""
    device, train = pick_device(), dataset.split("train")
    chosen = draw(train.labels, labels, seed)
    network = classifier(start, recipe, seed).to(device)
    known = [torch.from_numpy(part[chosen]).to(device) for part in (train.images, train.labels)]
    fine_tune(network, *known, how, seed)
    errors = []
    for name in ("gallery", "test"):
        split = dataset.split(name)
        asked = [torch.from_numpy(part.copy()).to(device) for part in (split.images, split.labels)]
        errors.append(error_rate(network, *asked))
    return Fit(labels, start, how.learning_rate, seed, *errors)


def results_path(recipe: Recipe, hows: tuple[FineTuning, ...]) -> Path:
    """Where all fits lie; the name holds a digest of all settings."""
    settings = json.dumps([recipe.digest, [asdict(how) for how in hows]], sort_keys=True)
    return cache_folder() / "stacked" / f"{hashlib.sha256(settings.encode()).hexdigest()[:16]}.json"


def run(
    recipe: Recipe = PRETRAINING,
    hows: tuple[FineTuning, ...] = tuple(map(FineTuning, RATES)),
    labels: tuple[int | None, ...] = LABELS,
) -> list[Fit]:
    """All fits; those that are in the cache folder are not made again."""
    dataset, path = datasets.get(recipe.dataset), results_path(recipe, hows)
    found = [Fit(**one) for one in json.loads(path.read_text())] if path.is_file() else []
    done = {(one.labels, one.start, one.learning_rate, one.seed) for one in found}
    for count, how, start in product(labels, hows, STARTS):
        for seed in range(1 if count is None else DRAWS):
            if (count, start, how.learning_rate, seed) in done:
                continue
            found.append(fit(dataset, recipe, how, count, start, seed))
            print(found[-1], flush=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps([asdict(one) for one in found]))
    return found


def best(fits: list[Fit], labels: int | None, start: str) -> list[Fit]:
    """The draws with the learning rate that has the lowest mean error on the gallery."""
    asked = [one for one in fits if (one.labels, one.start) == (labels, start)]
    rates = {one.learning_rate for one in asked}
    by_rate = [[one for one in asked if one.learning_rate == rate] for rate in sorted(rates)]
    return min(by_rate, key=lambda draws: np.mean([one.gallery for one in draws]))


def measure(dataset: Dataset) -> dict[str, Measurement]:
    """Test error with each number of labels, from both starts: mean ± sd over the draws."""
    found: dict[str, Measurement] = {}
    fits = run()
    hidden = "-".join(map(str, PRETRAINING.arguments["widths"]))
    begun = {
        "pretrained": "pre-trained layer by layer on all training images without labels",
        "random": "from random weights",
    }
    for labels, start in product(LABELS, STARTS):
        draws = best(fits, labels, start)
        errors = [100 * one.test for one in draws]
        number = f"{labels or len(dataset.split('train')):,}"
        rates = ", ".join(f"{rate:g}" for rate in RATES)
        how = (
            f"network 784-{hidden}-10, {begun[start]}, fine-tuned with {number} labels by gradient descent, "
            f"learning rate {draws[0].learning_rate:g} (of {rates}, by the gallery)"
        )
        if len(errors) > 1:
            how += f"; mean of {len(errors)} draws, standard deviation {np.std(errors, ddof=1):.2f}"
        found[f"error_{labels or 'all'}_{start}"] = Measurement(
            float(np.mean(errors)), "%", "lower", how, f"test split, {len(dataset.split('test')):,} images"
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.stacked", description=__doc__)
    parser.parse_args(arguments)
    try:
        for name, one in measure(datasets.get(PRETRAINING.dataset)).items():
            print(f"{name:24} {one.value:6.2f} {one.unit}  {one.how}")
    except (ValueError, datasets.DatasetUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
