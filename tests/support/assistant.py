"""Ask `aclf mcp` as an assistant's client does: by the official SDK, over the pipes of a process."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio.from_thread
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from flows.assistant.server import make_server
from tests.support.command_line import ACLF
from warehouse.paths import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal
    from mcp.types import CallToolResult


class Assistant:
    """A client that is connected to `aclf mcp`."""

    def __init__(self, client: Client, portal: BlockingPortal) -> None:
        self.client = client
        self._portal = portal

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool."""
        return self._portal.call(self.client.call_tool, tool, arguments)

    def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured answer of a tool, whose text is the same JSON."""
        result = self.call(tool, **arguments)
        assert not result.is_error, result
        (content,) = result.content
        assert json.loads(content.text) == result.structured_content
        return result.structured_content

    def refuse(self, tool: str, **arguments: Any) -> str:
        """Return the sentence of a tool's error."""
        result = self.call(tool, **arguments)
        assert result.is_error, result
        (content,) = result.content
        return str(content.text)

    def cancel(self, tool: str, seconds: float, **arguments: Any) -> None:
        """Call a tool, and cancel the request after some seconds."""

        async def call() -> None:
            with anyio.move_on_after(seconds) as scope:
                await self.client.call_tool(tool, arguments)
            assert scope.cancelled_caught

        self._portal.call(call)

    def list_tools(self) -> list[Any]:
        """Return the tools that the server offers."""
        return list(self._portal.call(self.client.list_tools).tools)


@contextmanager
def open_assistant(folder: Path, *arguments: str) -> Iterator[Assistant]:
    """Start `aclf mcp` in a folder, and yield a client that is connected to it."""
    parameters = StdioServerParameters(command=str(ACLF), args=["mcp", *arguments], cwd=folder)
    with _connect(stdio_client(parameters)) as connected:
        yield connected


@contextmanager
def open_assistant_here(warehouse: Path, seconds: float = 60) -> Iterator[Assistant]:
    """Yield a client that is connected to a server in this process, which starts at once."""
    with _connect(make_server(Paths.of(warehouse), seconds)) as connected:
        yield connected


@contextmanager
def _connect(server: Any) -> Iterator[Assistant]:
    with anyio.from_thread.start_blocking_portal() as portal:
        client = Client(server)
        with portal.wrap_async_context_manager(client):
            yield Assistant(client, portal)
