"""How near a reconstruction x_hat is to its image x: floats in [0, 1], (N, C, H, W) or any (N, ...)."""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py, xlogy

from explorer.metrics import _arrays
from explorer.metrics.principal import PrincipalComponents


def squared_error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Squared error of each image, summed over its pixels: (N, ...) twice -> (N,) float64, intensity²."""
    x, x_hat = _arrays.image_pair(x, x_hat)
    difference = (x - x_hat).reshape(len(x), -1)
    return np.einsum("nd,nd->n", difference, difference, dtype=np.float64)


def mse(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Mean squared error per pixel, over all images: (N, ...) twice -> a number in [0, 1]."""
    return float(squared_error(x, x_hat).mean() / np.prod(x.shape[1:]))


def psnr(x: np.ndarray, x_hat: np.ndarray, peak: float = 1.0) -> np.ndarray:
    """Peak signal-to-noise ratio of each image in dB: (N, ...) twice -> (N,) float64.

    PSNR = 10 log10(peak² / MSE of the image); infinite where both images are equal. The figure for a set
    is the mean of the images' PSNR, which is not the PSNR of the mean error.
    """
    if not peak > 0.0:
        raise ValueError(f"peak is {peak}: pass the largest possible intensity, 1 for images in [0, 1].")
    error = squared_error(x, x_hat) / np.prod(x.shape[1:])
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(peak**2 / error)


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Structural similarity of each image: (N, H, W) or (N, C, H, W) twice -> (N,) float64 in [-1, 1].

    Wang et al. 2004, eq. 13, averaged over positions and channels, by scikit-image with its defaults
    (uniform window, K1 = 0.01, K2 = 0.03, sample covariance) and data_range = 1. The window is 7 x 7 as
    usual, and 3 x 3 for images with a side under 16 pixels: on 8 x 8 digits a window of 7 would leave
    four positions.
    """
    from skimage.metrics import structural_similarity  # half a second to import: only where it is asked for

    x, x_hat = _arrays.image_pair(x, x_hat)
    if x.ndim == 3:
        x, x_hat = x[:, None], x_hat[:, None]
    if x.ndim != 4 or min(x.shape[2:]) < 3:
        raise ValueError(
            f"Images of shape {x.shape} have no SSIM: pass (N, H, W) or (N, C, H, W), sides of 3 at least."
        )
    window = 7 if min(x.shape[2:]) >= 16 else 3
    return np.array(
        [
            structural_similarity(a, b, win_size=window, data_range=1.0, channel_axis=0)
            for a, b in zip(x.astype(np.float64), x_hat.astype(np.float64), strict=True)
        ]
    )


def cross_entropy(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Bernoulli cross-entropy of each image, summed over its pixels: (N, ...) twice -> (N,) float64, nats.

    -sum_i [x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i)] (Kingma & Welling 2014, appendix C.1), 0 log 0 =
    0. A negative log-likelihood where x is 0 or 1; for grey x a loss only, with minimum above 0.
    Logarithms are cut at -100 as in torch.nn.BCELoss, so one pixel that is certain and wrong costs 100
    nats and not infinity. A float32 sigmoid rounds to 1 for logits over 17: take
    `cross_entropy_from_logits` where the logits are at hand.
    """
    x, x_hat = _arrays.image_pair(x, x_hat)
    x, x_hat = x.astype(np.float64).reshape(len(x), -1), x_hat.astype(np.float64).reshape(len(x), -1)
    on = np.maximum(xlogy(x, x_hat), -100.0 * x)
    off = np.maximum(xlog1py(1.0 - x, -x_hat), -100.0 * (1.0 - x))
    return -(on + off).sum(axis=1)


def cross_entropy_from_logits(x: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The same from the decoder's logits, exact at any size: (N, ...) twice -> (N,) float64, nats.

    -x log s(a) - (1 - x) log(1 - s(a)) = log(1 + e^a) - x a, s the sigmoid and a the logit.
    """
    x, logits = _arrays.images("x", x), np.asarray(logits)
    if x.shape != logits.shape or not np.isfinite(logits).all():
        raise ValueError(f"logits must be finite and of x's shape {x.shape}: got shape {logits.shape}.")
    a = logits.astype(np.float64)
    return (np.logaddexp(0.0, a) - x * a).reshape(len(x), -1).sum(axis=1)


def pca_baseline(train: np.ndarray, test: np.ndarray, components: int) -> float:
    """Test error per pixel of PCA with that many components: what the best linear autoencoder reaches.

    train (N, ...) and test (M, ...): floats in [0, 1], or uint8, which is read as 0 ... 255. Mean and
    components come from train alone (Bourlard & Kamp 1988: a linear autoencoder spans the same space);
    the result is not clipped.
    """
    basis = PrincipalComponents.fit(train, components)
    return basis.mean_squared_error(test)
