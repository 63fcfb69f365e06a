"""A reply as a value: what came back, what it means, and which error it is if it is not an answer."""

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
from extract.client.policy import Action, Decision, Failure, decide, read_retry_after
from extract.errors import (
    RegistryChangedShape,
    RegistryForbidden,
    RegistryRefused,
    ReplyTooLarge,
    ReplyUnreadable,
    UnexpectedRedirect,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request came to.

    Attributes:
        url: What was asked for.
        answer: The HTTP status, or what went wrong on the way.
        detail: What to say of a failure beyond its name.
        headers: The reply's headers; names in any case.
        body: The reply's bytes, unpacked.
        document: The body as parsed JSON, of an accepted reply.
    """

    url: str
    answer: int | Failure
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    document: object = None

    @property
    def place(self) -> str:
        """The URL without its query, for messages: two hundred ids tell nobody anything."""
        return self.url.partition("?")[0]

    @property
    def decision(self) -> Decision:
        """What is to be done with it."""
        return decide(self.answer)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the registry asks to wait, where that is to be obeyed."""
        if not self.decision.obeys_retry_after:
            return None
        return read_retry_after(self.headers.get("Retry-After"), self.headers.get("Date"), datetime.now(UTC))

    @property
    def cause(self) -> str:
        """The answer in words, as in `HTTP 503`."""
        if isinstance(self.answer, int):
            return f"HTTP {self.answer}"
        return f"{self.answer.value}: {self.detail}" if self.detail else self.answer.value

    def accepted(self) -> Mapping[str, object]:
        """Give the JSON object of an accepted reply.

        Raises:
            RegistryError: The reply is anything else; the class and the message say what.
        """
        if self.decision.action is not Action.ACCEPT:
            self._refuse()
        if not isinstance(self.document, dict):
            raise self.changed_shape("it is not an object")
        return self.document

    def strictly_accepted(self) -> Mapping[str, object]:
        """Give the same of a short reply, after a second, slower reading for keys that stand twice.

        Raises:
            RegistryError: The reply is anything else, or holds such a key.
        """
        document = self.accepted()
        try:
            parse_strictly(self.body)
        except ValueError as error:
            happened = f"the answer to GET {self.place} cannot be read ({error})"
            raise ReplyUnreadable(happened, problem=str(error), reply=self.body) from error
        return document

    def changed_shape(self, problem: str) -> RegistryChangedShape:
        """Give the error for an answer whose shape the API document does not allow."""
        return RegistryChangedShape(
            f"the registry changed the shape of its answer to GET {self.place}: {problem}", reply=self.body
        )

    def redirect_not_followed(self) -> UnexpectedRedirect:
        """Give the error for a redirect; it names the target."""
        target = ascii(self.headers.get("Location", "nowhere"))
        return UnexpectedRedirect(f"GET {self.place} was redirected to {target}, which is not followed")

    def _refuse(self) -> NoReturn:
        match self.decision.action:
            case Action.REFUSED:
                status = self.answer if isinstance(self.answer, int) else None
                said = cut_excerpt(self.body, 200) or "nothing"
                raise RegistryRefused(
                    f"the registry refused GET {self.place} with {self.cause} and said: {said}", status=status
                )
            case Action.NOT_FOUND:
                raise RegistryRefused(
                    f"there is nothing at {self.place} ({self.cause})",
                    status=404,
                    next_step=f"check --registry, which the live service has as {api.BASE_URL}",
                )
            case Action.FORBIDDEN:
                raise RegistryForbidden(f"the registry, or a proxy, answered GET {self.place} with {self.cause}")
            case Action.FOLLOW_ALIAS | Action.UNEXPECTED_REDIRECT:
                raise self.redirect_not_followed()
            case Action.TOO_LARGE:
                problem = f"longer than {api.MAX_REPLY_BYTES:,} bytes" + (f" ({self.detail})" if self.detail else "")
                raise ReplyTooLarge(f"the answer to GET {self.place} is {problem}", problem=f"the reply is {problem}")
            case _:
                raise self.changed_shape(f"{self.cause} is not documented")


def parse_json(body: bytes) -> object:
    """Parse a reply's body.

    orjson is fast and strict, but refuses the escape of half a surrogate pair, which is one record's flaw and
    no fault of the transport; what it refuses is therefore given a second reading, in which U+FFFD takes the
    place of what no text can hold. Of a key that stands twice orjson keeps the last.

    Args:
        body: UTF-8 without a byte order mark.

    Raises:
        ValueError: It is not JSON: cut, not UTF-8, with NaN or Infinity, or nested beyond reason.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return parse_strictly(body)


def parse_strictly(body: bytes) -> object:
    """Parse a reply's body as `parse_json` does, in three times its time, and refuse a key that stands twice.

    Args:
        body: UTF-8 without a byte order mark.

    Raises:
        ValueError: It is not JSON, or an object in it has a key twice.
    """
    try:
        document = json.loads(
            body.decode(),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole_number,
            object_pairs_hook=_each_once,
        )
        return _with_whole_characters(document)
    except RecursionError as error:
        raise ValueError("nested beyond reason") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"a number of {len(text)} characters is beyond all bounds")
    return number


def _whole_number(text: str) -> int | float:
    """Read a whole number as orjson does: beyond 64 bits as a float."""
    rounded = _finite(text)
    exact = int(text)
    return exact if -(2**63) <= exact < 2**64 else rounded


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice[:40]!a} stands twice")
    return members


def _with_whole_characters(value: object) -> object:
    if isinstance(value, str):
        return _HALF_A_PAIR.sub("\ufffd", value)
    if isinstance(value, list):
        return [_with_whole_characters(element) for element in value]
    if isinstance(value, dict):
        return {_HALF_A_PAIR.sub("\ufffd", key): _with_whole_characters(member) for key, member in value.items()}
    return value


def cut_excerpt(body: bytes, length: int) -> str:
    """Give the beginning of a reply for a message: one line, safe to print on a terminal.

    Args:
        body: The reply's bytes, whatever they are.
        length: The most characters to give.
    """
    text = " ".join(body[: 4 * length].decode(errors="replace").split())
    return "".join(character if character.isprintable() else "�" for character in text[:length])
