"""Questions, strings, front matter: what ships is whole in every language, what is damaged is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer import content
from explorer.content import ContentError, questions, say, strings

PLACEHOLDER = re.compile(r"{(\w+)}")
every_locale = pytest.mark.parametrize("locale", content.locales())
every_question = pytest.mark.parametrize("question", questions.questions(), ids=lambda q: q.slug)


@every_locale
def test_a_string_has_the_same_placeholders_in_every_language(locale):
    for key, text in strings(locale).items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(strings("en")[key])), key


@every_locale
def test_every_section_level_and_missing_family_has_a_name(locale):
    for question in questions.questions():
        assert say(f"section.{question.section}", locale) and say(f"level.{question.level}", locale)
        assert not question.later or say(f"later.{question.later}", locale)


@every_locale
def test_a_language_is_whole_or_says_so(locale):
    """Its folder holds nothing that English lacks; what it lacks is shown in English."""
    known = {question.slug for question in questions.questions()}
    assert {path.stem for path in questions.files(locale)} <= known
    for slug in known:
        said = questions.text(slug, locale)
        assert said.locale in (locale, "en")


@every_question
@every_locale
def test_every_text_has_all_its_parts(question, locale):
    said = questions.text(question.slug, locale)
    assert set(said.parts) == set(questions.PARTS) and all(said.parts.values())
    assert 2 <= len(said.options) <= 4 and len(set(said.options)) == len(said.options)
    assert said.rubric and sum(points for points, _ in said.rubric if points > 0) >= 3
    assert any(points < 0 for points, _ in said.rubric)
    words = len(said.parts["Thirty seconds"].split())
    assert 25 <= words <= 110, words
    assert said.parts["Three minutes"].count("$") % 2 == 0


def test_there_are_at_least_sixty_and_the_right_options_stand_everywhere():
    found = questions.questions()
    assert len(found) >= 60 and [q.id for q in found] == sorted({q.id for q in found})
    assert {q.right for q in found} >= {0, 1, 2}
    assert sum(bool(q.page) for q in found) >= 60 - sum(bool(q.later) for q in found)


def test_search_takes_all_words_in_any_order_and_case():
    found = questions.search("PCA linear")
    assert found and all(
        word in " ".join([t.title, t.ask, *t.parts.values()]).casefold()
        for q in found for word in ("pca", "linear") for t in [questions.text(q.slug)]
    )  # fmt: skip
    assert questions.search("  ") == list(questions.questions())
    assert questions.search("xyzzy") == []
    assert questions.search("25")[0].id == 25


# Damaged files


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder of content with one question, `one`, in English and its title alone in another language."""
    for cached in (content.locales, strings, questions.questions, questions.by_slug, questions.text):
        cached.cache_clear()
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    for name in ("plan", "en/questions", "fr/questions"):
        (tmp_path / name).mkdir(parents=True)
    for section in questions.SECTIONS:
        (tmp_path / "plan" / f"{section}.toml").write_text("")
    (tmp_path / "plan" / "maps.toml").write_text(QUESTION)
    (tmp_path / "en" / "questions" / "one.md").write_text(TEXT)
    (tmp_path / "en" / "strings.toml").write_text('[app]\nname = "English"\nhello = "Hello {who}"\n')
    (tmp_path / "fr" / "strings.toml").write_text('[app]\nname = "Français"\n')
    yield tmp_path
    for cached in (content.locales, strings, questions.questions, questions.by_slug, questions.text):
        cached.cache_clear()


QUESTION = '[[question]]\nid = 1\nslug = "one"\nlevel = "easy"\npage = "traversal"\nright = 1\n'
TEXT = '+++\ntitle = "One"\nask = "Which?"\noptions = ["a", "b"]\n+++\n' + "".join(
    f"## {part}\n{'- [2] names it' if part == 'Rubric' else part}\n" for part in questions.PARTS
)


def test_a_language_falls_back_to_english_string_by_string(folder):
    assert content.locales() == ("en", "fr")
    assert say("app.name", "fr") == "Français" and say("app.hello", "fr", who="you") == "Hello you"
    assert questions.text("one", "fr").locale == "en"


DAMAGES = {
    "no front matter": ("en/questions/one.md", "## Do\nx", "must begin with TOML between two lines"),
    "bad front matter": ("en/questions/one.md", "+++\ntitle = \n+++\n", "must begin with TOML"),
    "no title": ("en/questions/one.md", TEXT.replace('title = "One"\n', ""), "lacks title"),
    "a part gone": ("en/questions/one.md", TEXT.replace("## Trap", "## Tarp"), "lacks the part “Trap”"),
    "an option gone": ("en/questions/one.md", TEXT.replace('"a", "b"', '"a"'), "has 1 options"),
    "no such level": ("plan/maps.toml", QUESTION.replace("easy", "simple"), "level is 'simple'"),
    "no page": ("plan/maps.toml", QUESTION.replace("traversal", ""), "needs either a page or"),
    "one field more": ("plan/maps.toml", QUESTION + 'colour = "red"\n', "colour"),
    "twice": ("plan/maps.toml", QUESTION * 2, "two questions have the id 1"),
    "no toml": ("plan/maps.toml", "[[", "maps.toml cannot be read"),
}


@pytest.mark.parametrize("name, text, words", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named(folder, name, text, words):
    (folder / name).write_text(text)
    with pytest.raises(ContentError, match=re.escape(words)):
        questions.text("one")


def test_a_translation_with_a_key_of_its_own_is_refused(folder):
    (folder / "fr" / "strings.toml").write_text('[app]\nname = "Français"\nbye = "Au revoir"\n')
    with pytest.raises(ContentError, match="app.bye"):
        strings("fr")
