"""Where the codes of new pictures come from: a density fitted to the codes of real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer import latent
from explorer.metrics import _arrays

#: Numbers of a code up to which each component of a mixture gets a covariance of its own; above, variances.
WIDEST_FULL = 64
_JITTER = 1e-6  # variance that is added to each number, so that a dimension without any can be drawn, too


@dataclass(frozen=True)
class Mixture:
    """A mixture of K Gaussians over codes: weights (K,), means (K, L), factors (K, L, L), covariance FFᵀ."""

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def sample(self, n: int, seed: int, temperature: float = 1.0) -> np.ndarray:
        """n codes (n, L) float32: z = mean + temperature · F · eps of a component that the weights choose.

        `eps` is what `latent.prior_samples` draws by the same seed, so that a mixture and the prior are shown
        with the same noise. The temperature shrinks each component around its own mean.
        """
        noise = latent.prior_samples(n, self.means.shape[1], seed, temperature)
        which = np.random.default_rng([seed, 1]).choice(len(self.weights), size=n, p=self.weights)
        moved = np.einsum("nij,nj->ni", self.factors[which], noise)
        return (self.means[which] + moved).astype(np.float32)


def fit(z: np.ndarray, components: int, seed: int = 0) -> Mixture:
    """A mixture of `components` Gaussians fitted to codes (N, L) by expectation maximisation (scikit-learn).

    One component is the codes' own mean and covariance, in closed form. Codes of more than `WIDEST_FULL`
    numbers get diagonal covariances where there are several components. Generating from a plain autoencoder
    by a density that is fitted afterwards: Ghosh et al. 2020 (arXiv:1903.12436), section 4.

    Raises
    ------
    ValueError
        If there are fewer codes than twice the components.
    """
    z = _arrays.matrix("z", z).astype(np.float64)
    if not 1 <= 2 * components <= len(z):
        raise ValueError(f"{components} components were asked for {len(z)} codes: choose fewer.")
    if components == 1:
        covariances = np.cov(z.T, bias=True).reshape(1, z.shape[1], z.shape[1])
        return Mixture(np.ones(1), z.mean(axis=0)[None], _factors(covariances))
    from sklearn.mixture import GaussianMixture  # a second to import: only where a mixture is fitted

    full = z.shape[1] <= WIDEST_FULL
    kind = "full" if full else "diag"
    model = GaussianMixture(components, covariance_type=kind, random_state=seed, reg_covar=1e-4, tol=1e-2)
    model.fit(z)
    covariances = model.covariances_ if full else np.stack([np.diag(each) for each in model.covariances_])
    return Mixture(model.weights_ / model.weights_.sum(), model.means_, _factors(covariances))


def _factors(covariances: np.ndarray) -> np.ndarray:
    return np.linalg.cholesky(covariances + _JITTER * np.eye(covariances.shape[-1]))
