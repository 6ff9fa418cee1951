"""Published figures that a card's own number is compared with, each with its source."""

from __future__ import annotations

from training.measurement import Measurement


def _nll(value: float, source: str) -> dict[str, Measurement]:
    on = "MNIST's test images, drawn as 0 and 1"
    return {"published_nll": Measurement(value, "nats per image", "lower", f"published: {source}", on)}


_BURDA = "Burda, Grosse & Salakhutdinov 2016 (arXiv:1509.00519), table 1, one stochastic layer, k = 5,000"
_BIP = "best public reproduction, github.com/nbip/IWAE (commit 0216b45), 3,280 epochs, k = 5,000"

#: model id -> metric name -> the published figure
PUBLISHED: dict[str, dict[str, Measurement]] = {
    "mnist-conv-ae": {
        "published_squared_error": Measurement(
            3.00,
            "per image",
            "lower",
            "published: Hinton & Salakhutdinov, Science 313 (2006): fully connected 784-1000-500-250-30, "
            "trained on all 60,000 images",
            "test split, 10,000 images",
        )
    },
    "mnist-stacked": {
        "published_error": Measurement(
            1.28,
            "%",
            "lower",
            "published: SDAE-3, Vincent et al., JMLR 11 (2010), table 3: three hidden layers, 25 % masking "
            "noise, all labels; 95 % interval ± 0.22",
            "test split, 10,000 images",
        )
    },
    "mnist-vae-binary": _nll(86.35, f"VAE trained with one sample: {_BIP}; 86.76 in {_BURDA}"),
    "mnist-cvae": _nll(
        82.32, f"conditional VAE trained with one sample, its prior depends on the class too: {_BIP}"
    ),
    "mnist-iwae": _nll(
        84.32, f"IWAE, k = 50, doubly reparameterised gradient: {_BIP}; 84.59 without; 84.78 in {_BURDA}"
    ),
}

_OCGAN = "Perera, Nallapati & Xiang 2019 (arXiv:1903.08550), mean over the models of one digit each"
PUBLISHED |= {
    f"mnist-oneclass-{digit}": {
        f"published_auroc_mean_{name.lower()}": Measurement(
            value, "AUROC", "higher", f"published: {name} in {_OCGAN}", "MNIST's test images"
        )
        for name, value in (("VAE", 0.970), ("OCGAN", 0.975))
    }
    for digit in range(10)
}
