"""What can go wrong with the warehouse's files; `extract.errors` has the rest of the tree.

RunFailed
├── CheckFailed                    the data breaks a promise, and none of it was kept
│   └── FieldVanished              a field that nearly every record had is in none of this run's
├── LoadFailed                     DuckDB could not write the rows
│   ├── MemoryExhausted            they need more memory than there is
│   └── PartUnreadable             a part on disk is not the one that was written
├── PublishFailed                  the new file could not be put in place
└── StoreUnusable                  the private store cannot be opened
AclfError
├── Busy                           exit 75: another run holds the lock
├── ExportFailed                   a file could not be written
├── ReportNotWritten               the report could not be written, and nothing else changed
└── TargetFailed                   the warehouse could not be published to another place
    ├── TargetNewer                the place holds a newer run
    ├── TargetOfAnotherStore       the place holds another warehouse, or something that is not ours
    └── TargetUntidy               the place holds the run, and its old files could not be tidied
RefusedInput
├── NewerStore                     a newer version of the package wrote the private store
├── OtherConditionSet              the warehouse follows a condition set that the run leaves out
├── BadQuery                       the warehouse does not answer this SQL
│   └── UnsupportedQuery           the query for AACT has a part that cannot be translated
├── NoWarehouse                    there is no warehouse, or it cannot be read
└── TrialNotHeld                   the warehouse does not hold the trial
"""

# ruff: noqa: N818 - a name says what happened; its position in the tree says that it is an error

from __future__ import annotations

from extract.errors import AclfError, RefusedInput, RunFailed


class CheckFailed(RunFailed):
    """A check of severity `error` found rows."""

    next_step = "look at the named trials, then run the command again"


class FieldVanished(CheckFailed):
    """A field that nearly every record had is in none of a run's records."""

    next_step = (
        "look at one of the trials at the registry: upgrade aclf-trials if the field has a new name, "
        "or add --accept-empty if the registry no longer has it"
    )


class LoadFailed(RunFailed):
    """DuckDB could not write the rows."""

    next_step = "free some space beside the warehouse if the disk is full, then run the command again"


class MemoryExhausted(LoadFailed):
    """The rows need more memory than DuckDB may use, or than the machine has."""

    next_step = (
        "let DuckDB hold more (ACLF_MEMORY), end other programs that use much memory, "
        "or follow a smaller condition set, and run the command again"
    )


class PartUnreadable(LoadFailed):
    """A part on disk is gone, or is not the one that was written."""

    next_step = "check the disk and who can write there, and run the command again: it makes the part again"


class PublishFailed(RunFailed):
    """The new version of the warehouse could not be put in place."""

    stands = "the warehouse is as it was, and the new data waits in the store"
    next_step = "free some space beside the warehouse or correct its permissions, then run the command again"


class StoreUnusable(RunFailed):
    """The private store cannot be opened."""

    next_step = "move .aclf/store.duckdb away and run the command again: it makes a new store from the warehouse"


class NewerStore(RefusedInput):
    """A newer version of the package wrote the private store."""

    next_step = "upgrade aclf-trials and run the command again"


class OtherConditionSet(RefusedInput):
    """The warehouse follows a condition set that the run leaves out."""

    next_step = (
        "name every set that the warehouse follows with --condition-set, keep another set in another --warehouse, "
        "or add --replace-set, with which the warehouse no longer follows the sets that are not named"
    )


class ReportNotWritten(AclfError):
    """The report could not be made, or could not be put in place."""

    stands = "the warehouse and the earlier report, if there is one, have not changed"
    next_step = "check that its folder can be written to and has space, then run `aclf report` with its name"


class BadQuery(RefusedInput):
    """The warehouse does not answer this SQL."""

    stands = "nothing was changed"
    next_step = "see `select * from duckdb_columns()` for the tables and columns"


class UnsupportedQuery(BadQuery):
    """A query for AACT cannot be read as PostgreSQL, or has a part that cannot be translated."""

    next_step = "rewrite that part (docs/aact.md lists how), or ask in DuckDB's SQL without --aact"


class NoWarehouse(RefusedInput):
    """There is no warehouse, or it cannot be read."""

    stands = "nothing was changed"
    next_step = "run `aclf sync` first, or name the file with --warehouse"


class TrialNotHeld(RefusedInput):
    """The warehouse does not hold a trial that was asked for."""

    stands = "nothing was changed"
    next_step = "fetch it with `aclf backfill` and its number"


class ExportFailed(AclfError):
    """A file outside of the warehouse could not be written."""

    stands = "the warehouse is as it was, and each file that was written before is whole"
    next_step = "free some space, correct the folder's permissions or name another folder, then run the command again"


class TargetFailed(AclfError):
    """The warehouse could not be published to a place beside the file."""

    stands = "the warehouse file is published, and the target is as it was"
    next_step = "correct that and run `aclf publish`: it brings what the target has missed"


class TargetNewer(TargetFailed):
    """The target holds a newer run than the warehouse."""

    next_step = "run `aclf rebuild`, whose run is newer than every other one, and then `aclf publish`"


class TargetOfAnotherStore(TargetFailed):
    """The target holds another warehouse, or something that aclf-trials did not make."""

    next_step = "name another database or folder, or empty this one first (docs/scale.md says how)"


class TargetUntidy(TargetFailed):
    """The target holds the run, but its small files could not be merged, or old ones not deleted."""

    stands = "the warehouse file and the target hold the newest run, and nothing is lost"
    next_step = "correct that and run `aclf publish`: it tries again"


class Busy(AclfError):
    """Another run holds the lock."""

    exit_code = 75
    stands = "this run changed nothing"
    next_step = "wait for it to end, or add --wait SECONDS"
