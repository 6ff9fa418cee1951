"""How far codes move: cases with a known answer, and scipy's own shift."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from explorer.metrics import contraction


@pytest.mark.parametrize("step", [*contraction.STEPS, (0, 0), (2, -3), (-4, 0)])
def test_shifted_images_are_scipys(step):
    x = np.random.default_rng(0).random((3, 2, 6, 5), dtype=np.float32) + 0.1
    expected = ndimage.shift(x, (0, 0, *step), order=0, mode="constant", cval=0.0, prefilter=False)
    np.testing.assert_array_equal(contraction.shifted(x, *step), expected)
    with pytest.raises(ValueError, match="leaves nothing of 6x5: take less."):
        contraction.shifted(x, 0, 5)


def test_the_steps_are_one_pixel_to_each_side():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1.0
    places = {tuple(np.argwhere(contraction.shifted(x, *step)[0, 0])[0]) for step in contraction.STEPS}
    assert places == {(0, 1), (2, 1), (1, 0), (1, 2)}


def test_spread_and_shift_of_codes_by_hand():
    codes = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0]])
    assert contraction.spread(codes) == pytest.approx(np.sqrt(1 + 4))
    moved = np.stack([codes + [3.0, 4.0], codes])  # one step moves each code by 5, the other by nothing
    assert contraction.relative_shift(codes, moved) == pytest.approx(np.sqrt(25 / 2) / np.sqrt(5))
    assert contraction.relative_shift(7 * codes, 7 * moved) == pytest.approx(np.sqrt(12.5 / 5))


def test_codes_that_move_to_any_other_move_by_the_root_of_two():
    random = np.random.default_rng(0)
    codes = random.normal(size=(20_000, 8)) * np.arange(1, 9)
    moved = random.permutation(codes)[None]
    assert contraction.relative_shift(codes, moved) == pytest.approx(np.sqrt(2), rel=0.02)
