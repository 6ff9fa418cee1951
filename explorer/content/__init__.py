"""Questions, tours, glossary and strings: data in folders, one a language, and what reads them.

A translation is a folder beside `en/`. What it lacks is shown in English. What no translation changes
(levels, links, the right option) stands once, in `plan/`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
ENGLISH = "en"


class ContentError(ValueError):
    """A file of content is not as it should be; the message names the file and what to mend."""


@cache
def locales() -> tuple[str, ...]:
    """The languages that there are, English first."""
    found = {path.parent.name for path in FOLDER.glob("*/strings.toml")}
    return (ENGLISH, *sorted(found - {ENGLISH}))


@cache
def strings(locale: str) -> dict[str, str]:
    """All strings of a language by their key, "section.name"; those that it lacks in English.

    Raises
    ------
    ContentError
        If a file is not TOML of strings, or holds a key that English does not.
    """
    own = _strings(locale)
    if locale == ENGLISH:
        return own
    english = _strings(ENGLISH)
    if stray := sorted(set(own) - set(english)):
        raise ContentError(
            f"{locale}/strings.toml has {stray[0]}, which en/strings.toml does not: remove it."
        )
    return english | own


def say(key: str, locale: str = ENGLISH, **values: object) -> str:
    """The string `key` with its {placeholders} filled."""
    return strings(locale)[key].format(**values)


def _strings(locale: str) -> dict[str, str]:
    content = toml(FOLDER / locale / "strings.toml")
    return {
        f"{section}.{name}": text for section, entries in content.items() for name, text in entries.items()
    }


def toml(path: Path) -> dict:
    """A TOML file.

    Raises
    ------
    ContentError
        If it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ContentError(f"{path.parent.name}/{path.name} cannot be read ({error}).") from error


def front_matter(path: Path) -> tuple[dict, str]:
    """A Markdown file's TOML between its first two `+++` lines, and the text below.

    Raises
    ------
    ContentError
        If the file cannot be read or does not begin like this.
    """
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        start, matter, body = text.split("+++\n", 2)
        if start.strip():
            raise ValueError("there is text above the first +++")
        return tomllib.loads(matter), body
    except (OSError, ValueError) as error:
        raise ContentError(f"{name} must begin with TOML between two lines of +++ ({error}).") from error
