"""The linear VAE in closed form: which directions of the data stay alive, given the decoder's noise.

Decoder p(x|z) = N(W z + m, s² I), z of L numbers with a standard normal prior. Its likelihood is that of
probabilistic PCA (Tipping & Bishop 1999), and a linear encoder with a diagonal posterior reaches it: the ELBO
has no other maximum value, and collapse is already in the likelihood (Lucas et al. 2019, arXiv:1911.02469).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LinearVAE:
    """The best linear VAE for given eigenvalues and noise.

    KL (L,) by dimension, nats; how many of them are above 0; and −log p(x), nats per image, which is the
    ELBO's negative, for the bound is tight.
    """

    kl: np.ndarray
    alive: int
    nll: float


def eigenvalues(x: np.ndarray) -> np.ndarray:
    """Variances of images (N, ...) along their principal directions, largest first: (D,)."""
    flat = np.asarray(x, np.float64).reshape(len(x), -1)
    flat = flat - flat.mean(axis=0)
    across = flat.shape[1] > len(flat)  # the smaller of the two products has the same ones, but for zeros
    product = flat @ flat.T if across else flat.T @ flat
    found = np.zeros(flat.shape[1])
    found[: len(product)] = np.maximum(np.linalg.eigvalsh(product / len(flat))[::-1], 0.0)
    return found


def fit(eigenvalues: np.ndarray, noise: float, latent_dim: int) -> LinearVAE:
    """The optimum for noise variance `noise` > 0.

    Column i of W has the length sqrt(λ_i − s²) where λ_i > s², and 0 elsewhere (Tipping & Bishop 1999,
    eq. 7 and appendix A): that dimension's posterior is the prior. Alive, its posterior variance is s²/λ_i,
    and the means vary by 1 − s²/λ_i: KL_i = ½ ln(λ_i / s²).

    Raises
    ------
    ValueError
        If the noise is not positive, or the code has no or too many dimensions.
    """
    lambdas = np.asarray(eigenvalues, np.float64)
    if not noise > 0:
        raise ValueError(f"the noise variance is {noise}: give a positive one.")
    if not 1 <= latent_dim <= len(lambdas):
        raise ValueError(
            f"{latent_dim} dimensions of {len(lambdas)}: give at least one and no more than pixels."
        )
    kept = np.maximum(lambdas[:latent_dim], noise)
    kl = 0.5 * np.log(kept / noise)
    rest = len(lambdas) - latent_dim
    spread = np.log(kept).sum() + rest * np.log(noise)
    explained = (lambdas[:latent_dim] / kept).sum() + lambdas[latent_dim:].sum() / noise
    nll = 0.5 * (len(lambdas) * np.log(2 * np.pi) + spread + explained)
    return LinearVAE(kl, int((lambdas[:latent_dim] > noise).sum()), float(nll))


def best_noise(eigenvalues: np.ndarray, latent_dim: int) -> float:
    """The noise variance of the highest likelihood: the mean of the variances that the code leaves out
    (Tipping & Bishop 1999, eq. 8)."""
    return float(np.mean(np.asarray(eigenvalues, np.float64)[latent_dim:]))
