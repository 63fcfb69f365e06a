"""One request and its one reply, with a limit on its time and its size."""

from __future__ import annotations

import re
from concurrent.futures import Future
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from json import JSONDecodeError
from threading import Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.request import getproxies

import requests
import urllib3.exceptions
from requests.utils import should_bypass_proxies
from urllib3.util import parse_url

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

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NOT_IN_CREDENTIALS = re.compile(r"[/?#\\\[\]\s\x00-\x1f\x7f]|[^\x00-\xff]")
"""What the user name and the password of a proxy may hold only as a code such as `%2F`."""

# The order matters: the exceptions of requests are OSErrors too, so the general pair comes last.
FAILURES: tuple[tuple[tuple[type[Exception], ...], Failure], ...] = (
    ((TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError), Failure.TIMED_OUT),
    ((urllib3.exceptions.ProtocolError, requests.exceptions.ChunkedEncodingError), Failure.CUT_SHORT),
    ((urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError), Failure.UNDECODABLE),
    ((requests.exceptions.ProxyError,), Failure.NO_PROXY),
    ((OSError, urllib3.exceptions.HTTPError), Failure.NO_CONNECTION),
)
"""What an exception of the HTTP libraries means; the first pair that holds its class decides."""


_PROXY_ANSWERS = (
    (
        re.compile(r"Tunnel connection failed: 407|SOCKS5 authentication|authentication methods were rejected|: 0x5d"),
        Failure.PROXY_LOGIN,
    ),
    # 408, 425 and 429 are requests to come back, as from the registry.
    (
        re.compile(r"Tunnel connection failed: 4(?!08|25|29)[0-9]{2}|not allowed by ruleset|: 0x5b"),
        Failure.PROXY_REFUSAL,
    ),
)
"""What the message of an exception says of a proxy's own answer: an HTTP proxy's to CONNECT, or a SOCKS proxy's."""

_PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


class Session(requests.Session):
    """Connections with an honest User-Agent: the service compares it with the manner of the library that sends it.

    Args:
        base_url: The registry. A registry on this machine is not asked through the proxy of the environment.

    Raises:
        BadSetting: The environment names a proxy that cannot be used.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.trust_env = not is_loopback(base_url)
        if self.trust_env:
            _refuse_unusable_proxies(base_url)
        library = f"python-requests/{requests.__version__}"
        self.headers["User-Agent"] = f"aclf-trials/{version('aclf-trials')} (+{library})"
        self.headers["Accept"] = "application/json"
        self.headers["Accept-Encoding"] = "gzip"

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None for every redirect.

        Even with `allow_redirects=False`, requests reads the body of a redirect to its end, without a limit.
        """


def _refuse_unusable_proxies(base_url: str) -> None:
    """Refuse a proxy that cannot be used.

    The HTTP libraries would try it six times, and fail with a message that does not name the variable, or that quotes a
    part of the password.
    """
    if should_bypass_proxies(base_url, no_proxy=None):
        return
    # The registry is asked by https, so no other variable counts.
    proxies = getproxies()
    kind = next((kind for kind in ("https", "all") if proxies.get(kind)), None)
    if kind is None:
        return
    # The messages do not repeat the address, because it may hold a password.
    credentials, _, _ = _SCHEME.sub("", proxies[kind]).rpartition("@")
    if _NOT_IN_CREDENTIALS.search(credentials):
        raise BadSetting(
            f"the user name or password in {kind}_proxy has a character that an address cannot hold as it is",
            next_step="write that character as its code (/ as %2F, ? as %3F, # as %23) and run the command again",
        )
    problem = _find_proxy_problem(proxies[kind])
    if problem:
        raise BadSetting(f"the proxy that the environment names in {kind}_proxy {problem}")


def _find_proxy_problem(proxy: str) -> str | None:
    """Return why a proxy cannot be used, as the end of a sentence without its address."""
    try:
        parts = parse_url(proxy if _SCHEME.match(proxy) else f"http://{proxy}")
    except urllib3.exceptions.LocationParseError:
        return "is not an address"
    if not parts.host:
        return "does not have a host"
    if parts.scheme not in _PROXY_SCHEMES:
        return f"is of none of the kinds {', '.join(sorted(_PROXY_SCHEMES))}"
    if parts.scheme.startswith("socks") and find_spec("socks") is None:
        return "is a SOCKS proxy, which needs the package PySocks"
    return None


def send_request(
    session: requests.Session,
    url: str,
    seconds: float,
    clock: Callable[[], float],
    parse: Callable[[bytes], object] = parse_json,
) -> Reply:
    """Send one GET request and read its reply.

    Args:
        session: The connections.
        url: The URL to ask for.
        seconds: The most time for all of it.
        clock: Returns seconds that only grow.
        parse: Parses the body of an accepted reply; raises ValueError if it is not JSON.

    Returns:
        The reply. A failure on the way is a reply too: an exception of the HTTP libraries never leaves this function.
    """
    try:
        return run_within(seconds, lambda: _receive_reply(session, url, seconds, clock, parse))
    except (OSError, urllib3.exceptions.HTTPError) as error:
        cause = _describe_cause(error)
        answered = (failure for pattern, failure in _PROXY_ANSWERS if session.trust_env and pattern.search(cause))
        general = (failure for kinds, failure in FAILURES if isinstance(error, kinds))
        return Reply(url, next(chain(answered, general)), detail=cause)


def _receive_reply(
    session: requests.Session,
    url: str,
    seconds: float,
    clock: Callable[[], float],
    parse: Callable[[bytes], object],
) -> Reply:
    """Send one GET request; raises the exceptions of the HTTP libraries."""
    deadline = clock() + seconds
    timeouts = (min(CONNECT_SECONDS, seconds), seconds)
    with session.get(url, allow_redirects=False, stream=True, timeout=timeouts) as response:
        announced = response.raw.length_remaining
        body = _read_body(response.raw, lambda: clock() > deadline)
        if body is None:
            return Reply(url, Failure.TOO_LARGE, detail=f"{announced:,} are announced" if announced else "")
        return _parse_body(Reply(url, response.status_code, headers=response.headers, body=body), parse)


def _read_body(raw: HTTPResponse, is_late: Callable[[], bool]) -> bytes | None:
    """Return a body, or None if it is too large.

    Raises:
        TimeoutError: The time is over.
    """
    if (raw.length_remaining or 0) > api.MAX_REPLY_BYTES:
        return None
    chunks: list[bytes] = []
    size = 0
    # `read1` returns what has arrived, so that the clock is looked at even while the reply comes byte by byte.
    # The size is counted after decompression: a small gzip body may hold any number of bytes.
    while chunk := raw.read1(CHUNK_BYTES, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > api.MAX_REPLY_BYTES:
            return None
        if is_late():
            raise TimeoutError
    return b"".join(chunks)


def _parse_body(reply: Reply, parse: Callable[[bytes], object]) -> Reply:
    """Parse the body of an accepted reply; a body that is cut off, or is a page, turns into a failure."""
    if reply.decision.action is not Action.ACCEPT:
        return reply
    excerpt = f"it begins with {cut_excerpt(reply.body, 80)!r}" if reply.body else "it is empty"
    # A page is never the registry's answer, even if its text is JSON.
    if "html" in reply.headers.get("Content-Type", ""):
        return replace(reply, answer=Failure.NOT_JSON, detail=excerpt)
    try:
        return replace(reply, document=parse(reply.body))
    except ValueError as error:
        if _is_complete(reply.body, error):
            return replace(reply, answer=Failure.UNREADABLE, detail=str(error))
        return replace(reply, answer=Failure.NOT_JSON, detail=excerpt)


def _is_complete(body: bytes, error: ValueError) -> bool:
    """Return whether a body that is not JSON is wrong in its middle, and not cut off or sent by another server."""
    is_wrong_at_end = isinstance(error, JSONDecodeError) and error.pos >= len(error.doc.rstrip())
    return body.startswith(b"{") and body.rstrip().endswith(b"}") and not is_wrong_at_end


def _describe_cause(error: Exception) -> str:
    """Return the message of the innermost exception: the HTTP libraries wrap each other's errors."""
    wrapped = (getattr(error, "reason", None), *error.args)
    cause = next((part for part in wrapped if isinstance(part, Exception)), None)
    return _describe_cause(cause) if cause else cut_excerpt(str(error).encode(), 200)


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """Run a function in its own thread, and stop waiting for it when its time is over.

    Args:
        seconds: The longest wait.
        work: The function. It should watch its own time too, so that an abandoned thread ends soon.

    Returns:
        What the function returns.

    Raises:
        TimeoutError: The time is over.
    """
    # A socket's time-out starts again with every byte, and it does not cover name resolution or the greeting of
    # a proxy. Only a second thread can abandon a reply whose header comes byte by byte.
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(timeout=seconds)
