"""`aclf mcp`: start the server of the assistant's tools, if its package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.extras import require_extra

if TYPE_CHECKING:
    from warehouse.paths import Paths


def start_assistant(paths: Paths, seconds: float) -> None:
    """Serve the tools until the client closes its end.

    Raises:
        ExtraMissing: the package `mcp` is not installed.
    """
    require_extra("mcp", "mcp", "`aclf mcp`")
    from flows.assistant.server import run_server  # noqa: PLC0415 - without the package it cannot be imported

    run_server(paths, seconds)
