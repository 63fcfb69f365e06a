"""`aclf changes` shows field by field what changed and when, which trials joined or left, and why."""

from __future__ import annotations

import shutil
from itertools import pairwise

import duckdb
import pytest

from flows.pages.change_text import format_change, name_field
from tests.support.clock import clock_stands_at
from tests.support.command_line import CommandLine
from tests.support.three_nights import NIGHTS, NINE, SEVEN, sync_three_nights
from tests.support.warehouses import make_member_study, with_value

SEED, LEAVES, MERGED, GROWS, APPEARS = "NCT03863002", "NCT00614146", "NCT09900001", "NCT05985863", "NCT07329036"
STATUS = "protocolSection.statusModule"


@pytest.fixture(scope="module")
def nights(make_warehouse):
    """Return the command line, in a folder with three nights of a small set."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return CommandLine(warehouse.folder)


def test_changes_of_the_samples_second_night_are_shown(aclf_after_both_nights):
    """The seed's status changed, one trial left, one was merged and one joined, each with the reason."""
    lines = [line.strip() for line in aclf_after_both_nights("changes").out.splitlines()]
    below = {line[:11]: next_line for line, next_line in pairwise(lines) if line.startswith("NCT")}
    assert below[SEED] == "overall status: Not yet recruiting → Unknown status"
    assert below[LEAVES] == "left the set aclf (left the search)"
    assert below[MERGED] == f"left the set aclf (merged into {GROWS})"
    assert below[APPEARS].startswith("joined the set aclf (")
    assert lines[-1] == "73 trials joined the set"


def test_the_json_is_one_list_of_rows(aclf_after_both_nights):
    """--json prints the rows of `main.changes`, with the registry's codes."""
    rows = aclf_after_both_nights("changes", SEED, "--json").document
    assert [(row["path"], row["old_value"], row["new_value"]) for row in rows if row["kind"] == "changed"] == [
        (f"{STATUS}.overallStatus", "NOT_YET_RECRUITING", "UNKNOWN")
    ]
    assert [row["kind"] for row in rows] == ["changed", "added", "joined"]


def test_a_merged_trial_goes_on_under_its_current_number(aclf_after_both_nights):
    """A request for the old number shows the changes under both numbers, and the first line says so."""
    lines = aclf_after_both_nights("changes", MERGED).out.splitlines()
    assert lines[0] == f"{MERGED} was merged: it is {GROWS} now."
    assert {line.split()[0] for line in lines if line.startswith("  NCT")} == {MERGED, GROWS}


def test_since_shows_only_later_changes(nights):
    """--since shows the day itself and the days after it."""
    for since, expected in (("2026-10-02", NIGHTS[:0:-1]), ("2026-10-03", NIGHTS[2:])):
        lines = nights("changes", "--since", since).out.splitlines()
        assert [line for line in lines if line.endswith("UTC")] == [f"{night} UTC" for night in expected]


@pytest.mark.slow
def test_without_since_the_last_thirty_days_are_shown(make_warehouse):
    """Changes from more than 30 days before the newest run are left out, unless the command names the trial."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    warehouse.serve(*(make_member_study(number) for number in (7, 8, 9, *range(11, 19))))
    with clock_stands_at("2026-11-02 03:00"):
        warehouse.sync(full=True)
    aclf = CommandLine(warehouse.folder)
    assert NIGHTS[0] not in aclf("changes").out
    assert NIGHTS[2] in aclf("changes").out
    assert NIGHTS[0] in aclf("changes", SEVEN).out


def test_a_time_without_changes_has_a_sentence(nights):
    """If nothing changed, a sentence is printed, or an empty list with --json."""
    assert nights("changes", "--since", "2027-01-01").out == "nothing has changed in that time.\n"
    assert nights("changes", "--since", "2027-01-01", "--json").document == []


def test_major_leaves_out_the_rest_and_counts_it(nights):
    """--major shows status, dates, enrolment and results, but neither the site nor the dates of the paperwork."""
    lines = [line.strip() for line in nights("changes", SEVEN, "--major", "--since", "2026-10-02").out.splitlines()]
    assert "overall status: Recruiting → Completed" in lines
    assert "enrollment, count: 100 → 88" in lines
    assert "has results: false → true" in lines
    assert not [line for line in lines if line.startswith(("locations", "last update post date", "results first post"))]
    assert lines[-1] == "left out: 3 administrative, 1 minor. `aclf changes` without --major shows them."


def test_the_json_has_the_weight_of_each_change(nights):
    """--json has the weight, and with --major only the changes of that weight; a trial that joins is one of them."""
    everything = nights("changes", "--json").document
    assert {row["weight"] for row in everything} == {"major", "minor", "administrative"}
    assert {row["weight"] for row in everything if row["path"] is None} == {"major"}
    major = nights("changes", "--major", "--json").document
    assert major == [row for row in everything if row["weight"] == "major"]


def test_a_time_without_major_changes_has_a_sentence(make_warehouse):
    """Where only the paperwork changed, a sentence says so, and how much it was."""
    warehouse = make_warehouse()
    study = make_member_study(7)
    warehouse.serve(study)
    with clock_stands_at("2026-10-01 03:00"):
        warehouse.sync()
    warehouse.serve(with_value(study, f"{STATUS}.lastUpdatePostDateStruct.date", "2026-10-01"))
    with clock_stands_at("2026-10-02 03:00"):
        warehouse.sync(full=True)
    assert CommandLine(warehouse.folder)("changes", "--major", "--since", "2026-10-02").out.splitlines() == [
        "nothing major has changed in that time.",
        "left out: 1 administrative. `aclf changes` without --major shows them.",
    ]


def test_a_file_of_an_earlier_version_is_weighed_when_it_is_read(nights, tmp_path):
    """A published file without weights gives the same answer."""
    expected = nights("changes", "--major", "--json").document
    copy = tmp_path / "aclf.duckdb"
    shutil.copy(nights.folder / "aclf.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        (view,) = connection.execute("select sql from duckdb_views() where view_name = 'changes'").fetchone()
        connection.execute("drop view main.changes; alter table main.trial_changes drop column weight")
        connection.execute(view.replace("change.weight, ", "").replace("'major', ", ""))
    assert CommandLine(tmp_path)("changes", "--major", "--json").document == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["NCT00000099"],
            "NCT00000099 is not in the warehouse; nothing was changed; fetch with `aclf backfill NCT00000099`",
        ),
        (["NCT7"], "NCT7"),
        (["--since", "last week"], "--since must be a day such as 2026-10-01, not 'last week'"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused(nights, arguments, message):
    """A trial that is not held, a bad NCT number and a bad day end with 2 and a message."""
    ended = nights("changes", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_a_trial_that_returns_has_every_step(nights):
    """A trial that left and came back has both changes, the newest first."""
    lines = [line.strip() for line in nights("changes", NINE).out.splitlines()]
    memberships = [line for line in lines if " the set made (" in line]
    assert memberships == [
        "returned to the set made (condition: Made disease)",
        "left the set made (left the search)",
        "joined the set made (condition: Made disease)",
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{STATUS}.overallStatus", "overall status"),
        (f"{STATUS}.completionDateStruct.date", "completion date"),
        (f"{STATUS}.completionDateStruct.type", "completion date, type"),
        ("protocolSection.designModule.enrollmentInfo.count", "enrollment, count"),
        ("protocolSection.contactsLocationsModule.locations[]", "locations"),
        ("protocolSection.contactsLocationsModule.locations[].status", "locations, status"),
        ("protocolSection.identificationModule.nctIdAliases[]", "nct id aliases"),
        ("hasResults", "has results"),
    ],
)
def test_a_field_is_named_in_words(path, name):
    """The name of a field is the last steps of its path, in words."""
    assert name_field(path) == name


def make_change(kind, old, new, *, path="protocolSection.descriptionModule.briefSummary", element=None):
    """Return a row of `main.changes`."""
    return {"kind": kind, "old_value": old, "new_value": new, "path": path, "element": element}


def test_a_long_text_is_cut_to_its_difference():
    """For two long texts only the difference is shown, with a little equal text around it."""
    old = f"{'a' * 300} eighteen {'b' * 300}"
    line = format_change(make_change("changed", old, old.replace("eighteen", "twenty")))
    assert line == f"brief summary: …{'a' * 24} eighteen {'b' * 24}… → …{'a' * 24} twenty {'b' * 24}…"


def test_a_control_character_does_not_reach_the_terminal():
    """Control characters in a record are not printed."""
    assert format_change(make_change("changed", "a", "\x1b[31mred\x07")) == "brief summary: a → [31mred"
