"""Which draws can be rewritten as z = g(u, theta), u uniform, and what the gradient is then.

g is the inverse of the distribution function F. Where it is smooth, dz/dtheta = −(dF/dtheta) / p(z): the
implicit derivative (Figurnov et al. 2018, arXiv:1805.08498), which needs no inverse in closed form. Where it
jumps, as for a Bernoulli, the derivative is 0 almost everywhere, and a relaxation takes its place (Maddison
et al. arXiv:1611.00712, Jang et al. arXiv:1611.01144). The function whose mean is differentiated is
f(z) = (z − TARGET)².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

TARGET = 0.45
_STEP = 1e-4  # of theta, for dF/dtheta


@dataclass(frozen=True)
class Family:
    """A distribution with one parameter: its name and symbol, its range and opening value, and g in LaTeX."""

    name: str
    parameter: str
    low: float
    high: float
    first: float
    rewritten: str


FAMILIES = {
    each.name: each
    for each in (
        Family("Gaussian", "mean μ", -2.0, 2.0, 1.0, r"z = \mu + \sigma\,\Phi^{-1}(u),\quad \sigma = 1"),
        Family("Laplace", "scale b", 0.2, 2.0, 1.0, r"z = -b\,\mathrm{sign}(v)\ln(1 - 2|v|)"),
        Family("Gamma", "shape α", 0.3, 5.0, 2.0,
               r"\tfrac{\partial z}{\partial\alpha} = "
               r"-\frac{\partial F_\alpha(z)/\partial\alpha}{p_\alpha(z)}"),
        Family("Bernoulli", "probability p", 0.05, 0.95, 0.3, r"z = [\,u > 1 - p\,],\quad "
               r"\tfrac{\partial z}{\partial p} = 0"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """N draws, and for each the gradient of f by the pathwise and by the score-function estimator: (N,)."""

    z: np.ndarray
    pathwise: np.ndarray
    score: np.ndarray


def uniform(count: int, seed: int) -> np.ndarray:
    """Noise u (N,), strictly inside (0, 1)."""
    return np.random.default_rng(seed).uniform(1e-9, 1 - 1e-9, count)


def draws(family: str, theta: float, u: np.ndarray) -> np.ndarray:
    """z = g(u, theta): (N,), increasing in u."""
    if family == "Gaussian":
        return theta + special.ndtri(u)
    if family == "Laplace":
        return -theta * np.sign(u - 0.5) * np.log1p(-2 * np.abs(u - 0.5))
    if family == "Gamma":
        return special.gammaincinv(theta, u)
    return (u > 1 - theta).astype(np.float64)


def slopes(family: str, theta: float, u: np.ndarray) -> np.ndarray:
    """dz/dtheta with u held: (N,)."""
    z = draws(family, theta, u)
    if family == "Gaussian":
        return np.ones_like(z)
    if family == "Laplace":
        return z / theta
    if family == "Gamma":
        change = special.gammainc(theta + _STEP, z) - special.gammainc(theta - _STEP, z)
        log_density = special.xlogy(theta - 1, z) - z - special.gammaln(theta)
        return -change / (2 * _STEP) * np.exp(-log_density)
    return np.zeros_like(z)


def log_slopes(family: str, theta: float, z: np.ndarray) -> np.ndarray:
    """d log p(z) / dtheta, the score: (N,)."""
    if family == "Gaussian":
        return z - theta
    if family == "Laplace":
        return np.abs(z) / theta**2 - 1 / theta
    if family == "Gamma":
        return np.log(np.maximum(z, 1e-300)) - special.digamma(theta)
    return z / theta - (1 - z) / (1 - theta)


def true_gradient(family: str, theta: float) -> float:
    """d/dtheta of E[(z − TARGET)²], from mean and variance."""
    if family == "Gaussian":  # 1 + (μ − t)²
        return 2 * (theta - TARGET)
    if family == "Laplace":  # 2 b² + t²
        return 4 * theta
    if family == "Gamma":  # α + (α − t)²
        return 1 + 2 * (theta - TARGET)
    return 1 - 2 * TARGET  # p (1 − t)² + (1 − p) t²


def sample(family: str, theta: float, count: int, seed: int) -> Sample:
    """Both estimators from the same noise."""
    u = uniform(count, seed)
    z = draws(family, theta, u)
    f = (z - TARGET) ** 2
    return Sample(z, 2 * (z - TARGET) * slopes(family, theta, u), f * log_slopes(family, theta, z))


def relaxed(theta: float, temperature: float, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The binary concrete relaxation z = sigmoid((logit p + logit u) / T), and the gradient of f: (N,)."""
    z = special.expit((special.logit(theta) + special.logit(u)) / temperature)
    return z, 2 * (z - TARGET) * z * (1 - z) / (temperature * theta * (1 - theta))


def bias_and_deviation(theta: float, temperature: float) -> tuple[float, float]:
    """Mean minus the true gradient, and standard deviation, of the relaxation's gradient: by quadrature.

    In x = (logit p + logit u) / T the gradient is a smooth bump: a fine trapezoidal sum over x is exact to
    many digits, however cold it is. u's logit has the logistic density.
    """
    x = np.linspace(-40.0, 40.0, 8001)
    z = special.expit(x)
    logit = x * temperature - special.logit(theta)
    density = special.expit(logit) * special.expit(-logit) * temperature
    gradient = 2 * (z - TARGET) * z * (1 - z) / (temperature * theta * (1 - theta))
    mean = np.trapezoid(gradient * density, x)
    square = np.trapezoid(gradient**2 * density, x)
    return float(mean - true_gradient("Bernoulli", theta)), float(np.sqrt(max(square - mean**2, 0.0)))
