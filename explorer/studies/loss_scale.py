"""One word in a loss, and the β that it stands for: sums, means, and the decoder's noise.

A loss a·reconstruction + b·KL trains what reconstruction + (b / a)·KL trains. So averaging one of the two
terms, or dividing a squared error by the variance of the decoder's noise, is choosing a β.
"""

from __future__ import annotations

import math

REDUCTIONS = ("sum", "mean")


def equivalent_beta(beta: float, pixels: int, latents: int, over_pixels: str, over_latents: str) -> float:
    """The β of the loss with both terms summed that trains as a loss so reduced.

    Raises
    ------
    ValueError
        If a reduction is neither "sum" nor "mean", or a number is not positive.
    """
    if {over_pixels, over_latents} - set(REDUCTIONS):
        raise ValueError(f"a term is reduced by sum or mean, not by {over_pixels} and {over_latents}.")
    if not (beta > 0 and pixels > 0 and latents > 0):
        raise ValueError("β and the numbers of pixels and latents are positive.")
    times = pixels if over_pixels == "mean" else 1
    return beta * times / (latents if over_latents == "mean" else 1)


def beta_of_noise(std: float) -> float:
    """β of (summed squared error + β·KL) for a Gaussian decoder of this pixel std: 2·std².

    -log p(x|z) = ‖x - x̂‖² / (2·std²) + constant; multiplied by 2·std² the KL gets that weight (Rybkin et al.
    2020, arXiv:2006.13202, section 3).
    """
    return 2 * std**2


def noise_of_beta(beta: float) -> float:
    """The pixel std that (summed squared error + β·KL) assumes: sqrt(β / 2), 0.707 for β = 1."""
    return math.sqrt(beta / 2)


def likeliest_noise(mse: float) -> float:
    """The pixel std under which residuals of this mean square are likeliest: sqrt(mse)."""
    return math.sqrt(mse)


def gaussian_nll(mse: float, std: float, pixels: int) -> float:
    """-log p(x|z) in nats per image of residuals with this mean square, under Gaussian noise of this std."""
    return pixels * (mse / (2 * std**2) + math.log(std) + 0.5 * math.log(2 * math.pi))
