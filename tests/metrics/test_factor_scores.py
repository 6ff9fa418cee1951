"""FactorVAE's score, DCI and SAP where their values are known."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.metrics.factor_scores import dci, factor_vae_score, sap

SIZES = (3, 4, 5)
#: A rotation after which every latent holds something of every factor.
TURN = np.array([[2, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3


def spread(rows: np.ndarray) -> np.ndarray:
    """Factors as numbers of equal variance."""
    return (rows - (np.array(SIZES) - 1) / 2) / np.sqrt((np.array(SIZES) ** 2 - 1) / 12)


def rows(count: int = 6000) -> np.ndarray:
    random = np.random.default_rng(1)
    return np.stack([random.integers(0, size, count) for size in SIZES], axis=1)


def test_a_latent_for_each_factor_scores_one() -> None:
    noise = np.random.default_rng(2)

    def encode(factors: np.ndarray) -> np.ndarray:  # one latent is dead, and its order is another
        return np.column_stack([spread(factors)[:, ::-1], 0.01 * noise.normal(size=len(factors))])

    assert factor_vae_score(encode, SIZES) == 1.0
    factors = rows()
    found = dci(encode(factors), factors)
    assert found.disentanglement > 0.9 and found.completeness > 0.9 and found.informativeness > 0.99
    assert found.importance.argmax(axis=0).tolist() == [2, 1, 0]
    # Each factor's own latent tells it always; any other is right as often as the commonest class.
    expected = np.mean([1 - 1 / size for size in SIZES])
    assert sap(encode(factors), factors) == pytest.approx(expected, abs=0.03)


def test_a_rotation_is_informative_and_disentangles_nothing() -> None:
    factors = rows()
    codes = spread(factors) @ TURN
    found = dci(codes, factors)
    assert found.informativeness > 0.95
    assert found.disentanglement < 0.1 and found.completeness < 0.1
    assert factor_vae_score(lambda f: spread(f) @ TURN, SIZES) < 0.7
    assert sap(codes, factors) < 0.05


def test_codes_that_know_nothing_score_at_chance() -> None:
    noise = np.random.default_rng(3)
    assert factor_vae_score(lambda f: noise.normal(size=(len(f), 4)), SIZES, votes=1500) < 0.45
    assert sap(noise.normal(size=(6000, 4)), rows()) < 0.03
    assert dci(noise.normal(size=(6000, 4)), rows()).informativeness < 0.4


def test_the_vote_is_the_majority_of_the_other_half() -> None:
    """Two factors on one latent: its vote goes to one of them, and half of its votes are wrong."""

    def encode(factors: np.ndarray) -> np.ndarray:
        return np.column_stack([factors[:, 0] + 10.0 * factors[:, 1], np.zeros(len(factors))])

    assert 0.3 < factor_vae_score(encode, (2, 2), votes=600) < 0.7


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(ValueError, match="two latent"):
        sap(np.zeros((5, 1)), np.zeros((5, 1), int))
    with pytest.raises(ValueError, match="rows of factors"):
        dci(np.zeros((5, 2)), np.zeros((4, 1), int))
    with pytest.raises(ValueError, match="say nothing"):
        factor_vae_score(lambda f: f, SIZES, batch=1)
