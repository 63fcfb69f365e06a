"""Measure a year of nightly syncs of made trials (`python -m tests.benchmarks.a_year`).

The clock of each run stands on its night, so that a trial that was not checked for a week is fetched again as usual.
Each night some trials change in one thing: a status, a date, the enrollment, one more site, or a text.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest import mock

import duckdb
import orjson
from rich.progress import track

from extract.sample.contents import Contents
from extract.sample.server import RegistryServer
from flows import pipeline
from flows.settings import Settings
from tests.benchmarks.generate import SEED
from tests.benchmarks.made.changes import change_study
from tests.benchmarks.made.study import make_studies
from warehouse.reading.as_of import open_as_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.runs import RunSummary

FIRST_NIGHT = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
AROUND = 10
"""The number of nights whose median is printed."""

_SET = 'name = "year"\ntitle = "Every study"\nadvanced = "ALL"\n'

Study = dict[str, Any]


class Year:
    """A registry whose trials change, and a warehouse that is synced from it."""

    def __init__(self, folder: Path, trials: int, part: float) -> None:
        self.folder = folder
        self.random = random.Random(SEED)
        self.trials = {
            study["protocolSection"]["identificationModule"]["nctId"]: study
            for study in islice(make_studies(SEED), trials)
        }
        self.changed_a_night = max(1, round(trials * part))
        self.server = RegistryServer(self._make_contents(0))
        self.settings = Settings(warehouse=str(folder / "aclf.duckdb"), condition_sets=[str(folder / "year.toml")])
        (folder / "year.toml").write_text(_SET)

    def sync(self, number: int, **options: bool) -> RunSummary:
        """Run a sync on the night with this number."""
        settings = Settings(self.settings.warehouse, self.server.url, self.settings.condition_sets, **options)
        self.server.contents = self._make_contents(number)
        return self._run_on_night(number, lambda: pipeline.sync(settings.make_job("sync")))

    def rebuild(self, number: int) -> RunSummary:
        """Run a rebuild on the night with this number."""
        return self._run_on_night(number, lambda: pipeline.rebuild(self.settings.make_job("rebuild")))

    def change(self, day: datetime) -> None:
        """Change some trials, each in one thing and in the date of its last update."""
        for nct_id in self.random.sample(sorted(self.trials), self.changed_a_night):
            study = orjson.loads(orjson.dumps(self.trials[nct_id]))
            change_study(study, day, self.random)
            self.trials[nct_id] = study

    def _run_on_night(self, number: int, run: Callable[[], RunSummary]) -> RunSummary:
        moment = FIRST_NIGHT + timedelta(days=number)
        with mock.patch("flows.run.datetime", mock.Mock(now=lambda _: moment)):
            return run()

    def _make_contents(self, number: int) -> Contents:
        stamp = (FIRST_NIGHT + timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%S")
        return Contents.from_ndjson((orjson.dumps(study) for study in self.trials.values()), data_timestamp=stamp)


def main() -> None:
    """Run the year and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.a_year", description=__doc__)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--part", type=float, default=0.01, help="the part of the trials that changes each night")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="aclf-year-") as folder:
        year = Year(Path(folder), options.trials, options.part)
        with year.server:
            for name, value in measure_year(year, options.nights):
                sys.stdout.write(f"{name:<44} {value}\n")


def measure_year(year: Year, nights: int) -> list[tuple[str, str]]:
    """Run every night of a year, and return its figures as pairs of name and value."""
    seconds = [_measure_seconds(lambda: year.sync(0))]
    for number in track(range(1, nights), description="nights"):
        year.change(FIRST_NIGHT + timedelta(days=number))
        seconds.append(_measure_seconds(lambda number=number: year.sync(number)))
    figures = [("first sync, s", f"{seconds[0]:.2f}")]
    for end in dict.fromkeys(min(end, nights) for end in (AROUND + 1, 100, nights)):
        around = seconds[max(1, end - AROUND) : end]
        figures.append((f"a night's sync, the {len(around)} nights before {end}, s", f"{median(around):.2f}"))
    figures.append(("sync --full, s", f"{_measure_seconds(lambda: year.sync(nights, full=True)):.2f}"))
    figures.append(("a night with nothing new, s", f"{_measure_seconds(lambda: year.sync(nights)):.2f}"))
    figures.append(("rebuild, s", f"{_measure_seconds(lambda: year.rebuild(nights + 1)):.2f}"))
    figures.append(("query --as-of the middle, s", f"{_measure_seconds(lambda: _query_as_of(year, nights // 2)):.2f}"))
    return [*figures, *_measure_sizes(year)]


def _query_as_of(year: Year, number: int) -> None:
    day = (FIRST_NIGHT + timedelta(days=number)).date()
    with open_as_of(Path(year.settings.warehouse), day) as connection:
        connection.execute("select count(*) from trials").fetchall()


def _measure_sizes(year: Year) -> list[tuple[str, str]]:
    warehouse = Path(year.settings.warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ((block,),) = connection.execute("select block_size from pragma_database_size()").fetchall()
        ((blocks,),) = connection.execute(
            "select count(distinct id) from (select block_id as id from pragma_storage_info('archive.study_versions') "
            "union all select unnest(additional_block_ids) from pragma_storage_info('archive.study_versions'))"
        ).fetchall()
        counts = {
            table: connection.table(table).count("*").fetchall()[0][0]
            for table in ("archive.study_versions", "main.trial_changes", "ops.run_trials")
        }
        ((text,),) = connection.execute("select sum(strlen(document::varchar)) from archive.study_versions").fetchall()
    return [
        ("archive.study_versions, MB in the file", f"{blocks * block / 1e6:.1f}"),
        ("its records as text, MB", f"{text / 1e6:.1f}"),
        ("published file, MB", f"{warehouse.stat().st_size / 1e6:.1f}"),
        ("store, MB", f"{(warehouse.parent / '.aclf' / 'store.duckdb').stat().st_size / 1e6:.1f}"),
        *((f"rows of {table}", f"{count:,}") for table, count in counts.items()),
    ]


def _measure_seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    main()
