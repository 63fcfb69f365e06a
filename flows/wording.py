"""Every sentence that a run prints: the same words on the screen, in `ops.runs` and in Prefect's artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extract.printable import clean_name, clean_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from extract.errors import AclfError
    from warehouse.health.checks import Finding
    from warehouse.run_times import CorrectedTime
    from warehouse.runs import RunSummary

MOST_NAMED = 3
"""Unknown keys and codes that a run's sentence names; all are in `ops.drift`."""

MOST_INCLUDED = 10
"""Trials included by hand that a run's sentence names because the registry does not have them so."""

_COUNT_WORDS = {
    "inserted": "new",
    "updated": "changed",
    "unchanged": "unchanged",
    "left": "left the set",
    "merged": "merged",
    "quarantined": "records set aside",
    "problems": "values set aside",
    "drift": "unknown (drift)",
}
_LOAD_WORDS = {"inserted": "new", "updated": "changed", "left": "left the set", "merged": "merged"}


# The summary of a run, on the screen and in Prefect's artifacts.


def name_counts(summary: RunSummary) -> dict[str, int]:
    """Return the counts of a run that are not zero, by the words that people read."""
    return {words: summary[name] for name, words in _COUNT_WORDS.items() if summary[name]}


def list_failures(summary: RunSummary) -> list[str]:
    """Return what failed after the data was published: the report, the feed, the news, a target. Each is a sentence."""
    names = ("report_failure", "feed_failure", "alert_failure")
    failures = [summary[name] for name in names if summary.get(name)]
    return failures + [each["failure"] for each in summary.get("targets", []) if each["failure"]]


def format_target(result: Mapping[str, Any]) -> str:
    """Return in words what became of a target: one result of `flows.targets.publish_to_targets`."""
    if result["failure"]:
        return f"{result['target']}: failed"
    run_id, previous = result["run_id"], result["previous_run"]
    if run_id == previous and not result["is_whole"]:
        return f"{result['target']}: holds run {run_id} already"
    what = "everything" if result["is_whole"] else f"what changed since run {previous}"
    rows = f", {result['rows']:,} rows" if result["rows"] else ""
    return f"{result['target']}: run {run_id}, {what}{rows}, {result['seconds']:.1f} s"


def format_headline(summary: RunSummary) -> str:
    """Return the run, its outcome and its message in one line."""
    message = _capitalise(summary["message"])
    return clean_sentence(f"Run {summary['run_id']}, {summary['command']}: {summary['outcome']}. {message}")


def list_facts(summary: RunSummary) -> dict[str, str]:
    """Return what a person wants to know of a run, by name, in reading order."""
    facts = {
        "registry": f"{summary['registry']}, data of {format_timestamp(summary['data_timestamp'])} UTC",
        "condition set": summary["condition_set"],
        "listed": "not listed" if summary["listed"] is None else summary["listed"],
        "received": f"{summary['fetched']} (requests: {summary['requests']})",
        **name_counts(summary),
        "took": f"{summary['seconds']:.1f} s",
        "warehouse": summary["warehouse"],
    }
    if "report_file" in summary:
        # The summary has this key only if a report was wanted.
        facts["report"] = "not written" if summary["report_failure"] else summary["report_file"]
    if "feed_file" in summary:
        facts["feed"] = "not written" if summary["feed_failure"] else summary["feed_file"]
    if "news_told" in summary:
        facts["news told"] = "failed" if summary["alert_failure"] else summary["news_told"]
    if "targets" in summary:
        facts["also published to"] = "; ".join(map(format_target, summary["targets"]))
    return {name: clean_sentence(str(value)) for name, value in facts.items()}


def format_timestamp(data_timestamp: str | None) -> str:
    """Return the registry's own name of a data release; it is a time, but it may be any text."""
    return clean_name(data_timestamp or "an unknown time")


# The message of a run: its row in `ops.runs`, and the second half of the headline.


def format_load_message(
    counts: dict[str, int], findings: list[Finding], unknown: list[str], notes: list[str], waiting: str
) -> str:
    """Return what a load did, in one sentence.

    Args:
        counts: the columns of `warehouse/sql/statements/counts.sql`, by name.
        findings: what the data checks found.
        unknown: keys and codes that this version does not know.
        notes: what is odd about what the run found.
        waiting: what `format_waiting` gives.
    """
    parts = [
        _format_trials(counts),
        _format_set_aside(counts),
        *notes,
        _format_unknown(unknown),
        _format_warnings(findings),
        waiting,
    ]
    return "; ".join(filter(None, parts)) + "."


def format_unchanged_message(notes: list[str], waiting: str) -> str:
    """Return the sentence of a run that found nothing new."""
    return "; ".join(filter(None, ["nothing has changed", *notes, waiting])) + "."


def format_rebuild_message(trials: int, versions: int, notes: list[str]) -> str:
    """Return the sentence of a rebuild."""
    made = f"every table was made again from the archive: {trials} trials in {versions} versions"
    return "; ".join([made, *notes]) + "."


def format_waiting(data_run: int, this_run: int) -> str:
    """Return that data which waited in the store is published now, and which run made it."""
    # A run that has loaded nothing can still have data of its own: an upgrade makes the tables again.
    maker = "this version of aclf-trials" if data_run == this_run else f"run {data_run}"
    return f"what {maker} made is published now"


def format_clock_note(clock: datetime) -> str:
    """Return that the clock was behind the newest run, so that the run took a later time."""
    when = f"{clock:%Y-%m-%d %H:%M:%S} UTC"
    return f"the clock stood at {when}, before the newest run, so this run took a time just after that run"


def list_correction_notes(corrected: Sequence[CorrectedTime]) -> list[str]:
    """Return that runs were dated in the future and have other times now, as a list of one note or none."""
    if not corrected:
        return []
    first, last = corrected[0], corrected[-1]
    runs, were, are = (
        (f"run {last.run_id}", "was", "is")
        if first == last
        else (f"runs {first.run_id} to {last.run_id}", "were", "are")
    )
    when = f"({last.old_time:%Y-%m-%d}) and {are} now dated {last.new_time:%Y-%m-%d %H:%M:%S} UTC"
    return [f"{runs} {were} dated in the future {when}"]


def list_include_notes(gone: Sequence[str], merged: Sequence[str]) -> list[str]:
    """Return what is odd about trials that the condition set includes by hand, each kind in one note.

    Args:
        gone: the numbers that the registry does not have.
        merged: the numbers that were merged, each with where to, such as `NCT00000001 is merged into NCT00000002`.
    """
    notes = []
    if gone:
        notes.append(f"included by hand, but not on ClinicalTrials.gov: {_name_some(gone, MOST_INCLUDED)}")
    if merged:
        notes.append(f"included by hand: {_name_some(merged, MOST_INCLUDED)}")
    return notes


def list_refusal_notes(refused: Mapping[str, str]) -> list[str]:
    """Return which condition sets were not listed and why, each in one note.

    Args:
        refused: why a listing was not believed, by the set's name.
    """
    return [f"the set {name} was not listed and keeps its trials ({reason})" for name, reason in refused.items()]


def format_kept_reply(file: Path) -> str:
    """Return where the reply is that ended a run, as an addition to the error's first part."""
    return f" (the answer is kept in {file})"


# A flow run: what its artifacts are called, and what it prints when it fails.


def format_changes_title(summary: RunSummary, most: int) -> str:
    """Return the description of the table of changed trials, which has at most this many rows."""
    return f"Trials that run {summary['run_id']} found new, changed, left, merged or set aside, at most {most}"


REPORT_TITLE = "The set in charts, its changes, and every trial"
"""The description of the link to the report."""


def format_failed_flow_run(name: str, error: AclfError) -> str:
    """Return the line that a failed flow run prints, and that the operator's command receives."""
    return clean_sentence(f"aclf: {name}: {error}") + "\n"


def format_log_line(line: str, moment: datetime) -> str:
    """Return a line of the schedule's output, which may be a file that nobody else puts times into.

    Args:
        line: one line or more, with the line break.
        moment: when it is written, in UTC.
    """
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC  {line}"


def format_failed_command(variable: str, reason: str) -> str:
    """Return the line that says how the operator's own command failed, without the command: it may hold a secret.

    Args:
        variable: the setting that holds the command.
        reason: how it ended, in our own words.
    """
    return f"aclf: the command of {variable} {reason}; the failure itself is on the run's page.\n"


# What the schedule prints when it starts.


def format_schedule(
    condition_sets: Sequence[str], cron: str, time_zone: str, pages: str, prefect: str, *, begins: bool
) -> str:
    """Return what `aclf serve` prints once it runs.

    Args:
        condition_sets: the sets' names.
        cron: when the sync runs, as five fields.
        time_zone: the zone of these fields.
        pages: the address of the report.
        prefect: where Prefect's pages are, as `format_prefect_pages` says it; empty if their server is not our own.
        begins: whether nothing is published yet.
    """
    name, *others = map(clean_name, condition_sets)
    lines = [f"The schedule runs: sync/{name} at {cron} ({time_zone}), backfill/{name} on demand."]
    if others:
        lines.append(f"The sync follows {name} and {_name_some(others, MOST_NAMED)}.")
    if begins:
        lines.append("Nothing is published yet, so the first sync runs now.")
    lines.append(f"The report is at {pages}/, with a page for each trial, and /health and /metrics for a monitor.")
    return "\n".join([*lines, *filter(None, [prefect]), "Ctrl-C ends it."]) + "\n"


def format_prefect_pages(address: str, password_place: str) -> str:
    """Return where the pages of our own Prefect server are, and where their password is."""
    return f"Prefect's pages are at {address}, on this machine; they ask for the password {password_place}."


def _format_trials(counts: dict[str, int]) -> str:
    parts = [f"{counts[name]} {words}" for name, words in _LOAD_WORDS.items() if counts[name]]
    return ", ".join(parts) or "nothing has changed"


def _format_set_aside(counts: dict[str, int]) -> str:
    parts = []
    for name, noun in (("quarantined", "record"), ("problems", "value")):
        count = counts[name]
        if count:
            parts.append(f"{count} {noun}{'s' if count > 1 else ''}")
    return f"set aside: {', '.join(parts)}" if parts else ""


def _format_unknown(unknown: list[str]) -> str:
    if not unknown:
        return ""
    return f"not known to this version (see ops.drift): {_name_some([*map(clean_name, unknown)], MOST_NAMED)}"


def _name_some(names: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _format_warnings(findings: list[Finding]) -> str:
    names = [finding.name.replace("_", " ") for finding in findings if finding.failures]
    return f"to look at: {', '.join(names)}" if names else ""


def _capitalise(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
