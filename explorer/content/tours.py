"""Guided tours: a teacher's route through the pages, each one Markdown file that a teacher can write.

    +++
    title = "A first look"
    minutes = 20
    for_whom = "A class that has not met an autoencoder"
    +++
    A sentence or two about the tour.

    ## The title of a step
    [Open](traversal?model=mnist-vae&dim=3)

    What to do and what to ask, in Markdown.

    > What the teacher expects to hear; it stays off the pupils' worksheet.

A step's link is a page's name and the query that its "Copy link" gives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from explorer import content
from explorer.content import ContentError

_STEP = re.compile(r"^## (.+)\n", re.MULTILINE)
_LINK = re.compile(r"\A\s*\[[^\]]*\]\((?P<page>\w+)(?:\?(?P<query>[^)\s]*))?\)\s*$", re.MULTILINE)
_ANSWER = re.compile(r"^> ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One step: the page and the query of its link, what the class reads, what the teacher expects."""

    title: str
    page: str
    query: dict[str, str]
    text: str
    answer: str


@dataclass(frozen=True)
class Tour:
    """A route of some minutes; `name` is its file's."""

    name: str
    title: str
    minutes: int
    for_whom: str
    about: str
    steps: tuple[Step, ...]


@cache
def names() -> tuple[str, ...]:
    """The tours that there are, the shortest first."""
    found = [read(path) for path in sorted((content.FOLDER / content.ENGLISH / "tours").glob("*.md"))]
    return tuple(tour.name for tour in sorted(found, key=lambda tour: (tour.minutes, tour.name)))


@cache
def tour(name: str, locale: str = content.ENGLISH) -> Tour:
    """A tour in a language, or in English where that lacks it.

    Raises
    ------
    ContentError
        If its file is damaged.
    """
    path = content.FOLDER / locale / "tours" / f"{name}.md"
    return read(path if path.is_file() else content.FOLDER / content.ENGLISH / "tours" / f"{name}.md")


def read(path: Path) -> Tour:
    """The tour that a file holds.

    Raises
    ------
    ContentError
        If it lacks a title, minutes, whom it is for, a step, or a step's link.
    """
    matter, body = content.front_matter(path)
    where = f"{path.parent.parent.name}/tours/{path.name}"
    if lacking := {"title", "minutes", "for_whom"} - set(matter):
        raise ContentError(f"{where} lacks {', '.join(sorted(lacking))} between its +++ lines.")
    about, *pieces = _STEP.split(body)
    if not pieces:
        raise ContentError(f"{where} has no step: a step begins with a line “## Title”.")
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    steps = tuple(_step(where, title.strip(), text) for title, text in pairs)
    return Tour(path.stem, matter["title"], int(matter["minutes"]), matter["for_whom"], about.strip(), steps)


def _step(where: str, title: str, text: str) -> Step:
    link = _LINK.search(text)
    if link is None:
        raise ContentError(f"{where}: the step “{title}” begins with no link, [Open](page?name=value).")
    below = text[link.end() :]
    answer = "\n".join(_ANSWER.findall(below)).strip()
    query = dict(parse_qsl(link["query"] or "", keep_blank_values=True))
    return Step(title, link["page"], query, _ANSWER.sub("", below).strip(), answer)
