"""Joining JavaScript modules: order, private names, and every form that must be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.live.join import FOLDER, join


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder


def test_a_module_comes_after_what_it_needs_and_only_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        c="export const seven = 7;\n",
        b='import { seven } from "./c.js";\nexport function b() { return seven; }\n',
        a='import { b } from "./b.js";\nimport { seven } from "./c.js";\nexport default () => b() + seven;\n',
    )
    # An arrow function is not among the forms: the entry exports a function by name.
    with pytest.raises(ValueError, match="a.js has a form"):
        join("a", tmp_path)
    write(
        tmp_path,
        a=(tmp_path / "a.js")
        .read_text()
        .replace("export default () => ", "export default function f() {}\n"),
    )
    text = join("a", tmp_path)
    assert text.count("seven = 7") == 1
    assert text.index("seven = 7") < text.index("function b()") < text.index("export default function f")


def test_comments_stay_in_the_files_and_strings_stay_whole(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='/**\n * Words.\n */\n// more\nexport const url = "http://x"; // kept\n  /* gone */\nlet y = 1;\n',
    )
    assert join("a", tmp_path) == 'export const url = "http://x"; // kept\nlet y = 1;\n'


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        ({"a": 'import { b } from "./b.js";\n'}, "b.js, imported by a, is not in js"),
        (
            {"a": 'import { b } from "./b.js";\n', "b": 'import { a } from "./a.js";\nexport const b = 1;\n'},
            "circle",
        ),
        (
            {"a": 'import { other } from "./b.js";\n', "b": "export const b = 1;\n"},
            "other, which b.js does not export",
        ),
        ({"a": 'import b from "./b.js";\n', "b": "export const b = 1;\n"}, "a.js has a form"),
        ({"a": "export { x };\n"}, "a.js has a form"),
        (
            {
                "a": 'import { b } from "./b.js";\n',
                "b": "export const b = 1;\nexport default function c() {}\n",
            },
            "b.js has",
        ),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path: Path, modules: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        join("a", write(tmp_path, **modules))


@pytest.mark.parametrize("entry", ["runtime", "worker"])
def test_what_travels_is_one_module_that_asks_for_nothing(entry: str) -> None:
    text = join(entry)
    assert "\nimport " not in text and not text.startswith("import ")
    assert "http:" not in text and "https:" not in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.stem)
def test_modules_are_short_and_their_exports_have_a_word_of_explanation(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    assert lines[0].startswith("/**")
    for before, line in zip(lines, lines[1:], strict=False):
        if line.startswith("export function"):
            assert before.rstrip().endswith("*/"), f"{line} has no JSDoc"
