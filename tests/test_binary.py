"""Binary pixels are drawn as their grey values say."""

from __future__ import annotations

import numpy as np
import torch

from explorer import binary


def test_pixels_are_0_or_1_as_often_as_the_grey_value_says():
    grey = torch.tensor([0.0, 0.1, 0.5, 0.9, 1.0]).repeat(20_000, 1)
    drawn = binary.draw(grey, torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0.0, 1.0} and drawn.dtype == grey.dtype
    np.testing.assert_allclose(drawn.mean(0), grey[0], atol=0.012)
    assert not drawn[:, 0].any() and drawn[:, 4].all()
    array = binary.draw_array(grey.numpy(), 0)
    assert array.dtype == np.float32 and set(np.unique(array)) == {0.0, 1.0}
    np.testing.assert_allclose(array.mean(0), grey[0], atol=0.012)


def test_a_draw_is_the_generators_and_the_seeds():
    grey = torch.full((3, 40), 0.5)
    one, same, other = (binary.draw(grey, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)
    half = np.full((3, 40), 0.5, np.float32)
    np.testing.assert_array_equal(binary.draw_array(half, 3), binary.draw_array(half, 3))
    assert (binary.draw_array(half, 3) != binary.draw_array(half, 4)).any()
