"""The film of two trainings and the dragged draw: what is sent, what is refused, what is saved."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import images
from explorer.live import epoch_film as film
from explorer.live import held_draw as held
from tests.live.test_pack import read


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What either component hands to the browser."""
    got: list[bytes] = []
    for module in (film, held):
        monkeypatch.setattr(module, "component", lambda name: lambda **given: got.append(given["data"]))
    return got


def run(title: str, kl: list[list[float]]) -> film.Run:
    epochs = np.arange(1, len(kl) + 1)
    return film.Run(title, epochs, np.array(kl), np.ones(len(kl)))


LONG = run("long", [[0.3, 0.2], [0.1, 1.5], [0.0, 3.0]])
SHORT = run("short", [[0.4, 0.3], [0.9, 0.1]])


def test_dimensions_are_in_the_order_of_their_end_and_share_a_scale(sent: list[bytes]) -> None:
    film.epoch_film("k", (LONG, SHORT), cursor="c", words={})
    meta, arrays = read(sent[0])
    assert [each["order"] for each in meta["runs"]] == [[1, 0], [0, 1]]
    assert [each["epochs"] for each in meta["runs"]] == [[1, 2, 3], [1, 2]]
    assert meta["top"] == 3.0 and film.scale([SHORT, SHORT]) == 0.9
    dark = run("dark", [[0.01]])
    assert film.scale([dark, dark]) == 0.5  # noise is not to look like light
    np.testing.assert_allclose(arrays["kl0"], LONG.kl)


def test_a_run_whose_numbers_do_not_fit_is_refused(sent: list[bytes]) -> None:
    odd = film.Run("odd", np.arange(3), np.zeros((2, 4)), np.ones(3))
    with pytest.raises(ValueError, match="odd: .* do not fit 3 epochs"):
        film.epoch_film("k", (LONG, odd), cursor="c", words={})


def test_the_saved_film_reveals_epoch_after_epoch_in_the_scales_colours() -> None:
    frames = film.frames([LONG, SHORT], pixels=3)
    assert frames.shape == (3, 6, 24, 3)
    expected = images.sequential(LONG.kl[:, ::-1].T, 0, 3.0)
    np.testing.assert_array_equal(frames[2, ::3, :9:3], expected)
    assert (frames[0, :, 3:9] == 255).all() and (frames[1, ::3, 3] == expected[:, 1]).all()
    assert (frames[:, :, 21:] == 255).all()  # the shorter run has no third epoch


def test_the_dragged_draw_is_sent_whole(sent: list[bytes]) -> None:
    arrays = dict(noise=np.array([0.5, 1.0]), thetas=np.arange(3.0), expected=np.ones(3))
    arrays |= dict(grid=np.arange(4.0), loss=np.arange(4.0) ** 2, slope=2 * np.arange(4.0))
    given = dict(cursor="c", what="w", parameter="mean", other=0.3, fresh=True, words={"label": "μ"})
    held.held_draw("k", **given, **arrays)
    meta, found = read(sent[0])
    assert meta == given
    for name, array in arrays.items():
        np.testing.assert_allclose(found[name], array)
    with pytest.raises(ValueError, match="Each theta needs its expected loss"):
        held.held_draw("k", **given, **(arrays | dict(slope=np.zeros(3))))
