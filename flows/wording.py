"""Every sentence that a run prints: the same words on the screen, in `ops.runs` and in Prefect's artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.run import RunSummary
    from warehouse.health.checks import Finding

MOST_NAMED = 3
"""Unknown keys and codes that a run's sentence names; all are in `ops.drift`."""

_COUNTED = {
    "inserted": "new",
    "updated": "changed",
    "unchanged": "unchanged",
    "left": "left the set",
    "merged": "merged",
    "quarantined": "records set aside",
    "problems": "values set aside",
    "drift": "unknown (drift)",
}


def name_counts(summary: RunSummary) -> dict[str, int]:
    """What the run found, by words, without what it did not find."""
    return {words: summary[name] for name, words in _COUNTED.items() if summary[name]}


def format_headline(summary: RunSummary) -> str:
    """The run, how it ended, and what it did, in one line."""
    message = summary["message"]
    return f"Run {summary['run_id']}, {summary['command']}: {summary['outcome']}. {message[:1].upper()}{message[1:]}"


def list_facts(summary: RunSummary) -> dict[str, str]:
    """Everything worth reading of a report, by name, in the order to read it."""
    told = {
        "registry": f"{summary['registry']}, data of {summary['data_timestamp']} UTC",
        "condition set": summary["condition_set"],
        "listed": "not listed" if summary["listed"] is None else summary["listed"],
        "received": f"{summary['fetched']} (requests: {summary['requests']})",
        **name_counts(summary),
        "took": f"{summary['seconds']:.1f} s",
        "warehouse": summary["warehouse"],
    }
    if "report_file" in summary:
        told["report"] = "not written" if summary["report_failure"] else summary["report_file"]
    return {name: str(value) for name, value in told.items()}


def format_load_message(counts: dict[str, int], findings: list[Finding], unknown: list[str], notes: list[str]) -> str:
    """What a load did, in a sentence."""
    words = {"inserted": "new", "updated": "changed", "left": "left the set", "merged": "merged"}
    parts = [f"{counts[name]} {word}" for name, word in words.items() if counts[name]]
    told = ", ".join(parts) or "nothing has changed"
    found = ((counts["quarantined"], "record"), (counts["problems"], "value"))
    aside = [f"{count} {noun}{'s' if count > 1 else ''}" for count, noun in found if count]
    told += f"; set aside: {', '.join(aside)}" if aside else ""
    told += "".join(f"; {note}" for note in notes)
    if unknown:
        told += f"; not known to this version (see ops.drift): {', '.join(unknown[:MOST_NAMED])}"
        told += f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    warnings = [finding.name.replace("_", " ") for finding in findings if finding.failures]
    return told + (f"; to look at: {', '.join(warnings)}" if warnings else "")


def format_status(found: dict[str, Any]) -> list[str]:
    """A status in a few lines."""
    synced = found["last_sync"]
    age = f"the last good sync ended {_words(found['age_hours'])} ago" if synced else "no sync has succeeded yet"
    limit = f", more than {found['max_age_hours']:g} hours" if found["state"] == "stale" and synced else ""
    lines = [f"{found['state'].capitalize()}: {age}{limit}."]
    if synced:
        lines.append(f"  data of             {found['data_timestamp']} UTC, from {found['registry']}")
    if found["trials"] is not None:
        lines.append(f"  trials in the set   {found['trials']}")
    lines.append(f"  warehouse           {found['warehouse']}")
    if found["waits"]:
        lines.append("What an earlier run loaded waits to be published; the next run does that.")
    failure = found["failure"]
    if failure:
        when = f"{failure['started_at']:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Run {failure['run_id']}, {failure['command']}, failed on {when}: {failure['message']}")
    return lines


def _words(hours: float) -> str:
    """An age as people say it."""
    for size, name in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute")):
        count = int(hours / size)
        if count >= (2 if name == "day" else 1):
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
