"""The Python half of the map and of the canvas: what goes out, what comes in, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from explorer.live.draw_canvas import decode_drawing, draw_canvas, set_drawing
from explorer.live.latent_map import latent_map
from explorer.live.map_parts import LivePoint, PathPin, Pin, decode_event
from explorer.live.sprites import SpriteSheet
from tests.live.test_pack import read

POINTS = np.random.default_rng(3).normal(size=(17, 2))
VALUES = np.arange(17.0)


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was mounted: (name of the component, its arguments)."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def component(name: str) -> Any:
        return lambda **arguments: calls.append((name, arguments))

    for module in ("component", "latent_map", "draw_canvas"):
        monkeypatch.setattr(f"explorer.live.{module}.component", component)
    return calls


def test_the_header_is_small_and_large_arrays_travel_as_assets(mounted: list) -> None:
    labels = np.arange(17) % 3
    sheet = SpriteSheet.from_images(np.zeros((17, 1, 8, 8), np.uint8))
    latent_map(POINTS, key="m", labels=labels, values=VALUES, colour="value", value_name="KL", sheet=sheet)
    assert [name for name, _ in mounted] == ["latent_map", "asset", "asset", "asset"]
    meta, arrays = read(mounted[0][1]["data"])
    assert list(arrays) == ["selected"]
    assets = {meta["asset"]: arrays for meta, arrays in (read(call["data"]) for _, call in mounted[1:])}
    np.testing.assert_allclose(assets[meta["points"]]["points"], POINTS, rtol=1e-6)
    np.testing.assert_array_equal(assets[meta["points"]]["labels"], labels)
    np.testing.assert_array_equal(assets[meta["values"]]["values"], VALUES)
    assert assets[meta["sheet"]["asset"]]["image"].tobytes() == sheet.image
    assert [call["key"] for _, call in mounted[1:]] == [f"asset-{name}" for name in assets]


def test_a_new_selection_changes_the_header_and_no_asset(mounted: list) -> None:
    for selected in ((), (3, 5)):
        latent_map(POINTS, key="m", values=VALUES, colour="value", selected=selected)
    before, after = mounted[:3], mounted[3:]
    assert before[0][1]["data"] != after[0][1]["data"]
    assert [call for _, call in before[1:]] == [call for _, call in after[1:]]


def test_the_colour_bar_says_where_values_lie_beyond_its_ends(mounted: list) -> None:
    latent_map(POINTS, key="m", values=VALUES, colour="value", value_range=(0, 10))
    value = read(mounted[0][1]["data"])[0]["value"]
    assert (value["low"], value["high"], value["below"], value["above"]) == (0, 10, False, True)
    latent_map(POINTS, key="m", values=VALUES, colour="value")
    value = read(mounted[2 + 1][1]["data"])[0]["value"]
    assert value["below"] and value["above"] and value["low"] == pytest.approx(np.quantile(VALUES, 0.005))


def test_a_live_point_travels_with_the_header(mounted: list) -> None:
    mean, axes = np.arange(3.0), np.eye(2, 3)
    live = LivePoint("code", "pca", mean, axes, std=np.ones(3), centre=mean + 1, tether=(0, 1))
    path = np.stack([np.arange(4.0), np.arange(4.0)], axis=1)
    latent_map(POINTS, key="m", live=live, paths=[path], path_pins=[PathPin("t", 0, "half", hollow=True)])
    meta, arrays = read(mounted[0][1]["data"])
    assert (meta["live"]["cursor"], meta["live"]["method"], meta["live"]["tether"]) == ("code", "pca", [0, 1])
    assert meta["live"]["draggable"] and not meta["lattice"]
    assert meta["pathPins"] == [{"cursor": "t", "path": 0, "label": "half", "hollow": True}]
    for name, sent in {"Mean": mean, "Axes": axes, "Std": np.ones(3), "Centre": mean + 1}.items():
        np.testing.assert_array_equal(arrays[f"live{name}"].reshape(sent.shape), sent)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"points": POINTS[:, :1]}, r"shape \(N, 2\)"),
        ({"points": POINTS[:0]}, r"shape \(N, 2\)"),
        ({"points": POINTS + np.nan}, "NaN or infinite"),
        ({"points": POINTS * 1e300}, "NaN or infinite"),
        ({"labels": np.zeros(16, int)}, "Labels are integers"),
        ({"labels": np.zeros(17)}, "Labels are integers"),
        ({"labels": np.full(17, -2)}, "Labels are integers"),
        ({"labels": np.full(17, 2), "label_names": ("a", "b")}, "label_names has 2 names"),
        ({"colour": "value"}, "colour='value'"),
        ({"colour": "labels"}, "colour='labels'"),
        ({"values": VALUES[1:]}, "Values are finite"),
        ({"values": np.full(17, np.inf)}, "Values are finite"),
        ({"values": VALUES, "value_range": (2, 1)}, "value_range"),
        ({"selected": [17]}, r"selected holds 17 … 17"),
        ({"selected": [-1]}, "selected holds"),
        ({"pins": [Pin(0, float("nan"), "here")]}, "'here'"),
        ({"paths": [np.zeros((3, 3))]}, "A path"),
        ({"live": LivePoint("code", "umap")}, "method='umap' is none of"),
        ({"live": LivePoint("code", "neighbours", std=np.ones(3))}, "no direction for σ"),
        ({"live": LivePoint("code", "pca")}, "has `mean` and `components`"),
        ({"live": LivePoint("code", "plane", np.zeros(2), np.eye(2))}, "has `mean` and `components`"),
        ({"live": LivePoint("code", "pca", np.zeros(3), np.eye(3))}, "axes is"),
        ({"live": LivePoint("code", "plane", std=np.ones(3))}, "std is"),
        ({"live": LivePoint("code", "plane", tether=(0, np.nan))}, "tether"),
        ({"path_pins": [PathPin("t", 0, "half")]}, "'half' is on path 0, but there are 0"),
        ({"lattice": True}, "A lattice needs"),
        ({"lattice": True, "live": LivePoint("code", "neighbours")}, "A lattice needs"),
        ({"sheet": SpriteSheet.from_images(np.zeros((5, 1, 8, 8), np.uint8))}, "holds 5 images for 17"),
    ],
)
def test_arguments_that_do_not_fit_are_named(
    mounted: list, arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        latent_map(**({"points": POINTS, "key": "m"} | arguments))
    assert not mounted


def test_events_come_back_as_python_values() -> None:
    click = decode_event({"kind": "click", "index": 4, "x": 0.5, "y": -1}, 17)
    assert (click.kind, click.index, click.x, click.y) == ("click", 4, 0.5, -1.0)
    assert decode_event({"kind": "click", "index": None, "x": 0, "y": 0}, 17).index is None
    assert decode_event({"kind": "clear"}, 17).indices.tolist() == []
    packed = base64.b64encode(bytes([0b00000101, 0, 1])).decode()
    assert decode_event({"kind": "lasso", "indices": packed}, 17).indices.tolist() == [0, 2, 16]


@pytest.mark.parametrize(
    "event",
    [
        None,
        "click",
        {"kind": "other"},
        {"kind": "click"},
        {"kind": "click", "index": 17, "x": 0, "y": 0},
        {"kind": "click", "index": -1, "x": 0, "y": 0},
        {"kind": "click", "index": 1, "x": None, "y": 0},
        {"kind": "click", "index": 1, "x": float("nan"), "y": 0},
        {"kind": "lasso", "indices": "not base64!"},
        {"kind": "lasso", "indices": "AAA="},
        {"kind": "lasso", "indices": 3},
    ],
)
def test_other_messages_are_refused(event: Any) -> None:
    with pytest.raises(ValueError, match="reload the page|lasso again"):
        decode_event(event, 17)


def test_a_drawing_comes_back_pixel_by_pixel() -> None:
    image = np.random.default_rng(1).integers(0, 256, (112, 112), dtype=np.uint8)
    message = {"image": base64.b64encode(image.tobytes()).decode(), "stamp": "1"}
    np.testing.assert_array_equal(decode_drawing(message), image)
    assert decode_drawing({"image": None}) is None


@pytest.mark.parametrize("message", [{}, None, {"image": "AAAA"}, {"image": "?"}, {"image": 7}])
def test_other_drawings_are_refused(message: Any) -> None:
    with pytest.raises(ValueError, match="draw it again"):
        decode_drawing(message)


def test_a_drawing_of_another_size_cannot_be_put_on_the_canvas() -> None:
    with pytest.raises(ValueError, match="resize it first"):
        set_drawing("canvas", np.zeros((28, 28), np.uint8))


def test_an_unknown_ink_is_refused() -> None:
    with pytest.raises(ValueError, match="ink='blue'"):
        draw_canvas(key="canvas", ink="blue")  # type: ignore[arg-type]
