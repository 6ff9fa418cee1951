"""The app, under another name: a test starts it beside the shipped one, on models of its own."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[3] / "app.py"))
