"""What takes seconds to import is not imported to show a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("umap", "numba", "openTSNE", "pooch")
RUN = f"""
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=120).run()
assert not app.exception
for page in sorted(Path("explorer/pages").glob("[!_]*.py")):
    app.switch_page(str(page)).run()
    assert not app.exception, page
    print(page.stem, *(name for name in {SLOW!r} if name in sys.modules))
"""


def test_no_page_imports_umap_or_tsne_before_it_is_asked() -> None:
    told = subprocess.run(
        [sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240
    ).stdout
    pages = [line.split() for line in told.splitlines()]
    assert len(pages) >= 5
    assert [page for page in pages if len(page) > 1] == []
