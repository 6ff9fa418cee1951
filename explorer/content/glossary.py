"""The glossary: what the field's words mean, shown where they stand in a text."""

from __future__ import annotations

import html
import re
from functools import cache

from explorer import content

#: What is no running text: code, formulas, links, HTML.
_APART = re.compile(r"(`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\[[^\]]*\]\([^)]*\)|<[^>]*>)", re.DOTALL)


@cache
def terms(locale: str = content.ENGLISH) -> dict[str, str]:
    """Term -> definition in a language, its own words and the English ones; what it lacks in English.

    Raises
    ------
    ContentError
        If a file cannot be read.
    """
    english = content.toml(content.FOLDER / content.ENGLISH / "glossary.toml")
    path = content.FOLDER / locale / "glossary.toml"
    return english | (content.toml(path) if path.is_file() else {})


@cache
def _pattern(locale: str) -> re.Pattern[str]:
    longest_first = sorted(terms(locale), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})s?(?![\w-])", re.IGNORECASE)


def marked(text: str, locale: str = content.ENGLISH) -> str:
    """Markdown whose terms carry their definition, each where it stands first; formulas and code stay."""
    known = {term.casefold(): definition for term, definition in terms(locale).items()}
    seen: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        term = match[1].casefold()
        if term in seen:
            return match[0]
        seen.add(term)
        return f'<abbr title="{html.escape(known[term])}" tabindex="0">{match[0]}</abbr>'

    pieces = _APART.split(text)
    pieces[::2] = [_pattern(locale).sub(mark, piece) for piece in pieces[::2]]
    return "".join(pieces)
