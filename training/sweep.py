"""Rate and distortion over β, all runs at once: python -m training.sweep [--epochs N] [--json FILE]

7 β x 5 seeds of one VAE are 35 runs of the same shape: their weights are stacked, the loss is mapped over
the stack (torch.func.vmap), and one Adam, which works number by number, steps them all. In float32 each
member takes the steps that `training.loop.Run` would take with its β and its seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from explorer import datasets
from explorer.models import build
from explorer.models.vae import VAE
from training.device import has_bf16, pick_device
from training.loop import learning_rate
from training.recipes import Recipe

BETAS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SEEDS = (0, 1, 2, 3, 4)
RECIPE = Recipe(
    id="sweep",
    title="VAE 784-512-16",
    dataset="mnist",
    family="vae",
    arguments=dict(image_shape=[1, 28, 28], latent_dim=16, widths=[512], activation="relu"),
    epochs=10,
)


class _Member(nn.Module):
    """One member's loss as a forward pass, its noise given: a generator cannot be mapped over."""

    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy and KL, nats per image, of x (B, C, H, W) with noise (B, L), as `VAE.terms`."""
        posterior = self.model.encode(x).posterior
        logits = self.model.logits(posterior.mean + posterior.std * noise, x)
        distortion = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        return distortion, posterior.kl().sum() / len(x)


class Sweep:
    """A recipe's VAE for every β and every seed, trained as one.

    Members go β by β, in each seed by seed. Those of one seed share initial weights, the order of the images
    and the noise, drawn as `Run` draws them: along β nothing differs but β.

    Parameters
    ----------
    recipe : Recipe
        Of family "vae", grey pixels, no corruptions; its own β is not used.
    betas, seeds : sequences of float and of int
    device : torch.device
    images : Tensor, uint8 (N, C, H, W), or None
        What is trained on; None: the training split of the recipe's data set.

    Raises
    ------
    ValueError
        If the recipe is another one, there is no β or no seed, or the batches are larger than the data.
    """

    def __init__(
        self,
        recipe: Recipe,
        betas: Sequence[float],
        seeds: Sequence[int],
        device: torch.device,
        images: Tensor | None = None,
    ) -> None:
        if recipe.family != "vae" or recipe.corruptions or recipe.arguments.get("binary"):
            raise ValueError(f"{recipe.id} cannot be swept: give a VAE of grey pixels without corruptions.")
        if not betas or not seeds:
            raise ValueError("a sweep needs values of β and seeds: give at least one of each.")
        self.recipe, self.betas, self.seeds, self.device = recipe, tuple(betas), tuple(seeds), device
        if images is None:
            images = torch.from_numpy(datasets.get(recipe.dataset).split("train").images.copy())
        self.images = images.to(device)
        self.batches = len(images) // recipe.batch_size
        if self.batches == 0:
            raise ValueError(
                f"{recipe.id} asks for batches of {recipe.batch_size} but has {len(images)} images: "
                "make its batches smaller."
            )
        self.steps, self.step, self.seconds = recipe.epochs * self.batches, 0, 0.0
        self.beta = torch.tensor(self.betas, device=device).repeat_interleave(len(seeds))
        self._build()

    def _build(self) -> None:
        """Models, generators and optimiser; each seed's as a `Run` of this seed has them."""
        models = []
        for seed in self.seeds:
            torch.manual_seed(seed)
            models.append(_Member(build(self.recipe.family, self.recipe.arguments)).to(self.device))
        self.order_generators = [torch.Generator().manual_seed(seed + 1) for seed in self.seeds]
        self.noise_generators = [torch.Generator(self.device).manual_seed(seed + 2) for seed in self.seeds]

        weights, buffers = stack_module_state(models)
        copies = len(self.betas)
        self.weights = {n: w.detach().repeat(copies, *[1] * (w.dim() - 1)) for n, w in weights.items()}
        for weight in self.weights.values():
            weight.requires_grad_(True)
        buffers = {n: b[0] for n, b in buffers.items()}  # the progress of the training: every member's
        self.optimizer = torch.optim.Adam(self.weights.values(), lr=self.recipe.learning_rate, fused=True)
        self.autocast = self.recipe.precision == "bf16" and has_bf16(self.device)

        def one(weights: dict[str, Tensor], x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
            return functional_call(models[0], (weights, buffers), (x, noise))

        self._all = vmap(one)
        self._all_of_one_batch = vmap(one, in_dims=(0, None, None))
        if self.device.type == "cuda":
            self._all = torch.compile(self._all)

    def train(self, report: Callable[[Sweep], None] | None = None) -> None:
        """Train to the last step; `report` is called after every epoch.

        Raises
        ------
        FloatingPointError
            If a member's weights are no longer finite.
        """
        began, before = time.perf_counter(), self.seconds
        while self.step < self.steps:
            self._one_step()
            if self.step % self.batches == 0:
                if not all(bool(weight.isfinite().all()) for weight in self.weights.values()):
                    raise FloatingPointError(
                        f"weights of {self.recipe.id} are no longer finite: lower its learning rate."
                    )
                self.seconds = before + time.perf_counter() - began
                if report:
                    report(self)

    def _one_step(self) -> None:
        position, size = self.step % self.batches, self.recipe.batch_size
        if position == 0:
            orders = [torch.randperm(len(self.images), generator=g) for g in self.order_generators]
            self.order = torch.stack(orders).to(self.device)
        chosen = self.order[:, position * size : (position + 1) * size]
        x = self._to_members(self.images[chosen].float().div_(255.0))
        noise = self._to_members(
            torch.stack([
                torch.randn(size, self.recipe.arguments["latent_dim"], generator=g, device=self.device)
                for g in self.noise_generators
            ])
        )  # fmt: skip
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step, self.steps)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            distortion, rate = self._all(self.weights, x, noise)
        (distortion + self.beta * rate).sum().backward()  # a member's weights are in its own term only
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1

    def _to_members(self, of_seeds: Tensor) -> Tensor:
        """(S, …) of the seeds -> (M, …) of the members."""
        return of_seeds.expand(len(self.betas), *of_seeds.shape).flatten(0, 1)

    @torch.no_grad()
    def measure(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Distortion and rate of uint8 images for every member, both (β, seed), nats per image.

        With the noise of `training.validation.gallery_loss`, which gives a member by itself the same.
        """
        images = images.to(self.device)
        generator = torch.Generator(self.device).manual_seed(0)
        sums = torch.zeros(2, len(self.beta), dtype=torch.float64, device=self.device)
        for batch in images.split(1000):
            shape = len(batch), self.recipe.arguments["latent_dim"]
            noise = torch.randn(shape, generator=generator, device=self.device)
            found = self._all_of_one_batch(self.weights, batch.float().div_(255.0), noise)
            sums += len(batch) * torch.stack(found)
        distortion, rate = (sums / len(images)).reshape(2, len(self.betas), len(self.seeds)).cpu()
        return distortion, rate

    def member(self, beta: float, seed: int) -> VAE:
        """The VAE of this β and this seed, by itself, on the CPU."""
        index = self.betas.index(beta) * len(self.seeds) + self.seeds.index(seed)
        model = build(self.recipe.family, self.recipe.arguments | {"beta": beta})
        state = {n.removeprefix("model."): w[index].detach().cpu() for n, w in self.weights.items()}
        model.load_state_dict(state, strict=True)
        return model


def found(sweep: Sweep, images: Tensor) -> dict[str, Any]:
    """What a trained sweep says of `images`: a row for each β, and how fast it was."""
    distortion, rate = sweep.measure(images)
    rows = []
    for beta, d, r in zip(sweep.betas, distortion.tolist(), rate.tolist(), strict=True):
        rows.append({"beta": beta, "distortion": _spread(d), "rate": _spread(r)})
    seen = sweep.step * sweep.recipe.batch_size * len(sweep.beta)
    return {
        "recipe": sweep.recipe.as_dict(), "seeds": list(sweep.seeds), "device": str(sweep.device),
        "precision": "bfloat16 autocast" if sweep.autocast else "float32",
        "seconds": sweep.seconds, "images_per_second": seen / sweep.seconds, "rows": rows,
    }  # fmt: skip


def _spread(values: list[float]) -> dict[str, Any]:
    sd = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "sd": sd, "values": values}


def table(facts: dict[str, Any]) -> str:
    """The rows as text, nats per image, mean ± standard deviation over the seeds."""
    lines = [f"{'β':>6}  {'distortion':>15}  {'rate':>15}"]
    for row in facts["rows"]:
        cells = []
        for name in ("distortion", "rate"):
            sd = row[name]["sd"]
            cells.append(f"{row[name]['mean']:.2f}" + ("" if sd is None else f" ± {sd:.2f}"))
        lines.append(f"{row['beta']:>6g}  {cells[0]:>15}  {cells[1]:>15}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.sweep", description=__doc__)
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs, help=f"of each run ({RECIPE.epochs})")
    parser.add_argument("--images", type=int, help="train on this many images only")
    parser.add_argument("--dataset", default=RECIPE.dataset, help=f"data set ({RECIPE.dataset})")
    parser.add_argument("--device", help="cpu or cuda (default: a GPU where there is one)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same as JSON")
    asked = parser.parse_args(arguments)
    try:
        device = pick_device(asked.device)
        dataset = datasets.get(asked.dataset)
        shape = RECIPE.arguments | {"image_shape": list(dataset.image_shape)}
        recipe = dataclasses.replace(RECIPE, dataset=asked.dataset, epochs=asked.epochs, arguments=shape)
        images = torch.from_numpy(dataset.split("train").images[: asked.images].copy())
        sweep = Sweep(recipe, BETAS, SEEDS, device, images)
        sweep.train(lambda s: print(f"epoch {s.step // s.batches}: {s.seconds:.1f} s", file=sys.stderr))
    except (ValueError, FloatingPointError, datasets.DatasetUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    facts = found(sweep, torch.from_numpy(dataset.split("gallery").images.copy()))
    members = len(sweep.beta)
    print(
        f"{members} runs of {asked.epochs} epochs on {len(images):,} images, {sweep.seconds:.1f} s on "
        f"{facts['device']} in {facts['precision']}: {facts['images_per_second']:,.0f} images/s"
    )
    print("Nats per image of the gallery, mean ± standard deviation over the seeds:")
    print(table(facts))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
