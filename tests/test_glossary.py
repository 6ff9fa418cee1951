"""Terms of the glossary carry their definition where they first stand, and nowhere else."""

from __future__ import annotations

import html
import re

import pytest

from explorer import content
from explorer.content import glossary

MARK = re.compile(r'<abbr title="([^"]*)" tabindex="0">([^<]*)</abbr>')


def plain(text: str) -> str:
    return MARK.sub(r"\2", text)


def test_a_term_is_marked_where_it_stands_first():
    found = MARK.findall(glossary.marked("The KL of one posterior, and the KL of two posteriors."))
    assert [word for _, word in found] == ["KL", "posterior"]
    assert html.unescape(found[0][0]) == glossary.terms()["KL"]


def test_the_longest_term_wins_and_words_are_whole():
    words = [
        w for _, w in MARK.findall(glossary.marked("Posterior collapse of an aggregate posterior, encoded."))
    ]
    assert words == ["Posterior collapse", "aggregate posterior"]
    assert MARK.findall(glossary.marked("PCAs, VAEs and denoiser-like things; KLM.")) == [
        (html.escape(glossary.terms()["PCA"]), "PCAs"), (html.escape(glossary.terms()["VAE"]), "VAEs"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["`KL`", "$KL$", "$$\nKL + PCA\n$$", "[KL](models)", '<b title="KL">x</b>'])
def test_formulas_code_links_and_html_stay_as_they_are(text):
    assert glossary.marked(text) == text


def test_what_is_read_stays_the_same():
    text = "The **KL** in nats — a `code` of 16 numbers, $q(z|x)$: PSNR ↑"
    assert plain(glossary.marked(text)) == text


@pytest.mark.parametrize("locale", content.locales())
def test_definitions_are_sentences_without_markup(locale):
    for term, definition in glossary.terms(locale).items():
        assert definition.endswith(".") and "<" not in definition and len(definition) < 200, term
