"""Train named recipes: python -m training.train RECIPE… [--resume]."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from explorer import datasets, storage, zoo
from explorer.datasets.store import cache_folder
from explorer.models import build
from training.device import pick_device
from training.loop import Interrupted, Run
from training.recipes import Recipe, get, recipes
from training.state import state_path, write_state
from training.validation import gallery_loss


def seed_path(recipe: Recipe, seed: int) -> Path:
    """Finished weights of a further seed: measured for the card's spread, not shipped.

    The name holds the recipe's digest, so that nobody measures the seeds of an earlier version.
    """
    return cache_folder() / "seeds" / f"{recipe.id}-s{seed}-{recipe.digest}.safetensors"


class _StopRequest:
    """Ctrl-C or a termination stops the run after its current step, so that no state is half written."""

    def __init__(self) -> None:
        self.asked = False
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


def train(recipe: Recipe, seed: int, device: torch.device, resume: bool, stop: _StopRequest) -> None:
    """Train one seed with a progress bar; seed 0 becomes the checkpoint, others go to the cache folder."""
    run = Run(recipe, seed, device)
    path = state_path(recipe.id, seed)
    if resume and path.is_file():
        run.restore(path)
    total = run.steps * recipe.batch_size
    interval = 0.2 if sys.stderr.isatty() else 30.0  # a log file wants a line now and then, not a film
    with tqdm(total=total, initial=run.step * recipe.batch_size, unit="img", unit_scale=True,
              mininterval=interval, desc=f"{recipe.id} seed {seed}") as bar:  # fmt: skip

        def report(run: Run) -> None:
            point = run.curve[-1]
            shown = ("reconstruction", "regularizer", "gallery_reconstruction")
            bar.update(run.step * recipe.batch_size - bar.n)
            bar.set_postfix({name: point[name] for name in shown if name in point}, refresh=False)

        run.train(path, report, stop)
    if seed == recipe.seeds[0]:
        zoo.save(run.model, described(run), *stored_form(run))
    else:
        write_state(seed_path(recipe, seed), run.model.state_dict(), {})
    path.unlink(missing_ok=True)


ROUNDING_LIMIT = 1e-3
LEVELS_LIMIT = 1e-2  # where the recipe asks for fewer levels than a byte holds, and was trained for them
ROUNDING_FLOOR = 0.02  # of an error or of nats an image: less than a grey level in each of 784 pixels


def stored_form(run: Run) -> tuple[torch.dtype, int]:
    """The smallest type of `storage.TYPES`, with its levels, that hardly harms the gallery's reconstruction.

    Hardly: the term changes by less than 0.1 %, or by less than 0.02, which only a model without any error to
    speak of notices. With the fewer levels that a recipe asks for, and was trained for, it rises by less than
    1 %.
    """
    before = gallery_loss(run.model, run.held_out, run.held_out_labels)[0]
    rounded = build(run.recipe.family, run.recipe.arguments).to(run.device)

    def rise(dtype: torch.dtype, levels: int) -> float:
        rounded.load_state_dict(storage.expand(storage.compress(run.model.state_dict(), dtype, levels)))
        return gallery_loss(rounded, run.held_out, run.held_out_labels)[0] - before

    asked = run.recipe.levels
    if asked < storage.LEVELS and rise(torch.int8, asked) < max(LEVELS_LIMIT * before, ROUNDING_FLOOR):
        return torch.int8, asked
    for dtype in storage.TYPES:
        if abs(rise(dtype, storage.LEVELS)) < max(ROUNDING_LIMIT * before, ROUNDING_FLOOR):
            return dtype, storage.LEVELS
    return torch.float32, storage.LEVELS


def finished(recipe: Recipe, seed: int) -> bool:
    """True if this seed of this very recipe was trained to the end."""
    if seed != recipe.seeds[0]:
        return seed_path(recipe, seed).is_file()
    try:
        zoo.load(recipe.id)
        return zoo.card(recipe.id).recipe == recipe.as_dict()
    except zoo.CheckpointError:
        return False


def described(run: Run) -> dict[str, Any]:
    """What `zoo.save` wants to know of a finished run."""
    recipe = run.recipe
    return dict(
        id=recipe.id,
        title=recipe.title,
        dataset=recipe.dataset,
        recipe=recipe.as_dict(),
        seed=run.seed,
        epochs=recipe.epochs,
        images_seen=run.step * recipe.batch_size,
        wall_clock_seconds=round(run.seconds, 1),
        device=run.device_name,
        curve=run.curve,
        terms=datasets.get(recipe.dataset).terms,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("recipe", nargs="*", help="ids of recipes")
    parser.add_argument("--list", action="store_true", help="show all recipes and stop")
    parser.add_argument("--resume", action="store_true", help="continue where an earlier run stopped")
    parser.add_argument("--epochs", type=int, help="as many as this instead of the recipe's")
    parser.add_argument("--device", help="cpu or cuda (default: a GPU where there is one)")
    asked = parser.parse_args(arguments)
    if asked.list or not asked.recipe:
        for recipe in recipes().values():
            print(f"{recipe.id:24} {recipe.dataset:10} {recipe.epochs:4d} epochs  {recipe.title}")
        return 0
    try:
        chosen = [get(name) for name in asked.recipe]
        if asked.epochs is not None:
            if asked.epochs < 1:
                raise ValueError(f"{asked.epochs} epochs were asked for: one is the least.")
            chosen = [replace(recipe, epochs=asked.epochs) for recipe in chosen]
        device, stop = pick_device(asked.device), _StopRequest()
        for recipe in chosen:
            for seed in recipe.seeds:
                begun = state_path(recipe.id, seed).is_file()
                if asked.resume and not begun and finished(recipe, seed):
                    print(f"{recipe.id} seed {seed} is trained: without --resume it is trained again.")
                else:
                    train(recipe, seed, device, asked.resume, stop)
    except Interrupted:
        print("\nStopped; `--resume` continues from here.", file=sys.stderr)
        return 130
    except (ValueError, FloatingPointError, datasets.DatasetUnavailable, zoo.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
