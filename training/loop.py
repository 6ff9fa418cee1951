"""The loop that trains every recipe: data resident on the device, one fused optimiser, exact resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer import datasets, storage, zoo
from explorer.corruption import corrupt
from explorer.models import Autoencoder, build
from training.device import arithmetic, has_bf16
from training.recipes import Recipe
from training.state import read_state, write_state
from training.validation import gallery_kl, gallery_loss, seen

VALIDATION_POINTS = 20
CURVE_POINTS = 150
DRAWN_DIMENSIONS = 64  # the curve holds the KL of each dimension of a code of at most this size
SAVE_EVERY_SECONDS = 20.0
ROUNDED_SHARE = 0.15  # of all steps, the last ones, of a recipe whose weights are stored with few levels
CRITIC_RATE = 1e-4  # Kim & Mnih 2018, appendix A


class Interrupted(Exception):
    """The run was asked to stop; its state lies on disk."""


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine to 0; a function of the step alone, so resuming needs no state."""
    warm = max(1, round(recipe.warmup * steps))
    rise = min(1.0, (step + 1) / warm)
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0, step - warm) / max(1, steps - warm))))
    return recipe.learning_rate * rise * fall


class Run:
    """One seed of one recipe, from its first step to its last, stoppable and resumable anywhere.

    After the same number of steps a resumed run holds bit for bit the weights of an uninterrupted one (same
    machine, device and thread count): weights, optimiser, both generators, the permutation and the place in
    it are saved; the learning rate follows from the step.
    """

    def __init__(self, recipe: Recipe, seed: int, device: torch.device) -> None:
        self.recipe, self.seed, self.device = recipe, seed, device
        torch.manual_seed(seed)  # initial weights; everything later has a generator of its own
        self.model: Autoencoder = build(recipe.family, recipe.arguments).to(device)
        if recipe.start:
            self.model.load_state_dict(zoo.load(recipe.start).state_dict())
        # On a CPU colour images train a quarter faster in this layout; with grey ones nothing was measured.
        if device.type == "cuda" or self.model.image_shape[0] > 1:
            self.model.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=recipe.learning_rate, fused=True)
        self.critic = self.model.make_critic()
        if self.critic is not None:
            self.critic.to(device)
            self.critic_optimizer = torch.optim.Adam(
                self.critic.parameters(), lr=CRITIC_RATE, betas=(0.5, 0.9), fused=True
            )
        self.order_generator = torch.Generator().manual_seed(seed + 1)
        self.noise_generator = torch.Generator(device).manual_seed(seed + 2)

        dataset = datasets.get(recipe.dataset)
        train, gallery = (dataset.split(name).only(recipe.classes) for name in ("train", "gallery"))
        train = train.few(recipe.subset)
        self.images, self.held_out = (torch.from_numpy(s.images.copy()).to(device) for s in (train, gallery))
        self.labels = self.held_out_labels = None
        if self.model.label_count:
            self.labels, self.held_out_labels = (
                torch.from_numpy(s.labels.copy()).to(device) for s in (train, gallery)
            )
        self.batches = len(self.images) // recipe.batch_size
        if self.batches == 0:
            raise ValueError(
                f"{recipe.id} asks for batches of {recipe.batch_size} but has {len(self.images)} images: "
                "make its batches smaller."
            )
        self.steps = recipe.epochs * self.batches
        self.step = 0
        self.seconds = 0.0
        self.curve: list[dict[str, Any]] = []
        self.sums = torch.zeros(3, dtype=torch.float64, device=device)
        self.order = torch.empty(0, dtype=torch.int64)
        self.autocast = recipe.precision == "bf16" and has_bf16(device)
        self._loss = torch.compile(self.model.loss) if device.type == "cuda" else self.model.loss

    @property
    def device_name(self) -> str:
        """Device and arithmetic, as the card states them."""
        return arithmetic(self.device, self.autocast)

    def train(
        self,
        state_path: Path | None = None,
        report: Callable[[Run], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        save_every_seconds: float = SAVE_EVERY_SECONDS,
    ) -> None:
        """Train to the last step.

        Parameters
        ----------
        state_path : where the resume state is written every `save_every_seconds` and on `stop`.
        report : called after every epoch.
        stop : asked after every step; True saves and raises.

        Raises
        ------
        Interrupted
            If `stop` said so.
        FloatingPointError
            If the loss is no longer finite.
        """
        began, before = time.perf_counter(), self.seconds
        saved = began
        while self.step < self.steps:
            self._one_step()
            now = time.perf_counter()
            self.seconds = before + now - began
            if self.step % self.batches == 0:
                self._close_epoch()
                if report:
                    report(self)
            stopping = stop()
            if state_path and (stopping or now - saved >= save_every_seconds):
                self.save(state_path)
                saved = now
            if stopping:
                raise Interrupted

    def _one_step(self) -> None:
        position = self.step % self.batches
        if position == 0:
            self.order = torch.randperm(len(self.images), generator=self.order_generator)
        size = self.recipe.batch_size
        chosen = self.order[position * size : (position + 1) * size].to(self.device)
        target = seen(self.model, self.images[chosen], self.noise_generator)
        given = None if self.labels is None else self.labels[chosen]
        x = self._corrupted(target)

        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step, self.steps)
        self.model.progress.fill_(self.step / self.steps)
        extra = {} if self.critic is None else {"critic": self.critic}
        with self._as_stored():
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
                loss = self._loss(x, target, given, self.noise_generator, **extra)
            loss.total.backward()
            if self.critic is not None:
                self._teach_critic(x, position)
        self.optimizer.step()
        self.model.constrain()
        self.optimizer.zero_grad(set_to_none=True)
        self.sums += torch.stack([part.detach() for part in loss])
        self.step += 1

    @contextmanager
    def _as_stored(self) -> Iterator[None]:
        """In the last part of a run, the weights as the checkpoint will hold them, to step or to measure.

        Their gradients move the weights that were not rounded (the straight-through estimator, Bengio et al.
        2013, arXiv:1308.3432, section 4), so that these end where rounding costs least.
        """
        levels = self.recipe.levels
        if levels == storage.LEVELS or self.step < (1 - ROUNDED_SHARE) * self.steps:
            yield
            return
        matrices = [weight for weight in self.model.parameters() if weight.ndim >= 2]
        exact = [weight.detach().clone() for weight in matrices]
        with torch.no_grad():
            for weight in matrices:
                weight.copy_(storage.rounded(weight, levels))
        try:
            yield
        finally:
            with torch.no_grad():
                for weight, value in zip(matrices, exact, strict=True):
                    weight.copy_(value)

    def _teach_critic(self, x: Tensor, position: int) -> None:
        """One step of the critic, on this batch and on another one, with the model as it was."""
        self.critic.zero_grad(set_to_none=True)  # the model's own pass left gradients there
        size = self.recipe.batch_size
        start = ((position + self.batches // 2) % self.batches) * size
        chosen = self.order[start : start + size].to(self.device)
        other = seen(self.model, self.images[chosen], self.noise_generator)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            loss = self.model.critic_loss(self.critic, x, other, self.noise_generator)
        loss.backward()
        self.critic_optimizer.step()

    def _corrupted(self, target: Tensor) -> Tensor:
        """The network's input: the target itself, or the target under one of the recipe's corruptions."""
        kinds = self.recipe.corruptions
        if not kinds:
            return target
        chosen = kinds[int(torch.randint(len(kinds), (), generator=self.order_generator))]
        u = torch.rand(len(target), generator=self.noise_generator, device=self.device)
        level = chosen.low + (chosen.high - chosen.low) * u
        return corrupt(target, chosen.kind, level, self.noise_generator)

    def _close_epoch(self) -> None:
        """Append the epoch's means to the learning curve; check that the loss is finite."""
        total, reconstruction, regularizer = (self.sums / self.batches).tolist()
        self.sums.zero_()
        epoch = self.step // self.batches
        self._check_finite(epoch, total)
        last = epoch == self.recipe.epochs
        every = max(1, self.recipe.epochs // VALIDATION_POINTS)
        validated = epoch % every == 0 or last
        if not validated and (epoch - 1) % math.ceil(self.recipe.epochs / CURVE_POINTS):
            return  # a card holds no more points than a figure can show
        point = {
            "epoch": epoch,
            "seconds": round(self.seconds, 2),
            "loss": round(total, 4),
            "reconstruction": round(reconstruction, 4),
            "regularizer": round(regularizer, 4),
        }
        if validated:
            with self._as_stored():
                point |= self._on_gallery(epoch)
        self.curve.append(point)

    def _on_gallery(self, epoch: int) -> dict[str, Any]:
        """What the curve says of the held-out gallery."""
        held_out = gallery_loss(self.model, self.held_out, self.held_out_labels)
        self._check_finite(epoch, *held_out)  # the last step of an epoch shows only here
        found: dict[str, Any] = {
            "gallery_reconstruction": round(held_out[0], 4),
            "gallery_regularizer": round(held_out[1], 4),
        }
        if self.model.variational and self.model.latent_dim <= DRAWN_DIMENSIONS:
            kl = gallery_kl(self.model, self.held_out, self.held_out_labels)
            found["gallery_kl_per_dimension"] = kl
        return found

    def _check_finite(self, epoch: int, *values: float) -> None:
        if not all(math.isfinite(value) for value in values):
            raise FloatingPointError(
                f"the loss of {self.recipe.id} is no longer finite in epoch {epoch}: lower its learning rate."
            )

    def save(self, path: Path) -> None:
        """Write everything that the next step depends on."""
        tensors: dict[str, Tensor] = {f"model.{n}": t for n, t in self.model.state_dict().items()}
        tensors |= _flat(self.optimizer, "optimizer")
        if self.critic is not None:
            tensors |= {f"critic.{n}": t for n, t in self.critic.state_dict().items()}
            tensors |= _flat(self.critic_optimizer, "critic_optimizer")
        tensors["order"] = self.order
        tensors["sums"] = self.sums
        tensors["order_generator"] = self.order_generator.get_state()
        tensors["noise_generator"] = self.noise_generator.get_state()
        facts = {
            "recipe": self.recipe.digest, "seed": self.seed, "step": self.step,
            "seconds": self.seconds, "curve": self.curve,
        }  # fmt: skip
        write_state(path, tensors, facts)

    def restore(self, path: Path) -> None:
        """Continue from a saved state.

        Raises
        ------
        ValueError
            If the state is damaged or of another recipe or seed.
        """
        tensors, facts = read_state(path)
        if (facts.get("recipe"), facts.get("seed")) != (self.recipe.digest, self.seed):
            raise ValueError(
                f"{path} was made by another version of {self.recipe.id}: start again without --resume."
            )
        self.model.load_state_dict(_named(tensors, "model"), strict=True)
        _restore(self.optimizer, list(self.model.parameters()), _named(tensors, "optimizer"))
        if self.critic is not None:
            self.critic.load_state_dict(_named(tensors, "critic"), strict=True)
            weights = list(self.critic.parameters())
            _restore(self.critic_optimizer, weights, _named(tensors, "critic_optimizer"))
        self.order = tensors["order"]
        self.sums = tensors["sums"].to(self.device)
        self.order_generator.set_state(tensors["order_generator"])
        self.noise_generator.set_state(tensors["noise_generator"])
        self.step, self.seconds, self.curve = facts["step"], facts["seconds"], facts["curve"]


def _flat(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """The optimiser's state as named tensors."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}.{index}.{n}": t for index, parts in state.items() for n, t in parts.items()}


def _named(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(f"{prefix}."): t for n, t in tensors.items() if n.startswith(f"{prefix}.")}


def _restore(optimizer: torch.optim.Optimizer, weights: list[Tensor], tensors: dict[str, Tensor]) -> None:
    """Give an optimiser of `weights` the state that `_flat` named."""
    described = optimizer.state_dict()
    described["state"] = {}
    for name, tensor in tensors.items():
        index, part = name.split(".")
        weight = weights[int(index)]
        if tensor.shape == weight.shape:  # the fused optimiser wants the weights' own memory layout
            tensor = torch.empty_like(weight, dtype=tensor.dtype).copy_(tensor)
        described["state"].setdefault(int(index), {})[part] = tensor
    optimizer.load_state_dict(described)
