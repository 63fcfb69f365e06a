"""Python's garbage collector, which looks for circles of objects that nothing else needs."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Look for no circles of objects while the block runs.

    Neither imports nor parsed replies leave any that matter, and both make so many objects that the collector looks
    again and again: for a reply that takes three times as long as parsing it. What a run leaves behind is small, and is
    collected when it has ended.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
