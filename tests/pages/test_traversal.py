"""Traversal: what the server does of it. The code, its ranges and its link; the browser decodes."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer import datasets, latent, zoo
from explorer.metrics.latent import kl_per_dimension
from explorer.studies import rotation
from explorer.ui import compression
from explorer.ui.widgets import number

FAMILIES = {card.family: card.id for card in reversed(zoo.cards().values()) if card.gallery_sha256}


def sent(at, name: str) -> dict:
    """What a component of the page is sent, besides its arrays."""
    found = [e.proto for e in at.get("bidi_component") if e.proto.component_name.endswith(f"explorer_{name}")]
    assert len(found) == 1, f"{len(found)} components {name}"
    data = found[0].bytes
    (length,) = struct.unpack("<I", data[4:8])
    return json.loads(data[8 : 8 + length])["meta"]


@pytest.mark.parametrize("model_id", sorted(FAMILIES.values()))
def test_opens_on_the_code_of_an_image(open_page, link_of, model_id):
    at = open_page("traversal", model=model_id)
    z = np.array(json.loads(link_of(at)["z"]), np.float32)
    stored = zoo.gallery(model_id)
    index = int(link_of(at)["index"])
    assert np.allclose(z, stored.z[index], atol=0.01 * max(1.0, np.abs(stored.z).max()))
    assert sent(at, "cursor_link")["value"] == json.loads(link_of(at)["z"])


def test_an_ordinary_run_decodes_nothing(open_page, monkeypatch):
    def refuse(*args):
        raise AssertionError("the server has decoded")

    monkeypatch.setattr(latent, "decode", refuse)
    at = open_page("traversal", model="digits-vae")
    assert sent(at, "cursor_link")["decoder"]


def released(at, z: list[float]) -> None:
    """What the cursor's `on_release` does, then the run that follows."""
    at.session_state["_view"]["traversal.z"] = z
    at.run()


def test_a_released_code_is_kept_until_another_start(open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    opening = json.loads(link_of(at)["z"])
    moved = [1.2345, *opening[1:]]
    released(at, moved)
    assert json.loads(link_of(at)["z"]) == moved == sent(at, "cursor_link")["value"]
    at.button[0].click().run()  # "Back to the start"
    assert at.button[0].label == "Back to the start"
    assert json.loads(link_of(at)["z"]) == opening == sent(at, "cursor_link")["value"]
    released(at, moved)
    at.selectbox(key="traversal.class").set_value(7).run()
    other = json.loads(link_of(at)["z"])
    assert other not in (moved, opening)


def test_a_link_brings_its_code_and_axes(open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    link = link_of(at) | {"z": "[4,3.5,-9.25,0,0,0.0001]", "axes": "[3,0]"}
    at = open_page("traversal", **link)
    assert not at.warning
    assert {name: link_of(at)[name] for name in ("z", "axes")} == {name: link[name] for name in ("z", "axes")}
    assert sent(at, "cursor_link")["value"] == [4, 3.5, -9.25, 0, 0, 0.0001]
    assert sent(at, "pad2d")["axes"] == [3, 0]


def test_sliders_are_ordered_by_kl_and_dead_ones_are_folded(open_page, link_of):
    at = open_page("traversal", model="digits-vae")
    stored = zoo.gallery("digits-vae")
    kl = kl_per_dimension(stored.z, stored.logvar)
    alive = stored.z.var(axis=0) > 0.01
    told = sent(at, "sliders")
    assert [each["index"] for each in told["alive"]] == [d for d in np.argsort(-kl) if alive[d]]
    assert {each["index"] for each in told["folded"]} == set(np.flatnonzero(~alive))
    best = int(np.argmax(kl))
    assert f"z{best + 1} · KL {kl[best]:.3g}"[:11] in told["alive"][0]["label"]
    start = json.loads(link_of(at)["z"])
    assert all((each["low"], each["high"]) == (-3, 3) for each in told["alive"])
    assert all(each["start"] == start[each["index"]] for each in told["alive"] + told["folded"])
    assert set(json.loads(link_of(at)["axes"])) == set(np.argsort(-kl)[:2].tolist())


def test_rows_run_over_three_standard_deviations_of_the_codes(open_page):
    at = open_page("traversal", model="mnist-ae-2d")
    z = zoo.gallery("mnist-ae-2d").z
    for row in sent(at, "strip")["rows"]:
        mean, std = z[:, row["index"]].mean(), z[:, row["index"]].std()
        assert row["values"] == pytest.approx(mean + std * np.linspace(-3, 3, 9), abs=1e-4)


def test_many_dimensions_show_the_first_eight_until_asked(open_page):
    at = open_page("traversal", model="mnist-vae")
    assert [len(sent(at, name)[of]) for name, of in (("sliders", "alive"), ("strip", "rows"))] == [8, 8]
    at.toggle(key="traversal.all").set_value(True).run()
    assert [len(sent(at, name)[of]) for name, of in (("sliders", "alive"), ("strip", "rows"))] == [16, 16]


def test_nothing_that_follows_the_code_is_sent_again_with_it(open_page):
    at = open_page("traversal", model="digits-vae")
    before = {name: sent(at, name) for name in ("sliders", "pad2d", "strip", "picture")}
    released(at, [0.5] * 6)
    assert {name: sent(at, name) for name in before} == before


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"z": "[1,2]"}, "6 numbers"),
        ({"z": '["a",1,1,1,1,1]'}, "another kind"),
        ({"z": "[NaN,1,1,1,1,1]"}, "6 numbers"),
        ({"axes": "[1,1]"}, "two different dimensions of 0 to 5"),
        ({"axes": "[1,9]"}, "two different dimensions of 0 to 5"),
    ],
)
def test_a_bad_value_in_a_link_is_said(open_page, value, sentence):
    at = open_page("traversal", model="digits-vae", **value)
    assert any(sentence in warning.value for warning in at.warning)


# Other axes


def test_turned_axes_keep_the_loss_and_a_kept_diagonal_pays(open_page, link_of, table_of):
    at = open_page("traversal", model="digits-vae", rotate=True, turn=3, axis="z1")
    table = table_of(at, "The loss in each set of axes")
    found = rotation.terms(
        zoo.load("digits-vae"),
        datasets.get("digits").split("gallery").pixels(slice(0, 100)),
        rotation.rotation(6, 3),
    )
    assert table["own axes"]["KL (nats) ↓"] == table["turned, posterior turned with it"]["KL (nats) ↓"]
    cost = found["kept diagonal"].loss - found["own"].loss
    assert any(f"costs **{number(cost)} nats** more" in m.value for m in at.markdown)
    assert link_of(at)["rotate"] == "true" and link_of(at)["turn"] == "3"


def test_a_plain_models_loss_prefers_no_axes(open_page, table_of):
    at = open_page("traversal", model="mnist-ae", rotate=True)
    table = table_of(at, "The loss in each set of axes")
    errors = [row["squared error per image ↓"] for row in table.values()]
    assert len(errors) == 2 and errors[0] == errors[1]
    assert any("nothing in it prefers these axes" in m.value for m in at.markdown)


def test_a_code_cut_short_beside_pca_of_the_same_size(open_page, link_of):
    at = open_page("traversal", model="digits-vae", sweep=True, kept="2")
    assert link_of(at)["kept"] == "2"
    split, index = datasets.get("digits").split("gallery"), int(link_of(at)["index"])
    x = split.pixels([index])
    model, gallery = zoo.load("digits-vae"), zoo.gallery("digits-vae")
    z = latent.encode(model, x)[0][0]
    two = np.argsort(-latent.kl_per_dimension(gallery.z, gallery.logvar).mean(axis=0))[:2]
    short = gallery.z.mean(axis=0)
    short[two] = z[two]
    cut = float(((latent.decode(model, short[None]) - x) ** 2).mean())
    first = compression.halves("digits")[0]
    pca = PCA(2).fit(split.pixels(first).reshape(len(first), -1).astype(np.float64))
    rebuilt = np.clip(pca.inverse_transform(pca.transform(x.reshape(1, -1))), 0, 1)
    straight = float(((rebuilt - x.reshape(1, -1)) ** 2).mean())
    (said,) = [m.value for m in at.markdown if m.value.startswith("With 2:")]
    assert f"this code, cut: error **{number(cut)}**" in said
    assert f"PCA: error **{number(straight)}**" in said


def test_a_cut_code_needs_an_original(open_page):
    at = open_page("traversal", model="digits-vae", sweep=True, start="The mean")
    assert any("start from an input" in each.value for each in at.info)
