"""Everything that can end a run, as one tree.

    AclfError                          exit 1
    ├── RefusedInput                   exit 2: no request was sent
    │   ├── BadNctNumber               not an NCT number
    │   ├── BadConditionSet            a condition set's file that cannot be used
    │   └── BadSetting                 a flag or variable that cannot be used
    └── RunFailed                      exit 1: nothing was published
        ├── RegistryError              the registry, or the way to it
        │   ├── RegistryUnreachable    no usable answer within the attempts and the patience
        │   ├── RegistryAsksToWait     Retry-After is longer than the patience
        │   ├── RegistryRefused        it does not accept the request (400 and its like)
        │   ├── RegistryForbidden      it does not accept the client (403 and its like)
        │   ├── RegistryChangedShape   an answer that its API document does not allow
        │   ├── ReplyUnusable          an answer that cannot be taken in
        │   │   ├── ReplyTooLarge      it is longer than we read
        │   │   └── ReplyUnreadable    it is whole, and no JSON
        │   ├── UnexpectedRedirect     it points where we do not follow
        │   └── StudyNotFound          it has no such study
        ├── ListingRefused             a listing too doubtful to act on
        └── LandingFailed              a reply that could not be kept on disk

`warehouse.errors` and `flows.errors` add their own branches; `docs/errors.md` shows the whole tree. Every message is
one sentence of three parts: what happened, what still stands, what to do next. A class gives the last two; the place
that raises it may say them better.
"""

# ruff: noqa: N818 - a name says what happened; that it is an error is said by where it stands in the tree

from __future__ import annotations

from typing import Any, ClassVar


class AclfError(Exception):
    """The base of all errors that a person is meant to read.

    Args:
        happened: What happened, without a full stop.
        stands: What still stands; the class's own words by default.
        next_step: What to do next; the class's own words by default.

    Attributes:
        exit_code: What the command line ends with.
        run_summary: What the run had done until then, where it was a run that got that far.
    """

    exit_code: ClassVar[int] = 1
    run_summary: dict[str, Any] | None = None
    stands: str = "nothing was changed"
    next_step: str = "run `aclf check` to see that all is sound"

    def __init__(self, happened: str, *, stands: str | None = None, next_step: str | None = None) -> None:
        super().__init__(happened)
        self.happened = happened
        if stands is not None:
            self.stands = stands
        if next_step is not None:
            self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.happened}; {self.stands}; {self.next_step}."


class RefusedInput(AclfError):
    """What was asked for cannot be right."""

    exit_code = 2
    stands = "no request was sent"
    next_step = "correct it and run the command again"


class BadNctNumber(RefusedInput):
    """A text is not an NCT number."""

    next_step = "give `NCT` and eight digits, as in NCT03863002"


class BadConditionSet(RefusedInput):
    """A condition set cannot be used."""

    next_step = "correct the file and run the command again"


class BadSetting(RefusedInput):
    """A setting cannot be used."""

    next_step = "correct the flag or the environment variable and run the command again"


class RunFailed(AclfError):
    """A run could not be finished."""

    stands = "nothing was published and the warehouse is as it was"
    next_step = "run the command again"


class RegistryError(RunFailed):
    """The registry, or the way to it, failed us.

    Attributes:
        reply: The answer's body as it came, where somebody may want to look into it.
    """

    reply: bytes = b""


class RegistryUnreachable(RegistryError):
    """No usable answer came within the attempts and the patience allowed."""

    next_step = (
        "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later"
    )


class RegistryAsksToWait(RegistryError):
    """The registry asks for a longer wait than the patience allows."""

    next_step = "run the command again then, or give it more --patience"


class RegistryRefused(RegistryError):
    """The registry does not accept the request.

    Args:
        happened: What happened.
        status: The HTTP status of the refusal.
        next_step: What to do next, where it is not the request that has to be corrected.
    """

    next_step = (
        "correct what it names (a condition set's search and advanced are sent as they stand) and run the command again"
    )

    def __init__(self, happened: str, *, status: int | None = None, next_step: str | None = None) -> None:
        super().__init__(happened, next_step=next_step)
        self.status = status


class RegistryForbidden(RegistryError):
    """The registry does not accept the client."""

    next_step = (
        "see whether a proxy alters requests: the service turns some clients away, "
        "and accepts this one under its own honest User-Agent"
    )


class RegistryChangedShape(RegistryError):
    """The registry gives an answer that its API document does not allow.

    Args:
        happened: What happened.
        reply: The body as it came, for the person who looks into it.
    """

    next_step = "compare the answer with extract/client/api.py, where every assumption about the API stands, or upgrade"

    def __init__(self, happened: str, *, reply: bytes = b"") -> None:
        super().__init__(happened)
        self.reply = reply


class ReplyUnusable(RegistryError):
    """The registry gives an answer that cannot be taken in.

    Args:
        happened: What happened.
        problem: What is wrong with the answer, as the reason why a record is set aside.
        reply: The body as it came, where it was read to its end.
    """

    next_step = "look at the record in a browser"

    def __init__(self, happened: str, *, problem: str = "", reply: bytes = b"") -> None:
        super().__init__(happened)
        self.problem = problem
        self.reply = reply


class ReplyTooLarge(ReplyUnusable):
    """The registry gives a longer answer than is read."""


class ReplyUnreadable(ReplyUnusable):
    """The registry gives a whole answer that is no JSON, or in which a key stands twice."""

    next_step = "look at the answer, and run the command again later"


class UnexpectedRedirect(RegistryError):
    """The registry points to a place that we do not follow it to."""

    next_step = "check --registry, and whether a proxy stands in between"


class StudyNotFound(RegistryError):
    """The registry has no such study."""

    next_step = "check the number"


class ListingRefused(RunFailed):
    """A listing of the condition set is too doubtful to act on."""

    next_step = "run the command again later"


class LandingFailed(RunFailed):
    """A reply could not be kept on disk."""

    next_step = "free some space beside the warehouse and run the command again: what has landed is not fetched twice"
