"""Tours: what is shipped can be walked, what a teacher gets wrong is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer import content
from explorer.content import ContentError, tours

PAGES = {path.stem for path in (Path(content.__file__).parent.parent / "pages").glob("*.py")}
GOOD = """+++
title = "Mine"
minutes = 5
for_whom = "Me"
+++
About it.

## One
[Open](beta?data=mnist&picked=1%2C2&own=)

Look **there**.

> It is
> this.

And then?

## Two
[Open](models)
Only this.
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "en" / "tours" / "mine.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_becomes_steps(tmp_path):
    tour = tours.read(write(tmp_path, GOOD))
    assert (tour.name, tour.title, tour.minutes, tour.for_whom, tour.about) == (
        "mine", "Mine", 5, "Me", "About it.",
    )  # fmt: skip
    one, two = tour.steps
    assert (one.title, one.page) == ("One", "beta")
    assert one.query == {"data": "mnist", "picked": "1,2", "own": ""}
    assert one.answer == "It is\nthis." and "this" not in one.text
    assert one.text.startswith("Look **there**.") and one.text.endswith("And then?")
    assert (two.page, two.query, two.text, two.answer) == ("models", {}, "Only this.", "")


DAMAGES = {
    "no minutes": (GOOD.replace("minutes = 5\n", ""), "lacks minutes"),
    "no step": (GOOD.split("## One")[0], "has no step"),
    "no link": (GOOD.replace("[Open](models)\n", ""), "the step “Two” begins with no link"),
    "no front matter": ("## One\n", "+++"),
}


@pytest.mark.parametrize("text, words", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_is_no_tour_is_named(tmp_path, text, words):
    with pytest.raises(ContentError, match=re.escape(words)):
        tours.read(write(tmp_path, text))


@pytest.mark.parametrize("locale", content.locales())
def test_a_tour_leads_the_same_way_in_every_language(locale):
    for name in tours.names():
        english, other = tours.tour(name), tours.tour(name, locale)
        assert [(s.page, s.query) for s in english.steps] == [(s.page, s.query) for s in other.steps]
        assert english.minutes == other.minutes
        assert [bool(s.answer) for s in english.steps] == [bool(s.answer) for s in other.steps]


def test_every_step_names_a_page():
    assert {step.page for name in tours.names() for step in tours.tour(name).steps} <= PAGES
