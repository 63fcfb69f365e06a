"""The steps of a run: each a plain function of the run and of the results before it.

A step reads what it needs from the store, and leaves the store closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.condition_set import compute_digest
from extract.landing import Landing, UnusableReply
from extract.plan import Plan, is_look_due, make_plan
from flows.fetching.batches import fetch_again, fetch_batch
from flows.fetching.landed import FetchResult
from flows.fetching.trials import fetch_each, fetch_vanished
from flows.listings import list_condition_sets
from flows.next_store import open_next_store, translate_load_errors
from flows.wording import (
    format_load_message,
    format_rebuild_message,
    format_unchanged_message,
    format_waiting,
)
from warehouse.connect import fetch_dicts, fetch_value
from warehouse.health.checks import refuse_failures, run_checks
from warehouse.health.vanished_fields import refuse_vanished_fields
from warehouse.kept_rules import keep_rule_files
from warehouse.known_sets import read_kept_definitions, remember_sets
from warehouse.loading.inputs import Departure, Membership
from warehouse.loading.related_trials import rank_if_changed
from warehouse.publish import publish_store
from warehouse.published_files import get_published_run
from warehouse.runs import PUBLISHED, UNCHANGED, read_run_summary
from warehouse.set_views import create_set_views
from warehouse.sql.files import read_sql, run_statements
from warehouse.store import apply_rule_files, open_store, rebuild_derived_tables
from warehouse.store_facts import DATA_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from extract.client.registry import Version
    from extract.nct import NctId
    from flows.listings import Listings
    from flows.loading import Loading
    from flows.next_store import NextStore
    from flows.run import RegistryRun, Run
    from warehouse.runs import RunSummary


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps by name: plain functions (`DIRECT_STEPS`) or Prefect tasks (`flows.orchestration.tasks`).

    The names are those of the tasks on Prefect's pages.
    """

    ask_version: Callable[[RegistryRun], Version]
    list_condition_sets: Callable[[RegistryRun, Loading | None], tuple[Listings, FetchResult]]
    plan: Callable[[RegistryRun, Listings], Plan]
    fetch: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_vanished: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_each: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    fetch_again: Callable[[RegistryRun, Loading, Sequence[UnusableReply]], FetchResult]
    load: Callable[[RegistryRun, Loading, Plan | None, FetchResult], None]
    publish: Callable[[Run], RunSummary]


def ask_version(run: RegistryRun) -> Version:
    """Return which data the registry serves, as it said when the run began."""
    version = run.take_version()
    run.counts["data_timestamp"] = version.data_timestamp
    return version


def is_current(run: RegistryRun, version: Version) -> bool:
    """Return whether a sync has nothing to do: the last one read the same data, for the same sets, and no trial is due.

    A trial is due if it is stale, or if the last look was the first to quarantine its record: that may heal. So may a
    listing that was refused.
    """
    last, look = run.known.last_sync, run.known.last_look
    if run.job.settings.full or last is None or look is None or look.has_new_quarantine or last.has_refused_listing:
        return False
    names = [each.name for each in run.job.condition_sets]
    if is_look_due(run.known.trials, look.started_at, names, now=run.started_at):
        return False
    # Another registry or another condition set is a reason to list again, even with the same data.
    now = (run.job.registry, compute_digest(run.job.condition_sets), version.data_timestamp)
    return (last.registry, last.condition_set_digest, last.data_timestamp) == now


def adopt_rules(run: RegistryRun) -> None:
    """Make the tables again that are made with rules, if the condition sets of a sync name other rules than before.

    Raises:
        LoadFailed: DuckDB could not take the rows; the tables stay as they were.
    """
    rule_files = run.job.rule_files
    if run.known.rule_files == rule_files:
        return
    if not run.known.trials:
        with open_store(run.job.paths) as store:
            store.execute("begin")
            keep_rule_files(store, rule_files)
            store.execute("commit")
        return
    run.on_progress("reading the texts again with other rules", 0, 1)
    with open_next_store(run) as next_store, translate_load_errors(run.job.paths):
        apply_rule_files(next_store.connection, rule_files)
        set_store_fact(next_store.connection, DATA_FACT, str(run.run_id))


def plan_fetch(run: RegistryRun, listings: Listings) -> Plan:
    """Compare the listings with the store, and return what to fetch."""
    plan = make_plan(listings, run.known.trials, run.job.condition_sets, now=run.started_at, full=run.job.settings.full)
    # The load does not need it, and of a large set it is large.
    del run.known
    run.counts["planned"] = len(plan.to_fetch) + len(plan.vanished)
    return plan


def fetch_unusable_again(run: RegistryRun, loading: Loading, unusable: Sequence[UnusableReply]) -> FetchResult:
    """Fetch the trials of replies from which no part could be made, until what spoils them stands alone."""
    result = FetchResult()
    for reply in unusable:
        result += fetch_again(run, reply, loading.find_problem)
    return result


def load(run: RegistryRun, loading: Loading, plan: Plan | None, result: FetchResult) -> None:
    """Load what is left of the replies, note who is in the set, and check everything.

    Args:
        run: the run.
        loading: its load, which already has most of the replies.
        plan: what a sync planned; None for a backfill, which says nothing about who is in the set.
        result: what was fetched.

    Raises:
        CheckFailed: the data breaks a promise, or a field has vanished from it; nothing of it is kept, except what the
            checks found.
        LoadFailed: DuckDB could not take the rows; nothing of them is kept.
    """
    from warehouse.loading.load import finish_load, load_membership  # noqa: PLC0415 - Arrow is slow to import

    run.on_progress("loading", 0, 1)
    store, findings = loading.next_store.connection, loading.next_store.findings
    loading.finish()
    with translate_load_errors(run.job.paths):
        finish_load(store)
        # The sets first, because only a trial of a set that is followed counts as a member.
        has_other_sets = _remember_sets(store, run) if plan else False
        # Records before that: who is in a set depends on what their conditions and MeSH terms are now.
        load_membership(store, _make_membership(store, run, plan, result))
        rank_if_changed(store)
        refuse_vanished_fields(store, run.run_id, run.started_at, accept=run.job.settings.accept_empty)
        # The checks read the copy, so a failure costs the copy and not the store.
        findings.extend(run_checks(store))
        refuse_failures(findings)
        _end_load(run, loading.next_store, has_other_sets=has_other_sets)


def rebuild_from_archive(run: Run) -> None:
    """Make every table again from the archive, and check everything, in a copy that replaces the store.

    Raises:
        CheckFailed: the data breaks a promise; the tables stay as they were.
        LoadFailed: DuckDB could not take the rows; the tables stay as they were.
    """
    run.on_progress("making every table again from the archive", 0, 1)
    with open_next_store(run) as next_store, translate_load_errors(run.job.paths):
        store = next_store.connection
        rebuild_derived_tables(store)
        next_store.findings.extend(run_checks(store))
        refuse_failures(next_store.findings)
        next_store.note_checks(run)
        set_store_fact(store, DATA_FACT, str(run.run_id))
        trials = fetch_value(store, "select count(distinct nct_id) from archive.study_versions")
        versions = fetch_value(store, "select count(*) from archive.study_versions")
        run.end(store, PUBLISHED, format_rebuild_message(trials, versions, run.notes))


def publish(run: Run) -> RunSummary:
    """Publish what the store holds unless it is published already, and remove the replies of this run.

    Returns:
        What the run did.
    """
    with open_store(run.job.paths) as store:
        data_run = read_store_facts(store).get(DATA_FACT)
        # An unchanged night publishes nothing: readers keep the file that they have open.
        is_waiting = data_run is not None and int(data_run) != get_published_run(run.job.paths)
        if is_waiting:
            # Data of an earlier run is published under the number of this run, so that no file's name comes twice.
            set_store_fact(store, DATA_FACT, str(run.run_id))
        # Publishing copies the file, so everything has to be in it and not in DuckDB's log.
        store.execute("checkpoint store")
        summary = read_run_summary(store, run.run_id)
    if is_waiting:
        run.on_progress("publishing", 0, 1)
        publish_store(run.job.paths, run.run_id)
    # Only now, so that a run that is killed earlier does not fetch the replies again.
    Landing(run.job.paths.landing).clear()
    return summary


def note_nothing_to_load(run: RegistryRun) -> None:
    """End a run that found nothing new; data that an earlier run could not publish is published now."""
    with open_store(run.job.paths) as store:
        waiting = _describe_waiting(run, store)
        store.execute("begin")
        _remember_sets(store, run)
        run.end(store, PUBLISHED if waiting else UNCHANGED, format_unchanged_message(run.notes, waiting))
        store.execute("commit")


DIRECT_STEPS = Steps(
    ask_version=ask_version,
    list_condition_sets=list_condition_sets,
    plan=plan_fetch,
    fetch=fetch_batch,
    ask_for_vanished=fetch_vanished,
    ask_for_each=fetch_each,
    fetch_again=fetch_unusable_again,
    load=load,
    publish=publish,
)


def _remember_sets(store: duckdb.DuckDBPyConnection, run: RegistryRun) -> bool:
    """Keep the run's condition sets, with a view for each, and return whether the warehouse followed others before."""
    has_other_sets = remember_sets(store, run.run_id, run.job.condition_sets, run.listed, run.refused)
    if has_other_sets:
        create_set_views(store)
    return has_other_sets


def _make_membership(
    store: duckdb.DuckDBPyConnection, run: RegistryRun, plan: Plan | None, result: FetchResult
) -> Membership:
    if plan is None:
        # Other sets may be named than the warehouse follows. So what its own sets say counts.
        return Membership(read_kept_definitions(store), {}, result.departures)
    departures = [each for each in result.departures if each.outcome != "left"]
    # The answer for a missing trial shows that it has left the sets in which it is missing, and not those that were
    # not listed.
    have_left = {each.nct_id for each in result.departures if each.outcome == "left"}
    for name, planned in plan.sets.items():
        left = (*planned.moved, *have_left.intersection(planned.missing))
        departures += [Departure(nct_id, "left", "left the search", name) for nct_id in left]
        departures += [Departure(nct_id, "excluded", "excluded by hand", name) for nct_id in planned.excluded]
    return Membership(
        condition_sets=run.job.condition_sets,
        members={name: planned.members for name, planned in plan.sets.items()},
        # A trial of a batch that was fetched again may have departed twice.
        departures=list(dict.fromkeys(departures)),
    )


def _end_load(run: Run, next_store: NextStore, *, has_other_sets: bool) -> None:
    """Write what the load did into the run's row, in the load's own transaction.

    Args:
        run: the run.
        next_store: the copy of the store.
        has_other_sets: whether the warehouse followed other condition sets before.
    """
    store = next_store.connection
    run_statements(store, "note_run_trials", run_id=run.run_id)
    (counts,) = fetch_dicts(store, read_sql("statements", "counts"))
    changed_members = counts.pop("changed_members")
    has_changed = has_other_sets or (
        counts["inserted"] + counts["updated"] + counts["newly_set_aside"] + changed_members > 0
    )
    run.counts |= counts
    next_store.note_checks(run)

    # Ask what waits before this run becomes the one whose data the store holds.
    waiting = _describe_waiting(run, store)
    if has_changed:
        set_store_fact(store, DATA_FACT, str(run.run_id))

    unknown = [name for (name,) in store.execute(read_sql("statements", "drift_seen")).fetchall()]
    message = format_load_message(counts, next_store.findings, unknown, run.notes, waiting)
    run.end(store, PUBLISHED if has_changed or waiting else UNCHANGED, message)


def _describe_waiting(run: Run, store: duckdb.DuckDBPyConnection) -> str:
    """Return which data waits in the store to be published; an empty text if none does."""
    data_run = read_store_facts(store).get(DATA_FACT)
    if not data_run or int(data_run) == get_published_run(run.job.paths):
        return ""
    return format_waiting(int(data_run), run.run_id)
