"""The process behind `ProjectionJob`: python -m explorer.projection.worker FOLDER

Reads FOLDER/request.json and FOLDER/codes.npy, writes FOLDER/map.npy and says on standard output, a JSON
line each, {"fraction": 0 ... 1, "what": "..."}. A bad request ends it with status 2 and one sentence on
standard error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from pathlib import Path

import numpy as np

from explorer.projection.job import CODES, MAP, REQUEST
from explorer.projection.maps import fit


def main(folder: Path) -> int:
    """Compute the map that the folder asks for; returns the exit status."""
    if hasattr(os, "nice"):
        os.nice(10)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    try:
        request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        codes = np.load(folder / CODES, allow_pickle=False)
        points = fit(
            request["method"], codes, seed=request["seed"], progress=_report, **request["parameters"]
        )
    except ValueError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    part = folder / f"part-{MAP}"
    np.save(part, points, allow_pickle=False)
    os.replace(part, folder / MAP)
    return 0


def _report(fraction: float, what: str) -> None:
    print(json.dumps({"fraction": round(fraction, 4), "what": what}), flush=True)


def _end_with_parent(folder: Path) -> None:
    """Standard input is a pipe that the parent never writes to: its end is the parent's end."""
    while os.read(0, 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
