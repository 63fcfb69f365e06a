"""The steps of a run: each a plain function of the run and of the results before it.

A step reads what it needs from the store, and leaves the store closed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from extract.landing import Landing
from extract.plan import KnownTrial, Plan, is_look_due, make_plan, refuse_shrunken_listing
from flows.fetch import FetchResult, fetch_batch
from flows.fetch_one import fetch_each, fetch_vanished
from flows.wording import format_load_message, format_rebuild_message, format_unchanged_message, format_waiting
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import CheckFailed, LoadFailed
from warehouse.health.checks import Finding, refuse_failures, run_checks
from warehouse.health.vanished_fields import refuse_vanished_fields
from warehouse.known_set import is_other_set, read_known_set, remember_set
from warehouse.loading.inputs import Departure, Membership
from warehouse.loading.related_trials import rank_if_changed
from warehouse.publish import publish_store
from warehouse.published_files import get_published_run
from warehouse.runs import PUBLISHED, UNCHANGED, read_last_look, read_last_sync
from warehouse.sql.files import read_sql, run_statements
from warehouse.store import open_store, rebuild_derived_tables, replace_store
from warehouse.store_facts import DATA_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from extract.client.listing import Listing
    from extract.client.registry import Version
    from extract.nct import NctId
    from flows.run import RegistryRun, Run


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps by name: plain functions (`DIRECT_STEPS`) or Prefect tasks (`flows.orchestration.tasks`).

    The names are those of the tasks on Prefect's pages.
    """

    ask_version: Callable[[RegistryRun], Version]
    list_condition_set: Callable[[RegistryRun], Listing]
    plan: Callable[[Run, Listing], Plan]
    fetch: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_vanished: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_each: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    load: Callable[[Run, Plan | None, FetchResult], None]
    publish: Callable[[Run], None]


def ask_version(run: RegistryRun) -> Version:
    """Return which data the registry serves, as it said when the run began."""
    version = run.take_version()
    run.counts["data_timestamp"] = version.data_timestamp
    return version


def is_current(run: RegistryRun, version: Version) -> bool:
    """Return whether a sync has nothing to do: the last one read the same data, for the same set, and no trial is due.

    A trial is due if it is stale, or if the last look was the first to quarantine its record: that may heal.
    """
    with open_store(run.job.paths) as store:
        last, look = read_last_sync(store), read_last_look(store)
        known = _read_known_trials(store)
    if run.job.settings.full or last is None or look is None or look.has_new_quarantine:
        return False
    if is_look_due(known, look.started_at, now=run.started_at):
        return False
    # Another registry or another condition set is a reason to list again, even with the same data.
    now = (run.job.registry, run.job.condition_set.digest, version.data_timestamp)
    return (last.registry, last.condition_set_digest, last.data_timestamp) == now


def list_condition_set(run: RegistryRun) -> Listing:
    """List the condition set, and refuse a listing that is too short to believe."""
    run.on_progress("listing the condition set", 0, 1)
    listing = run.registry.fetch_listing(run.job.condition_set)
    run.counts["listed"] = len(listing.studies)
    run.notes += listing.notes
    with open_store(run.job.paths) as store:
        known = _read_known_trials(store)
        is_replaced = is_other_set(read_known_set(store), run.job.condition_set)
    # Another set has other trials, and the run would not be here without --replace-set.
    accept = run.job.settings.accept_shrink or is_replaced
    refuse_shrunken_listing(listing, known, run.job.condition_set, accept=accept)
    return listing


def plan_fetch(run: Run, listing: Listing) -> Plan:
    """Compare the listing with the store, and return what to fetch."""
    with open_store(run.job.paths) as store:
        known = _read_known_trials(store)
    plan = make_plan(listing, known, run.job.condition_set, now=run.started_at, full=run.job.settings.full)
    run.counts["planned"] = len(plan.to_fetch) + len(plan.vanished)
    return plan


def load(run: Run, plan: Plan | None, result: FetchResult) -> None:
    """Load the record files, note who is in the set, and check everything, in a copy that replaces the store.

    Args:
        run: the run.
        plan: what a sync planned; None for a backfill, which says nothing about who is in the set.
        result: what was fetched.

    Raises:
        CheckFailed: the data breaks a promise, or a field has vanished from it; nothing of it is kept, except what the
            checks found.
        LoadFailed: DuckDB could not take the rows; nothing of them is kept.
    """
    from warehouse.loading.load import load_membership, load_replies  # noqa: PLC0415 - pandas is slow to import

    run.on_progress("loading", 0, 1)
    try:
        with _open_next_store(run) as (store, findings):
            # Records first: who is in the set depends on what their conditions and MeSH terms are now.
            load_replies(store, result.record_files, run.run_id, run.started_at)
            load_membership(store, _make_membership(run, plan, result))
            rank_if_changed(store)
            refuse_vanished_fields(store, run.run_id, run.started_at, accept=run.job.settings.accept_empty)
            # The checks read the copy, so a failure costs the copy and not the store.
            findings.extend(run_checks(store))
            refuse_failures(findings)
            if plan:
                remember_set(store, run.job.condition_set)
            _end_load(run, store, findings)
    except CheckFailed:
        # With the same replies the next run would fail again, so it has to request them again.
        Landing(run.job.paths.landing).clear()
        raise


def rebuild_from_archive(run: Run) -> None:
    """Make every table again from the archive, and check everything, in a copy that replaces the store.

    Raises:
        CheckFailed: the data breaks a promise; the tables stay as they were.
        LoadFailed: DuckDB could not take the rows; the tables stay as they were.
    """
    run.on_progress("making every table again from the archive", 0, 1)
    with _open_next_store(run) as (store, findings):
        rebuild_derived_tables(store, run.job.paths)
        findings.extend(run_checks(store))
        refuse_failures(findings)
        _note_checks(run, store, findings)
        set_store_fact(store, DATA_FACT, str(run.run_id))
        trials = fetch_value(store, "select count(distinct nct_id) from archive.study_versions")
        versions = fetch_value(store, "select count(*) from archive.study_versions")
        run.end(store, PUBLISHED, format_rebuild_message(trials, versions, run.notes))


def publish(run: Run) -> None:
    """Publish what the store holds unless it is published already, and remove the replies of this run."""
    with open_store(run.job.paths) as store:
        data_run = read_store_facts(store).get(DATA_FACT)
        # An unchanged night publishes nothing: readers keep the file that they have open.
        is_waiting = data_run is not None and int(data_run) != get_published_run(run.job.paths)
        if is_waiting:
            # Data of an earlier run is published under the number of this run, so that no file's name comes twice.
            set_store_fact(store, DATA_FACT, str(run.run_id))
        # Publishing copies the file, so everything has to be in it and not in DuckDB's log.
        store.execute("checkpoint store")
    if is_waiting:
        run.on_progress("publishing", 0, 1)
        publish_store(run.job.paths, run.run_id)
    # Only now, so that a run that is killed earlier does not fetch the replies again.
    Landing(run.job.paths.landing).clear()


def note_nothing_to_load(run: Run) -> None:
    """End a run that found nothing new; data that an earlier run could not publish is published now."""
    with open_store(run.job.paths) as store:
        waiting = _describe_waiting(run, store)
        remember_set(store, run.job.condition_set)
        run.end(store, PUBLISHED if waiting else UNCHANGED, format_unchanged_message(run.notes, waiting))


DIRECT_STEPS = Steps(
    ask_version=ask_version,
    list_condition_set=list_condition_set,
    plan=plan_fetch,
    fetch=fetch_batch,
    ask_for_vanished=fetch_vanished,
    ask_for_each=fetch_each,
    load=load,
    publish=publish,
)


@contextmanager
def _open_next_store(run: Run) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Finding]]]:
    """Open a copy of the store in a transaction; it replaces the store when the block ends without an error.

    Yields:
        The connection, and the list in which the block leaves what its checks find.

    Raises:
        CheckFailed: from the block; what the checks found is noted in the store.
        LoadFailed: DuckDB could not take the rows.
    """
    findings: list[Finding] = []
    try:
        with translate_disk_errors(run.job.paths), replace_store(run.job.paths) as store:
            store.execute("begin")
            yield store, findings
            store.execute("commit")
    except CheckFailed:
        # The copy is gone, but a person needs to see in the morning what the checks found.
        with open_store(run.job.paths) as store:
            _note_checks(run, store, findings)
        raise
    except (duckdb.Error, OSError) as error:
        raise LoadFailed(f"the rows could not be loaded ({error})") from error


def _read_known_trials(store: duckdb.DuckDBPyConnection) -> list[KnownTrial]:
    return [KnownTrial(**row) for row in fetch_dicts(store, read_sql("statements", "known_trials"))]


def _make_membership(run: Run, plan: Plan | None, result: FetchResult) -> Membership:
    excluded = plan.excluded if plan else ()
    departures = [*result.departures, *(Departure(nct_id, "excluded", "excluded by hand") for nct_id in excluded)]
    return Membership(
        members=plan.members if plan else None,
        departures=departures,
        included=run.job.condition_set.include,
        mesh_ids=run.job.condition_set.mesh_ids,
        phrases=run.job.condition_set.phrases,
    )


def _end_load(run: Run, store: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    """Write what the load did into the run's row, in the load's own transaction."""
    run_statements(store, "note_run_trials", run_id=run.run_id)
    (counts,) = fetch_dicts(store, read_sql("statements", "counts"))
    changed_members = counts.pop("changed_members")
    has_changed = counts["inserted"] + counts["updated"] + counts["newly_set_aside"] + changed_members > 0
    run.counts |= counts
    _note_checks(run, store, findings)

    # Ask what waits before this run becomes the one whose data the store holds.
    waiting = _describe_waiting(run, store)
    if has_changed:
        set_store_fact(store, DATA_FACT, str(run.run_id))

    unknown = [name for (name,) in store.execute(read_sql("statements", "drift_seen")).fetchall()]
    message = format_load_message(counts, findings, unknown, run.notes, waiting)
    run.end(store, PUBLISHED if has_changed or waiting else UNCHANGED, message)


def _describe_waiting(run: Run, store: duckdb.DuckDBPyConnection) -> str:
    """Return which data waits in the store to be published; an empty text if none does."""
    data_run = read_store_facts(store).get(DATA_FACT)
    if not data_run or int(data_run) == get_published_run(run.job.paths):
        return ""
    return format_waiting(int(data_run), run.run_id)


def _note_checks(run: Run, store: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    for finding in findings:
        store.execute(
            "insert into ops.checks values ($1, $2, $3, $4, $5)",
            [run.run_id, finding.name, finding.severity, finding.failures, finding.example],
        )
