"""What a run did, as people read it: the same words on the screen and in Prefect's artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.run import Report

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


def counted(report: Report) -> dict[str, int]:
    """What the run found, by words, without what it did not find."""
    return {words: report[name] for name, words in _COUNTED.items() if report[name]}


def headline(report: Report) -> str:
    """The run, how it ended, and what it did, in one line."""
    message = report["message"]
    return f"Run {report['run_id']}, {report['command']}: {report['outcome']}. {message[:1].upper()}{message[1:]}"


def facts(report: Report) -> dict[str, str]:
    """Everything worth reading of a report, by name, in the order to read it."""
    told = {
        "registry": f"{report['registry']}, data of {report['data_timestamp']} UTC",
        "condition set": report["condition_set"],
        "listed": "not listed" if report["listed"] is None else report["listed"],
        "received": f"{report['fetched']} (requests: {report['requests']})",
        **counted(report),
        "took": f"{report['seconds']:.1f} s",
        "warehouse": report["warehouse"],
    }
    if "report_file" in report:
        told["report"] = "not written" if report["report_failure"] else report["report_file"]
    return {name: str(value) for name, value in told.items()}
