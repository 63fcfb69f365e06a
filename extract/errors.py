"""The errors that can end a run, as one tree.

    AclfError                          exit 1
    ├── RefusedInput                   exit 2: no request was sent
    │   ├── BadNctNumber               a text is not an NCT number
    │   ├── BadConditionSet            the file of a condition set cannot be used
    │   ├── BadRules                   a file of rules cannot be used
    │   └── BadSetting                 a flag or an environment variable cannot be used
    └── RunFailed                      exit 1: nothing was published
        ├── RegistryError              the registry failed, or the connection to it
        │   ├── RegistryUnreachable    no usable answer within the attempts and the patience
        │   ├── RegistryAsksToWait     Retry-After is longer than the patience
        │   ├── RegistryRefused        the registry does not accept the request (400 and similar)
        │   ├── RegistryForbidden      the registry does not accept the client (403 and similar)
        │   ├── ProxyRefused           the proxy does not let the client through
        │   ├── RegistryChangedShape   the API document does not allow this answer
        │   ├── ReplyUnusable          the answer cannot be used
        │   │   ├── ReplyTooLarge      the answer is longer than the client reads
        │   │   └── ReplyUnreadable    the answer is complete, but not JSON
        │   ├── UnexpectedRedirect     the registry points to an address that the client does not follow
        │   └── StudyNotFound          the registry does not have the study
        ├── ClockWrong                 this machine's clock is a day or more off
        ├── ListingRefused             a listing is too doubtful to act on
        ├── LandingFailed              a reply, or a part made from it, could not be written to the disk
        └── LandingAltered             a reply on disk is not the one that was written

`warehouse.errors` and `flows.errors` add their own branches; `docs/errors.md` shows the whole tree. Every message is
one sentence of three parts: what happened, what still stands, what to do next. The class has default texts for the
last two parts; the code that raises the error may replace them.
"""

# ruff: noqa: N818 - a name says what happened; the tree above says that it is an error

from __future__ import annotations

from typing import Any, ClassVar

from extract.printable import LONGEST_QUOTE, clean_sentence


class AclfError(Exception):
    """The base of all errors with a message for the user.

    Args:
        happened: What happened, without a full stop.
        stands: What still stands; by default the text of the class.
        next_step: What to do next; by default the text of the class.

    Attributes:
        exit_code: The exit code of the command line.
        run_summary: What the run had done before the error; None if the run had not begun.
    """

    exit_code: ClassVar[int] = 1
    run_summary: dict[str, Any] | None = None
    stands: str = "nothing was changed"
    next_step: str = "run `aclf check` to check the warehouse"

    def __init__(self, happened: str, *, stands: str | None = None, next_step: str | None = None) -> None:
        # Each part may quote the registry, a library or the environment, so no error holds a raw text.
        self.happened = clean_sentence(happened, LONGEST_QUOTE)
        super().__init__(self.happened)
        if stands is not None:
            self.stands = clean_sentence(stands)
        if next_step is not None:
            self.next_step = clean_sentence(next_step)

    def __str__(self) -> str:
        return f"{self.happened}; {self.stands}; {self.next_step}."


class RefusedInput(AclfError):
    """The input of the user cannot be right."""

    exit_code = 2
    stands = "no request was sent"
    next_step = "correct it and run the command again"


class BadNctNumber(RefusedInput):
    """A text is not an NCT number."""

    next_step = "give `NCT` and eight digits, as in NCT03863002"


class BadConditionSet(RefusedInput):
    """The file of a condition set cannot be used."""

    next_step = "correct the file and run the command again"


class BadRules(RefusedInput):
    """A file of rules cannot be used."""

    next_step = "correct the file and run the command again"


class BadSetting(RefusedInput):
    """A flag or an environment variable cannot be used."""

    next_step = "correct the flag or the environment variable and run the command again"


class RunFailed(AclfError):
    """A run could not be finished."""

    stands = "nothing was published and the warehouse is as it was"
    next_step = "run the command again"


class RegistryError(RunFailed):
    """The registry failed, or the connection to it.

    Attributes:
        reply: The body of the answer, where it may help to find the cause.
    """

    reply: bytes = b""


class RegistryUnreachable(RegistryError):
    """The registry gave no usable answer within the attempts and the patience."""

    next_step = (
        "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later"
    )


class RegistryAsksToWait(RegistryError):
    """The registry asks for a wait that is longer than the patience."""

    next_step = "run the command again at that time, or raise --patience"


class RegistryRefused(RegistryError):
    """The registry does not accept the request.

    Args:
        happened: What happened.
        status: The HTTP status of the refusal.
        next_step: What to do next, if correcting the request does not help.
    """

    next_step = (
        "correct what the registry names (search and advanced of the condition set are sent unchanged) "
        "and run the command again"
    )

    def __init__(self, happened: str, *, status: int | None = None, next_step: str | None = None) -> None:
        super().__init__(happened, next_step=next_step)
        self.status = status


class RegistryForbidden(RegistryError):
    """The registry does not accept the client."""

    next_step = (
        "check whether a proxy changes requests: the service turns some clients away, "
        "but accepts this one under its own User-Agent"
    )


class ProxyRefused(RegistryError):
    """The proxy does not let the client through."""

    next_step = "ask who runs the proxy to allow the registry, or set HTTPS_PROXY to another one"


class RegistryChangedShape(RegistryError):
    """The registry sends an answer that its API document does not allow.

    Args:
        happened: What happened.
        reply: The body of the answer, to find the cause.
    """

    next_step = "compare the answer with extract/client/api.py, which holds every assumption about the API, or upgrade"

    def __init__(self, happened: str, *, reply: bytes = b"") -> None:
        super().__init__(happened)
        self.reply = reply


class ReplyUnusable(RegistryError):
    """The registry sends an answer that cannot be used.

    Args:
        happened: What happened.
        problem: What is wrong with the answer, as the reason for a quarantined record.
        reply: The body of the answer, if it was read to its end.
    """

    next_step = "look at the record in a browser"

    def __init__(self, happened: str, *, problem: str = "", reply: bytes = b"") -> None:
        super().__init__(happened)
        self.problem = problem
        self.reply = reply


class ReplyTooLarge(ReplyUnusable):
    """The registry sends an answer that is longer than the client reads."""


class ReplyUnreadable(ReplyUnusable):
    """The registry sends a complete answer that is not JSON, or that repeats a key."""

    next_step = "look at the answer and run the command again later"


class UnexpectedRedirect(RegistryError):
    """The registry points to an address that the client does not follow."""

    next_step = "check --registry, and check whether a proxy sends the redirect"


class StudyNotFound(RegistryError):
    """The registry does not have the study."""

    next_step = "check the NCT number"


class ClockWrong(RunFailed):
    """This machine's clock is a day or more off, as the registry's answers say."""

    stands = "nothing was written and the warehouse is as it was"
    next_step = "set the clock and run the command again (if it is right, a proxy sends old answers)"


class ListingRefused(RunFailed):
    """A listing of the condition set is too doubtful to act on."""

    next_step = "run the command again later"


class LandingFailed(RunFailed):
    """A reply, or a part made from it, could not be written to the disk."""

    next_step = "free some space beside the warehouse and run the command again: replies on disk are not fetched twice"


class LandingAltered(RunFailed):
    """A reply on disk is not the one that was written."""

    next_step = "check the disk and who can write there, and run the command again: it requests the reply again"
