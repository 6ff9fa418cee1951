"""Figures of answers: what the command computes is what the sentences state, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import answers
from explorer import zoo

CONTENT = Path(answers.__file__).resolve().parents[1] / "explorer" / "content"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_answer_states_what_is_computed(language):
    found = answers.contractive_and_denoising()
    text = (CONTENT / language / "questions" / "contractive-and-denoising.md").read_text(encoding="utf-8")
    for model_id in ("mnist-dae", "mnist-contractive"):
        assert f"{found[f'{model_id}, output']:.2f}" in text
    assert found["mnist-dae, output"] < found["mnist-contractive, output"] < found["mnist-ae, output"]


@pytest.fixture(scope="module")
def of_the_binary_model() -> tuple[answers.Figures, answers.Figures]:
    return answers.derive_the_bound(), answers.dead_dimensions()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_answers_of_the_binary_model_state_its_figures(language, of_the_binary_model):
    folder, (bound, dead) = CONTENT / language / "questions", of_the_binary_model
    text = (folder / "derive-the-bound.md").read_text(encoding="utf-8")
    stated = ["clean, k = 1", "clean, k = 10", "clean, k = 100", "turned, k = 1", "turned, k = 10"]
    stated += ["turned, k = 1,000", "turned, k = 5,000"]
    for name in [*stated, "mean of 100 digits, k = 1", "mean of 100 digits, k = 5,000"]:
        assert f"−{-bound[name]:.1f}" in text, name
    assert f"−{-bound['clean, k = 5,000']:.1f}" in text  # "nearly flat"
    for model_id in ("mnist-vae-binary", "mnist-iwae"):
        metrics = zoo.card(model_id).metrics
        for name in ("nll", "negative_elbo"):
            assert f"−{metrics[name]['value']:.1f}" in text
    text = (folder / "dead-dimensions.md").read_text(encoding="utf-8")
    for name in ("largest KL", "smallest KL alive"):
        assert f"{dead[name]:.1f}" in text
    assert f"{dead['nll']:.1f}" in text and dead["largest KL dead"] < 5e-4
    assert dead["largest change by a dead one"] < 0.01 and dead["change by the first"] > 100
    alive = round(dead["dimensions alive"])
    assert re.search(rf"\b{alive} (of|de) 40\b", text) and f"{40 - alive} " in text


def test_every_name_is_a_question_and_others_are_refused(capsys):
    for language in ("en", "es"):
        there = {path.stem for path in (CONTENT / language / "questions").glob("*.md")}
        assert set(answers.ANSWERS) <= there
    assert answers.main(["why-soft"]) == 1
    assert "No figures are computed for why-soft: choose from missing-pixels," in capsys.readouterr().out
