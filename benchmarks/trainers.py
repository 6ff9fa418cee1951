"""One side of the training benchmark, in a process of its own: python -m benchmarks.trainers SIDE CASE.

CASE is a `Case` as JSON; what was found is printed as JSON. A side is our loop, pythae's trainer, or the
network's bare forward and backward passes, on the same images and on as many threads.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import datasets
from explorer.datasets.shapes import Shapes, render
from explorer.gaussian import Gaussian
from explorer.models import Autoencoder, build, families
from explorer.models.vae import VAE
from training.device import has_bf16
from training.loop import Run
from training.recipes import Recipe

IMAGE, LATENT_DIM = (1, 28, 28), 16
LEARNING_RATE = 2e-3  # pythae's, constant; our half cosine begins at twice that, so that the mean is the same
WARMUP = 0.1  # of a few hundred steps; the 2 % of long runs are too few of them at that rate
TEST_BATCH = 500
BARE_IMAGES = 10_000  # an epoch of bare passes is at most this long


@dataclass(frozen=True)
class Case:
    """What both sides train: the network ("mlp" or "conv"), batches, epochs (the first warms up), images."""

    network: str
    batch_size: int
    epochs: int
    train: int
    gallery: int
    test: int
    seed: int = 0
    threads: int = 2
    device: str = "cpu"


@dataclass(frozen=True)
class Found:
    """Seconds of each epoch after the first, images in one, the test loss (nats per image), memory (MB)."""

    seconds: list[float]
    images: int
    test_loss: float | None
    arithmetic: str
    parameters: int
    data: str = ""
    peak_mb: float = 0.0
    before_mb: float = 0.0
    device_mb: float | None = None

    @property
    def rates(self) -> list[float]:
        """Images per second of each epoch."""
        return [self.images / seconds for seconds in self.seconds]


# Data


@dataclass(frozen=True)
class Images:
    """Three sets of uint8 images (N, 1, 28, 28), the data set that they are of, and its name in words."""

    train: np.ndarray
    gallery: np.ndarray
    test: np.ndarray
    dataset: str
    name: str


def load(case: Case) -> Images:
    """MNIST's splits, cut to the case; shapes rendered in the same number where its files are not here."""
    sizes = {name: getattr(case, name) for name in datasets.base.SPLITS}
    try:
        mnist = datasets.get("mnist")
        sets = {name: mnist.split(name).images[:size] for name, size in sizes.items()}
        return Images(**sets, dataset="mnist", name="MNIST")
    except datasets.DatasetUnavailable:
        random = np.random.default_rng(0)
        sets = {
            name: render(random.integers(0, Shapes.factor_sizes, (size, 5)))[:, :, 2:-2, 2:-2]
            for name, size in sizes.items()
        }
        return Images(**sets, dataset="shapes", name="rendered shapes (MNIST's files are not here)")


def pixels(images: np.ndarray) -> Tensor:
    """uint8 (N, 1, 28, 28) -> float32 in [0, 1]."""
    return torch.from_numpy(images.astype(np.float32) / 255.0)


@torch.no_grad()
def test_loss(
    posterior: Callable[[Tensor], Gaussian], decode: Callable[[Tensor], Tensor], images: Tensor
) -> float:
    """The negative bound of `images` (N, 1, 28, 28), nats per image: cross-entropy and KL, one sample each.

    In float32 with noise of its own seed, the same for both sides; `decode` gives pixels in [0, 1].
    """
    generator = torch.Generator(images.device).manual_seed(0)
    total = 0.0
    for x in images.split(TEST_BATCH):
        q = posterior(x)
        x_hat = decode(q.sample(generator))
        total += float(F.binary_cross_entropy(x_hat, x, reduction="sum") + q.kl().sum())
    return total / len(images)


# Networks


class BorrowedConvVAE(VAE):
    """pythae's convolutional MNIST network as one of our VAEs: its own layers, without the last sigmoid."""

    family = "pythae-conv"

    def __init__(self, image_shape: tuple[int, int, int], latent_dim: int) -> None:
        super().__init__(image_shape, latent_dim, widths=(1,))
        encoder, decoder = pythae_conv()
        down, up = encoder.layers, decoder.layers
        head = nn.Linear(encoder.embedding.in_features, 2 * latent_dim)  # pythae has two of half the width
        self.encoder = nn.Sequential(*down, nn.Flatten(), head)
        self.decoder = nn.Sequential(up[0], nn.Unflatten(1, (1024, 4, 4)), *up[1:3], up[3][0])


def pythae_config() -> Any:
    """pythae's settings of the model: the loss is the Bernoulli cross-entropy, as ours."""
    from pythae.models import VAEConfig

    return VAEConfig(input_dim=IMAGE, latent_dim=LATENT_DIM, reconstruction_loss="bce")


def pythae_conv() -> tuple[nn.Module, nn.Module]:
    """pythae's convolutional encoder and decoder for MNIST."""
    from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_VAE_MNIST

    return Encoder_Conv_VAE_MNIST(pythae_config()), Decoder_Conv_AE_MNIST(pythae_config())


def recipe(case: Case, dataset: str) -> Recipe:
    """The case as a recipe; the MLP is pythae's default network, 784-512-16-512-784, from our own layers."""
    arguments: dict[str, Any] = dict(image_shape=IMAGE, latent_dim=LATENT_DIM)
    family = BorrowedConvVAE.family
    if case.network == "mlp":
        family, arguments = "vae", arguments | dict(widths=[512], activation="relu")
    return Recipe(
        id=f"benchmark-{case.network}", title="", dataset=dataset, family=family, arguments=arguments,
        epochs=case.epochs, batch_size=case.batch_size, learning_rate=2 * LEARNING_RATE, warmup=WARMUP,
    )  # fmt: skip


# Sides


class GivenRun(Run):
    """The training loop on images that are given instead of a whole data set."""

    def __init__(self, case: Case, images: Images) -> None:
        super().__init__(recipe(case, images.dataset), case.seed, torch.device(case.device))
        self.images, self.held_out = (
            torch.from_numpy(each.copy()).to(self.device) for each in (images.train, images.gallery)
        )
        self.batches = len(self.images) // case.batch_size
        self.steps = case.epochs * self.batches


def ours(case: Case, images: Images) -> Found:
    """Our loop. An epoch holds its look at the gallery, and leaves out what does not fill a batch."""
    run, ends = GivenRun(case, images), []
    run.train(report=lambda run: ends.append(time.perf_counter()))
    model = run.model.eval()
    loss = test_loss(lambda x: model.encode(x).posterior, model.decode, pixels(images.test).to(run.device))
    return Found(
        np.diff(ends).tolist(), run.batches * case.batch_size, loss,
        "bfloat16" if run.autocast else "float32", model.parameter_count,
    )  # fmt: skip


def pythae(case: Case, images: Images) -> Found:
    """pythae's trainer. An epoch holds its look at the gallery, and it keeps the best model."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE as PythaeVAE
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    seconds: list[float] = []

    class Clock(TrainingCallback):
        def on_epoch_begin(self, training_config: Any, **_: Any) -> None:
            self.begun = time.perf_counter()

        def on_epoch_end(self, training_config: Any, **_: Any) -> None:
            seconds.append(time.perf_counter() - self.begun)

    torch.manual_seed(case.seed)
    encoder, decoder = (None, None) if case.network == "mlp" else pythae_conv()
    model = PythaeVAE(pythae_config(), encoder, decoder)
    train, gallery = (
        BaseDataset(pixels(each), torch.zeros(len(each))) for each in (images.train, images.gallery)
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder, num_epochs=case.epochs, learning_rate=LEARNING_RATE, seed=case.seed,
            per_device_train_batch_size=case.batch_size, per_device_eval_batch_size=case.batch_size,
            no_cuda=case.device == "cpu",
        )  # fmt: skip
        trainer = BaseTrainer(model, train, gallery, settings, [Clock()])
        trainer.train()
    model.eval()

    def posterior(x: Tensor) -> Gaussian:
        output = model.encoder(x)
        return Gaussian(output.embedding, output.log_covariance)

    test = pixels(images.test).to(case.device)
    loss = test_loss(posterior, lambda z: model.decoder(z).reconstruction, test)
    weights = sum(p.numel() for p in model.parameters())
    return Found(seconds[1:], len(images.train), loss, "float32", weights)


def bare(case: Case, images: Images) -> Found:
    """Forward and backward passes of our network in our arithmetic, on float batches that are there: the
    limit of any loop around it, without data, optimiser or records."""
    device = torch.device(case.device)
    asked = recipe(case, images.dataset)
    torch.manual_seed(case.seed)
    model: Autoencoder = build(asked.family, asked.arguments).to(device)
    batches = pixels(images.train[:BARE_IMAGES]).to(device).split(case.batch_size)[:-1]
    loss = torch.compile(model.loss) if device.type == "cuda" else model.loss
    seconds = []
    for _ in range(case.epochs):
        begun = time.perf_counter()
        for x in batches:
            with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
                total = loss(x).total
            model.zero_grad(set_to_none=True)
            total.backward()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begun)
    arithmetic = "bfloat16" if has_bf16(device) else "float32"
    return Found(seconds[1:], len(batches) * case.batch_size, None, arithmetic, model.parameter_count)


SIDES: dict[str, Callable[[Case, Images], Found]] = {"ours": ours, "pythae": pythae, "bare": bare}


# Process


def memory_mb(peak: bool) -> float:
    """Resident memory of this process in MB, now or at its highest.

    The kernel's own record where there is one: `getrusage` begins at what the starting process held.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    field = "VmHWM:" if peak else "VmRSS:"
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def measure(side: str, case: Case) -> Found:
    """One side of one case, here."""
    torch.set_num_threads(case.threads)
    images = load(case)
    before = memory_mb(peak=False)
    if case.network == "conv":
        families()[BorrowedConvVAE.family] = BorrowedConvVAE
    found = SIDES[side](case, images)
    on_device = torch.cuda.max_memory_allocated() / 1e6 if case.device.startswith("cuda") else None
    return Found(**asdict(found) | dict(
        data=images.name, peak_mb=memory_mb(peak=True), before_mb=before, device_mb=on_device,
    ))  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], Case(**json.loads(sys.argv[2]))))))
