"""What float16 cannot hold: large numbers are cut, infinite ones stay so and are noticed."""

from __future__ import annotations

import numpy as np

from explorer import gallery_file


def test_numbers_that_are_too_large_are_stored_as_the_largest():
    kl = np.array([3.0, 65_279.0, 65_400.0, 2.8e7], np.float32)
    stored = gallery_file.unpack(gallery_file.pack({"kl": kl}))["kl"]
    np.testing.assert_allclose(stored, [3.0, 65_280.0, 65_280.0, gallery_file.LARGEST], rtol=0.004)


def test_what_is_not_finite_stays_so():
    stored = gallery_file.unpack(gallery_file.pack({"kl": np.array([1.0, np.inf, np.nan], np.float32)}))["kl"]
    assert np.isinf(stored[1]) and np.isnan(stored[2])
