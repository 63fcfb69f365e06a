"""What a hostile registry sends cannot steer the terminal or the journal, whatever the command and its form."""

from __future__ import annotations

import json

import pytest

from tests.support import faults
from tests.support.command_line import CommandLine
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import make_five_members, make_member_study, with_value

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\nRun 9, sync: published.\x9b31m\u202e\u200b"
COMMANDS = [["sync", "--direct", "--full"], ["status"], ["runs"], ["check"], ["changes"], ["show", make_nct_id(6)]]


@pytest.fixture
def hostile(warehouse):
    """Return the command line of a set whose registry puts control characters wherever it can."""
    odd = make_member_study(6, title=HOSTILE)
    for path in (f"statusModule.k{HOSTILE}", f"statusModule.{'k' * 5000}", "statusModule.overallStatus"):
        odd = with_value(odd, f"protocolSection.{path}", HOSTILE)
    odd = with_value(odd, "protocolSection.statusModule.startDateStruct.date", HOSTILE)
    misshapen = with_value(make_member_study(7), "protocolSection.conditionsModule", HOSTILE)
    warehouse.serve(*make_five_members(odd, misshapen))
    # The first request of a sync asks for the version.
    stamp = json.dumps("\x1b]52;c\x07\nRun 9: ok").encode()[1:-1]
    warehouse.server.faults.append(faults.edited_answer(lambda body: body.replace(b"T0", stamp + b"T0")))
    return CommandLine(
        warehouse.folder, ACLF_REGISTRY=warehouse.server.url, ACLF_CONDITION_SET=str(warehouse.folder / "made.toml")
    )


def test_no_command_prints_a_control_character(hostile):
    """Each line of each command is printable, and no line begins with the registry's words."""
    for command in COMMANDS:
        ended = hostile(*command)
        lines = [*ended.out.split("\n"), *ended.err.split("\n")]
        assert [line for line in lines if not line.isprintable()] == [], command
        assert not [line for line in lines if line.startswith("Run 9")], command
        assert max(map(len, lines)) < 3000, command
    assert "not known to this version (see ops.drift)" in hostile("runs", "--json").out


def test_a_sentence_names_a_hostile_key_in_one_line(hostile):
    """The unknown key is named without its controls, and a key of five thousand characters is cut."""
    headline = hostile("sync", "--direct").out.splitlines()[0]
    assert "protocolSection.statusModule.k]52;c;ZXZpbA== Run 9, sync: published" in headline
    assert f"protocolSection.statusModule.{'k' * 70}…" in headline


@pytest.mark.parametrize("command", [["runs", "--json"], ["query", "--json", "select brief_title from trials"]])
def test_json_has_escapes_for_controls(hostile, command):
    """A JSON document has no raw control; it still has each character."""
    hostile("sync", "--direct")
    ended = hostile(*command)
    assert ended.out.replace("\n", "").isprintable()
    assert any("\x9b" in str(value) or "\x1b" in str(value) for row in ended.document for value in row.values())
