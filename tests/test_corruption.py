"""Each corruption measured on many pixels against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corruption import KINDS, LEVEL_NAMES, corrupt, corrupt_array


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def texture(n: int = 16, c: int = 1, h: int = 28, w: int = 28) -> torch.Tensor:
    """Images of values strictly between 0.2 and 0.8, so that black and white can only be noise."""
    return 0.2 + 0.6 * torch.rand((n, c, h, w), generator=generator(99))


@pytest.mark.parametrize("kind", KINDS)
def test_contract(kind):
    x = texture(c=3)
    before = x.clone()
    first, same, other = (corrupt(x, kind, 0.4, generator(s)) for s in (1, 1, 2))
    assert first.shape == x.shape and first.dtype == torch.float32
    assert first.min() >= 0 and first.max() <= 1
    assert torch.equal(first, same) and not torch.equal(first, other)
    assert not torch.equal(first, x) and torch.equal(x, before)
    assert torch.equal(corrupt(x, kind, 0.0, generator(1)), x)
    assert corrupt(x[:0], kind, 0.4, generator(1)).shape == (0, 3, 28, 28)
    assert LEVEL_NAMES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_randomness_comes_from_the_generator_alone(kind):
    hidden = torch.get_rng_state()
    corrupt(texture(), kind, 0.4, generator())
    assert torch.equal(torch.get_rng_state(), hidden)


@pytest.mark.parametrize("kind", KINDS)
def test_each_image_can_have_its_own_level(kind):
    x = texture(4)
    levels = torch.tensor([0.0, 0.2, 0.0, 0.9])
    changed = (corrupt(x, kind, levels, generator()) != x).flatten(1).float().mean(1)
    assert changed[0] == changed[2] == 0 and changed[1] > 0
    if kind != "gaussian":
        assert changed[3] > 2 * changed[1]


def test_gaussian_noise_has_mean_0_and_the_standard_deviation_asked_for():
    grey = torch.full((200, 1, 28, 28), 0.5)
    noise = corrupt(grey, "gaussian", 0.1, generator()) - grey  # 5 standard deviations to either clip
    assert noise.std().item() == pytest.approx(0.1, rel=0.01)
    assert abs(noise.mean().item()) < 5 * 0.1 / noise.numel() ** 0.5
    neighbours = torch.corrcoef(torch.stack([noise[..., :-1].flatten(), noise[..., 1:].flatten()]))[0, 1]
    assert abs(neighbours) < 0.02


def test_gaussian_noise_is_clipped_like_an_image_and_may_exceed_1():
    grey = torch.full((50, 1, 28, 28), 0.5)
    noisy = corrupt(grey, "gaussian", 2.0, generator())
    share = (noisy == 0).float().mean().item()
    assert share == pytest.approx(0.4013, abs=0.01)  # P(N(0, 1) < -0.25)


@given(st.floats(0.02, 1.0), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_salt_and_pepper_changes_that_share_of_pixels_half_of_them_to_white(level, seed):
    x = texture(100)
    noisy = corrupt(x, "salt_pepper", level, generator(seed))
    black, white, n = (noisy == 0), (noisy == 1), x.numel()
    assert torch.equal(noisy[~(black | white)], x[~(black | white)])
    tolerance = 6 * (level / 2 * (1 - level / 2) / n) ** 0.5 + 1e-6
    assert black.float().mean().item() == pytest.approx(level / 2, abs=tolerance)
    assert white.float().mean().item() == pytest.approx(level / 2, abs=tolerance)


@given(st.floats(0.02, 1.0), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_masking_blackens_that_share_of_pixels_and_no_other(level, seed):
    x = texture(100)
    noisy = corrupt(x, "masking", level, generator(seed))
    black = noisy == 0
    assert torch.equal(noisy[~black], x[~black])
    tolerance = 6 * (level * (1 - level) / x.numel()) ** 0.5 + 1e-6
    assert black.float().mean().item() == pytest.approx(level, abs=tolerance)


def test_the_whole_image_goes_at_level_1():
    x = texture()
    noisy = corrupt(x, "salt_pepper", 1.0, generator())
    assert ((noisy == 0) | (noisy == 1)).all()
    assert not corrupt(x, "masking", 1.0, generator()).any()
    assert not corrupt(x, "block", 1.0, generator()).any()


@pytest.mark.parametrize("kind", ["salt_pepper", "masking", "block"])
def test_a_dead_pixel_is_dead_in_every_colour(kind):
    x = texture(c=3)
    changed = corrupt(x, kind, 0.5, generator()) != x
    assert torch.equal(changed[:, 0], changed[:, 1]) and torch.equal(changed[:, 0], changed[:, 2])


@pytest.mark.parametrize("level", [0.1, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("height, width", [(28, 28), (12, 20), (21, 10)])
def test_a_block_is_one_black_square_inside_the_image_anywhere(level, height, width):
    x = texture(300, h=height, w=width)
    side = round(level * min(height, width))
    places = set()
    blocked = corrupt(x, "block", level, generator())
    for image, noisy in zip(x[:, 0].numpy(), blocked[:, 0].numpy(), strict=True):
        rows, columns = np.nonzero(noisy == 0)
        top, left = rows.min(), columns.min()
        expected = image.copy()
        expected[top : top + side, left : left + side] = 0
        np.testing.assert_array_equal(noisy, expected)
        assert len(rows) == side * side
        places.add((top, left))
    tops, lefts = (set(values) for values in zip(*places, strict=True))
    assert tops == set(range(height - side + 1)) and lefts == set(range(width - side + 1))


def test_arrays_are_corrupted_reproducibly_by_seed():
    x = texture().numpy()
    noisy = corrupt_array(x, "gaussian", 0.3, seed=4)
    assert isinstance(noisy, np.ndarray) and noisy.dtype == np.float32
    expected = corrupt(torch.from_numpy(x), "gaussian", 0.3, generator(4)).numpy()
    np.testing.assert_array_equal(noisy, expected)
    np.testing.assert_array_equal(corrupt_array(x.astype(np.float64), "gaussian", 0.3, seed=4), expected)
    assert (corrupt_array(x, "gaussian", 0.3, seed=5) != noisy).mean() > 0.9


@pytest.mark.parametrize(
    "kind, level, words",
    [
        ("fog", 0.1, "noise kind 'fog' is not known: choose from gaussian, salt_pepper, masking, block."),
        ("gaussian", -0.1, "the level of gaussian noise must be at least 0."),
        ("gaussian", float("nan"), "the level of gaussian noise must be at least 0."),
        ("masking", 1.01, "the level of masking noise must be at least 0 and at most 1."),
        ("salt_pepper", -1, "the level of salt_pepper noise must be at least 0 and at most 1."),
        ("block", torch.tensor([0, 0.2, 1.5]), "the level of block noise must be at least 0 and at most 1."),
        ("block", torch.zeros(2), "levels of shape (2,) do not fit 3 images: give one, or one an image."),
        ("block", [[0.1]] * 3, "levels of shape (3, 1) do not fit 3 images: give one, or one an image."),
    ],
)
def test_wrong_kinds_and_levels_are_refused_in_one_sentence(kind, level, words):
    with pytest.raises(ValueError) as caught:
        corrupt(texture(3), kind, level, generator())
    assert str(caught.value) == words


def test_bytes_are_refused_and_not_clipped_to_white():
    with pytest.raises(ValueError, match="type uint8 cannot be corrupted: make them floats"):
        corrupt_array(np.full((1, 1, 8, 8), 200, np.uint8), "masking", 0.1)
