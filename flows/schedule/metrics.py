"""The figures of a warehouse and of its runs, as metrics for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from flows.status import FRESH, read_status
from warehouse.connect import fetch_value, open_newest, open_read_only
from warehouse.errors import NoWarehouse
from warehouse.runs import FAILED, PUBLISHED, UNCHANGED, read_last_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from warehouse.paths import Paths

_OUTCOMES = (PUBLISHED, UNCHANGED, FAILED)
_MAX_AGE_HOURS = 36.0
"""The limit of `aclf status`. An alert on the age may have another."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a warehouse; the defaults are those of one that cannot be read.

    Attributes:
        status: as `flows.status.read_status` returns it.
        last_runs: the last run of each command that has ended, as `warehouse.runs` returns it.
        quarantined: records that are set aside in the published file; None if nothing is published.
        problems: values that are, likewise.
    """

    status: dict[str, Any] | None = None
    last_runs: tuple[dict[str, Any], ...] = ()
    quarantined: int | None = None
    problems: int | None = None


def read_figures(paths: Paths) -> Figures:
    """Read the figures from the published file, and those of the runs from the store, which has the failed ones too."""
    try:
        status = read_status(paths, _MAX_AGE_HOURS)
        with open_newest(paths) as newest:
            last_runs = tuple(read_last_runs(newest))
    except NoWarehouse:
        return Figures()
    try:
        with open_read_only(paths.warehouse) as published:
            quarantined, problems = (
                fetch_value(published, "select count(*) from ops.quarantine"),
                fetch_value(published, "select count(*) from ops.problems"),
            )
    except NoWarehouse:
        return Figures(status, last_runs)
    return Figures(status, last_runs, quarantined, problems)


def make_registry(figures: Figures, now: datetime) -> CollectorRegistry:
    """Return the figures as metrics: every time in seconds, every name with its unit."""
    metrics = [*_list_data_metrics(figures, now), *_list_run_metrics(figures.last_runs)]
    registry = CollectorRegistry()
    # What is not known is left out, so that no value stands for it.
    registry.register(_Collected(metric for metric in metrics if metric.samples))
    return registry


class _Collected(Collector):
    """Metrics that have their values already; they describe what was read, and nothing that this process counts."""

    def __init__(self, metrics: Iterable[GaugeMetricFamily]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the metrics."""
        return self._metrics


def _list_data_metrics(figures: Figures, now: datetime) -> Iterator[GaugeMetricFamily]:
    info = GaugeMetricFamily("aclf_build_info", "The version of aclf-trials.", labels=["version"])
    info.add_metric([version("aclf-trials")], 1)
    yield info
    status = figures.status
    state = status["state"] if status else None
    yield _make_gauge("aclf_data_fresh", "1 if `aclf status` says that the data is fresh, else 0.", state == FRESH)
    if status is None:
        return
    if status["last_sync"]:
        finished_at = status["last_sync"]["finished_at"]
        yield _make_gauge(
            "aclf_data_age_seconds",
            "Seconds since the end of the last sync that published or found nothing new.",
            (now - finished_at).total_seconds(),
        )
        yield _make_gauge(
            "aclf_last_good_sync_timestamp_seconds", "When that sync ended (Unix time).", finished_at.timestamp()
        )
    yield _make_gauge("aclf_trials", "Published trials in the condition sets, each once.", status["trials"])
    sets = GaugeMetricFamily("aclf_condition_set_trials", "Trials in a condition set.", labels=["condition_set"])
    for each in status["condition_sets"]:
        sets.add_metric([each["name"]], each["trials"] or 0)
    yield sets
    yield _make_gauge("aclf_quarantined_records", "Records in ops.quarantine, as published.", figures.quarantined)
    yield _make_gauge("aclf_problem_values", "Values in ops.problems, as published.", figures.problems)


def _list_run_metrics(runs: Iterable[dict[str, Any]]) -> Iterator[GaugeMetricFamily]:
    """Return of the last run of each command how it ended, and what it did."""
    outcome = GaugeMetricFamily(
        "aclf_last_run_outcome",
        "How the last run of a command ended: 1 for its outcome, 0 for the others.",
        labels=["command", "outcome"],
    )
    columns = {
        "run_id": ("aclf_last_run_number", "The number of the last run of a command."),
        "seconds": ("aclf_last_run_duration_seconds", "Seconds that it took."),
        "finished_at": ("aclf_last_run_finished_timestamp_seconds", "When it ended (Unix time)."),
        "requests": ("aclf_last_run_requests", "HTTP requests that it sent, with retries."),
        "quarantined": ("aclf_last_run_quarantined_records", "Records that it quarantined."),
        "problems": ("aclf_last_run_problem_values", "Values that it could not read in the records that it loaded."),
    }
    gauges = {column: GaugeMetricFamily(name, words, labels=["command"]) for column, (name, words) in columns.items()}
    for run in runs:
        for each in _OUTCOMES:
            outcome.add_metric([run["command"], each], run["outcome"] == each)
        for column, gauge in gauges.items():
            value = run[column]
            # A run that was killed has no end and no seconds.
            if value is not None:
                gauge.add_metric([run["command"]], value.timestamp() if column == "finished_at" else value)
    yield from (outcome, *gauges.values())


def _make_gauge(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """Return a gauge without labels, and without a sample if its value is not known."""
    gauge = GaugeMetricFamily(name, words)
    if value is not None:
        gauge.add_metric([], value)
    return gauge
