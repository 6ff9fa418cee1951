"""Sliders, pad and strip: their modules in the tests' Chromium, and what Python sends and refuses."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from explorer.live import sliders
from explorer.live.join import join
from explorer.live.pack import pack
from explorer.live.sliders import Dimension, decode_axes, pad2d
from explorer.live.strip import strip

Run = Callable[..., Any]
DIMENSIONS = [Dimension(i, f"z{i + 1}", f"z{i + 1} · KL 1 nats", -3.0, 3.0, 0.5) for i in (2, 0)]


@pytest.fixture
def run(page: Page) -> Run:
    """`run(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""

    def run(module: str, body: str, data: Any = None) -> Any:
        address = "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()
        call = f"async ([address, d]) => {{ const m = await import(address); {body} }}"
        return page.evaluate(call, [address, data])

    return run


def test_the_histogram_is_numpys(run: Run) -> None:
    z = np.random.default_rng(3).normal(0.4, 1.2, (500, 3)).astype(np.float16).astype(np.float32)
    z[:2, 1] = (-2.5, 3.0)  # the ends belong to it
    body = """const codes = { z: Float32Array.from(d.z), size: 3 };
        return [...m.countsOf(codes, 1, { low: -2.5, high: 3 }, 22)];"""
    counts = run("slider_histogram", body, {"z": z.ravel().tolist()})
    expected, _ = np.histogram(z[:, 1], 22, (-2.5, 3.0))
    assert counts == expected.tolist()
    assert sum(counts) < 500  # what lies outside is left out


def test_a_range_goes_from_end_to_end_of_its_track(run: Run) -> None:
    body = """const range = new m.Range(-3, 5);
        const places = [-3, 1, 5].map((value) => range.place(value, 220));
        const values = [-50, 10, 110, 210, 999].map((place) => range.valueAt(place, 220));
        const steps = [1, -5, Infinity, -Infinity, 0].map((size) => range.step(1, size));
        const grown = [range.include(2), range.include(7.5), range.low, range.high];
        return [places, values, steps, grown, [-1.234, -0.001, 2].map(m.written)];"""
    places, values, steps, grown, texts = run("slider_range", body)
    assert places == [10, 110, 210]  # the thumb's half is left at both ends
    assert values == [-3, -3, 1, 5, 5]
    assert steps == pytest.approx([1.08, 0.6, 5, -3, 1])
    assert grown == [False, True, -3, 7.5]
    assert texts == ["−1.23", "0.00", "2.00"]


def test_a_row_knows_whose_frames_it_shows(run: Run) -> None:
    body = """const row = new m.StripRow({ index: 1, name: "z2", label: "z2", values: [-1, 0, 2] }, () => {});
        const z = Float32Array.of(7, 8, 9);
        const codes = new Float32Array(12);
        row.writeCodes(codes, 3, z);
        row.code = z;
        row.mark(1.2);
        const marked = row.buttons.map((button) => button.getAttribute("aria-current"));
        const same = [[7, 0, 9], [7, 8, 8]].map((code) => row.isOf(Float32Array.from(code)));
        return [[...codes], same, marked];"""
    codes, same, marked = run("strip_row", body)
    assert codes == [0, 0, 0, 7, -1, 9, 7, 0, 9, 7, 2, 9]
    assert same == [True, False]  # its own number does not matter to its frames
    assert marked == [None, None, "true"]


def test_rows_in_place_keep_the_focus_when_others_come_and_go(page: Page, run: Run) -> None:
    body = """const make = (id) => Object.assign(document.createElement("button"), { id });
        const [a, b, c, d2] = ["a", "b", "c", "d"].map(make);
        m.arrange(document.body, [a, b, c]);
        b.focus();
        m.arrange(document.body, [a, b, d2, c]);
        m.arrange(document.body, [a, b, c]);
        return [[...document.body.children].map(({ id }) => id), document.activeElement.id];"""
    assert run("slider_arrange", body) == [["a", "b", "c"], "b"]


@pytest.mark.parametrize(
    "message", [None, {}, {"axes": [1]}, {"axes": ["a", 2]}, {"axes": [0, 0]}, {"axes": [0, 1]}]
)
def test_other_axes_than_the_pads_are_refused(message: Any) -> None:
    with pytest.raises(ValueError, match="axes .*reload"):
        decode_axes(message, {0, 2})
    assert decode_axes({"axes": [2, 0]}, {0, 2}) == [2, 0]


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ValueError, match="low below its high"):
        Dimension(0, "z1", "z1", 1.0, 1.0, 0.0)
    for axes in ([0], [0, 0], [0, 1]):
        with pytest.raises(ValueError, match="two different axes"):
            pad2d("c", DIMENSIONS, axes, key="pad")
    rest = {"columns": "abc", "key": "strip", "at": [0, 0, 0]}
    with pytest.raises(ValueError, match="values are"):
        strip("c", DIMENSIONS, np.zeros((2, 2)), (1, 4, 4), **rest)
    frames = np.zeros((2, 3, 1, 4, 4), np.uint8)
    with pytest.raises(ValueError, match="do not fit"):
        strip("c", DIMENSIONS, np.zeros((2, 3)), (1, 5, 4), **rest, rendered=frames)


def test_an_answer_to_an_earlier_choice_leaves_the_later_one(run: Run) -> None:
    words = dict(across="Across", up="Up", how="", role="pad", label="{across} across, {up} up")
    dimensions = [asdict(Dimension(i, f"z{i + 1}", f"z{i + 1}", -3.0, 3.0, 0.0)) for i in range(4)]
    meta = {"cursor": "c", "size": 200, "words": words, "dimensions": dimensions}
    axes = [[0, 1], [3, 1], [3, 2], [3, 0], [3, 2]]
    data = [list(pack(meta | {"axes": each})) for each in axes]
    body = """document.body.innerHTML = d.html;
        const pad = new m.Pad2d(document.body), sent = [], seen = [];
        const said = (i) => {
            const setTriggerValue = (name, { axes }) => sent.push(axes.join());
            pad.update({ data: Uint8Array.from(d.data[i]), setTriggerValue });
            seen.push(pad.axes.join());
        };
        said(0);
        pad.choose(0, 3);
        pad.choose(1, 2);
        said(1); // the answer to the first choice comes when the second one is made
        said(2);
        said(3); // nobody chose these: a link, or a reset
        said(4);
        return [sent, seen];"""
    html = (Path(sliders.__file__).parent / "js" / "pad2d.html").read_text(encoding="utf-8")
    sent, seen = run("pad2d", body, {"html": html, "data": data})
    assert sent == ["3,1", "3,2"]
    assert seen == ["0,1", "3,2", "3,2", "3,0", "3,2"]
