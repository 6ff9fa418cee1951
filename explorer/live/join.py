"""Join small JavaScript modules into the one string that a component's `js=` takes.

Streamlit loads an inline module from a Blob, and a Blob cannot import its neighbours. So each module becomes
a function that runs once and returns what it exports, in the order in which they need each other; a module's
own helpers stay private to it. Only two forms are understood, and the modules keep to them:

    import { a, b } from "./name.js";
    export function f …    export class C …    export const k = …    (the entry only: export default function)

A module of `vendor/`, which is not ours, may end in one list instead: export { a, b };
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "js"

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"\./([\w/-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_LIST = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import\b|export (?!default function))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*?[\s\S]*?\*/|//[^\n]*)[ \t]*\n", re.MULTILINE)


@cache
def join(entry: str, folder: Path = FOLDER) -> str:
    """Return the module `entry` (a name without `.js`) and all it imports as one ES module.

    Comments on lines of their own are left out: they are for readers of the files, and the string travels
    with every message to the component.

    Raises:
        ValueError: a module is missing, imports itself in a circle, asks for a name that its neighbour does
            not export, or uses a form of import or export that is not understood.
    """
    joined: list[str] = []
    _add(entry, folder, joined, done={}, pending=())
    return "\n".join(joined)


def _add(
    name: str, folder: Path, joined: list[str], done: dict[str, set[str]], pending: tuple[str, ...]
) -> None:
    """Append module `name` to `joined`, after what it needs; `done` collects each module's exported names."""
    if name in pending:
        raise ValueError(
            f"The modules {' → '.join((*pending, name))}.js import each other in a circle; break it."
        )
    path = folder / f"{name}.js"
    if not path.is_file():
        raise ValueError(
            f"The module {name}.js, imported by {pending[-1] if pending else 'Python'}, is not in js/."
        )
    text = path.read_text(encoding="utf-8")
    for match in _IMPORT.finditer(text):
        needed = match[2]
        if needed not in done:
            _add(needed, folder, joined, done, (*pending, name))
        missing = _names(match[1]) - done[needed]
        if missing:
            raise ValueError(
                f"{name}.js imports {', '.join(sorted(missing))}, which {needed}.js does not export."
            )
    foreign = name.startswith("vendor/")
    done[name] = set(_EXPORTED.findall(text)).union(*map(_names, _LIST.findall(text) if foreign else ()))
    body = _COMMENT.sub("", _IMPORT.sub(lambda m: f"const {{{m[1]}}} = {_variable(m[2])};\n", text))
    body = _LIST.sub("", body) if foreign else body
    bare = _EXPORT.sub("", body)
    if _UNKNOWN.search(bare) or (pending and "export default" in bare):
        raise ValueError(f"{name}.js has a form of import or export that join.py does not understand.")
    if pending:
        names = ", ".join(sorted(done[name]))
        body = f"const {_variable(name)} = (() => {{\n{bare}return {{ {names} }};\n}})();"
    joined.append(body)


def _names(listed: str) -> set[str]:
    return {name.strip() for name in listed.split(",") if name.strip()}


def _variable(module: str) -> str:
    return "module_" + re.sub(r"\W", "_", module)
