"""The house as the README draws it: imports point down only, each library has its place, files are short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "app.py", *sorted(p for top in ("explorer", "training") for p in (ROOT / top).rglob("*.py"))]
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))

#: Floors from the ground up; a part of `explorer` that is not named here, and `training`, stand on floor 2.
FLOORS = {"gaussian": 0, "models": 1, "figures": 3, "ui": 4, "live": 4, "pages": 5}
CORE, APP = 2, 6
HOMES = {
    "streamlit": ("app", "explorer.ui", "explorer.live", "explorer.pages"),
    "plotly": ("explorer.figures",),
}
NOT_HERE = {"torch": ("app", "explorer.figures", "explorer.pages")}
NOT_AT_ONCE = {"pooch", "mlxtend"}  # a machine that only trains may lack them


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, at_once: bool = False) -> set[str]:
    """Full names of all that a file imports (`from a import b` is a.b), inside functions too or `at_once`."""
    names: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_once else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name, not a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor(name: str) -> int:
    top, *parts = name.split(".")
    return APP if top == "app" else FLOORS.get(parts[0], CORE) if parts else CORE


@every_file
def test_imports_point_down_only(path):
    me = module(path)
    for name in imported(path):
        assert me.startswith("training") or not name.startswith("training"), f"{me} imports {name}"
        if name.startswith(("explorer.", "app")):
            assert floor(name) <= floor(me), f"{me} (floor {floor(me)}) imports {name} (floor {floor(name)})"


@every_file
def test_each_library_stays_in_its_place(path):
    me = module(path)
    for library in {name.split(".")[0] for name in imported(path)}:
        assert me.startswith(HOMES.get(library, me)), f"{me} imports {library}"
        assert not me.startswith(NOT_HERE.get(library, ())), f"{me} imports {library}"
    assert not {name.split(".")[0] for name in imported(path, at_once=True)} & NOT_AT_ONCE


@every_file
def test_files_are_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_rules_see_every_form_of_import_and_every_floor(tmp_path):
    path = tmp_path / "seen.py"
    path.write_text("import a.b as c\nfrom d import e\ndef f():\n    from g.h import i, j\n")
    assert imported(path) == {"a.b", "d.e", "g.h.i", "g.h.j"} > imported(path, at_once=True) == {"a.b", "d.e"}
    names = ("app", "explorer.pages.beta", "explorer.live.pack", "explorer.figures.style", "training.loop")
    assert [floor(name) for name in names] == [6, 5, 4, 3, 2]
    names = ("explorer.zoo", "explorer", "explorer.models.vae", "explorer.gaussian")
    assert [floor(name) for name in names] == [2, 2, 1, 0]
