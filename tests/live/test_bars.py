"""A code as bars: what goes to the browser, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.live import bars as module
from explorer.live.bars import bars
from tests.live.test_pack import read


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What `bars` hands to the browser."""
    got: list[bytes] = []
    monkeypatch.setattr(module, "component", lambda name: lambda **given: got.append(given["data"]))
    return got


def test_the_message_holds_the_code_in_its_order(sent: list[bytes]) -> None:
    bars(np.array([0.5, -2.0, 1.0]), np.array([0.1, 0.2, 0.3]), [2, 0, 1], key="k")
    meta, arrays = read(sent[0])
    assert meta["order"] == [2, 0, 1]
    np.testing.assert_array_equal(arrays["mean"], np.float32([0.5, -2, 1]))
    np.testing.assert_array_equal(arrays["std"], np.float32([0.1, 0.2, 0.3]))
    bars(np.zeros(64), None, range(64), key="k")
    meta, arrays = read(sent[1])
    assert "32 most informative of 64" in meta["words"]["title"] and list(arrays) == ["mean"]


@pytest.mark.parametrize(
    "mean, std, order",
    [([[1.0]], None, [0]), ([1.0], [1.0, 2.0], [0]), ([1.0], None, [1]), ([1.0], None, [])],
)
def test_what_does_not_fit_is_refused(mean: list, std: list | None, order: list[int]) -> None:
    with pytest.raises(ValueError):
        bars(np.array(mean), None if std is None else np.array(std), order, key="k")
