"""The server's heaps: large arrays go back to the system, where the C library can be told to."""

import platform
import subprocess
import sys

import pytest

from explorer.ui import memory

FREED = """
import numpy as np
from explorer.ui import memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

assert memory.give_back()
arrays, below = [], []
for _ in range(100):  # each array lies under a small one that stays
    arrays.append(np.ones(memory.LARGE // 8))
    below.append(np.ones(100))
full = resident()
del arrays
print(full - resident(), 100 * memory.LARGE)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_what_is_freed_goes_back_to_the_system_at_once():
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    back, freed = map(int, done.stdout.split())
    assert back > 0.9 * freed


def test_another_system_is_left_alone(monkeypatch):
    memory.give_back.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.give_back() is False
    memory.give_back.cache_clear()
