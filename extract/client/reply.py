"""A reply as a value: what came back, what it means, and which error it is when it is not an answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isinf
from typing import TYPE_CHECKING, NoReturn

import orjson

from extract.client import api
from extract.client.policy import (
    Action,
    Decision,
    Failure,
    get_decision,
    read_data_release,
    read_retry_after,
    read_server_time,
)
from extract.errors import (
    ProxyRefused,
    RegistryChangedShape,
    RegistryForbidden,
    RegistryRefused,
    ReplyTooLarge,
    ReplyUnreadable,
    UnexpectedRedirect,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of one request.

    Attributes:
        url: The URL of the request.
        answer: The HTTP status, or what went wrong on the way.
        detail: What a message says of a failure besides its name.
        headers: The headers of the reply; a name may be in any case.
        body: The bytes of the reply, decompressed.
        document: The body as parsed JSON, if the reply was accepted.
    """

    url: str
    answer: int | Failure
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    document: object = None

    @property
    def url_without_query(self) -> str:
        """The URL for messages: without its query, which may hold two hundred ids."""
        return self.url.partition("?")[0]

    @property
    def decision(self) -> Decision:
        """What the client does with the reply."""
        return get_decision(self.answer)

    @property
    def retry_after(self) -> float | None:
        """The seconds that the registry asks to wait, or None where the policy does not obey the header."""
        if not self.decision.obeys_retry_after:
            return None
        return read_retry_after(self.headers.get("Retry-After"), self.headers.get("Date"), datetime.now(UTC))

    @property
    def server_time(self) -> datetime | None:
        """The server's time, or None where the reply does not tell it."""
        return read_server_time(self.headers.get("Date"), self.headers.get("Age"))

    @property
    def data_release(self) -> str | None:
        """The data release that the reply comes from, written as `/version` writes it, or None. It is only a hint."""
        return read_data_release(self.headers.get("ETag"))

    @property
    def cause(self) -> str:
        """The answer in words, such as `HTTP 503`."""
        if isinstance(self.answer, int):
            return f"HTTP {self.answer}"
        return f"{self.answer.value}: {self.detail}" if self.detail else self.answer.value

    def require_document(self) -> Mapping[str, object]:
        """Return the JSON object of an accepted reply.

        Raises:
            RegistryError: The reply is anything else; the class and the message say what.
        """
        if self.decision.action is not Action.ACCEPT:
            self._raise_refusal()
        if not isinstance(self.document, dict):
            raise self.make_shape_error("it is not an object")
        return self.document

    def require_strict_document(self) -> Mapping[str, object]:
        """Return the JSON object of a short accepted reply, after a second, slower parse that finds repeated keys.

        Raises:
            RegistryError: The reply is anything else, or an object in it repeats a key.
        """
        document = self.require_document()
        try:
            parse_strictly(self.body)
        except ValueError as error:
            happened = f"the answer to GET {self.url_without_query} cannot be read ({error})"
            raise ReplyUnreadable(happened, problem=str(error), reply=self.body) from error
        return document

    def make_shape_error(self, problem: str) -> RegistryChangedShape:
        """Make the error for an answer whose shape the API document does not allow."""
        return RegistryChangedShape(
            f"the registry changed the shape of its answer to GET {self.url_without_query}: {problem}",
            reply=self.body,
        )

    def make_redirect_error(self) -> UnexpectedRedirect:
        """Make the error for a redirect that the client does not follow; it names the target."""
        target = ascii(self.headers.get("Location", "nowhere"))
        return UnexpectedRedirect(f"GET {self.url_without_query} was redirected to {target}, which is not followed")

    def _raise_refusal(self) -> NoReturn:
        """Raise the error that belongs to the action of the reply."""
        url = self.url_without_query
        match self.decision.action:
            case Action.REFUSED:
                status = self.answer if isinstance(self.answer, int) else None
                excerpt = cut_excerpt(self.body, _QUOTED_CHARACTERS) or "nothing"
                raise RegistryRefused(
                    f"the registry refused GET {url} with {self.cause} and said: {excerpt}", status=status
                )
            case Action.NOT_FOUND:
                # A missing study is handled before: here the path itself is wrong, and so is the base URL.
                raise RegistryRefused(
                    f"there is nothing at {url} ({self.cause})",
                    status=404,
                    next_step=f"check --registry (the live service is at {api.BASE_URL})",
                )
            case Action.CORRECT_LOGIN:
                raise ProxyRefused(
                    f"the proxy did not let GET {url} through ({self.cause})",
                    next_step="correct the user name and password in HTTPS_PROXY and run the command again "
                    "(the proxy was asked once, because more tries may lock the account)",
                )
            case Action.FORBIDDEN_BY_PROXY:
                raise ProxyRefused(f"the proxy did not let GET {url} through ({self.cause})")
            case Action.FORBIDDEN:
                raise RegistryForbidden(f"the registry, or a proxy, answered GET {url} with {self.cause}")
            case Action.FOLLOW_ALIAS | Action.UNEXPECTED_REDIRECT:
                raise self.make_redirect_error()
            case Action.TOO_LARGE:
                problem = f"longer than {api.MAX_REPLY_BYTES:,} bytes" + (f" ({self.detail})" if self.detail else "")
                raise ReplyTooLarge(f"the answer to GET {url} is {problem}", problem=f"the reply is {problem}")
            case _:
                raise self.make_shape_error(f"{self.cause} is not documented")


def parse_json(body: bytes) -> object:
    """Parse the body of a reply.

    Where an object repeats a key, the last value wins, as in orjson. A lone surrogate becomes U+FFFD.

    Args:
        body: UTF-8 without a byte order mark.

    Raises:
        ValueError: The body is not JSON: cut off, not UTF-8, with NaN or Infinity, or nested too deep.
    """
    # orjson is fast and strict, but it refuses the escape of a lone surrogate. That is a flaw of one record and not
    # of the transport. So a body that orjson refuses gets a second, slower parse.
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return parse_strictly(body)


def make_kept_reply(body: bytes, parse: Callable[[bytes], object] = parse_json) -> Reply:
    """Return the reply that brought a body which an earlier request has received.

    Args:
        body: The body; it was accepted then.
        parse: Parses it.
    """
    return Reply("", 200, body=body, document=parse(body))


def parse_strictly(body: bytes) -> object:
    """Parse the body of a reply as `parse_json` does, and refuse a repeated key; it takes three times as long.

    Args:
        body: UTF-8 without a byte order mark.

    Raises:
        ValueError: The body is not JSON, or an object in it repeats a key.
    """
    try:
        document = json.loads(
            body.decode(),
            parse_constant=_refuse_constant,
            parse_float=_parse_finite_float,
            parse_int=_parse_integer,
            object_pairs_hook=_make_object,
        )
        return _replace_lone_surrogates(document)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_finite_float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"a number of {len(text)} characters is too large")
    return number


def _parse_integer(text: str) -> int | float:
    """Return a whole number as orjson does: a float if it does not fit into 64 bits."""
    rounded = _parse_finite_float(text)
    exact = int(text)
    return exact if -(2**63) <= exact < 2**64 else rounded


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make a dict of the members of a JSON object, and refuse a repeated key."""
    members = dict(pairs)
    if len(members) < len(pairs):
        (repeated, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {repeated[:40]!a} is repeated")
    return members


def _replace_lone_surrogates(value: object) -> object:
    """Replace each half of a surrogate pair by U+FFFD: UTF-8, and so every file and table, cannot hold it."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_replace_lone_surrogates(element) for element in value]
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub("\ufffd", key): _replace_lone_surrogates(member) for key, member in value.items()}
    return value


def cut_excerpt(body: bytes, length: int) -> str:
    """Return the beginning of a reply for a message: one line, safe to print on a terminal.

    Args:
        body: Any bytes.
        length: The most characters to return.
    """
    # A character of UTF-8 has up to four bytes.
    text = " ".join(body[: 4 * length].decode(errors="replace").split())
    return "".join(character if character.isprintable() else "�" for character in text[:length])
