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
from extract.plan import STALE_AFTER, Known, Plan, make_plan, refuse_shrunken
from flows.asking import Answers, ask, ask_for_batch, ask_whether_gone
from warehouse.checks import Finding, refuse_failures, run_checks
from warehouse.errors import CheckFailed, LoadFailed
from warehouse.facts import DATA_FACT, facts, keep_fact
from warehouse.intake import Departure, Membership
from warehouse.publish import publish_store, published_run
from warehouse.relations import relate_changed
from warehouse.room import in_words
from warehouse.runs import PUBLISHED, UNCHANGED, last_sync
from warehouse.sql import run as run_sql
from warehouse.sql import sql
from warehouse.store import open_store, remake, replace_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from extract.listing import Listing
    from extract.registry import Version
    from flows.run import RegistryRun, Run

MOST_NAMED = 3
"""Unknown keys and codes that a run's sentence names; all are in `ops.drift`."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps, by name. `PLAIN` calls them as they are; `flows.tasks` makes each a Prefect task."""

    ask_version: Callable[[RegistryRun], Version]
    list_condition_set: Callable[[RegistryRun], Listing]
    plan: Callable[[Run, Listing], Plan]
    fetch: Callable[[RegistryRun, Sequence[NctId]], Answers]
    ask_for_vanished: Callable[[RegistryRun, Sequence[NctId]], Answers]
    ask_for_each: Callable[[RegistryRun, Sequence[NctId]], Answers]
    load: Callable[[Run, Plan | None, Answers], None]
    publish: Callable[[Run], None]


def ask_version(run: RegistryRun) -> Version:
    """Ask the registry which data it serves."""
    run.tell("asking the registry for its version", 0, 1)
    version = run.registry.version()
    run.counts["data_timestamp"] = version.data_timestamp
    return version


def is_current(run: RegistryRun, version: Version) -> bool:
    """Whether the last sync read the same data for the same set, and no trial is due for another look.

    A trial that is due was not looked at for long, or its record was set aside.
    """
    with open_store(run.job.places) as store:
        last = last_sync(store)
        due = run.started_at - STALE_AFTER
        stale = any(trial.in_condition_set and trial.last_checked_at <= due for trial in _known(store))
        aside = store.execute("from ops.quarantine where nct_id is not null limit 1").fetchall()
    if run.job.settings.full or stale or aside or last is None:
        return False
    now = (run.job.registry, run.job.condition_set.digest, version.data_timestamp)
    return (last.registry, last.condition_set_digest, last.data_timestamp) == now


def list_condition_set(run: RegistryRun) -> Listing:
    """List the condition set; a listing too short to believe is refused."""
    run.tell("listing the condition set", 0, 1)
    listing = run.registry.listing(run.job.condition_set)
    run.counts["listed"] = len(listing.studies)
    run.remarks += listing.remarks
    with open_store(run.job.places) as store:
        refuse_shrunken(listing, _known(store), run.job.condition_set, accept=run.job.settings.accept_shrink)
    return listing


def plan(run: Run, listing: Listing) -> Plan:
    """Compare the listing with the store."""
    with open_store(run.job.places) as store:
        made = make_plan(listing, _known(store), run.job.condition_set, now=run.started_at, full=run.job.settings.full)
    run.counts["planned"] = len(made.to_fetch) + len(made.vanished)
    return made


def ask_for_vanished(run: RegistryRun, ids: Sequence[NctId]) -> Answers:
    """Ask for trials that are missing from the listing: leaving needs proof."""
    answers = Answers()
    for done, nct_id in enumerate(ids):
        run.tell("asking for trials that left the listing", done, len(ids))
        answers += ask_whether_gone(run, nct_id)
        if nct_id in answers.withheld:
            answers += Answers((), (Departure(nct_id, "withheld", "withheld by its sponsor"),))
        elif nct_id in answers.found:
            answers += Answers((), (Departure(nct_id, "left", "left the search"),))
    return answers


def ask_for_each(run: RegistryRun, ids: Sequence[NctId]) -> Answers:
    """Ask for trials one by one, and take no other answer than the trial.

    Raises:
        StudyNotFound: the registry has none of that number; it names all of them.
    """
    answers, missing = Answers(), []
    for done, nct_id in enumerate(ids):
        run.tell("fetching", done, len(ids))
        try:
            answers += ask(run, nct_id)
        except StudyNotFound:
            missing.append(nct_id)
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise StudyNotFound(f"{', '.join(missing)} {verb} not on ClinicalTrials.gov")
    run.counts["planned"] = len(ids)
    return answers


def load(run: Run, planned: Plan | None, answers: Answers) -> None:
    """Load what has landed, note who is in the set, and check it all, in a copy that takes the store's place.

    Raises:
        CheckFailed: the data breaks a promise; nothing of it is kept, but what the checks found.
        LoadFailed: DuckDB could not take the rows; nothing of them is kept.
    """
    from warehouse.load import load_membership, load_replies  # noqa: PLC0415 - pandas is slow to import

    run.tell("loading", 0, 1)
    try:
        with _next_store(run) as (store, findings):
            load_replies(store, answers.landed, run.run_id, run.started_at)
            load_membership(store, _membership(run, planned, answers))
            relate_changed(store)
            findings.extend(run_checks(store))
            refuse_failures(findings)
            _end(run, store, findings)
    except CheckFailed:
        Landing(run.job.places.landing).clear()  # the next run asks anew instead of failing of the same replies
        raise


def rebuild(run: Run) -> None:
    """Make every table again from the archive, and check it all, in a copy that takes the store's place.

    Raises:
        CheckFailed: the data breaks a promise; the tables stay as they were.
        LoadFailed: DuckDB could not take the rows; the tables stay as they were.
    """
    run.tell("making every table again from the archive", 0, 1)
    with _next_store(run) as (store, findings):
        remake(store, run.job.places)
        findings.extend(run_checks(store))
        refuse_failures(findings)
        _note_checks(run, store, findings)
        keep_fact(store, DATA_FACT, str(run.run_id))
        counted = "select count(distinct nct_id), count(*) from archive.study_versions"
        trials, versions = store.execute(counted).fetchall()[0]
        told = f"every table was made again from the archive: {trials} trials in {versions} versions"
        run.end(store, PUBLISHED, "; ".join([told, *run.remarks]) + ".")


def publish(run: Run) -> None:
    """Publish what the store holds, unless it is published already, and let go of what has landed."""
    with open_store(run.job.places) as store:
        data_run = facts(store).get(DATA_FACT)
        store.execute("checkpoint store")
    if data_run and int(data_run) != published_run(run.job.places):
        run.tell("publishing", 0, 1)
        publish_store(run.job.places, int(data_run))
    Landing(run.job.places.landing).clear()


def nothing_to_load(run: Run) -> None:
    """Note that the run found nothing new; what an earlier run loaded but could not publish is published now."""
    with open_store(run.job.places) as store:
        waiting = _waiting(run, store)
        remarks = "".join(f"; {remark}" for remark in run.remarks)
        run.end(store, PUBLISHED if waiting else UNCHANGED, f"nothing has changed{remarks}{waiting}.")


PLAIN = Steps(
    ask_version=ask_version,
    list_condition_set=list_condition_set,
    plan=plan,
    fetch=ask_for_batch,
    ask_for_vanished=ask_for_vanished,
    ask_for_each=ask_for_each,
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
        with in_words(run.job.places), replace_store(run.job.places) as store:
            store.execute("begin")
            yield store, findings
            store.execute("commit")
    except CheckFailed:
        with open_store(run.job.places) as store:
            _note_checks(run, store, findings)
        raise
    except (duckdb.Error, OSError) as error:
        raise LoadFailed(f"the rows could not be loaded ({error})") from error


def _known(store: duckdb.DuckDBPyConnection) -> list[Known]:
    rows = store.execute(sql("statements", "known_trials")).fetchall()
    return [Known(NctId(nct_id), *others) for nct_id, *others in rows]


def _membership(run: Run, planned: Plan | None, answers: Answers) -> Membership:
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
    run_sql(store, "note_run_trials", run_id=run.run_id)
    result = store.execute(sql("statements", "counts"))
    names = [column[0] for column in result.description]
    counts = dict(zip(names, result.fetchall()[0], strict=True))
    changed = sum(counts[name] for name in ("inserted", "updated", "newly_set_aside")) + counts.pop("changed_members")
    run.counts |= counts
    _note_checks(run, store, findings)
    waiting = _waiting(run, store)
    if changed:
        keep_fact(store, DATA_FACT, str(run.run_id))
    unknown = [name for (name,) in store.execute(sql("statements", "drift_seen")).fetchall()]
    told = _told(counts, findings, unknown, run.remarks) + f"{waiting}."
    run.end(store, PUBLISHED if changed or waiting else UNCHANGED, told)


def _waiting(run: Run, store: duckdb.DuckDBPyConnection) -> str:
    """What the store holds that is not published yet, in words; empty where there is nothing."""
    data_run = facts(store).get(DATA_FACT)
    if not data_run or int(data_run) == published_run(run.job.places):
        return ""
    made = "this version of aclf-trials" if int(data_run) == run.run_id else f"run {data_run}"
    return f"; what {made} made is published now"


def _note_checks(run: Run, store: duckdb.DuckDBPyConnection, findings: list[Finding]) -> None:
    for finding in findings:
        store.execute(
            "insert into ops.checks values ($1, $2, $3, $4, $5)",
            [run.run_id, finding.name, finding.severity, finding.failures, finding.example],
        )


def _told(counts: dict[str, int], findings: list[Finding], unknown: list[str], remarks: list[str]) -> str:
    """What a load did, in a sentence."""
    words = {"inserted": "new", "updated": "changed", "left": "left the set", "merged": "merged"}
    parts = [f"{counts[name]} {word}" for name, word in words.items() if counts[name]]
    told = ", ".join(parts) or "nothing has changed"
    found = ((counts["quarantined"], "record"), (counts["problems"], "value"))
    aside = [f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in found if count]
    told += f"; set aside: {', '.join(aside)}" if aside else ""
    told += "".join(f"; {remark}" for remark in remarks)
    if unknown:
        told += f"; not known to this version (see ops.drift): {', '.join(unknown[:MOST_NAMED])}"
        told += f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    warnings = [finding.name.replace("_", " ") for finding in findings if finding.failures]
    return told + (f"; to look at: {', '.join(warnings)}" if warnings else "")
