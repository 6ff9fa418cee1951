"""Missing pixels: the known ones stay, bit for bit; the chain is the loop that its formula says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import latent
from explorer.models import build
from explorer.studies import imputation

SHAPE = (1, 8, 8)
RNG = np.random.default_rng(3)
X = RNG.random((3, *SHAPE), np.float32)
MEAN = RNG.random(SHAPE, np.float32)


def model(family: str):
    torch.manual_seed(1)
    made = build(family, dict(image_shape=list(SHAPE), latent_dim=3, widths=[8]))
    for weights in made.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("name", imputation.REGIONS)
def test_a_region_hides_some_pixels_and_leaves_others(name):
    hidden = imputation.region(name, 28, 28)
    assert hidden.shape == (28, 28) and 0.2 < hidden.mean() < 0.6


def test_regions_are_where_their_names_say():
    assert imputation.region("lower half", 8, 8)[4:].all()
    assert not imputation.region("lower half", 8, 8)[:4].any()
    assert imputation.region("left half", 8, 8)[:, :4].all()
    assert imputation.region("middle", 8, 8)[2:6, 2:6].all()
    assert imputation.region("middle", 8, 8).sum() == 16
    with pytest.raises(ValueError, match="no region"):
        imputation.region("corner", 8, 8)


@pytest.mark.parametrize("fill", imputation.FILLS)
def test_a_filling_fills_the_hole_alone(fill):
    hidden = imputation.region("right half", 8, 8)
    found = imputation.filled(X, hidden, fill, MEAN, seed=2)
    assert (found[..., ~hidden] == X[..., ~hidden]).all()
    if fill == "mean image":
        assert (found[..., hidden] == MEAN[:, hidden]).all()
    if fill == "black":
        assert not found[..., hidden].any()


@pytest.mark.parametrize("family", ["vae", "autoencoder"])
def test_known_pixels_stay_exactly_in_every_pass(family):
    hidden = imputation.region("middle", 8, 8)
    start = imputation.filled(X, hidden, "black", MEAN)
    found = imputation.chains(model(family), start, X, hidden, 4, [0, 1])
    assert found.shape == (2, 4, 3, *SHAPE)
    assert (found[..., ~hidden] == X[..., ~hidden]).all()
    once = imputation.one_pass(model(family), start, X, hidden)
    assert (once[..., ~hidden] == X[..., ~hidden]).all()
    assert (once[..., hidden] != start[..., hidden]).any()


def test_chains_differ_with_a_posterior_and_agree_without():
    hidden = imputation.region("upper half", 8, 8)
    start = imputation.filled(X, hidden, "mean image", MEAN)
    drawn = imputation.chains(model("vae"), start, X, hidden, 3, [0, 1, 0])
    # Chains of one batch may differ in their last digits: a product sums in another order further down.
    assert np.abs(drawn[0] - drawn[1]).max() > 0.01
    np.testing.assert_allclose(drawn[0], drawn[2], atol=1e-5)
    plain = imputation.chains(model("autoencoder"), start, X, hidden, 3, [0, 1])
    np.testing.assert_allclose(plain[0], plain[1], atol=1e-5)


def test_a_chain_without_a_posterior_is_the_loop_by_hand():
    hidden, made = imputation.region("left half", 8, 8), model("autoencoder")
    now = imputation.filled(X, hidden, "black", MEAN)
    found = imputation.chain(made, now, X, hidden, 3, 0)
    for each in found:
        rebuilt = latent.reconstruct(made, now)
        now = X.copy()
        now[..., hidden] = rebuilt[..., hidden]
        assert (each == now).all()
    assert (
        found[0] == imputation.one_pass(made, imputation.filled(X, hidden, "black", MEAN), X, hidden)
    ).all()


def test_the_draws_of_a_chain_are_new_in_each_pass():
    hidden, made = np.ones((8, 8), bool), model("vae")
    for weights in made.encoder.parameters():
        torch.nn.init.zeros_(weights)  # the posterior is N(0, I) whatever comes in
    found = imputation.chain(made, X, X, hidden, 3, 0)
    assert (found[0] != found[1]).any() and (found[1] != found[2]).any()


def test_the_error_is_over_hidden_pixels_alone():
    hidden = imputation.region("lower half", 8, 8)
    guess = X + np.where(hidden, 0.5, 9.0).astype(np.float32)
    assert imputation.error(X, guess, hidden) == pytest.approx([0.25] * 3, rel=1e-5)
    assert imputation.error(X, np.stack([guess, X])[:, None], hidden).shape == (2, 1, 3)


def test_more_passes_go_on_with_the_same_chain():
    hidden = imputation.region("left half", 8, 8)
    start = np.where(hidden, 0, X).astype(np.float32)
    few, many = (imputation.chain(model("vae"), start, X, hidden, passes, 2) for passes in (3, 7))
    np.testing.assert_array_equal(few, many[:3])
