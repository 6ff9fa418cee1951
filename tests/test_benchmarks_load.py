"""The load generator measures what it says, speaks the protocol as a browser does, and sees what fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.Slider_pb2 import Slider

from benchmarks import controls, fetch, load, report, scenarios
from benchmarks.controls import Change, Control
from benchmarks.scenarios import Plan
from benchmarks.server import Server, ServerError, running
from benchmarks.visitor import Visitor

APP = """
import streamlit as st

def first():
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.code("x" * 20_000)
    st.slider("How many", 0, 10, 5, key="first.n")
    st.markdown(f"n = {st.session_state['first.n']}")

def failing():
    if st.slider("Where", 0.0, 1.0, 0.0, 0.5, key="failing.where") > 0:
        raise RuntimeError("as injected")

def saying():
    st.segmented_control("Which", ["a", "b"], default="a", key="saying.which")
    st.error("There is no checkpoint.")

st.sidebar.slider("Not this one", 0, 3, key="shared.n")
st.navigation([st.Page(first), st.Page(failing), st.Page(saying)]).run()
"""


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine returns, run in a thread of its own: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


SMALL = Plan(users=3, seconds=0.6, period=0.3, visitors=2, changes=6, patience=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("load") / "app.py"
    path.write_text(APP, encoding="utf-8")
    with running(path) as started:
        yield started


def test_all_scenarios_against_an_app_with_a_failing_page(server):
    found = finished(load.measure(server, SMALL, say=lambda text: None))
    assert list(found["pages"]) == ["first", "failing", "saying"]
    changed = {name: page["changed"] for name, page in found["pages"].items()}
    assert changed["first"]["count"] == 6 and changed["first"]["errors"] == 0
    assert 0 < changed["first"]["p50_ms"] <= changed["first"]["p95_ms"] <= changed["first"]["p99_ms"]
    assert changed["first"]["acts"] == {"slider * (fallback)": 6}
    failed, fine = changed["failing"]["errors"], changed["failing"]["count"]
    assert failed > 0 and failed + fine == 6
    assert list(changed["failing"]["sentences"]) == ["RuntimeError: as injected"]
    assert changed["saying"]["errors"] == 6
    kilobytes = [found["arrivals"][case]["kilobytes"] for case in ("empty_cache", "files_cached")]
    assert kilobytes[0] > 1000 > kilobytes[1] > 20
    rows = {row["what"]: row for row in found["rows"]}
    assert rows["  errors"]["value"] >= 7 and rows["  errors"]["met"] is False
    memory = rows["server memory, every page visited"]["value"]
    assert memory > 20 if Path("/proc/self/stat").exists() else memory is None  # no Streamlit is smaller
    assert "as injected" in "\n".join(load.complaints(found)) and "fallback" in load.page_table(found)


def test_a_visitor_reports_values_and_cached_messages_as_a_browser_does(server):
    async def visit():
        visitor = Visitor(server.url, Random(1))
        sizes = [(await visitor.open()).size]
        here = {control.key: control for control in visitor.controls()}
        slide = Change(controls.SLIDER, "first.n", value=lambda chance, meta: 7)
        sizes.append((await visitor.set(slide, here["first.n"])).size)
        state = next(s for i, s in visitor._states.items() if i.endswith("first.n"))
        before, away = visitor.page, await visitor.go("failing")
        run = await visitor.set(slide, here["shared.n"])
        await visitor.close()
        return sizes, state, before, away, visitor.page, run

    sizes, state, before, away, page, run = finished(visit())
    assert sizes[0] > 20_000 > 10 * sizes[1]  # the second time the long text comes as a reference
    assert list(state.double_array_value.data) == [7] and (before, page) == ("first", "failing")
    assert not away.errors and run.errors == []


def test_no_server_and_a_missing_file_are_errors(server, tmp_path):
    run = finished(Visitor("http://localhost:9", Random(0), 2).open())
    assert run.errors and "no connection" in run.errors[0]
    with pytest.raises(fetch.FetchError, match="/media/none.png is answered with status 404"):
        finished(fetch.fetch_all(server.url, ["/media/none.png"]))
    assert finished(fetch.fetch_all(server.url, fetch.shell(server.url))) > 1_000_000
    with pytest.raises(ValueError, match="There is no page nowhere; there are first, failing, saying"):
        finished(load.measure(server, Plan(pages=("nowhere",)), say=lambda text: None))
    with pytest.raises(ServerError, match="did not answer"), running(tmp_path / "missing.py"):
        pass


def test_a_change_is_another_value_on_the_slider_and_a_trigger_travels_as_json():
    slider = Slider(id="$$ID-00-a.b-c", min=-1, max=1, step=0.5, default=[0.5])
    control = Control("slider", slider.id, slider, True, "")
    assert control.key == "a.b-c"
    now, chance = controls.opening_state(control), Random(0)
    moved = {controls.changed_state(Change("slider", "*"), control, now, chance).double_array_value.data[0]
             for _ in range(60)}  # fmt: skip
    assert moved == {-1, -0.5, 0, 1}
    number = NumberInput(id="$$ID-00-a.n", min=0, max=4, step=2, default=2, has_min=True, has_max=True)
    control = Control("number_input", number.id, number, True, "")
    now = controls.opening_state(control)
    typed = {
        controls.changed_state(Change("number_input", "*"), control, now, chance).double_value
        for _ in range(30)
    }
    assert typed == {0, 4}
    control = Control("slider", slider.id, slider, True, "")
    hidden = Control("slider", slider.id, slider, False, "")
    assert controls.candidates([hidden, control], [Change("slider", "a.*")]) == [
        (Change("slider", "a.*"), control)
    ]
    sent = controls.changed_state(
        Change(controls.MAP, "*", "event", lambda chance, meta: {"index": meta["n"]}),
        Control(controls.MAP, "$$ID-00-map", None, True, "", {"n": 3}), None, chance,
    )  # fmt: skip
    assert sent.id == "$$STREAMLIT_INTERNAL_KEY_$$ID-00-map__events"
    assert sent.json_trigger_value == '[{"event": "event", "value": {"index": 3}}]'


def test_a_component_is_known_by_the_header_of_its_data():
    from explorer.live.pack import pack

    meta = {"cursor": "z", "value": [1.5, -2.0, 0.25]}
    assert controls.header(pack(meta, {"a": np.zeros(9, np.float32)})) == meta
    assert controls.header(pack({"long": "x" * 70_000})) == {} == controls.header(b"PNG")
    control = Control(controls.CURSOR, "$$ID-00-z", None, True, "", meta)
    ((change, _),) = controls.candidates([control], controls.FALLBACK)
    sent = json.loads(controls.changed_state(change, control, None, Random(3)).json_trigger_value)
    assert sent[0]["event"] == "moved" and meta["value"] == [1.5, -2.0, 0.25]
    assert sum(a != b for a, b in zip(sent[0]["value"]["value"], meta["value"], strict=True)) == 1


def test_changes_name_pages_that_there_are():
    pages = {path.stem for path in (Path(load.__file__).parents[1] / "explorer" / "pages").glob("*.py")}
    assert set(controls.CHANGES) <= pages


def test_what_was_not_measured_is_not_met():
    rows = [
        report.Row("memory", None, "MB", 900),
        report.Row("p95", 100.0, "ms", 100),
        report.Row("x", 1, ""),
    ]
    assert [row.met for row in rows] == [False, True, None]
    lines = report.table(rows).splitlines()
    assert "not measured" in lines[1] and "NOT met" in lines[1] and lines[2].endswith("met")


def test_percentiles_count_good_runs_and_errors_apart():
    from benchmarks.visitor import Run

    runs = [(0.1 * i, Run(size=1000, what="a")) for i in range(1, 11)] + [(9.0, Run(errors=["x"], what="a"))]
    timed = scenarios.timed("page", runs).as_json()
    assert (timed["count"], timed["errors"], timed["kilobytes"]) == (10, 1, 1.0)
    assert timed["p50_ms"] == pytest.approx(550) and timed["p100_ms"] == pytest.approx(1000)
