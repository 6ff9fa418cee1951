"""Paths in JavaScript against `explorer/latent.py`, and the round that an animation plays."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from explorer import latent
from explorer.live.join import join

Run = Callable[..., Any]
T = np.array([0.0, 0.01, 0.1, 0.37, 0.5, 0.83, 1.0])
BODY = """const [a, b] = [d.a, d.b].map((z) => Float32Array.from(z));
return { lerp: d.t.map((t) => [...m.lerp(a, b, t)]), slerp: d.t.map((t) => [...m.slerp(a, b, t)]),
         angle: m.angle(a, b) };"""


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Run]:
    """`js(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""
    page = browser.new_page()

    def run(module: str, body: str, data: Any = None) -> Any:
        address = "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()
        return page.evaluate(
            f"async ([where, d]) => {{ const m = await import(where); {body} }}", [address, data]
        )

    yield run
    page.close()


def compare(js: Run, a: np.ndarray, b: np.ndarray) -> None:
    a, b = (np.asarray(z, np.float32) for z in (a, b))
    found = js("paths", BODY, {"a": a.tolist(), "b": b.tolist(), "t": T.tolist()})
    scale = max(1.0, float(np.abs([a, b]).max()))
    np.testing.assert_allclose(found["lerp"], latent.lerp(a, b, T), atol=1e-6 * scale)
    np.testing.assert_allclose(found["slerp"], latent.slerp(a, b, T), atol=1e-6 * scale)
    assert found["angle"] == pytest.approx(latent.angle(a, b), abs=1e-9)


@pytest.mark.parametrize("size", [2, 16, 64])
def test_paths_between_random_codes(js: Run, size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(10):
        compare(js, *(rng.normal(size=(2, size)) * [[1.0], [2.5]]))


@pytest.mark.parametrize("short_of_half_a_turn", [1e-1, 1e-2, 1e-3, 3e-4, 1e-5])
def test_nearly_opposite_codes(js: Run, short_of_half_a_turn: float) -> None:
    along, across = np.linalg.qr(np.random.default_rng(1).normal(size=(16, 2)))[0].T
    turn = np.pi - short_of_half_a_turn
    a, b = (np.float32(z) for z in (2 * along, 3 * (np.cos(turn) * along + np.sin(turn) * across)))
    found = js("paths", BODY, {"a": a.tolist(), "b": b.tolist(), "t": T.tolist()})
    np.testing.assert_allclose(found["slerp"], latent.slerp(a, b, T), atol=1e-5)


def test_where_there_is_no_arc_it_is_the_line(js: Run) -> None:
    a = np.array([1.0, 2.0, -1.0])
    for b in (3 * a, -2 * a, 0 * a, a):
        compare(js, a, b)
        compare(js, b, a)


def test_the_line_and_the_arc_are_not_the_same(js: Run) -> None:
    """The comparisons above are ones that can fail."""
    found = js("paths", BODY, {"a": [1, 0], "b": [0, 1], "t": [0.5]})
    np.testing.assert_allclose(found["lerp"], [[0.5, 0.5]])
    np.testing.assert_allclose(found["slerp"], [[np.sqrt(0.5)] * 2], atol=1e-7)


@pytest.mark.parametrize("home", [0.0, 0.3, 1.0])
def test_a_round_visits_both_ends_and_comes_home(js: Run, home: float) -> None:
    body = """const play = new m.Play(() => {}); play.home = d.home;
    return d.shares.map((share) => play.place(share));"""
    shares = np.linspace(0, 1, 201)
    places = np.array(js("play", body, {"home": home, "shares": shares.tolist()}))
    assert places.min() >= -1e-9 and places.max() <= 1 + 1e-9
    assert places.min() == pytest.approx(0, abs=0.01) and places.max() == pytest.approx(1, abs=0.01)
    assert places[[0, -1]] == pytest.approx(home)
    np.testing.assert_allclose(np.abs(np.diff(places)).max(), 0.01, atol=1e-9)  # at an even pace
