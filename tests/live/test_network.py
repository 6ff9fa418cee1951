"""The browser's forward pass against PyTorch's: each layer of the vocabulary, each shipped checkpoint."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser
from torch import nn

from explorer import datasets, latent, storage, zoo
from explorer.live import network
from explorer.live.join import join
from explorer.models import build

TOLERANCE = 1e-4
COUNT = 64
Compute = Callable[[network.Asset, np.ndarray], np.ndarray]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def compute(browser: Browser) -> Iterator[Compute]:
    """A function (asset, inputs (B, …)) -> outputs (B, n) of the tests' Chromium."""
    page = browser.new_page()
    modules = [
        "data:text/javascript;base64," + base64_of(join(name).encode()) for name in ("network", "pack")
    ]
    body = """async ([modules, asset, input, count]) => {
        const [{ Network }, { unpack }] = await Promise.all(modules.map((address) => import(address)));
        const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const { meta, arrays } = unpack(bytes(asset));
        return [...new Network(meta, arrays).forward(new Float32Array(bytes(input).buffer), count)];
    }"""

    def run(asset: network.Asset, inputs: np.ndarray) -> np.ndarray:
        sent = [modules, base64_of(asset.packed), base64_of(inputs.astype("<f4").tobytes()), len(inputs)]
        return np.array(page.evaluate(body, sent), np.float32).reshape(len(inputs), -1)

    yield run
    page.close()


def inputs_of(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(5, *shape)).astype(np.float32)


NETWORKS = {
    "dense": ((7,), [nn.Linear(7, 13), nn.Tanh(), nn.Linear(13, 3, bias=False)]),
    "clipped": ((7,), [nn.Linear(7, 40), nn.Hardtanh(0.0, 1.0)]),
    "one number": ((1,), [nn.Linear(1, 1), nn.Sigmoid()]),
    "flatten": (
        (2, 3, 4),
        [nn.Flatten(), nn.ReLU(), nn.Linear(24, 6), nn.Unflatten(1, (1, 2, 3)), nn.SiLU()],
    ),
    "convolution": ((3, 9, 7), [nn.Conv2d(3, 5, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]),
    "uneven": ((2, 6, 8), [nn.Conv2d(2, 9, (3, 2), stride=(1, 3), padding=(0, 2), bias=False), nn.ELU(0.7)]),
    "transposed": ((3, 4, 5), [nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1), nn.Softplus()]),
    "odd": (
        (5, 3, 4),
        [nn.ConvTranspose2d(5, 6, (3, 5), stride=(2, 3), padding=(1, 0), output_padding=(1, 2))],
    ),
    "gaps": ((2, 3, 3), [nn.ConvTranspose2d(2, 3, 2, stride=3)]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_of_the_vocabulary_is_pytorchs(compute: Compute, name: str) -> None:
    shape, layers = NETWORKS[name]
    torch.manual_seed(1)
    net = nn.Sequential(*layers)
    for parameter in net.parameters():
        nn.init.normal_(parameter)
    x = inputs_of(*shape)
    with torch.no_grad():
        expected = net(torch.from_numpy(x)).reshape(len(x), -1).numpy()
    np.testing.assert_allclose(compute(network.export(net, shape), x), expected, atol=2e-5, rtol=1e-5)


def test_the_vocabulary_is_tested_whole() -> None:
    tested = {type(layer) for _, layers in NETWORKS.values() for layer in layers}
    assert tested == set(network.LAYERS)


@pytest.mark.parametrize(
    "layer",
    [nn.BatchNorm1d(3), nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, padding="same"), nn.Flatten(0)],
)
def test_a_layer_that_the_browser_does_not_know_is_named(layer: nn.Module) -> None:
    with pytest.raises(network.UnknownLayer, match=type(layer).__name__):
        network.export(nn.Sequential(layer), (3,))


def examples(model_id: str) -> tuple[np.ndarray, np.ndarray]:
    """64 images, real where they are embedded, else decoded samples, and 64 codes."""
    model = zoo.load(model_id)
    codes = latent.prior_samples(COUNT, model.latent_dim, seed=5)
    try:
        images = datasets.get(zoo.card(model_id).dataset).split("gallery").pixels(np.arange(COUNT))
    except datasets.DatasetUnavailable:
        images = latent.decode(model, codes, labels=np.zeros(COUNT, np.int64))
    return images, codes


@pytest.mark.parametrize("model_id", sorted(zoo.cards()))
def test_every_checkpoint_is_pytorchs(compute: Compute, model_id: str) -> None:
    model, stored = zoo.load(model_id), zoo.stored(model_id)
    images, codes = examples(model_id)
    label = 3 if model.label_count else None
    labels = None if label is None else np.full(COUNT, label)
    if model.autoregressive:
        with pytest.raises(network.UnknownLayer, match="cannot compute the layer"):
            network.of_model(model, stored, label)
        return
    encoder, decoder = network.of_model(model, stored, label)
    mean, logvar = latent.encode(model, images, labels)
    expected = mean if logvar is None else np.concatenate([mean, logvar], axis=1)
    assert np.abs(compute(encoder, images) - expected).max() < TOLERANCE
    pictures = latent.decode(model, codes, labels=labels).reshape(COUNT, -1)
    assert np.ptp(pictures) > 0.5  # so that the comparison says something
    assert np.abs(compute(decoder, codes) - pictures).max() < TOLERANCE


@pytest.mark.parametrize("dtype", storage.TYPES)
@pytest.mark.parametrize("trunk, widths", [("mlp", [40]), ("conv", [4, 40])])
def test_a_class_is_folded_into_the_stored_weights(
    compute: Compute, dtype: torch.dtype, trunk: str, widths: list[int]
) -> None:
    """Widths that are no multiples of 32, so that a block of one scale holds inputs and labels."""
    torch.manual_seed(2)
    arguments = dict(image_shape=[1, 8, 10], latent_dim=5, trunk_kind=trunk, widths=widths, label_count=4)
    model = build("conditional", arguments).requires_grad_(False)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    stored = storage.compress(model.state_dict(), dtype)
    model.load_state_dict(storage.expand(stored))
    x, z = inputs_of(1, 8, 10), inputs_of(5)
    for label in (0, 3):
        labels = np.full(5, label)
        encoder, decoder = network.of_model(model, stored, label)
        code = np.concatenate(latent.encode(model, x, labels), axis=1)
        np.testing.assert_allclose(compute(encoder, x), code, atol=TOLERANCE)
        pictures = latent.decode(model, z, labels=labels).reshape(5, -1)
        np.testing.assert_allclose(compute(decoder, z), pictures, atol=TOLERANCE)
    for wrong in (None, 4):
        with pytest.raises(ValueError, match="is no class of this model"):
            network.of_model(model, stored, wrong)


def test_a_wrong_weight_is_seen(compute: Compute) -> None:
    model, stored = zoo.load("mnist-vae-2d"), zoo.stored("mnist-vae-2d")
    images, codes = examples("mnist-vae-2d")
    lit = int(images.mean(axis=0).argmax())  # a weight of a pixel that is always dark would change nothing
    for part, column, given, expected in (
        ("encoder.1.weight", lit, images, np.concatenate(latent.encode(model, images), axis=1)),
        ("decoder.0.weight", 0, codes, latent.decode(model, codes).reshape(COUNT, -1)),
    ):
        wrong = {name: tensor.clone() for name, tensor in stored.items()}
        row = int(wrong[part][:, column].abs().argmax())
        wrong[part][row, column] *= -1
        asset = network.of_model(model, wrong)[part.startswith("decoder")]
        assert np.abs(compute(asset, given) - expected).max() > TOLERANCE
