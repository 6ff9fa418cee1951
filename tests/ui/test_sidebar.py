"""The sidebar's pickers: what they offer, and in which order."""

from __future__ import annotations

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from explorer import zoo
from explorer.ui import load, sidebar, state


def script() -> None:
    import streamlit as st

    from explorer.ui import sidebar, state

    state.begin("latent_map")
    sidebar.choose()
    sidebar.footer(st.sidebar.container(), "")


@pytest.fixture
def cards(tmp_path, monkeypatch) -> None:
    """Cards of three models on digits: one of a single class, whose id comes first, and two others."""
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
    described = zoo.ModelCard(
        id="", title="", family="vae", dataset="digits", arguments={}, recipe={"corruptions": []}, seed=0,
        parameters=1, epochs=1, images_seen=1, wall_clock_seconds=1.0, device="CPU", curve=[], sha256="",
        terms="",
    )  # fmt: skip
    for model_id, classes in (("digits-a-oneclass", [3]), ("digits-b", []), ("digits-c", [])):
        (tmp_path / model_id).mkdir()
        recipe = described.recipe | ({"classes": classes} if classes else {})
        zoo.write_card(dataclasses.replace(described, id=model_id, title=model_id.upper(), recipe=recipe))
    load._survey.clear()
    yield
    load._survey.clear()


def test_models_of_one_class_come_after_the_others(cards):
    assert [zoo.card(i).group for i in ("digits-a-oneclass", "digits-b")] == ["one class", ""]
    at = AppTest.from_function(script).run()
    assert not at.exception
    model, second = at.sidebar.selectbox[1:]
    assert model.options == [
        "Variational · DIGITS-B",
        "Variational · DIGITS-C",
        "One class · DIGITS-A-ONECLASS",
    ]
    assert model.value == "digits-b"
    assert second.options == ["none", *model.options[1:]]


@pytest.mark.parametrize("length, codes", [(2000, 1), (20_000, 0)])
def test_a_link_that_no_qr_code_holds_is_offered_without_one(cards, monkeypatch, length, codes):
    address = "http://localhost:8501/?own=" + "a" * length
    monkeypatch.setattr(state, "link", lambda path: address)
    at = AppTest.from_function(script)
    at.session_state[sidebar.COPY_LINK] = True
    at.run()
    assert not at.exception and at.sidebar.code[0].value == address
    assert (sidebar._qr(address) or "").count("<svg") == codes
    assert any("more than a QR code holds" in caption.value for caption in at.sidebar.caption) == (not codes)
