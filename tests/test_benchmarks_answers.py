"""Figures of answers: what the command computes is what the sentences state, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import answers

CONTENT = Path(answers.__file__).resolve().parents[1] / "explorer" / "content"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_answer_states_what_is_computed(language):
    found = answers.contractive_and_denoising()
    text = (CONTENT / language / "questions" / "contractive-and-denoising.md").read_text(encoding="utf-8")
    for model_id in ("mnist-dae", "mnist-contractive"):
        assert f"{found[f'{model_id}, output']:.2f}" in text
    assert found["mnist-dae, output"] < found["mnist-contractive, output"] < found["mnist-ae, output"]


def test_every_name_is_a_question_and_others_are_refused(capsys):
    for language in ("en", "es"):
        there = {path.stem for path in (CONTENT / language / "questions").glob("*.md")}
        assert set(answers.ANSWERS) <= there
    assert answers.main(["why-soft"]) == 1
    assert "No figures are computed for why-soft: choose from missing-pixels," in capsys.readouterr().out
