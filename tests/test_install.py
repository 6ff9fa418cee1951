"""The two commands: what a person reads when they cannot work, and what the repository promises about itself.

The real Makefile and scripts run, in a copy or under a doctored environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import serve

ROOT = Path(__file__).resolve().parent.parent
on_path_only = pytest.mark.skipif(
    sys.platform == "darwin", reason="a browser in /Applications cannot be hidden from the script"
)
SHELL_TOOLS = ("sh", "bash", "make", "dirname", "env")


def run(command: list[str], where: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` in `where` without standard input, with `environment` on top of ours."""
    # Without make's own variables: under `make test` they would be handed to the inner make.
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    env = {**outer, **environment}
    return subprocess.run(
        command, cwd=where, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def sentence(finished: subprocess.CompletedProcess[str]) -> str:
    """The single line on stderr of a command that failed (make's own closing line left out)."""
    lines = [line for line in finished.stderr.splitlines() if not line.startswith("make")]
    assert finished.returncode != 0, finished.stdout
    assert len(lines) == 1, finished.stderr
    return lines[0]


def last_line(finished: subprocess.CompletedProcess[str]) -> str:
    """What we say after the messages of a tool that failed (make's own closing line left out)."""
    assert finished.returncode != 0 and "Traceback" not in finished.stderr, finished.stderr
    return [line for line in finished.stderr.splitlines() if not line.startswith("make")][-1]


def program(path: Path, text: str) -> Path:
    """Write an executable script."""
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Makefile and the scripts in a folder of their own, without .venv."""
    target = tmp_path / "copy"
    shutil.copytree(ROOT / "scripts", target / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".ci", target / ".ci")
    for name in ("Makefile", *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, target)
    return target


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH that holds a shell and make, and neither Python, browser, apt nor sudo."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in SHELL_TOOLS:
        found = shutil.which(name)
        assert found is not None, f"the tests need {name}"
        (folder / name).symlink_to(found)
    return folder


# --- what can go wrong ---------------------------------------------------------------------------


def test_python_that_is_too_old(copy: Path, tools: Path) -> None:
    pretend = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); sys.argv.pop(0); "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    program(tools / "python3", f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$@"\n')
    said = sentence(run(["make", "app"], copy, PATH=str(tools)))
    assert "3.11" in said and "3.9.2" in said and "PYTHON=" in said
    assert not (copy / ".venv").exists()


def test_no_python_at_all(copy: Path, tools: Path) -> None:
    said = sentence(run(["make", "test"], copy, PATH=str(tools)))
    assert "install Python 3.11" in said and "make test PYTHON=" in said


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_python_without_the_venv_module(copy: Path, tmp_path: Path, module: str) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / f"{module}.py").write_text("raise ImportError('not shipped')\n")
    command = ["make", "app", f"PYTHON={sys.executable}"]
    said = sentence(run(command, copy, PYTHONPATH=str(tmp_path / "broken")))
    assert "venv module" in said and "-venv" in said and "install" in said
    assert not (copy / ".venv").exists()


def test_packages_are_fetched_once(copy: Path) -> None:
    offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(copy)}
    stamp = copy / ".venv" / ".installed-requirements.txt"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = ["make", "app", f"PYTHON={sys.executable}", f"PORT={port}"]

        first = run(app, copy, **offline)
        assert last_line(first).startswith("requirements.txt could not be installed")
        assert "type the same command again" in last_line(first)
        assert not stamp.exists(), "a failed installation leaves no stamp"

        pinned = copy / "requirements.txt"
        stamp.write_text(hashlib.sha256(pinned.read_bytes()).hexdigest())
        second = run(app, copy, **offline)
        assert f"Port {port} is busy" in sentence(second), "past the installation, without any network"

        pinned.write_text(pinned.read_text() + "one-more==1.0\n")
        third = run(app, copy, **offline)
        assert last_line(third).startswith("requirements.txt could not be installed")


def test_torch_index_that_does_not_answer(copy: Path) -> None:
    index = "http://127.0.0.1:1/simple"
    quick = {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_FIND_LINKS": "", "TORCH_INDEX": index}
    finished = run(["make", "app", f"PYTHON={sys.executable}"], copy, **quick)
    expected = r"torch==\S+ could not be installed from TORCH_INDEX=" + re.escape(index)
    assert re.match(expected, last_line(finished))


@pytest.mark.parametrize("mode", ["app", "class", "dev"])
def test_port_that_is_busy(mode: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sentence(run([sys.executable, "-m", "scripts.serve", mode], ROOT, PORT=str(port)))
    assert f"Port {port} is busy" in said
    offered = re.search(rf"make {mode} PORT=(\d+)", said)
    assert offered is not None and serve.is_free(int(offered.group(1)), "127.0.0.1")


def test_the_server_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's private function is still there, and what it accepts has Nagle switched off."""
    from streamlit.web.server.starlette import starlette_server

    before = starlette_server._bind_socket
    monkeypatch.setattr(starlette_server, "_bind_socket", before)  # so that it is restored afterwards
    serve.answer_at_once()
    assert starlette_server._bind_socket is not before
    with starlette_server._bind_socket("127.0.0.1", 0, 5) as bound:
        bound.setblocking(True)
        bound.listen()
        with socket.create_connection(bound.getsockname()), bound.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.parametrize("port", ["80", "65536", "eighty", "-1", "8501 "])
def test_port_that_is_none(port: str) -> None:
    said = sentence(run([sys.executable, "-m", "scripts.serve", "app"], ROOT, PORT=port))
    assert f"PORT={port} is not a port" in said and "PORT=8502" in said


@on_path_only
@pytest.mark.parametrize("user", [0, 1000])
def test_browser_that_cannot_be_installed(tools: Path, tmp_path: Path, user: int) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import os\nos.geteuid = lambda: {user}\n")
    called = tmp_path / "called"
    for name in ("sudo", "apt-get"):
        program(tools / name, f'#!/bin/sh\necho "{name} $@" >> {called}\nexit 100\n')
    # What Ubuntu puts where Debian has Chromium: a stub that only asks for something else.
    program(tools / "chromium-browser", "#!/bin/sh\necho 'requires the chromium snap' >&2\nexit 1\n")
    environment = {
        "PATH": str(tools),
        "PYTHONPATH": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:1",
    }
    finished = run([sys.executable, "-m", "scripts.browser"], ROOT, **environment)
    assert finished.returncode == 1 and "Traceback" not in finished.stderr
    said = finished.stderr.splitlines()[-1]
    assert "No Chromium" in said and "administrator" in said and "make test" in said
    calls = called.read_text() if called.exists() else ""
    assert "sudo" not in calls
    assert ("apt-get" in calls) == (user == 0), "apt is for root alone"


@on_path_only
def test_missing_browser_fails_the_tests(tools: Path, tmp_path: Path) -> None:
    test = tmp_path / "test_page.py"
    test.write_text("def test_page(page):\n    page.goto('about:blank')\n")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    finished = run(
        [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--output", "out", str(test)],
        tmp_path,
        PATH=str(tools),
        PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "none"),
    )
    assert finished.returncode == 1, finished.stdout
    assert "No Chromium" in finished.stdout and "1 error" in finished.stdout
    assert "skipped" not in finished.stdout


# --- what the files promise ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 7])
def test_ci_calls_make_test_and_nothing_else(copy: Path, tools: Path, tmp_path: Path, status: int) -> None:
    (tools / "make").unlink()
    program(tools / "make", f'#!/bin/sh\necho "$PWD: $*" >> {tmp_path}/called\nexit {status}\n')
    finished = run([str(tools / "bash"), str(copy / ".ci" / "run")], tmp_path, PATH=str(tools), CI="true")
    assert finished.returncode == status, "the status of make is the status of the run"
    assert (tmp_path / "called").read_text() == f"{copy}: test\n"


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_requirements_are_pinned(path: Path) -> None:
    for line in path.read_text().splitlines():
        requirement = line.split("#")[0].strip()
        if requirement and requirement != "-r requirements.txt":
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", requirement), requirement


def options(table: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    """(dotted name, value) of every setting in a TOML table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from options(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


SETTINGS = dict(options(tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())))


@pytest.mark.parametrize("name", SETTINGS)
def test_streamlit_knows_each_setting(name: str) -> None:
    from streamlit import config

    config.get_option(name)  # raises RuntimeError for a name that it does not know


def test_nothing_is_reported_and_nobody_is_asked() -> None:
    assert SETTINGS["browser.gatherUsageStats"] is False
    assert SETTINGS["server.showEmailPrompt"] is False
    assert SETTINGS["server.address"] == "localhost"


def luminance(channels: list[float]) -> float:
    """Relative luminance (WCAG 2.2) of sRGB channels in [0, 255]."""
    scaled = [value / 255 for value in channels]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in scaled]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(foreground: str, background: str, alpha: float = 1.0) -> float:
    """Contrast ratio in [1, 21] of two "#rrggbb" colours, the foreground drawn with opacity `alpha`."""
    below = [int(background[i : i + 2], 16) for i in (1, 3, 5)]
    above = [int(foreground[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [alpha * a + (1 - alpha) * b for a, b in zip(above, below, strict=True)]
    darker, lighter = sorted((luminance(mixed), luminance(below)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", ["", "sidebar."])
def test_captions_and_slider_values_can_be_read(theme: str, place: str) -> None:
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01), "the known borderline grey"
    background = str(SETTINGS[f"theme.{theme}.{place}backgroundColor"])
    # Streamlit draws a caption in the text colour at 60 %, a slider's value in the primary colour.
    assert contrast(str(SETTINGS[f"theme.{theme}.textColor"]), background, 0.6) >= 4.5
    assert contrast(str(SETTINGS[f"theme.{theme}.primaryColor"]), background) >= 4.5
    assert contrast(str(SETTINGS[f"theme.{theme}.linkColor"]), background) >= 4.5


def repository_text() -> dict[str, str]:
    """Text files of the repository by relative path: those that git knows or would take up."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:  # unpacked from an archive
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    found = {}
    for name in names:
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes():
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(wor[k]|roo[t]|hom[e]/\w|User[s]/\w|mn[t]|opt/whee[l]s|tmp/en[v])",
        r"[Cc]:\\[U]sers",
        r"pyp[i]\.org|python[h]osted|npm[j]s\.(org|com)|deb\.debia[n]|github[u]sercontent",
    ],
)
def test_no_machine_path_or_package_host_is_named(pattern: str) -> None:
    texts = repository_text()
    assert "Makefile" in texts and "tests/test_install.py" in texts
    found = [
        f"{name}: {line.strip()[:120]}"
        for name, text in texts.items()
        for line in text.splitlines()
        if re.search(pattern, line)
    ]
    assert not found, "\n".join(found)
