"""The cursor that a page's components share: what followers see, what Python hears, and what is not taken."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from explorer import projection
from explorer.live import cursor as live_cursor
from explorer.live.join import join
from explorer.live.pack import pack
from tests.live.test_pack import read

Run = Callable[..., Any]


@pytest.fixture
def js(page: Page) -> Run:
    """`js(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""

    def run(module: str, body: str, data: Any = None) -> Any:
        address = "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()
        return page.evaluate(
            f"async ([address, d]) => {{ const m = await import(address); {body} }}", [address, data]
        )

    return run


def test_followers_hear_of_many_moves_once_a_frame(js: Run) -> None:
    body = """
      const cursor = m.cursorNamed("a"), seen = [];
      const frame = () => new Promise(requestAnimationFrame);
      cursor.take([1, 2]);
      const stop = cursor.follow(() => seen.push(cursor.text()));
      await frame();
      for (let i = 0; i < 5; i++) cursor.moveOne(1, i, "hand");
      await frame();
      stop();
      cursor.move([9, 9], "hand");
      await frame();
      return [seen, m.cursorNamed("a") === cursor, m.cursorNamed("b") === cursor, cursor.followers.size];
    """
    assert js("cursor", body) == [["1,2", "1,4"], True, False, 0]


def test_python_hears_of_a_new_place_once_and_only_on_release(js: Run) -> None:
    body = """
      const cursor = m.cursorNamed("a"), told = [];
      cursor.tell = (value) => told.push(value);
      cursor.take([0.5, 0]);
      cursor.move([0.123456, -1 / 3], "hand");
      const early = told.length, held = cursor.held;
      cursor.release();
      cursor.release();
      cursor.move([0.12351, 0], "hand");
      cursor.release();
      return [early, held, cursor.held, told, [...cursor.value]];
    """
    early, held, after, told, value = js("cursor", body)
    assert (early, held, after) == (0, "hand", None)
    assert told == [[0.1235, -0.3333], [0.1235, 0]]
    np.testing.assert_array_equal(np.float32(value), np.float32([0.1235, 0]))


def test_on_a_slow_computer_only_what_is_urgent_keeps_its_frames(js: Run) -> None:
    body = """
      const cursor = m.cursorNamed("a"), seen = { urgent: 0, patient: 0 };
      const frame = () => new Promise(requestAnimationFrame);
      let moved = 0, drawn = 0;
      cursor.take([0]);
      cursor.follow(() => (seen.urgent += 1), (by) => by === "hand");
      cursor.follow(() => {
        seen.patient += 1;
        drawn = moved;
        for (const end = performance.now() + 60; performance.now() < end; );  // so much to draw
      }, () => false);
      const drag = async (frames) => {
        Object.assign(seen, { urgent: 0, patient: 0 });
        for (let i = 1; i <= frames; i++) {
          cursor.move([(moved = i)], "hand");
          await frame();
        }
        return { ...seen };
      };
      await drag(10);  // the first frames show how slow it is
      const found = await drag(30);
      cursor.release();
      await new Promise((resume) => setTimeout(resume, 300));
      return [found, drawn === 30];
    """
    slow, caught_up = js("cursor", body)
    assert slow["urgent"] == 30 and 1 <= slow["patient"] <= 10
    assert caught_up  # when the hand rests, everything shows the last value


LINK = """
  globalThis.say = [];
  const link = new m.CursorLink();
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const setTriggerValue = (name, value) => say.push([name, value]);
  const hear = (text) => link.update({ data: bytes(text), setTriggerValue });
"""


def message(*value: float) -> str:
    meta = {"cursor": "c", "value": value, "shape": [], "decoder": None, "encoder": None, "codes": None}
    return base64.b64encode(pack(meta)).decode()


def test_a_release_without_a_link_is_told_as_soon_as_there_is_one(js: Run) -> None:
    body = (
        LINK
        + """
      hear(d[0]);
      const { cursor } = link;
      cursor.tell = null;  // as while the link is taken down and put up again
      cursor.move([5, 6], "hand");
      cursor.release();
      const early = say.length;
      hear(d[0]);
      const value = [...cursor.value];
      hear(d[1]);  // the model is another one: the old value means nothing to it
      return [early, say, value, [...cursor.value]];
    """
    )
    early, said, value, other = js("cursor_link", body, [message(1, 2), message(7, 8, 9)])
    assert early == 0
    assert said == [["moved", {"value": [5, 6]}]]
    assert (value, other) == ([5, 6], [7, 8, 9])


def test_a_link_that_goes_late_does_not_silence_the_one_in_its_place(js: Run) -> None:
    body = (
        LINK
        + """
      hear(d);
      const next = new m.CursorLink();
      next.update({ data: bytes(d), setTriggerValue: (name, value) => say.push(["next", value]) });
      link.destroy();
      next.cursor.move([5, 6], "hand");
      next.cursor.release();
      return say;
    """
    )
    assert js("cursor_link", body, message(1, 2)) == [["next", {"value": [5, 6]}]]


def test_an_echo_moves_nothing_and_a_new_value_does(js: Run) -> None:
    body = (
        LINK
        + """
      hear(d.start);
      const { cursor } = link, places = [cursor.text()];
      cursor.move([1], "hand"); cursor.release();
      cursor.move([2], "hand"); cursor.release();
      hear(d.one);  // an echo of the first, while the second is on its way
      places.push(cursor.text());
      hear(d.two);
      places.push(cursor.text());
      hear(d.start);  // back to the start
      places.push(cursor.text());
      cursor.move([3], "hand");
      hear(d.two);  // the hand is on it
      places.push(cursor.text());
      return [places, say];
    """
    )
    sent = {"start": message(0.0), "one": message(1.0), "two": message(2.0)}
    places, told = js("cursor_link", body, sent)
    assert places == ["0", "2", "2", "0", "3"]
    assert told == [["moved", {"value": [1]}], ["moved", {"value": [2]}]]


def test_placement_weights_are_the_projections(js: Run) -> None:
    random = np.random.default_rng(2)
    codes = random.normal(size=(300, 5)).astype(np.float32)
    points = random.normal(size=(300, 2)).astype(np.float32)
    new = np.concatenate([random.normal(size=(20, 5)), codes[[7]]]).astype(np.float32)
    body = """
      return d.new.map((code) => {
        const found = m.nearestCodes(Float32Array.from(d.codes), Float32Array.from(code), 15);
        const weights = m.placementWeights(found.map(({ distance }) => distance));
        const mean = (axis) => found.reduce((s, { index }, i) => s + weights[i] * d.points[index][axis], 0);
        return [mean(0), mean(1)];
      });
    """
    sent = {"codes": codes.ravel().tolist(), "points": points.tolist(), "new": new.tolist()}
    placed = js("neighbours", body, sent)
    np.testing.assert_allclose(placed, projection.place(codes, points, new).points, atol=1e-5)


def test_the_nearest_are_all_of_them_where_there_are_few(js: Run) -> None:
    body = "return m.nearestCodes(Float32Array.of(0, 0, 3, 4, 1, 0), Float32Array.of(0, 0), 15);"
    assert js("neighbours", body) == [
        {"index": 0, "distance": 0},
        {"index": 2, "distance": 1},
        {"index": 1, "distance": 5},
    ]


def test_what_python_sends_has_the_links_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(live_cursor, "component", lambda name: lambda **given: sent.append(given))
    live_cursor.cursor("c", np.array([0.123456, -0.00001], np.float32))
    meta, arrays = read(sent[0]["data"])
    assert meta["value"] == [0.1235, 0.0] and str(meta["value"][1]) == "0.0" and not arrays
    with pytest.raises(ValueError, match="finite"):
        live_cursor.cursor("c", [np.nan])


@pytest.mark.parametrize(
    "told", [None, {}, {"value": [1]}, {"value": [1, "x"]}, {"value": [1, float("inf")]}, {"value": 3}]
)
def test_a_message_that_is_none_is_refused(told: Any) -> None:
    with pytest.raises(ValueError, match="reload the page"):
        live_cursor.decode_value(told, 2)
    assert live_cursor.decode_value({"value": [1, 0.00004]}, 2) == [1.0, 0.0]
