"""Errors of runs that are not about the data: a signal, Prefect, or a fault of this program.

Its branch of the tree that begins in `extract.errors`:

RunFailed                          exit 1: nothing was published
├── PrefectUnusable                Prefect's API cannot be reached, or its server does not start
├── ProcessLost                    a run's process was gone before the run ended
├── WorkerDied                     a worker process was killed before it had made its part
├── WorkersUnusable                the worker processes, or the Dask cluster, do not work
├── RateLimitUnusable              the rate limit that all machines share cannot be asked
└── InternalError                  a fault of this program
RefusedInput
├── ExtraMissing                   what was asked for needs a package that is installed on request only
└── PageRefused                    `aclf serve` has no such page, or the request is not one for a page
AclfError
├── FeedNotWritten                 the feed could not be written, and nothing else changed
├── NewsNotTold                    the operator's command was not given the news; the next sync gives them again
└── Interrupted                    exit 130: a person ended the run (Ctrl-C)
    └── Terminated                 exit 143: the system ended the run (SIGTERM)
"""

# ruff: noqa: N818 - a name says what happened; the tree shows that it is an error

from __future__ import annotations

from extract.errors import AclfError, RefusedInput, RunFailed


class PrefectUnusable(RunFailed):
    """Prefect's API cannot be reached, or its own server does not start."""

    next_step = "start it with `prefect server start`, unset PREFECT_API_URL, or run the command with --direct"


class ProcessLost(RunFailed):
    """A run's process was gone before the run ended; Prefect says so of a process that was killed."""

    stands = "the warehouse is whole: it is as before the run, or as the run published it"
    next_step = "look at `aclf status`, because the next run uses the replies that have landed"


class WorkerDied(RunFailed):
    """A worker process was killed before it had made its part: by the system, a person, or what it read."""

    next_step = "run the command again, with --workers 0 if the machine has little memory: no reply is fetched twice"


class WorkersUnusable(RunFailed):
    """A worker process ended by itself, which none does where the package is whole; or a Dask cluster does not work."""

    next_step = "install the package again, or run the command with --workers 0: no reply is fetched twice"


class RateLimitUnusable(RunFailed):
    """The run may send a request only when Prefect's rate limit says so, and it cannot be asked."""

    next_step = (
        "create the limit with `prefect gcl create NAME --limit 1 --slot-decay-per-second 1`, or start its server, and "
        "run the command again"
    )


class InternalError(RunFailed):
    """A fault of this program ended the run."""

    next_step = "run the command again, and report it with its traceback if it fails again"


class FeedNotWritten(AclfError):
    """The feed could not be made, or could not be put in place."""

    stands = "the data is published, and the earlier feed, if there is one, has not changed"
    next_step = "check that its folder can be written to and has space: the next sync writes the feed again"


class NewsNotTold(AclfError):
    """The operator's command for news did not end well, or could not be given the news."""

    stands = "the data is published, and the news count as not told"
    next_step = "correct the command, and try it with `aclf sync`, which tells them again"


class ExtraMissing(RefusedInput):
    """What was asked for needs a package that is installed on request only."""

    stands = "nothing was changed"
    next_step = "install it in the environment of `aclf`"


class PageRefused(RefusedInput):
    """`aclf serve` has no page at this address, or the request is not one for a page."""

    stands = "nothing was changed"
    next_step = "correct the address"


class Interrupted(AclfError):
    """A person ended the run."""

    exit_code = 130
    stands = "nothing was published and the warehouse is as it was"
    next_step = "run the command again: what was fetched is not fetched twice"


class Terminated(Interrupted):
    """The system ended the run."""

    exit_code = 143
