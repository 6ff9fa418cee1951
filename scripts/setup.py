"""Make .venv and install what a make target needs: python3 scripts/setup.py app|test|lint|all.

Each requirements file leaves a stamp in .venv with its hash, so a second start asks no network.
Runs under the system's Python, before anything is installed. Unlike every other file it has no
`from __future__` line: it must get as far as the version check on a Python that does not know it.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
TARGETS = {
    "app": ("requirements.txt",),
    "lint": ("requirements-dev.txt",),
    "test": ("requirements.txt", "requirements-dev.txt"),
    "all": ("requirements.txt", "requirements-dev.txt", "requirements-benchmarks.txt"),
}
NEEDS_BROWSER = ("test", "all")


class SetupError(Exception):
    """What went wrong and what to do, in one sentence."""


def check_python() -> None:
    """Raise SetupError when this Python is too old, or cannot make a virtual environment."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise SetupError(
            f"This needs Python 3.11 or newer and {sys.executable} is {found}: install a newer one, "
            "or name one that is there, as in 'make app PYTHON=python3.12'."
        )
    try:
        import ensurepip  # noqa: F401  Debian and Ubuntu ship Python without it
        import venv  # noqa: F401
    except ImportError:
        raise SetupError(
            f"{sys.executable} lacks the venv module: install it (on Debian and Ubuntu the package is "
            f"python{sys.version_info[0]}.{sys.version_info[1]}-venv) and type the same command again."
        ) from None


def make_venv() -> None:
    """Make .venv, or make it anew where its Python has gone or no longer finds its packages."""
    if PYTHON.exists():
        probe = subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False)
        if probe.returncode == 0:
            return
    print(f"Making {VENV.name} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode != 0:
        raise SetupError(
            f"{VENV} could not be made (the reason stands above): see that this folder can be written "
            "to and has space, and type the same command again."
        )


def stamp(name: str) -> Path:
    """Where the hash of the installed requirements file `name` is kept."""
    return VENV / f".installed-{name}"


def digest(name: str) -> str:
    """sha256 of the requirements file `name`, in hex."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def is_installed(name: str) -> bool:
    """Whether the requirements file `name` was installed as it stands now."""
    return stamp(name).is_file() and stamp(name).read_text().strip() == digest(name)


def pip_install(arguments: list[str], remedy: str) -> None:
    """Run pip install in .venv; raises SetupError with `remedy` when it fails."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *quiet, *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise SetupError(remedy)


def install(names: tuple[str, ...]) -> None:
    """Install those of the requirements files that are not yet installed as they stand."""
    missing = [name for name in names if not is_installed(name)]
    if not missing:
        return
    print(f"Installing {', '.join(missing)} (once; this takes a few minutes) ...", flush=True)
    index = os.environ.get("TORCH_INDEX", "").strip()
    if not index and "requirements.txt" in missing and sys.platform == "linux":
        print("On Linux torch may bring 2.7 GB of CUDA: the README's TORCH_INDEX leaves it out.", flush=True)
    if index:
        pin = re.search(r"^torch==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
        assert pin is not None, "requirements.txt pins torch"
        pip_install(
            [pin.group(), "--no-deps", "--index-url", index],  # what torch needs comes from the usual index
            f"{pin.group()} could not be installed from TORCH_INDEX={index} (pip's reason stands above): "
            "check the address, or leave TORCH_INDEX out to take torch from the usual index.",
        )
    pip_install(
        [part for name in missing for part in ("-r", name)],
        f"{', '.join(missing)} could not be installed (pip's reason stands above): check the network and "
        "the free disk space, and type the same command again.",
    )
    for name in missing:
        stamp(name).write_text(digest(name) + "\n")


def main(arguments: list[str]) -> int:
    """Prepare .venv for the target named in `arguments`; returns the exit status."""
    if len(arguments) != 1 or arguments[0] not in TARGETS:
        print(f"usage: python3 scripts/setup.py {'|'.join(TARGETS)}", file=sys.stderr)
        return 2
    try:
        check_python()
        make_venv()
        install(TARGETS[arguments[0]])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments[0] in NEEDS_BROWSER:
        return subprocess.run([str(PYTHON), "-m", "scripts.browser"], cwd=ROOT, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
