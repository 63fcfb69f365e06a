"""`python -m tests.tools.thorough REPORT.xml`: write which tests take so long that `make test` leaves them out.

The report is that of `pytest -m "not slow" --junitxml REPORT.xml` on an idle machine. A test whose first case alone is
long stays: that is the price of what its module shares, and the next test would pay it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

LONGEST = 1.0
"""Seconds."""

FILE = Path(__file__).parents[1] / "thorough.txt"

KEPT = frozenset(
    {
        "tests/flows/test_tasks.py::test_a_sync_is_a_flow_run_of_its_steps",
        "tests/pages/test_report_accessibility.py::test_the_report_in_use_is_accessible",
        "tests/pages/test_trial_page_in_browser.py::test_a_browser_finds_nothing_inaccessible",
        "tests/resilience/test_failed_runs.py::test_the_next_good_sync_heals",
        "tests/resilience/test_interrupted_runs.py::test_the_next_run_continues_a_killed_run",
        "tests/targets/test_postgresql.py::test_a_night_moves_only_what_has_changed",
        "tests/targets/test_postgresql.py::test_readers_never_see_half_a_run",
        "tests/warehouse/test_publish.py::test_reader_sees_whole_nights_only",
        "tests/warehouse/test_rebuild.py::test_rebuild_makes_the_same_tables",
        "tests/cli/test_exit_codes.py::test_a_record_newly_set_aside_ends_with_3_once",
    }
)
"""Tests of the first promises, which `make test` runs although they are long."""


def find_thorough(seconds: dict[str, list[float]]) -> list[str]:
    """Return the ids of the tests that are left out.

    Args:
        seconds: how long each case of a test took, by the test's id.
    """
    return sorted(test for test, cases in seconds.items() if test not in KEPT and _is_long(sorted(cases)))


def _is_long(cases: list[float]) -> bool:
    if len(cases) == 1:
        return cases[0] > LONGEST
    # Without its longest case, which may have made what the module shares.
    others = cases[:-1]
    return median(cases) > LONGEST or (sum(others) > 3 * LONGEST and sum(cases) > LONGEST * len(cases))


def read_seconds(report: Path) -> dict[str, list[float]]:
    """Return how long each case of each test took, by the test's id."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for case in ET.parse(report).getroot().iter("testcase"):
        test = f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name'].partition('[')[0]}"
        seconds[test].append(float(case.attrib["time"]))
    return dict(seconds)


if __name__ == "__main__":
    FILE.write_text("".join(f"{test}\n" for test in find_thorough(read_seconds(Path(sys.argv[1])))))
