"""The benchmark measures whole process trees: the memory and the processor time of children count."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.benchmarks.measure import measure, sum_tree_memory

HUNDRED_MB = 100_000_000
HOLDING = f"block = bytes([1]) * {HUNDRED_MB}; print('ready', flush=True); input()"
PARENT = f"""
import subprocess, sys
children = [subprocess.Popen([sys.executable, '-c', {HOLDING!r}], stdout=subprocess.PIPE, text=True) for _ in range(2)]
for child in children:
    child.stdout.readline()
print('ready', flush=True)
input()
"""
MAPPING = f"""
import mmap
with open('mapped', 'w+b') as file:
    file.write(bytes([1]) * {HUNDRED_MB})
    file.flush()
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    sum(mapped[offset] for offset in range(0, {HUNDRED_MB}, 4096))
    print('ready', flush=True)
    input()
"""
WORKING = "import json, time; sum(range(10**6)); print(json.dumps({'seconds': time.process_time()}))"
STARTING = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKING!r}])"

reads_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")


@contextmanager
def running(script, folder):
    """Run the block while the script waits, after it has said that it is ready; yield its process number."""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        yield process.pid
        process.kill()


@reads_proc
def test_the_memory_of_children_is_added_up(tmp_path):
    """Two children with 100 MB each are 200 MB, although the process itself has nearly nothing."""
    with running(PARENT, tmp_path) as process:
        own, with_files = sum_tree_memory(process)
    assert 2 * HUNDRED_MB < own < with_files


@reads_proc
def test_mapped_files_count_apart(tmp_path):
    """100 MB of a mapped file are not the process's own memory; only the other figure has them."""
    with running(MAPPING, tmp_path) as process:
        own, with_files = sum_tree_memory(process)
    assert with_files - own > HUNDRED_MB > own


def test_the_processor_time_of_children_counts(tmp_path):
    """A process that only starts another one has used what the other one used."""
    measurement = measure([sys.executable, "-c", STARTING], tmp_path, os.environ)
    assert measurement.cpu > measurement.printed["seconds"] > 0
