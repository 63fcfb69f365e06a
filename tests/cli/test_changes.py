"""`aclf changes` says field by field what changed and when, which trials joined or left, and why."""

from __future__ import annotations

import pytest

from flows.pages.change_text import format_change, name_field
from tests.support.clock import at
from tests.support.command_line import CommandLine
from tests.support.three_nights import NIGHTS, NINE, SEVEN, live_three_nights
from tests.support.warehouses import ill

SEED, LEAVES, MERGED, GROWS, APPEARS = "NCT03863002", "NCT00614146", "NCT09900001", "NCT05985863", "NCT07329036"
STATUS = "protocolSection.statusModule"


@pytest.fixture(scope="module")
def nights(new_warehouse):
    """The command line, in a folder with three nights of a small set."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
    return CommandLine(warehouse.folder)


def test_the_samples_second_night_is_told(both_nights):
    """The seed went from not yet recruiting to unknown, one trial left, one was merged, one joined: each with why."""
    lines = [line.strip() for line in both_nights("changes").out.splitlines()]
    below = {line[:11]: lines[place + 1] for place, line in enumerate(lines) if line.startswith("NCT")}
    assert below[SEED] == "overall status: Not yet recruiting → Unknown status"
    assert below[LEAVES] == "left the set (left the search)"
    assert below[MERGED] == f"left the set (merged into {GROWS})"
    assert below[APPEARS].startswith("joined the set (")
    assert lines[-1] == "73 trials joined the set"


def test_the_json_is_one_list_of_rows(both_nights):
    """--json prints the rows of `main.changes`, with the registry's codes."""
    rows = both_nights("changes", SEED, "--json").document
    assert [(row["path"], row["old_value"], row["new_value"]) for row in rows if row["kind"] == "changed"] == [
        (f"{STATUS}.overallStatus", "NOT_YET_RECRUITING", "UNKNOWN")
    ]
    assert [row["kind"] for row in rows] == ["changed", "added", "joined"]


def test_a_merged_trial_goes_on_under_its_current_number(both_nights):
    """Asked for by its old number, the trial is told under both, and the first line says so."""
    lines = both_nights("changes", MERGED).out.splitlines()
    assert lines[0] == f"{MERGED} was merged: it is {GROWS} now."
    assert {line.split()[0] for line in lines if line.startswith("  NCT")} == {MERGED, GROWS}


def test_since_a_day_only_later_changes_are_told(nights):
    """--since takes the day itself and what came after it."""
    for since, told in (("2026-10-02", NIGHTS[:0:-1]), ("2026-10-03", NIGHTS[2:])):
        lines = nights("changes", "--since", since).out.splitlines()
        assert [line for line in lines if line.endswith("UTC")] == [f"{night} UTC" for night in told]


@pytest.mark.slow
def test_without_a_day_the_last_thirty_are_told(new_warehouse):
    """What is older than 30 days before the newest run is left out, unless a trial is asked for by its number."""
    warehouse = new_warehouse()
    live_three_nights(warehouse)
    warehouse.serve(*(ill(number) for number in (7, 8, 9, *range(11, 19))))
    with at("2026-11-02 03:00"):
        warehouse.sync(full=True)
    aclf = CommandLine(warehouse.folder)
    assert NIGHTS[0] not in aclf("changes").out
    assert NIGHTS[2] in aclf("changes").out
    assert NIGHTS[0] in aclf("changes", SEVEN).out


def test_nothing_changed_is_said(nights):
    """A time without a change prints a sentence, and an empty list for programs."""
    assert nights("changes", "--since", "2027-01-01").out == "nothing has changed in that time.\n"
    assert nights("changes", "--since", "2027-01-01", "--json").document == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["NCT00000099"],
            "NCT00000099 is not in the warehouse; nothing was changed; fetch with `aclf backfill NCT00000099`",
        ),
        (["NCT7"], "NCT7"),
        (["--since", "last week"], "--since must be a day such as 2026-10-01, not 'last week'"),
    ],
)
def test_what_cannot_be_asked_is_refused(nights, arguments, told):
    """A trial that is not there, what is no NCT number and what is no day end with 2 and a sentence."""
    ended = nights("changes", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_who_returns_is_told(nights):
    """A trial that left and came back has both, newest first."""
    lines = [line.strip() for line in nights("changes", NINE).out.splitlines()]
    told = [line for line in lines if " the set (" in line]
    assert told == [
        "returned to the set (condition: Made disease)",
        "left the set (left the search)",
        "joined the set (condition: Made disease)",
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
    """A field is told by the last steps of its path, in words."""
    assert name_field(path) == name


def change(kind, old, new, *, path="protocolSection.descriptionModule.briefSummary", element=None):
    """A row of `main.changes`."""
    return {"kind": kind, "old_value": old, "new_value": new, "path": path, "element": element}


def test_a_long_text_is_cut_to_where_it_differs():
    """Of two long texts only the difference is shown, with a little of what is the same around it."""
    old = f"{'a' * 300} eighteen {'b' * 300}"
    told = format_change(change("changed", old, old.replace("eighteen", "twenty")))
    assert told == f"brief summary: …{'a' * 24} eighteen {'b' * 24}… → …{'a' * 24} twenty {'b' * 24}…"


def test_a_control_character_does_not_reach_the_terminal():
    """What a record holds of the terminal's own language is not passed on."""
    assert format_change(change("changed", "a", "\x1b[31mred\x07")) == "brief summary: a → [31mred"
