"""Models, experiments: what is said of columns, activations, scale and bound is what the models give."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import binary, datasets, latent, zoo
from explorer.metrics.likelihood import importance_weighted_nll
from explorer.ui import load, widgets
from tests import small_zoo
from tests.small_zoo import BINARY, SHAPE

COLUMN = SHAPE | dict(latent_dim=70, widths=[], output="identity")
MODELS = {
    "digits-l1": ("sparse", COLUMN, []),
    "digits-kl": ("sparse", COLUMN | dict(penalty="kl", rho=0.2, latent_dim=6), []),
    "digits-slow": ("contractive", SHAPE | dict(latent_dim=6), []),
    "digits-told": ("conditional", BINARY, []),
    "digits-rows": ("rows", BINARY, []),
    "digits-grey": ("vae", SHAPE | dict(latent_dim=5), []),
}
INDEX = 40
SHIPPED = zoo.PRETRAINED


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("experiments")
    small_zoo.make(folder, MODELS)
    return folder


@pytest.fixture(autouse=True)
def zoo_of_ours(made: Path, use_zoo: Callable[[Path], None]) -> None:
    use_zoo(made)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, str]]]:
    """What each "Data (CSV)" button of a run would give, by its file's name."""
    found: dict[str, list[dict[str, str]]] = {}

    def keep(label: str, content, file_name: str, mime: str, key: str, place=None) -> None:
        made = content()
        text = made if isinstance(made, str) else made.decode()
        found[file_name] = list(csv.DictReader(io.StringIO(text)))

    monkeypatch.setattr(widgets, "download", keep)
    return found


def shown(at) -> str:
    return html.unescape(" ".join(e.value for e in [*at.get("html"), *at.markdown, *at.caption]))


def image() -> np.ndarray:
    return datasets.get("digits").split("gallery").pixels(np.array([INDEX]))


def code(model_id: str) -> np.ndarray:
    return latent.encode(zoo.load(model_id), image())[0][0]


def opened(open_page, *names: str, **view: object):
    return open_page("models", **{"index": INDEX, "try": list(names)} | view)


@pytest.mark.parametrize(
    "model_id, expected",
    [
        ("digits-l1", ["columns", "activations", "scale"]),
        ("digits-slow", ["columns", "activations", "scale"]),
        ("digits-told", ["columns", "activations", "bound"]),
        ("digits-rows", ["activations"]),
        ("digits-grey", ["columns", "activations"]),
    ],
)
def test_every_family_offers_what_makes_sense_and_all_of_it_opens(open_page, link_of, model_id, expected):
    at = opened(open_page, *expected, model=model_id)
    assert not at.warning and not at.error
    assert len(at.button_group(key="models.try").options) == len(expected)
    if model_id == "digits-told":
        again = open_page("models", **link_of(at))
        assert link_of(again) == link_of(at) and not again.warning


def test_closed_it_asks_for_no_image_and_a_wrong_name_is_answered(open_page, link_of):
    at = open_page("models", model="digits-l1")
    assert json.loads(link_of(at)["try"]) == [] and "index" not in link_of(at)
    assert "try" in opened(open_page, "bound", model="digits-l1").warning[0].value


def test_columns_are_marked_with_the_activations_of_the_image(open_page, tables):
    at = opened(open_page, "columns", model="digits-l1", second="digits-slow", order="image")
    z = code("digits-l1")
    weight = zoo.load("digits-l1").decoder[0].weight.detach().numpy()
    adds = np.abs(z) * np.linalg.norm(weight, axis=0)
    ranked = [int(row["unit"]) - 1 for row in tables["columns.csv"] if row["model"] == "A"]
    assert len(ranked) == 64 and adds[ranked] == pytest.approx(np.sort(adds)[::-1][:64])
    said = dict(re.findall(r'alt="A, unit (\d+), activation ([-\d.]+)"', shown(at)))
    assert {int(j) - 1: float(v) for j, v in said.items()} == pytest.approx(
        {j: z[j] for j in ranked}, abs=0.005
    )
    grid = next(e.value for e in at.get("html") if "A, unit" in e.value)
    assert grid.count("cg-on") - 1 == sum(z[ranked] != 0)  # once in the style
    assert f"**{np.count_nonzero(z)} of 70** activations are at work" in shown(at)
    assert "none of its columns is a picture" in shown(at)  # B's decoder is deep
    rest = opened(open_page, "columns", model="digits-l1", order="image", rank=65)
    assert shown(rest).count('alt="A, unit') == 6


def test_principal_components_stand_beside(open_page, tables):
    from sklearn.decomposition import PCA

    opened(open_page, "columns", model="digits-l1", pca=True)
    rows = [row for row in tables["columns.csv"] if row["model"] == "PCA"]
    pixels = datasets.get("digits").split("gallery").pixels(slice(None)).reshape(-1, 64)
    fitted = PCA(10, svd_solver="full").fit(pixels)
    scores = fitted.transform(image().reshape(1, 64))[0]
    std = np.sqrt(fitted.explained_variance_ * (len(pixels) - 1) / len(pixels))
    assert [float(r["use"]) for r in rows[:10]] == pytest.approx(std, rel=1e-4)
    assert [abs(float(r["activation"])) for r in rows[:10]] == pytest.approx(np.abs(scores), abs=1e-3)


def test_activations_of_an_image_and_their_means_over_the_gallery(open_page, tables):
    at = opened(open_page, "activations", model="digits-l1", second="digits-kl")
    for letter, model_id in (("A", "digits-l1"), ("B", "digits-kl")):
        rows = [row for row in tables["activations.csv"] if row["model"] == letter]
        assert [float(r["activation"]) for r in rows] == pytest.approx(code(model_id), abs=1e-5)
        means = zoo.gallery(model_id).z.mean(axis=0)
        assert [float(r["mean_over_gallery"]) for r in rows] == pytest.approx(means, rel=1e-5)
    charts = [json.loads(each.proto.spec) for each in at.get("plotly_chart")][:4]
    zeros = int((code("digits-l1") == 0).sum())
    assert [t["y"] for t in charts[0]["data"] if t["name"] == "exactly zero"] == [[zeros]]
    assert [t["name"] for t in charts[2]["data"]] == ["others"]  # a sigmoid is never exactly zero
    lines = [[s["y0"] for s in c["layout"].get("shapes", [])] for c in charts]
    assert lines == [[], [], [], [0.2]]  # ρ of the KL penalty


def test_the_scale_leaves_the_picture_and_moves_the_penalty(open_page, tables):
    at = opened(open_page, "scale", model="digits-l1", second="digits-slow", scale=0.1)
    assert shown(at).count("no grey level differs") == 2
    row = {each[""]: list(each.values())[1:] for each in tables["scale.csv"]}
    size = float(np.abs(code("digits-l1")).sum())
    model = zoo.load("digits-slow")
    slope = torch.autograd.functional.jacobian(lambda x: model.encode(x).z, torch.from_numpy(image()))
    slope = float(slope.square().sum())
    found = [float(cell) for cell in row["Penalty, this image"]]
    assert found == pytest.approx([size, 0.1 * size, slope, 0.01 * slope], rel=0.01)
    for name in ("Activations exactly zero", "Effective number of units"):
        assert row[name][0] == row[name][1] and row[name][2] == row[name][3]
    assert "these are longer, so it would shorten them" in shown(at)
    kept = opened(open_page, "scale", model="digits-l1", second="digits-told", scale=1.0)
    assert "these keep to it" in shown(kept) and "B: the prior fixes" in shown(kept)


def test_the_bound_is_the_measured_likelihood_of_the_image_that_is_shown(open_page, tables):
    at = opened(open_page, "bound", model="digits-told", drawn=3, codes="50")
    label = datasets.get("digits").split("gallery").labels[[INDEX]]
    for way, x in (("upright", image()), ("turned by 90°", np.rot90(image(), axes=(2, 3)).copy())):
        drawn = binary.draw_array(x, 3)
        rows = [row for row in tables["bound.csv"] if row["image"] == way]
        truth = -importance_weighted_nll(zoo.load("digits-told"), drawn, label)[0]
        assert float(rows[-1]["bound_nats"]) == pytest.approx(truth, abs=1e-6)
        assert float(rows[0]["bound_nats"]) <= float(rows[-1]["bound_nats"])
        assert f"{truth:.1f}".replace("-", "−") in shown(at)
    assert [row["repetitions"] for row in tables["bound.csv"][:2]] == ["5000", "2500"]
    assert "log p(x | class)" in shown(at)


def test_a_drawing_of_a_model_that_is_told_the_class_asks_for_it(open_page):
    from explorer import intake

    drawing = intake.encode_text(datasets.get("digits").split("gallery").images[INDEX])
    given = {"from": "Draw", "own": drawing, "told": "3"}
    at = opened(open_page, "bound", "columns", model="digits-told", **given)
    assert not at.warning and at.selectbox(key="models.told").value == "3"


def test_without_originals_the_stored_codes_are_used(open_page, monkeypatch):
    monkeypatch.setattr(load, "images", lambda dataset_id: None)
    at = opened(open_page, "columns", "activations", "scale", model="digits-l1")
    assert not at.error and "activations are at work" in shown(at)
    other = opened(open_page, "bound", model="digits-told")
    assert "the original is not on this machine" in shown(other)


def test_a_model_of_other_images_is_left_out(open_page, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", SHIPPED)
    at = opened(open_page, "activations", open=["digits-vae", "mnist-ae-2d"], model="digits-vae")
    assert "A alone" in shown(at)
    assert sum("activations are at work" in e.value for e in at.markdown) == 1
