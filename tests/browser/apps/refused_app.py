"""The app, on a browser that knows no layer: every page has to do without the live part."""

from __future__ import annotations

import runpy
from pathlib import Path

from explorer.live import network

network.LAYERS.clear()
runpy.run_path(str(Path(__file__).resolve().parents[3] / "app.py"))
