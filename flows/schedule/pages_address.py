"""Where the pages of `aclf serve` listen, and the address by which people reach them."""

from __future__ import annotations

import errno
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from extract.errors import BadSetting
from flows.orchestration.door import LOOPBACK_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - names of an address, not an address to listen at


@dataclass(frozen=True, slots=True)
class PagesSettings:
    """What the operator says about the pages.

    Attributes:
        host: where they listen.
        port: the same; 0 for any free one.
        address: by which people reach them, where that is another; as in `https://trials.example.org`.
    """

    host: str
    port: int
    address: str | None = None

    def __post_init__(self) -> None:
        """Check the address.

        Raises:
            BadSetting: it is not the address of a web server.
        """
        if self.address is None:
            return
        try:
            parts = urlsplit(self.address)
            usable = (
                parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"} and not parts.query
            )
        except ValueError:
            usable = False
        if not usable:
            raise BadSetting(
                f"the address of the pages must be one such as https://trials.example.org, not {self.address!a}"
            )

    @property
    def names(self) -> frozenset[str] | None:
        """The host names under which the pages may be asked; None for any.

        On loopback these are this machine's, because a page of another site could turn its own name to this machine.
        Who lets others reach the pages has other names for them.
        """
        return LOOPBACK_NAMES if self.host in LOOPBACK_NAMES else None

    @property
    def origins(self) -> tuple[str, ...]:
        """Further origins that may use the pages."""
        return (self.address.rstrip("/"),) if self.address else ()


@contextmanager
def listen(settings: PagesSettings) -> Iterator[socket.socket]:
    """Listen while the block runs, so that the port is this process's before anything else starts.

    Raises:
        BadSetting: something else listens there, or nothing can.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise BadSetting(
                f"something else already answers at {place}, the address of the pages of `aclf serve`",
                next_step="stop it, or choose another port with --port or ACLF_PORT",
            ) from error
        raise BadSetting(
            f"the pages cannot listen at {place} ({error.strerror or error})",
            next_step="correct --host and --port (ACLF_HOST, ACLF_PORT)",
        ) from error
    with listener:
        yield listener


def get_address(settings: PagesSettings, listener: socket.socket) -> str:
    """Return the address by which people reach the pages, without a slash at its end."""
    if settings.address:
        return settings.address.rstrip("/")
    host = "127.0.0.1" if settings.host in _ANY_ADDRESS else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
