"""Shrink shipped checkpoints whose recipes ask for fewer levels now: python -m training.finish RECIPE…

The last part of the training, in which the weights are rounded as they are stored (`loop.ROUNDED_SHARE`), is
done once more from the checkpoint's weights, with a new optimiser. The card counts these epochs, images and
seconds with those before them, and the learning curve goes on. `training.evaluate` measures the result.
"""

from __future__ import annotations

import argparse
import sys

import torch
from tqdm import tqdm

from explorer import zoo
from training import train
from training.device import pick_device
from training.loop import ROUNDED_SHARE, Run
from training.recipes import Recipe, get


def finish(recipe: Recipe, device: torch.device) -> zoo.ModelCard:
    """Train the last epochs again, with the recipe's levels, and write the checkpoint anew.

    Raises
    ------
    ValueError
        If the recipe asks for no fewer levels than a byte holds, or has changed in anything else.
    CheckpointError
        If there is no checkpoint to begin with.
    """
    before = zoo.card(recipe.id)
    changed = {n for n, value in recipe.as_dict().items() if before.recipe.get(n) != value}
    if changed != {"levels"}:
        what = ", ".join(sorted(changed)) or "nothing"
        raise ValueError(
            f"{recipe.id}: {what} changed since its training: only a change of levels is finished."
        )
    run = Run(recipe, before.seed, device)
    run.model.load_state_dict(zoo.load(recipe.id).state_dict())
    epochs = max(1, round(ROUNDED_SHARE * recipe.epochs))
    first = recipe.epochs - epochs
    run.step = first * run.batches
    run.train()
    images = before.images_seen + epochs * run.batches * recipe.batch_size
    facts = train.described(run) | dict(
        epochs=before.epochs + epochs,
        images_seen=images,
        wall_clock_seconds=round(before.wall_clock_seconds + run.seconds, 1),
        curve=before.curve + [_later(point, before, first) for point in run.curve],
    )
    return zoo.save(run.model, facts, *train.stored_form(run))


def _later(point: dict, before: zoo.ModelCard, first: int) -> dict:
    """A point of the new epochs, counted on from those that the card knows."""
    ended = max(before.wall_clock_seconds, before.curve[-1]["seconds"])  # the card rounds the one further
    seconds = round(point["seconds"] + ended, 2)
    return point | {"epoch": point["epoch"] - first + before.epochs, "seconds": seconds}


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.finish", description=__doc__.split(":")[0])
    parser.add_argument("recipe", nargs="+", help="ids of recipes")
    parser.add_argument("--device", help="cpu or cuda (default: a GPU where there is one)")
    asked = parser.parse_args(arguments)
    try:
        device = pick_device(asked.device)
        for recipe in tqdm([get(name) for name in asked.recipe], unit="model"):
            card = finish(recipe, device)
            tqdm.write(f"{card.id}: {card.curve[-1]['gallery_reconstruction']} on the gallery")
    except (ValueError, zoo.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
