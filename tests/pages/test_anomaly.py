"""Anomaly detection: rates, areas and scores on screen are scikit-learn's and the bare model's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import auc, roc_auc_score

from explorer import datasets, zoo
from explorer.models import Autoencoder
from explorer.studies import alarm
from tests import small_zoo
from tests.pages.reading import figure, numbers, words
from tests.small_zoo import SHAPE
from training.evaluate import gallery_arrays

NAMES = ("digits-oneclass-3", "digits-linear", "digits-told", "digits-rows")
MODELS = {name: small_zoo.KINDS[name] for name in NAMES} | {
    "digits-oneclass-7": ("vae", SHAPE | dict(latent_dim=5, beta=0.05), [7])
}
MODEL = "digits-oneclass-3"


def _with_parts(model: Autoencoder, dataset: datasets.Dataset) -> dict[str, np.ndarray]:
    """A gallery with the parts of the bound, as a one-class model's is made."""
    return gallery_arrays(model, dataset, () if model.label_count else (3,))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anomaly")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_zoo, "gallery_arrays", _with_parts)
        small_zoo.make(folder, MODELS)
    return folder


@pytest.fixture(autouse=True)
def zoo_of_ours(made: Path, use_zoo: Callable[[Path], None]) -> None:
    use_zoo(made)


def sets(score: str, strange: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of the validation's normal images, of the shown ones, and of the shown anomalies, as stored."""
    stored = zoo.gallery(MODEL)
    values = stored.error if score == "error" else stored.cross_entropy.astype(float) + stored.kl
    first, second = alarm.halves(len(values))
    normal = stored.labels == 3
    wanted = ~normal if strange is None else stored.labels == strange
    return values[first][normal[first]], values[second][normal[second]], values[second][wanted[second]]


@pytest.mark.parametrize("score", ["error", "elbo"])
def test_the_area_is_scikit_learns(open_page, score):
    at = open_page("anomaly", model=MODEL, score=score)
    _, normal, anomalous = sets(score)
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    expected = roc_auc_score(truth, np.concatenate([normal, anomalous]))
    shown = figure(at, "ROC, area")
    assert float(shown["layout"]["title"]["text"].split()[-1]) == pytest.approx(expected, abs=6e-5)
    (curve,) = (trace for trace in shown["data"] if trace.get("name") == "ROC")
    assert auc(numbers(curve["x"]), numbers(curve["y"])) == pytest.approx(expected, abs=1e-9)


def test_the_line_is_the_quantile_of_the_other_half_and_the_table_counts(open_page, link_of):
    at = open_page("anomaly", model=MODEL, accepted=20)
    validation, normal, anomalous = sets("error")
    for percent in (20.0, 5.0):
        at.slider(key="anomaly.accepted").set_value(percent).run()
        assert float(link_of(at)["accepted"]) == percent
        line = np.percentile(validation, 100 - percent)
        table = next(each.value for each in at.markdown if "called normal" in each.value)
        counts = [int(n.replace(",", "")) for n in re.findall(r"\| ([\d,]+)", table)]
        assert counts == [side.sum() for each in (normal, anomalous) for side in (each < line, each >= line)]
        (dot,) = (trace for trace in figure(at, "ROC")["data"] if trace.get("name") == "threshold")
        expected = np.mean(normal >= line), np.mean(anomalous >= line)
        assert (dot["x"][0], dot["y"][0]) == pytest.approx(expected)


def test_another_class_of_anomalies_leaves_the_line_and_the_false_alarms(open_page):
    tables = {}
    for strange in ("every other class", "8"):
        at = open_page("anomaly", model=MODEL, against=strange)
        table = next(each.value for each in at.markdown if "called normal" in each.value)
        tables[strange] = table.splitlines()
    assert tables["every other class"][2] == tables["8"][2]
    assert tables["every other class"][3] != tables["8"][3]
    _, _, anomalous = sets("error", 8)
    found = [int(n) for n in re.findall(r"\| ([\d,]+)", tables["8"][3])]
    assert sum(found) == len(anomalous)


def test_histogram_holds_every_image_once(open_page):
    at = open_page("anomaly", model=MODEL)
    bars = figure(at, "How strange")["data"]
    assert [numbers(trace["y"]).sum() for trace in bars[:2]] == pytest.approx([100, 100])


def test_scores_of_a_picture_are_the_bare_models(open_page):
    at = open_page("anomaly", model=MODEL, index=12)
    x = torch.from_numpy(datasets.get("digits").split("gallery").pixels([12]))
    model = zoo.load(MODEL)
    with torch.inference_mode():
        expected = F.mse_loss(model.decode(model.encode(x).z), x, reduction="sum").item()
    (said,) = re.findall(r"Score \*\*([\d.,]+)\*\*", words(at))
    assert float(said) == pytest.approx(expected, rel=6e-3)
    _, normal, anomalous = sets("error")
    shares = re.search(r"score ([\d.]+) % of the normal images and ([\d.]+) %", words(at)).groups()
    assert float(shares[0]) == pytest.approx(100 * np.mean(normal >= expected), abs=0.06)
    assert float(shares[1]) == pytest.approx(100 * np.mean(anomalous >= expected), abs=0.06)


def test_the_worst_are_the_extremes(open_page):
    at = open_page("anomaly", model=MODEL)
    _, normal, anomalous = sets("error")
    said = [each.value for each in at.caption if each.value.startswith("Above the images")]
    for text, extreme in zip(said, (normal.max(), anomalous.min()), strict=True):
        first = re.search(r"reconstructions\. \S+ ([\d.]+)", text).group(1)
        assert float(first) == pytest.approx(extreme, rel=6e-3)


def test_complexity_is_taken_off_the_bound(open_page):
    at = open_page("anomaly", model=MODEL, score="complexity")
    assert not at.error
    from explorer.images import png

    split = datasets.get("digits").split("gallery")
    stored = zoo.gallery(MODEL)
    lengths = np.array([8 * len(png(each)) * np.log(2) for each in split.images])
    score = stored.cross_entropy.astype(float) + stored.kl - lengths
    shown = alarm.halves(len(score))[1]
    expected = roc_auc_score((stored.labels != 3)[shown], score[shown])
    title = figure(at, "ROC")["layout"]["title"]["text"]
    assert float(title.split()[-1]) == pytest.approx(expected, abs=6e-5)


def test_a_model_of_everything_needs_another_data_set(open_page):
    at = open_page("anomaly", model="digits-linear")
    assert "same size from another one" in at.info[0].value
    at.button(key="to-digits-oneclass-7").click().run()
    assert not at.info and figure(at, "ROC")


def test_a_model_that_is_told_the_class_is_sent_away(open_page):
    at = open_page("anomaly", model="digits-told")
    assert "told the class" in at.info[0].value and not at.get("plotly_chart")


def test_bad_values_of_a_link_are_said(open_page):
    at = open_page("anomaly", model=MODEL, against="3", score="luck", accepted=90)
    notices = " ".join(each.value for each in at.warning)
    assert all(f"asks for {name} = " in notices for name in ("against", "score", "accepted"))


def test_the_formula_holds_the_readers_numbers(open_page):
    at = open_page("anomaly", model=MODEL, accepted=10)
    at.session_state["panel-formula"] = True
    at.run()
    line = np.percentile(sets("error")[0], 90)
    assert rf"\tau = {line:.4g}" in words(at) and r"\alpha = 0.1" in words(at)
