"""One request and its one reply, with a limit on its time and its size."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from importlib.metadata import version
from json import JSONDecodeError
from threading import Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.request import getproxies

import requests
import urllib3.exceptions

from extract.client import api
from extract.client.address import is_loopback
from extract.client.policy import Action, Failure
from extract.client.reply import Reply, cut_excerpt, parse_json
from extract.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import HTTPResponse

T = TypeVar("T")

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 256 * 1024

FAILURES: tuple[tuple[tuple[type[Exception], ...], Failure], ...] = (
    ((TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError), Failure.TIMED_OUT),
    ((urllib3.exceptions.ProtocolError, requests.exceptions.ChunkedEncodingError), Failure.CUT_SHORT),
    ((urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError), Failure.UNDECODABLE),
    ((requests.exceptions.ProxyError,), Failure.NO_PROXY),
    ((OSError, urllib3.exceptions.HTTPError), Failure.NO_CONNECTION),
)
"""What an exception of the HTTP libraries means; the first that holds it. requests' own are OSErrors."""


class Session(requests.Session):
    """Connections that say honestly who they serve; the service turns away clients that pretend.

    Args:
        base_url: The registry. One on this machine is not asked through the environment's proxy.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.trust_env = not is_loopback(base_url)
        if self.trust_env:
            _refuse_proxies_without_host()
        library = f"python-requests/{requests.__version__}"
        self.headers["User-Agent"] = f"aclf-trials/{version('aclf-trials')} (+{library})"
        self.headers["Accept"] = "application/json"
        self.headers["Accept-Encoding"] = "gzip"

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Give none: even told not to follow one, requests reads its target and body, and without limit."""


def _refuse_proxies_without_host() -> None:
    """Refuse what requests would fail on without a word of what is wrong. A proxy's address may hold a password."""
    for kind, proxy in getproxies().items():
        if proxy.rpartition("://")[2].rpartition("@")[2].startswith((":", "/")) or proxy.endswith("@"):
            raise BadSetting(f"the proxy that the environment names in {kind}_proxy has no host")


def send_request(session: requests.Session, url: str, seconds: float, clock: Callable[[], float]) -> Reply:
    """Send one GET request and read its reply.

    Args:
        session: The connections.
        url: What to ask for.
        seconds: The most that all of it may take.
        clock: Gives seconds that only grow.

    Returns:
        The reply; what goes wrong on the way is one too, so that no exception of the HTTP libraries leaves.
    """
    try:
        return run_within(seconds, lambda: _receive(session, url, seconds, clock))
    except (OSError, urllib3.exceptions.HTTPError) as error:
        failure = next(failure for kinds, failure in FAILURES if isinstance(error, kinds))
        return Reply(url, failure, detail=_reason(error))


def _receive(session: requests.Session, url: str, seconds: float, clock: Callable[[], float]) -> Reply:
    deadline = clock() + seconds
    timeouts = (min(CONNECT_SECONDS, seconds), seconds)
    with session.get(url, allow_redirects=False, stream=True, timeout=timeouts) as response:
        announced = response.raw.length_remaining
        body = _body(response.raw, lambda: clock() > deadline)
        if body is None:
            return Reply(url, Failure.TOO_LARGE, detail=f"{announced:,} are announced" if announced else "")
        return _read(Reply(url, response.status_code, headers=response.headers, body=body))


def _body(raw: HTTPResponse, is_late: Callable[[], bool]) -> bytes | None:
    """Read a body as it arrives, or give None when it is too large."""
    if (raw.length_remaining or 0) > api.MAX_REPLY_BYTES:
        return None
    chunks: list[bytes] = []
    size = 0
    while chunk := raw.read1(CHUNK_BYTES, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > api.MAX_REPLY_BYTES:
            return None
        if is_late():
            raise TimeoutError
    return b"".join(chunks)


def _read(reply: Reply) -> Reply:
    """Parse the body of an accepted reply; one that is cut or a page never was an answer of the registry's."""
    if reply.decision.action is not Action.ACCEPT:
        return reply
    begins = f"it begins with {cut_excerpt(reply.body, 80)!r}" if reply.body else "it is empty"
    if "html" in reply.headers.get("Content-Type", ""):
        return replace(reply, answer=Failure.NOT_JSON, detail=begins)
    try:
        return replace(reply, document=parse_json(reply.body))
    except ValueError as error:
        if _is_whole(reply.body, error):
            return replace(reply, answer=Failure.UNREADABLE, detail=str(error))
        return replace(reply, answer=Failure.NOT_JSON, detail=begins)


def _is_whole(body: bytes, error: ValueError) -> bool:
    """Tell a reply that is wrong in its middle from one that is cut, or that something else answered."""
    at_its_end = isinstance(error, JSONDecodeError) and error.pos >= len(error.doc.rstrip())
    return body.startswith(b"{") and body.rstrip().endswith(b"}") and not at_its_end


def _reason(error: Exception) -> str:
    """Say what lies beneath the HTTP libraries' wrapping."""
    wrapped = (getattr(error, "reason", None), *error.args)
    cause = next((part for part in wrapped if isinstance(part, Exception)), None)
    return _reason(cause) if cause else cut_excerpt(str(error).encode(), 200)


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """Run some work in a thread of its own, and leave it there when its time is over.

    A socket's time-out begins anew with every byte, and none covers name resolution or a proxy's greeting;
    only a second thread can walk away from a reply whose header comes byte by byte.

    Args:
        seconds: How long is waited for it.
        work: What to do; it should watch its own time too, so that a thread that was left soon ends.

    Returns:
        What the work returns.

    Raises:
        TimeoutError: The time is over.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed whole to the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(timeout=seconds)
