"""A run in a process of its own that is killed, as by kill -9, where one function is called."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.warehouses import Warehouse

ROOT = Path(__file__).parents[1]
SCRIPT = """
import importlib, os, signal, sys
from flows import pipeline
from flows.settings import Settings

warehouse, registry, condition_set, when, place = sys.argv[1:]
module, _, name = place.rpartition(":")
owner = importlib.import_module(module)
*way, name = name.split(".")
for part in way:
    owner = getattr(owner, part)
whole = getattr(owner, name)

def dies(*arguments, **named):
    if when == "after":
        whole(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, dies)
settings = Settings(warehouse=warehouse, registry=registry, condition_set=condition_set)
pipeline.sync(settings.job("sync"))
"""


def kill_sync(warehouse: Warehouse, when: str, place: str) -> None:
    """Run a sync that dies `before` or `after` a function is called, as in `warehouse.publish:_point`."""
    settings = (warehouse.path, warehouse.server.url, warehouse.folder / "made.toml")
    arguments = [sys.executable, "-c", SCRIPT, *settings, when, place]
    died = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
