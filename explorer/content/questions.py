"""The questions of the Interview page: what they are, and what they say in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from explorer import content
from explorer.content import ContentError

LEVELS = ("easy", "medium", "hard")
SECTIONS = (
    "fundamentals", "regularised", "variational", "maps", "collapse", "discrete", "applications"
)  # fmt: skip
#: The parts of an answer, in the order in which they are read; the headings in every language's files.
PARTS = (
    "Do", "See", "Trap", "Thirty seconds", "Three minutes", "What a senior engineer adds", "Back to you",
    "Rubric",
)  # fmt: skip
_RUBRIC = re.compile(r"^- \[(\d+|red flag)\] (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """What no translation changes: number, level, the page and the state where it is tried, the right option.

    `later` names the family that has no checkpoint yet; such a question has no page.
    """

    id: int
    slug: str
    section: str
    level: str
    page: str
    right: int
    link: dict[str, Any] = field(default_factory=dict)
    later: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """A question in one language; `parts` by the headings of `PARTS`."""

    title: str
    ask: str
    options: tuple[str, ...]
    parts: dict[str, str]
    locale: str

    @property
    def rubric(self) -> list[tuple[int, str]]:
        """(points, sentence) of each line to mark oneself by; a red flag has -1 point."""
        found = _RUBRIC.findall(self.parts["Rubric"])
        return [(-1 if points == "red flag" else int(points), sentence) for points, sentence in found]


@cache
def questions() -> tuple[Question, ...]:
    """All questions by their number.

    Raises
    ------
    ContentError
        If a file is damaged, or two questions share a number or a slug.
    """
    found: list[Question] = []
    for section in SECTIONS:
        path = content.FOLDER / "plan" / f"{section}.toml"
        for entry in content.toml(path).get("question", []):
            found.append(_question(section, entry))
    for name in ("id", "slug"):
        values = [getattr(each, name) for each in found]
        if twice := [value for value in values if values.count(value) > 1]:
            raise ContentError(f"two questions have the {name} {twice[0]}: change one.")
    return tuple(sorted(found, key=lambda each: each.id))


def _question(section: str, entry: dict[str, Any]) -> Question:
    where = f"plan/{section}.toml, question {entry.get('id')}"
    try:
        made = Question(section=section, **entry | {"sources": tuple(entry.get("sources", ()))})
    except TypeError as error:
        raise ContentError(f"{where}: {error}.") from error
    if made.level not in LEVELS:
        raise ContentError(f"{where}: its level is {made.level!r}: choose from {', '.join(LEVELS)}.")
    if bool(made.page) == bool(made.later):
        raise ContentError(f"{where}: it needs either a page or, in `later`, the family that it waits for.")
    return made


@cache
def by_slug() -> dict[str, Question]:
    """All questions by their slug."""
    return {each.slug: each for each in questions()}


@cache
def text(slug: str, locale: str = content.ENGLISH) -> Text:
    """What a question says in a language, or in English where that lacks it.

    Raises
    ------
    ContentError
        If its file is missing in English too, lacks a part, or has options that do not fit the right one.
    """
    path = content.FOLDER / locale / "questions" / f"{slug}.md"
    if not path.is_file() and locale != content.ENGLISH:
        return text(slug)
    matter, body = content.front_matter(path)
    parts = _parts(body)
    name = f"{locale}/questions/{slug}.md"
    if lacking := [part for part in PARTS if not parts.get(part)]:
        raise ContentError(f"{name} lacks the part “{lacking[0]}”.")
    if lacking := {"title", "ask", "options"} - set(matter):
        raise ContentError(f"{name} lacks {', '.join(sorted(lacking))}.")
    if not 0 <= by_slug()[slug].right < len(matter["options"]):
        raise ContentError(f"{name} has {len(matter['options'])} options, and another one is the right one.")
    return Text(matter["title"], matter["ask"], tuple(map(str, matter["options"])), parts, locale)


def _parts(body: str) -> dict[str, str]:
    """The sections of a Markdown text by their second-level heading."""
    pieces = re.split(r"^## (.+)\n", body, flags=re.MULTILINE)
    return {heading.strip(): piece.strip() for heading, piece in zip(pieces[1::2], pieces[2::2], strict=True)}


def search(words: str, locale: str = content.ENGLISH) -> list[Question]:
    """Questions whose text holds all the words, in any order and case; those with them in the title first."""
    wanted = words.casefold().split()
    found = []
    for question in questions():
        said = text(question.slug, locale)
        title = f"{question.id} {said.title}".casefold()
        everything = " ".join([title, said.ask, *said.parts.values()]).casefold()
        if all(word in everything for word in wanted):
            found.append((not all(word in title for word in wanted), question.id, question))
    return [question for *_, question in sorted(found, key=lambda entry: entry[:2])]


def files(locale: str) -> list[Path]:
    """The files of a language's questions."""
    return sorted((content.FOLDER / locale / "questions").glob("*.md"))
