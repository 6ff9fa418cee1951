"""Models that a card compares its own with: trained by the same code, kept in the cache, not shipped."""

from __future__ import annotations

from explorer.models import Autoencoder, build
from training.device import pick_device
from training.loop import Run
from training.recipes import Recipe
from training.state import read_state, state_path, write_state
from training.train import seed_path


def trained(recipe: Recipe) -> Autoencoder:
    """The model of the recipe's first seed, in eval mode, on the CPU; trained now where it is not there yet.

    A training that is interrupted goes on from where it was, the next time.

    Raises
    ------
    ValueError
        If a file in the cache folder is damaged.
    """
    seed = recipe.seeds[0]
    path, state = seed_path(recipe, seed), state_path(f"{recipe.id}-{recipe.digest}", seed)
    if not path.is_file():
        run = Run(recipe, seed, pick_device())
        if state.is_file():
            run.restore(state)
        run.train(state)
        write_state(path, run.model.state_dict(), {})
        state.unlink(missing_ok=True)
    model = build(recipe.family, recipe.arguments)
    model.load_state_dict(read_state(path)[0], strict=True)
    return model.eval().requires_grad_(False)
