"""The live point's mathematics in the browser against Python's: placing, decoding, spread, paths."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from scipy.spatial.distance import cdist

from explorer import projection
from explorer.live.join import join

Run = Callable[..., Any]
RANDOM = np.random.default_rng(11)
CODES = RANDOM.normal(size=(400, 5)).astype(np.float32)
POINTS = (3 * np.tanh(CODES[:, :2]) + 0.2 * RANDOM.normal(size=(400, 2))).astype(np.float32)
NEW = np.concatenate([RANDOM.normal(size=(30, 5)), CODES[:3]]).astype(np.float32)
PCA = projection.pca(CODES)
PREPARE = """
  const floats = (list) => Float32Array.from(list.flat(2));
  const near = await import(d.neighbours);
  const spec = { method: d.method, mean: d.mean && floats(d.mean), axes: d.axes && floats(d.axes) };
  const [codes, points] = [floats(d.codes), floats(d.points)];
"""


def address(module: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(join(module).encode()).decode()


@pytest.fixture
def js(page: Page) -> Run:
    """`js(module, body, data)` runs `body` on the module `m` and the data `d`, and returns its result."""

    def run(module: str, body: str, data: Any = None) -> Any:
        call = f"async ([address, d]) => {{ const m = await import(address); {body} }}"
        return page.evaluate(call, [address(module), json.loads(json.dumps(data, default=np.ndarray.tolist))])

    return run


def of_map(method: str, **more: Any) -> dict[str, Any]:
    facts = {"method": method, "codes": CODES, "points": POINTS, "neighbours": address("neighbours")}
    pca = {"mean": PCA.mean, "axes": PCA.axes} if method == "pca" else {}
    return facts | pca | more


def test_a_code_is_placed_as_python_places_it(js: Run) -> None:
    body = PREPARE + (
        "const found = (code) => near.nearestCodes(codes, floats(code), 15);"
        "return d.new.map((code) => m.placeOf(spec, code, found(code), points));"
    )
    got = js("live_point", body, of_map("neighbours", new=NEW))
    np.testing.assert_allclose(got, projection.place(CODES, POINTS, NEW).points, atol=1e-5)
    np.testing.assert_allclose(got[-3:], POINTS[:3], atol=1e-5)  # a code of the map lies where it is
    got = js("live_point", body, of_map("pca", new=NEW))
    np.testing.assert_allclose(got, PCA.place(NEW), atol=1e-5)
    assert js("live_point", body, of_map("plane", new=[[0.25, -3]])) == [[0.25, -3]]


def weighted_mean(places: np.ndarray) -> np.ndarray:
    """The mean of the codes of the 15 nearest points, written out."""
    rows = []
    for distance in cdist(places, POINTS):
        nearest = np.argsort(distance)[:15]
        d = distance[nearest]
        w = np.exp(-(d - d[0]) / d.std()) / d if d[0] > 0 else (d == 0).astype(float)
        rows.append((w[:, None] * CODES[nearest]).sum(axis=0) / w.sum())
    return np.array(rows)


def test_a_place_decodes_the_mean_of_the_neighbouring_points_codes(js: Run) -> None:
    places = np.concatenate([RANDOM.uniform(-4, 4, (30, 2)), POINTS[:2]])
    body = (
        PREPARE
        + "return d.places.map((place) => [...m.codeAt(spec, codes.slice(0, 5), codes, points, place)]);"
    )
    got = js("live_point", body, of_map("neighbours", places=places))
    np.testing.assert_allclose(got, weighted_mean(places), atol=1e-5)
    np.testing.assert_allclose(got[-2:], CODES[:2], atol=1e-5)


def test_on_pca_a_place_moves_the_code_within_the_plane_only(js: Run) -> None:
    places = RANDOM.uniform(-3, 3, (20, 2))
    body = PREPARE + "return d.places.map((place) => [...m.codeAt(spec, d.start, null, points, place)]);"
    start = NEW[0]
    got = np.array(js("live_point", body, of_map("pca", places=places, start=start)))
    np.testing.assert_allclose(PCA.place(got), places, atol=1e-5)
    outside = np.linalg.svd(PCA.axes)[2][2:]  # directions that the plane does not show
    np.testing.assert_allclose((got - start) @ outside.T, 0, atol=1e-5)


@pytest.mark.parametrize("method", ["plane", "pca"])
def test_the_ellipse_is_the_projected_covariance(js: Run, method: str) -> None:
    std = np.array([0.3, 0.8]) if method == "plane" else np.array([0.2, 1.1, 0.5, 0.7, 0.1])
    axes = None if method == "plane" else PCA.axes
    body = """
      const ellipse = m.ellipseOf(d.std, d.axes && Float32Array.from(d.axes.flat()));
      return [ellipse, m.outlineOf(ellipse, [1, -2], 2)];
    """
    ellipse, outline = js("ellipse", body, {"std": std, "axes": axes})
    drawn = np.random.default_rng(0).normal(size=(400_000, len(std))) * std
    covariance = np.cov((drawn if axes is None else drawn @ axes.T).T)
    turn = np.array([np.cos(ellipse["angle"]), np.sin(ellipse["angle"])])
    across = np.array([-turn[1], turn[0]])
    shape = ellipse["a"] ** 2 * np.outer(turn, turn) + ellipse["b"] ** 2 * np.outer(across, across)
    np.testing.assert_allclose(shape, covariance, atol=0.01 * np.trace(covariance))
    exact = np.diag(std**2) if axes is None else axes @ np.diag(std**2) @ axes.T
    step = np.array(outline) - [1, -2]
    mahalanobis = np.einsum("ni,ij,nj->n", step, np.linalg.inv(exact), step)
    np.testing.assert_allclose(mahalanobis, 4, rtol=1e-5)


def test_a_pin_runs_evenly_over_the_rows_of_its_path(js: Run) -> None:
    path = np.array([[0, 0], [1, 0], [1, 5], [2, 5]], float)  # rows far apart and near
    t = np.linspace(0, 1, 31)
    places = js(
        "path",
        "return d.t.map((t) => m.placeOn(Float32Array.from(d.path.flat()), t));",
        {"path": path, "t": t},
    )
    np.testing.assert_allclose(
        places, np.stack([np.interp(3 * t, range(4), path[:, i]) for i in (0, 1)], 1), atol=1e-6
    )
    body = (
        "const path = Float32Array.from(d.path.flat());"
        "return d.places.map((place) => m.nearestOn(path, place, { scaleX: d.scale, scaleY: 30 }));"
    )
    np.testing.assert_allclose(js("path", body, {"path": path, "places": places, "scale": 30}), t, atol=1e-6)
    beside = RANDOM.uniform(-1, 6, (40, 2))
    for scale in (30, 300):
        got = js("path", body, {"path": path, "places": beside, "scale": scale})
        fine = np.linspace(0, 1, 30_001)
        on_path = np.stack([np.interp(3 * fine, range(4), path[:, i]) for i in (0, 1)], 1) * [scale, 30]
        best = cdist(beside * [scale, 30], on_path).min(axis=1)
        at = np.stack([np.interp(3 * np.array(got), range(4), path[:, i]) for i in (0, 1)], 1) * [scale, 30]
        np.testing.assert_allclose(np.linalg.norm(at - beside * [scale, 30], axis=1), best, atol=0.05)
