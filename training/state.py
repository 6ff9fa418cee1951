"""Resume states on disk: tensors and facts in one safetensors file, replaced atomically, never unpickled."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from explorer.datasets.store import cache_folder


def state_path(recipe_id: str, seed: int) -> Path:
    """Where the resume state of a run lies: in the user's cache folder, not in the repository."""
    return cache_folder() / "runs" / f"{recipe_id}-s{seed}.safetensors"


def write_state(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write to a temporary file, sync, rename: a kill at any moment leaves the old state or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = save(
        {name: t.detach().cpu().contiguous() for name, t in tensors.items()},
        metadata={"facts": json.dumps(facts)},
    )
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a saved state.

    Raises
    ------
    ValueError
        If the file is damaged or no resume state.
    """
    content = path.read_bytes()
    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        facts = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["facts"])
        if not isinstance(facts, dict):
            raise ValueError("its facts are no mapping")
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}): delete it and start again.") from error
    return tensors, facts
