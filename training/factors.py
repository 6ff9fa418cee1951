"""How single latents follow single factors, on a data set that is a complete factorial: four scores."""

from __future__ import annotations

import numpy as np

from explorer import latent
from explorer.datasets import Dataset
from explorer.metrics import disentanglement, factor_scores
from explorer.models import Autoencoder
from training.measurement import Measurement

POINTS = 10_000
SEED = 0


def measure(model: Autoencoder, dataset: Dataset) -> dict[str, Measurement]:
    """MIG, FactorVAE's score, DCI and SAP of the posterior means, and what each latent follows."""
    codes, factors = _all_codes(model, dataset)
    chosen = np.random.default_rng(SEED).choice(len(factors), POINTS, replace=False)
    on = f"{POINTS:,} images drawn from all {len(factors):,} by a fixed seed"
    some, known = codes[chosen], factors[chosen]
    return _gap(some, known, dataset, on) | _scores(some, known, on) | _vote(codes, factors, dataset)


def _all_codes(model: Autoencoder, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means (N, L) and factor indices (N, F) of every image: training, gallery, test."""
    parts = [dataset.split(name) for name in ("train", "gallery", "test")]
    batches = [part.images[i : i + 1000] for part in parts for i in range(0, len(part), 1000)]
    codes = [latent.encode(model, batch.astype(np.float32) / 255)[0] for batch in batches]
    return np.concatenate(codes), np.concatenate([part.factors for part in parts])


def _gap(codes: np.ndarray, factors: np.ndarray, dataset: Dataset, on: str) -> dict[str, Measurement]:
    gap = disentanglement.mig(codes, factors, bins=20)
    followed, share = disentanglement.followed_factor(gap.normalised)
    names = dataset.factor_names
    return {
        "mig": Measurement(
            float(gap.value), "share", "higher",
            "mutual information gap of posterior means, 20 bins (Chen et al. 2018)", on,
        ),
        "mig_per_factor": Measurement(
            {n: round(float(v), 4) for n, v in zip(names, gap.gaps, strict=True)}, "share", "higher",
            "gap between the two latents that know most of each factor, over the factor's entropy", on,
        ),
        "followed_factor": Measurement(
            [[names[f], round(float(s), 4)] for f, s in zip(followed, share, strict=True)], "share", None,
            "for each latent the factor it knows most of, as a share of that factor's entropy", on,
        ),
    }  # fmt: skip


def _scores(codes: np.ndarray, factors: np.ndarray, on: str) -> dict[str, Measurement]:
    forests = factor_scores.dci(codes, factors, SEED)
    how = "random forests of 50 trees tell each factor from the code (Eastwood & Williams 2018): "
    return {
        "dci_disentanglement": Measurement(
            forests.disentanglement, "share", "higher", f"{how}how far each latent serves one factor", on
        ),
        "dci_completeness": Measurement(
            forests.completeness, "share", "higher", f"{how}how far each factor is served by one latent", on
        ),
        "dci_informativeness": Measurement(
            forests.informativeness, "share", "higher", f"{how}their accuracy on the other half", on
        ),
        "sap": Measurement(
            factor_scores.sap(codes, factors), "share", "higher",
            "gap between the two latents that tell each factor best, by the class of 50 bins "
            "(Kumar et al. 2018, who take a linear machine)", on,
        ),
    }  # fmt: skip


def _vote(codes: np.ndarray, factors: np.ndarray, dataset: Dataset) -> dict[str, Measurement]:
    """FactorVAE's score asks for images with given factors: every one of them has been encoded."""
    place = np.empty(len(factors), np.int64)
    place[np.ravel_multi_index(factors.T, dataset.factor_sizes)] = np.arange(len(factors))

    def encode(rows: np.ndarray) -> np.ndarray:
        return codes[place[np.ravel_multi_index(rows.T, dataset.factor_sizes)]]

    score = factor_scores.factor_vae_score(encode, dataset.factor_sizes, SEED)
    return {
        "factor_vae_score": Measurement(
            score, "share", "higher",
            "majority vote of the latent that varies least while one factor is held (Kim & Mnih 2018)",
            f"800 votes to learn, 800 to judge, 64 images each, of all {len(factors):,}",
        )
    }  # fmt: skip
