"""The steps of a run: each a plain function of the run and of what the steps before it gave.

What a step needs of the warehouse it reads from the store, and it leaves the store closed.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from extract.errors import StudyNotFound
from extract.landing import Landing
from extract.nct import NctId
from extract.plan import STALE_AFTER, KnownTrial, Plan, make_plan, refuse_shrunken
from flows.fetch import FetchResult, fetch_batch, fetch_or_note_gone, fetch_trial
from flows.wording import format_load_message
from warehouse.disk_errors import translate_disk_errors
from warehouse.errors import CheckFailed, LoadFailed
from warehouse.health.checks import Finding, refuse_failures, run_checks
from warehouse.loading.inputs import Departure, Membership
from warehouse.loading.related_trials import rank_if_changed
from warehouse.publish import get_published_run, publish_store
from warehouse.runs import PUBLISHED, UNCHANGED, read_last_sync
from warehouse.sql.files import read_sql, run_statements
from warehouse.store import open_store, rebuild_derived, replace_store
from warehouse.store_facts import DATA_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from extract.client.listing import Listing
    from extract.client.registry import Version
    from flows.run import RegistryRun, Run


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps, by name: as they are (`DIRECT_STEPS`), or each a Prefect task (`flows.orchestration.tasks`)."""

    ask_version: Callable[[RegistryRun], Version]
    list_condition_set: Callable[[RegistryRun], Listing]
    plan: Callable[[Run, Listing], Plan]
    fetch: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_vanished: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    ask_for_each: Callable[[RegistryRun, Sequence[NctId]], FetchResult]
    load: Callable[[Run, Plan | None, FetchResult], None]
    publish: Callable[[Run], None]


def ask_version(run: RegistryRun) -> Version:
    """Ask the registry which data it serves."""
    run.on_progress("asking the registry for its version", 0, 1)
    version = run.registry.version()
    run.counts["data_timestamp"] = version.data_timestamp
    return version


def is_current(run: RegistryRun, version: Version) -> bool:
    """Whether the last sync read the same data for the same set, and no trial is due for another look.

    A trial that is due was not looked at for long, or its record was set aside.
    """
    with open_store(run.job.paths) as store:
        last = read_last_sync(store)
        due = run.started_at - STALE_AFTER
        stale = any(trial.in_condition_set and trial.last_checked_at <= due for trial in _known(store))
        aside = store.execute("from ops.quarantine where nct_id is not null limit 1").fetchall()
    if run.job.settings.full or stale or aside or last is None:
        return False
    now = (run.job.registry, run.job.condition_set.digest, version.data_timestamp)
    return (last.registry, last.condition_set_digest, last.data_timestamp) == now


def list_condition_set(run: RegistryRun) -> Listing:
    """List the condition set; a listing too short to believe is refused."""
    run.on_progress("listing the condition set", 0, 1)
    listing = run.registry.listing(run.job.condition_set)
    run.counts["listed"] = len(listing.studies)
    run.notes += listing.notes
    with open_store(run.job.paths) as store:
        refuse_shrunken(listing, _known(store), run.job.condition_set, accept=run.job.settings.accept_shrink)
    return listing


def plan_fetch(run: Run, listing: Listing) -> Plan:
    """Compare the listing with the store."""
    with open_store(run.job.paths) as store:
        made = make_plan(
            listing,
            _known(store),
            run.job.condition_set,
            now=run.started_at,
            full=run.job.settings.full,
        )
    run.counts["planned"] = len(made.to_fetch) + len(made.vanished)
    return made


def fetch_vanished(run: RegistryRun, ids: Sequence[NctId]) -> FetchResult:
    """Ask for trials that are missing from the listing: leaving needs proof."""
    answers = FetchResult()
    for done, nct_id in enumerate(ids):
        run.on_progress("asking for trials that left the listing", done, len(ids))
        answers += fetch_or_note_gone(run, nct_id)
        if nct_id in answers.withheld:
            answers += FetchResult((), (Departure(nct_id, "withheld", "withheld by its sponsor"),))
        elif nct_id in answers.found:
            answers += FetchResult((), (Departure(nct_id, "left", "left the search"),))
    return answers


def fetch_each(run: RegistryRun, ids: Sequence[NctId]) -> FetchResult:
    """Ask for trials one by one, and take no other answer than the trial.

    Raises:
        StudyNotFound: the registry has none of that number; it names all of them.
    """
    answers, missing = FetchResult(), []
    for done, nct_id in enumerate(ids):
        run.on_progress("fetching", done, len(ids))
        try:
            answers += fetch_trial(run, nct_id)
        except StudyNotFound:
            missing.append(nct_id)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise StudyNotFound(f"{', '.join(missing)} {verb} not on ClinicalTrials.gov")
    run.counts["planned"] = len(ids)
    return answers


def load(run: Run, planned: Plan | None, answers: FetchResult) -> None:
    """Load what has landed, note who is in the set, and check it all, in a copy that takes the store's place.

    Raises:
        CheckFailed: the data breaks a promise; nothing of it is kept, but what the checks found.
        LoadFailed: DuckDB could not take the rows; nothing of them is kept.
    """
    from warehouse.loading.load import load_membership, load_replies  # noqa: PLC0415 - pandas is slow to import

    run.on_progress("loading", 0, 1)
    try:
        with _next_store(run) as (store, findings):
            load_replies(store, answers.record_files, run.run_id, run.started_at)
            load_membership(store, _membership(run, planned, answers))
            rank_if_changed(store)
            findings.extend(run_checks(store))
            refuse_failures(findings)
            _end(run, store, findings)
    except CheckFailed:
        Landing(run.job.paths.landing).clear()  # the next run asks anew instead of failing of the same replies
        raise


def rebuild_from_archive(run: Run) -> None:
    """Make every table again from the archive, and check it all, in a copy that takes the store's place.

    Raises:
        CheckFailed: the data breaks a promise; the tables stay as they were.
        LoadFailed: DuckDB could not take the rows; the tables stay as they were.
    """
    run.on_progress("making every table again from the archive", 0, 1)
    with _next_store(run) as (store, findings):
        rebuild_derived(store, run.job.paths)
        findings.extend(run_checks(store))
        refuse_failures(findings)
        _note_checks(run, store, findings)
        set_store_fact(store, DATA_FACT, str(run.run_id))
        counted = "select count(distinct nct_id), count(*) from archive.study_versions"
        trials, versions = store.execute(counted).fetchall()[0]
        told = f"every table was made again from the archive: {trials} trials in {versions} versions"
        run.end(store, PUBLISHED, "; ".join([told, *run.notes]) + ".")


def publish(run: Run) -> None:
    """Publish what the store holds, unless it is published already, and let go of what has landed."""
    with open_store(run.job.paths) as store:
        data_run = read_store_facts(store).get(DATA_FACT)
        store.execute("checkpoint store")
    if data_run and int(data_run) != get_published_run(run.job.paths):
        run.on_progress("publishing", 0, 1)
        publish_store(run.job.paths, int(data_run))
    Landing(run.job.paths.landing).clear()


def note_nothing_to_load(run: Run) -> None:
    """Note that the run found nothing new; what an earlier run loaded but could not publish is published now."""
    with open_store(run.job.paths) as store:
        waiting = _waiting(run, store)
        notes = "".join(f"; {note}" for note in run.notes)
        run.end(store, PUBLISHED if waiting else UNCHANGED, f"nothing has changed{notes}{waiting}.")


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
def _next_store(run: Run) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Finding]]]:
    """A copy of the store, in a transaction, that takes its place when the block ends well; and what its checks find.

    Raises:
        CheckFailed: the block's; what the checks found is noted in the store as it was.
        LoadFailed: DuckDB could not take the rows.
    """
    findings: list[Finding] = []
    try:
        with translate_disk_errors(run.job.paths), replace_store(run.job.paths) as store:
            store.execute("begin")
            yield store, findings
            store.execute("commit")
    except CheckFailed:
        with open_store(run.job.paths) as store:
            _note_checks(run, store, findings)
        raise
    except (duckdb.Error, OSError) as error:
        raise LoadFailed(f"the rows could not be loaded ({error})") from error


def _known(store: duckdb.DuckDBPyConnection) -> list[KnownTrial]:
    rows = store.execute(read_sql("statements", "known_trials")).fetchall()
    return [KnownTrial(NctId(nct_id), *others) for nct_id, *others in rows]


def _membership(run: Run, planned: Plan | None, answers: FetchResult) -> Membership:
    excluded = [Departure(nct_id, "excluded", "excluded by hand") for nct_id in (planned.excluded if planned else ())]
    return Membership(
        members=planned.members if planned else None,
        departures=[*answers.departures, *excluded],
        included=run.job.condition_set.include,
        mesh_ids=run.job.condition_set.mesh_ids,
        phrases=run.job.condition_set.phrases,
    )


def _end(run: Run, store: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    """Note in the load's own transaction what it did."""
    run_statements(store, "note_run_trials", run_id=run.run_id)
    result = store.execute(read_sql("statements", "counts"))
    names = [column[0] for column in result.description]
    counts = dict(zip(names, result.fetchall()[0], strict=True))
    changed = sum(counts[name] for name in ("inserted", "updated", "newly_set_aside")) + counts.pop("changed_members")
    run.counts |= counts
    _note_checks(run, store, findings)
    waiting = _waiting(run, store)
    if changed:
        set_store_fact(store, DATA_FACT, str(run.run_id))
    unknown = [name for (name,) in store.execute(read_sql("statements", "drift_seen")).fetchall()]
    told = format_load_message(counts, findings, unknown, run.notes) + f"{waiting}."
    run.end(store, PUBLISHED if changed or waiting else UNCHANGED, told)


def _waiting(run: Run, store: duckdb.DuckDBPyConnection) -> str:
    """What the store holds that is not published yet, in words; empty where there is nothing."""
    data_run = read_store_facts(store).get(DATA_FACT)
    if not data_run or int(data_run) == get_published_run(run.job.paths):
        return ""
    made = "this version of aclf-trials" if int(data_run) == run.run_id else f"run {data_run}"
    return f"; what {made} made is published now"


def _note_checks(run: Run, store: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    for finding in findings:
        store.execute(
            "insert into ops.checks values ($1, $2, $3, $4, $5)",
            [run.run_id, finding.name, finding.severity, finding.failures, finding.example],
        )
