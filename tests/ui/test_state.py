"""The view: what a control says survives, what a link says is checked, what is shown stands in the link."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from explorer.ui import state
    from explorer.ui.state import View

    page = st.session_state.get("which", "a")
    state.begin(page)
    view = View(page)
    notices = st.container()
    if page == "a":
        st.write(f"level {view.slider('level', 'Level', 0.0, 1.0, 0.5, 0.1)}")
        st.write(f"kind {view.choice('kind', 'Kind', ('x', 'y', 'z'), 'x')}")
        st.write(f"on {view.toggle('on', 'On', False)}")
        st.write(f"z {view.get('z', [0.0, 1.0], lambda v: None if len(v) == 2 else 'it needs two numbers')}")
        st.button("Half", key="half", on_click=lambda: view.put("level", 0.3))
        st.button("Reset", key="reset", on_click=state.reset)
    for unused in state.leftover(page):
        state.notice(f"unused {unused}")
    state.show_notices(notices)
    st.code(state.link(page))


def texts(at: AppTest) -> list[str]:
    return [m.value for m in at.markdown]


def link_of(at: AppTest) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(at.code[0].value).query).items()}


def test_link_holds_every_shown_value_defaults_included():
    at = AppTest.from_function(script).run()
    assert texts(at) == ["level 0.5", "kind x", "on False", "z [0.0, 1.0]"]
    assert link_of(at) == {"level": "0.5", "kind": "x", "on": "false", "z": "[0.0,1.0]"}
    assert urlsplit(at.code[0].value).path == "/a"


def test_link_restores_the_view():
    first = AppTest.from_function(script).run()
    first.slider(key="a.level").set_value(0.8).run()
    first.selectbox(key="a.kind").set_value("z").run()
    first.toggle(key="a.on").set_value(True).run()
    second = AppTest.from_function(script)
    for name, value in link_of(first).items():
        second.query_params[name] = value
    second.run()
    assert texts(second) == texts(first) == ["level 0.8", "kind z", "on True", "z [0.0, 1.0]"]
    assert not second.warning


def test_changes_after_opening_a_link_stay():
    at = AppTest.from_function(script)
    at.query_params["level"] = "0.2"
    at.run()
    at.slider(key="a.level").set_value(0.9).run()
    assert texts(at)[0] == "level 0.9"
    at.selectbox(key="a.kind").set_value("y").run()
    assert texts(at)[:2] == ["level 0.9", "kind y"]


def test_bad_link_values_are_said_and_give_way_to_the_default():
    at = AppTest.from_function(script)
    for name, value in {"level": "7", "kind": "w", "on": "3", "z": "[1]", "foo": "1"}.items():
        at.query_params[name] = value
    at.run()
    assert texts(at) == ["level 0.5", "kind x", "on False", "z [0.0, 1.0]"]
    said = " ".join(w.value for w in at.warning)
    for part in ("between 0 and 1", "only x, y, z", "two numbers", "unused foo", "on = 3"):
        assert part in said
    at.run()
    assert not at.warning  # once


def test_values_survive_a_page_change():
    at = AppTest.from_function(script).run()
    at.slider(key="a.level").set_value(0.7).run()
    at.session_state["which"] = "b"
    at.run()
    at.session_state["which"] = "a"
    at.run()
    assert texts(at)[0] == "level 0.7"


def test_put_in_a_callback_moves_the_widget():
    at = AppTest.from_function(script).run()
    at.button(key="half").click().run()
    assert at.slider(key="a.level").value == 0.3
    assert link_of(at)["level"] == "0.3"


def test_reset_returns_to_the_opening_state_and_not_to_the_link():
    at = AppTest.from_function(script)
    at.query_params["level"] = "0.2"
    at.run()
    assert texts(at)[0] == "level 0.2"
    at.button(key="reset").click().run()
    assert texts(at)[0] == "level 0.5"


def stopping() -> None:
    import streamlit as st

    from explorer.ui import state
    from explorer.ui.state import View

    state.begin("a")
    ready = st.checkbox("Ready", key="ready")
    if ready:
        st.write(f"level {View('a').slider('level', 'Level', 0.0, 1.0, 0.5, 0.1)}")
    for unused in state.leftover("a", stopped=not ready):
        st.warning(unused)
    st.code(state.link("a"))


def test_what_a_stopped_page_has_not_read_waits_and_stays_in_its_link():
    at = AppTest.from_function(stopping)
    at.query_params["level"] = "0.8"
    at.run()
    assert link_of(at) == {"level": "0.8"} and not texts(at) and not at.warning
    at.checkbox(key="ready").check().run()
    assert texts(at) == ["level 0.8"] and link_of(at) == {"level": "0.8"} and not at.warning


def test_true_is_no_number():
    at = AppTest.from_function(script)
    at.query_params["level"] = "true"
    at.run()
    assert texts(at)[0] == "level 0.5" and len(at.warning) == 1
