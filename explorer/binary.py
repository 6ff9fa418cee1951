"""Binary images: a grey pixel read as the probability of ink, and drawn (Salakhutdinov & Murray 2008).

Drawn anew at each sight (dynamic binarisation) a set is larger than drawn once (static): likelihoods of
models trained on one and on the other differ by about 2 nats and are not compared.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def draw(grey: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Pixels 0 or 1, each 1 with the probability that its grey value in [0, 1] says; of grey's shape."""
    u = torch.rand(grey.shape, generator=generator, device=grey.device, dtype=grey.dtype)
    return (u < grey).to(grey.dtype)


def draw_array(grey: np.ndarray, seed: int) -> np.ndarray:
    """The same of an array (...) float32 in [0, 1]: whoever has the seed has the same binary set."""
    return (np.random.default_rng(seed).random(grey.shape, dtype=np.float32) < grey).astype(np.float32)
