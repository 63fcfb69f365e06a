"""What can go wrong with the warehouse's files; the rest of the tree is in `extract.errors`.

RunFailed
├── CheckFailed                    the data does not hold a promise; nothing of it was kept
├── LoadFailed                     DuckDB could not take the rows
├── PublishFailed                  the file could not be put in place
└── StoreUnusable                  the private store cannot be opened
AclfError
├── Busy                           exit 75: another run holds the lock
├── ExportFailed                   a file could not be written
└── ReportNotWritten               the page could not be made or put in place; nothing else is touched
RefusedInput
├── NewerStore                     the private store is of a newer version of the package
├── BadQuery                       SQL that the warehouse does not answer
│   └── NotUnderstood              a query for AACT that is not taken over
├── NoWarehouse                    there is no warehouse, or it cannot be read
└── NotHeld                        the warehouse has no such trial
"""

# ruff: noqa: N818 - a name says what happened; that it is an error is said by where it stands in the tree

from __future__ import annotations

from extract.errors import AclfError, RefusedInput, RunFailed


class CheckFailed(RunFailed):
    """A check of severity `error` found rows."""

    next_step = "look at the named trials, then run the command again"


class LoadFailed(RunFailed):
    """DuckDB could not take the rows."""

    next_step = "free some space beside the warehouse if the disk is full, then run the command again"


class PublishFailed(RunFailed):
    """The new version of the warehouse could not be put in place."""

    stands = "the warehouse is as it was, and the new data waits in the store"
    next_step = "free some space beside the warehouse or mend its permissions, then run the command again"


class StoreUnusable(RunFailed):
    """The private store cannot be opened."""

    next_step = "move .aclf/store.duckdb away and run the command again: it is made anew from the warehouse"


class NewerStore(RefusedInput):
    """The private store was written by a newer version of the package."""

    next_step = "upgrade aclf-trials and run the command again"


class ReportNotWritten(AclfError):
    """The report could not be made, or could not be put in place."""

    stands = "the warehouse is untouched, and so is the report that stood there"
    next_step = "see that its folder can be written to and has space, then run `aclf report` with its name"


class BadQuery(RefusedInput):
    """SQL that the warehouse does not answer."""

    stands = "nothing was changed"
    next_step = "see `select * from duckdb_columns()` for what there is"


class NotUnderstood(BadQuery):
    """A query for AACT that cannot be read as PostgreSQL's, or holds what is not taken over."""

    next_step = "rewrite that part (docs/aact.md lists how), or ask in DuckDB's SQL without --aact"


class NoWarehouse(RefusedInput):
    """There is no warehouse, or it cannot be read."""

    stands = "nothing was changed"
    next_step = "run `aclf sync` first, or name the file with --warehouse"


class NotHeld(RefusedInput):
    """The warehouse has no trial of a number that was asked for."""

    stands = "nothing was changed"
    next_step = "fetch it with `aclf backfill` and its number"


class ExportFailed(AclfError):
    """A file outside of the warehouse could not be written."""

    stands = "the warehouse is as it was, and each file that was written before is whole"
    next_step = "free some space, mend the folder's permissions or name another, then run the command again"


class Busy(AclfError):
    """Another run holds the lock."""

    exit_code = 75
    stands = "this run changed nothing"
    next_step = "wait for it to end, or let --wait SECONDS do so"
