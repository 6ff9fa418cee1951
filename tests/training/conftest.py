"""Shared by the tests of training: a zoo and a cache folder of their own, and recipes that take a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer import zoo
from training.recipes import Recipe


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Checkpoints go to `home`/zoo, resume states and further seeds to `home`/cache."""
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path / "zoo")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Recipe]:
    """`tiny(**changes)`: a VAE of 3 epochs of 18 batches on digits."""

    def make(**changes) -> Recipe:
        arguments = dict(image_shape=[1, 8, 8], latent_dim=2, widths=[12], activation="silu")
        known = dict(id="tiny", title="Tiny", dataset="digits", family="vae", arguments=arguments, epochs=3)
        return Recipe(**(known | dict(batch_size=64, learning_rate=3e-3, precision="float32") | changes))

    return make
