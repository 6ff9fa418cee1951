"""Memory of a server that many threads share: given back when it is freed."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

# malloc.h: parameters of glibc's mallopt.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
LARGE = 1 << 18  # bytes


@cache
def give_back() -> bool:
    """Tell the C library to keep little of what is freed; True where it listens (glibc), once a process.

    Streamlit runs each script in a thread, and glibc gives each thread a heap of its own, in which freed
    arrays leave holes that no other thread fills. Two heaps for all, and large arrays outside of them.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(_M_ARENA_MAX, 2)) and bool(mallopt(_M_MMAP_THRESHOLD, LARGE))
