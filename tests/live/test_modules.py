"""The JavaScript modules, run one by one in the tests' Chromium and compared with Python's own libraries."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.path import Path as Outline
from playwright.sync_api import Page
from scipy.spatial import cKDTree

from explorer.live.join import join
from explorer.live.pack import pack, unpack_bits

Run = Callable[..., Any]


@pytest.fixture
def js(page: Page) -> Run:
    """`js(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""

    def run(module: str, body: str, data: Any = None) -> Any:
        address = "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()
        call = f"async ([address, d]) => {{ const m = await import(address); {body} }}"
        return page.evaluate(call, [address, data])

    return run


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    random = np.random.default_rng(5)
    return np.concatenate([random.normal(0, 1, (900, 2)), random.normal(4, 0.1, (600, 2))]).astype(np.float32)


def test_unpacked_arrays_are_the_packed_ones(js: Run) -> None:
    sent = {
        "a": np.arange(6, dtype=np.uint8),
        "b": np.array([[1.5, -2]], np.float32),
        "c": np.array([-7], np.int32),
    }
    data = base64.b64encode(b"x" + pack({"β": [1, None, "½"]}, sent)).decode()
    # One byte in front, so that the arrays do not lie at multiples of four, as in a message of Streamlit's.
    got = js(
        "pack",
        "const bytes = Uint8Array.from(atob(d), (c) => c.charCodeAt(0)).subarray(1);"
        "const { meta, arrays } = m.unpack(bytes);"
        "return [meta, Object.entries(arrays).map(([name, a]) => [name, a.constructor.name, [...a]])];",
        data,
    )
    assert got[0] == {"β": [1, None, "½"]}
    assert got[1] == [
        ["a", "Uint8Array", [0, 1, 2, 3, 4, 5]],
        ["b", "Float32Array", [1.5, -2]],
        ["c", "Int32Array", [-7]],
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "cannot be read"),
        (b"nonsense nonsense", "cannot be read"),
        (pack({"a": 1})[:-3], "damaged header"),
        (pack({}, {"a": np.zeros(9, np.uint8)})[:-3], "arrived incomplete"),
    ],
)
def test_bytes_that_are_not_ours_end_in_a_sentence(js: Run, data: bytes, sentence: str) -> None:
    body = "try { m.unpack(Uint8Array.from(d)); } catch (error) { return error.message; }"
    assert sentence in js("pack", body, list(data))


def test_base64_is_pythons(js: Run) -> None:
    data = np.random.default_rng(0).integers(0, 256, 20_000, dtype=np.uint8)
    assert (
        js("pack", "return m.toBase64(Uint8Array.from(d));", data.tolist()) == base64.b64encode(data).decode()
    )


@pytest.mark.parametrize("scales", [(50.0, 50.0), (200.0, 8.0)])
def test_the_nearest_point_is_scipys(js: Run, points: np.ndarray, scales: tuple[float, float]) -> None:
    places = np.random.default_rng(1).uniform(-4, 6, (300, 2))
    found = js(
        "grid",
        "const grid = new m.Grid(Float32Array.from(d.points));"
        "const [scaleX, scaleY] = d.scales;"
        "return d.places.map(([x, y]) => grid.nearest(x, y, 12, { scaleX, scaleY }));",
        {"points": points.ravel().tolist(), "places": places.tolist(), "scales": scales},
    )
    distance, index = cKDTree(points * scales).query(places * scales)
    expected = np.where(distance <= 12, index, -1)
    assert 20 < (expected >= 0).sum() < 290
    np.testing.assert_array_equal(found, expected)


def test_points_that_are_not_accepted_are_not_found(js: Run) -> None:
    body = (
        "const grid = new m.Grid(Float32Array.from([0, 0, 1, 0]));"
        "return grid.nearest(0, 0, 9, { scaleX: 1, scaleY: 1 }, (i) => i > 0);"
    )
    assert js("grid", body) == 1


def test_coincident_points_and_a_single_one_are_found(js: Run) -> None:
    body = (
        "const view = { scaleX: 1, scaleY: 1 };"
        "return d.map((points) => new m.Grid(Float32Array.from(points)).nearest(3, 3, 1, view));"
    )
    found = js("grid", body, [[3, 3], [3, 3, 3, 3]])
    assert found[0] == 0 and found[1] in (0, 1)


def test_an_arrow_key_goes_to_the_nearest_point_within_45_degrees(js: Run, points: np.ndarray) -> None:
    starts = list(range(0, len(points), 37))
    for direction in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        found = js(
            "grid",
            "const grid = new m.Grid(Float32Array.from(d.points));"
            "return d.starts.map((i) => grid.towards(i, d.direction, 3, { scaleX: 40, scaleY: 40 }));",
            {"points": points.ravel().tolist(), "starts": starts, "direction": direction},
        )
        for start, got in zip(starts, found, strict=True):
            step = (points.astype(float) - points[start].astype(float)) * 40
            angle = np.degrees(np.arctan2(*(step @ np.array([[-direction[1], direction[0]], direction]).T).T))
            fits = (np.abs(angle) <= 45) & (step @ direction >= 3)
            length = np.where(fits, np.hypot(*step.T), np.inf)
            if not fits.any():
                assert got == start
            else:
                assert fits[got] and length[got] == pytest.approx(length.min())


def test_a_lasso_takes_what_matplotlib_says_lies_inside(js: Run, points: np.ndarray) -> None:
    turn = np.linspace(0, 4 * np.pi, 61)[:-1]  # twice around, crossing itself
    outline = np.stack(
        [1 + 2.1 * np.cos(turn) * (1 + 0.5 * np.sin(turn / 2)), 1 + 2.3 * np.sin(turn)], axis=1
    )
    got = js(
        "lasso",
        "const { bits, count } = m.pickInside(d.outline, Float32Array.from(d.points));"
        "return [[...bits], count];",
        {"outline": outline.tolist(), "points": points.ravel().tolist()},
    )
    # Two loops, even-odd: what lies inside exactly one of them.
    loops = [Outline(np.concatenate([half, half[:1]])) for half in (outline[:30], outline[30:])]
    simple = Outline(outline[:30])
    one = js(
        "lasso",
        "return [...m.pickInside(d.outline, Float32Array.from(d.points)).bits];",
        {"outline": outline[:30].tolist(), "points": points.ravel().tolist()},
    )
    expected = np.flatnonzero(simple.contains_points(points))
    assert 100 < len(expected) < 1400
    np.testing.assert_array_equal(unpack_bits(bytes(one), len(points)), expected)
    inside = [loop.contains_points(points) for loop in loops]
    picked = unpack_bits(bytes(got[0]), len(points))
    assert got[1] == len(picked)
    assert np.mean(np.isin(np.arange(len(points)), picked) == (inside[0] ^ inside[1])) > 0.95


def test_viridis_is_matplotlibs(js: Run) -> None:
    got = np.array(js("palette", "return d.map(m.viridis);", np.linspace(0, 1, 256).tolist()))
    expected = np.array([matplotlib.colormaps["viridis"](i)[:3] for i in range(256)]) * 255
    assert np.abs(got - expected).max() < 6.5  # 17 samples, straight lines between
    assert js("palette", "return [m.viridis(-3), m.viridis(9)];") == [got[0].tolist(), got[-1].tolist()]


def test_points_take_the_colours_of_their_classes_and_values(js: Run) -> None:
    body = (
        "const [labels, values] = [Int32Array.from(d.labels), d.values && Float32Array.from(d.values)];"
        "const { places, palette } = m.pointColours(labels, values, { low: 0, high: 10 }, [0, 0, 0]);"
        "const bytes = new Uint8Array(palette.buffer);"
        "return [...places].map((p) => [...bytes.slice(4 * p, 4 * p + 4)]);"
    )
    got = js("palette", body, {"labels": [0, 2, 12, -1], "values": None})
    assert got[0] == [0x3F, 0x90, 0xDA, 255]
    assert got[1] == got[2] == [0xBD, 0x1F, 0x01, 255]  # the colours repeat after ten
    assert got[3] not in got[:3]
    valued = js("palette", body, {"labels": [0, 0, 0, 0], "values": [-5, 0, 10, 99]})
    assert valued[0] == valued[1] == [0x44, 0x01, 0x54, 255]
    assert valued[2] == valued[3] == [0xFD, 0xE7, 0x25, 255]


def test_zooming_keeps_what_lies_under_the_pointer(js: Run) -> None:
    body = """
      const view = new m.View();
      view.side = 600;
      view.setHome({ x0: -3, x1: 5, y0: 0, y1: 2 }, d.equal);
      const before = view.toData(250, 340);
      view.zoomAt(250, 340, 4);
      const after = view.toData(250, 340), back = view.toScreen(...after);
      const scales = [view.scaleX, view.scaleY];
      view.pan(1e6, -1e6);
      const corner = view.toData(0, 600);
      view.zoomAt(0, 0, 1e-9);
      const home = [view.x, view.y, view.zoom];
      return { before, after, back, scales, corner, whole: view.toData(0, 600), home };
    """
    for equal in (True, False):
        got = js("view", body, {"equal": equal})
        assert got["after"] == pytest.approx(got["before"])
        assert got["back"] == pytest.approx([250, 340])
        assert got["home"] == pytest.approx([1, 1, 1])
        assert (got["scales"][0] == pytest.approx(got["scales"][1])) is equal
        assert got["corner"] == pytest.approx(got["whole"])  # one cannot drag beyond the plane's corner


def test_dots_lie_at_their_points_and_faint_ones_below(js: Run) -> None:
    body = """
      const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 60 });
      const view = { side: 60, x: 0, y: 0, scaleX: 10, scaleY: 10 };
      const palette = Uint32Array.from([0xff0000ff, 0xff00ff00]);
      const colours = { places: Uint8Array.from([0, 1, 1]), palette, rims: palette };
      const points = Float32Array.from([0, 0, 2, 1, 0.04, -0.04]);
      new m.DotLayer(canvas).draw(view, 1, points, colours, 1.5, d.faint && Uint8Array.from(d.faint));
      const { data } = canvas.getContext("2d").getImageData(0, 0, 60, 60);
      return [...data];
    """
    plain = np.array(js("dots", body, {"faint": None})).reshape(60, 60, 4)
    assert plain[30, 30].tolist() == [0, 255, 0, 255]  # the later point covers the earlier
    assert plain[20, 50].tolist() == [0, 255, 0, 255]  # y points upwards
    assert (plain[..., 3] > 0).sum() == 9 + 9  # three pixels wide
    faint = np.array(js("dots", body, {"faint": [0, 1, 1]})).reshape(60, 60, 4)
    assert faint[30, 30].tolist() == [255, 0, 0, 255]  # what stepped back lies below
    assert 20 < faint[20, 50, 3] < 90


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3.14159, "3.14"),
        (-0.012345, "−0.0123"),
        (1234.5, "1230"),
        (99999, "100000"),
        (2e-5, "2.00e-5"),
    ],
)
def test_numbers_have_three_digits(js: Run, value: float, text: str) -> None:
    assert js("card", "return m.threeDigits(d);", value).replace("e−", "e-") == text


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-3, 3, ["−2", "0", "2"]),
        (0.11, 0.52, ["0.2", "0.3", "0.4", "0.5"]),
        (-900, 100, ["−800", "−600", "−400", "−200", "0"]),
    ],
)
def test_ticks_are_round_numbers(js: Run, low: float, high: float, texts: list[str]) -> None:
    assert [tick["text"] for tick in js("marks", "return m.ticks(...d);", [low, high])] == texts


def test_assets_are_kept_while_somebody_provides_them(js: Run) -> None:
    body = """
      const heard = [];
      const stop = m.whenProvided("a", (value) => heard.push(value));
      const first = m.provide("a", 1), second = m.provide("a", 2);
      first(); first();
      m.whenProvided("a", (value) => heard.push(["late", value]))();
      second();
      m.whenProvided("a", () => heard.push("never"))();
      stop();
      m.provide("a", 3)();
      const { items, waiting } = globalThis[Symbol.for("latent-explorer.assets")];
      return [heard, items.size, waiting.size];
    """
    assert js("assets", body) == [[1, 2, ["late", 2]], 0, 0]


def test_only_the_last_calls_clean_up_counts(js: Run) -> None:
    body = """
      const log = [], root = document.createElement("div");
      const make = () => {
        log.push("make");
        return { update: ({ data }) => log.push(data), destroy: () => log.push("destroy") };
      };
      const ends = ["one", "two"].map((data) => m.instance({ parentElement: root, data }, make));
      ends[0](); ends[1](); ends[1]();
      m.instance({ parentElement: root, data: "three" }, make)();
      return log;
    """
    expected = ["make", "one", "two", "destroy", "make", "three", "destroy"]
    assert js("instance", body) == expected


def test_an_error_becomes_a_sentence_and_goes_when_it_is_over(js: Run) -> None:
    body = """
      const root = document.createElement("div");
      root.innerHTML = "<p class='message' hidden></p>";
      const make = () => ({ update({ data }) { if (data) throw new Error(data); }, destroy() {} });
      const place = root.firstChild, seen = [];
      for (const data of ["It broke.", ""]) {
        m.instance({ parentElement: root, data }, make);
        seen.push([place.textContent, place.hidden]);
      }
      return seen;
    """
    assert js("instance", body) == [["It broke.", False], ["", True]]


def test_missing_data_is_called_missing_and_forgiven_when_it_comes(js: Run, page: Page) -> None:
    page.clock.install()
    body = """
      const said = [], got = [];
      const arrived = (slot, value) => got.push([slot, value ?? null]);
      globalThis.watch = new m.Watch(arrived, (sentence) => said.push(sentence));
      watch.ask("points", "x"); watch.ask("values", "y"); watch.ask("sheet", null);
      globalThis.result = { said, got };
    """
    js("watch", body)
    page.clock.run_for(9_000)
    assert page.evaluate("result.said") == []
    page.evaluate(
        "globalThis[Symbol.for('latent-explorer.assets')].waiting.get('y').forEach((tell) => tell(7))"
    )
    page.clock.run_for(2_000)
    assert page.evaluate("result.said") == ["", "Some of the data for this picture did not arrive."]
    page.evaluate(
        "globalThis[Symbol.for('latent-explorer.assets')].waiting.get('x').forEach((tell) => tell(8))"
    )
    assert page.evaluate("result.said.at(-1)") == ""
    got = [["points", None], ["values", None], ["sheet", None], ["values", 7], ["points", 8]]
    assert page.evaluate("result.got") == got
    page.evaluate("watch.stop()")
    assert page.evaluate("globalThis[Symbol.for('latent-explorer.assets')].waiting.size") == 0
