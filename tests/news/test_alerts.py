"""The operator's command is told each event once: none is lost, and none is told twice."""

from __future__ import annotations

import json
import os
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import operator_command
from flows.news import alerts
from flows.news.alerts import ON_CHANGE
from flows.operator_command import run_operator_command
from tests.support.news_model import EDITS
from tests.support.told_news import COMMANDS, ToldNews
from tests.support.warehouses import make_five_members, make_member_study, with_value

ONE, TWO = 1, 2
SECRET = "T000-B000-SECRETHOOK"
STATUS = "protocolSection.statusModule.overallStatus"


@pytest.fixture
def told(warehouse, tmp_path):
    """A warehouse before its first night, with a command that keeps what it is told."""
    return ToldNews(warehouse, tmp_path / "told")


def test_first_night_is_one_line(told):
    """A new warehouse tells how many trials it began with, and names none of them."""
    assert told.sync()["news_told"] == 1
    assert told.read_told() == {(None, "began", 12): 1}


@pytest.mark.slow
def test_an_old_warehouse_does_not_tell_its_past(told):
    """Where the command is set later, the news begin with that night."""
    told.sync(None)
    told.model.edit(ONE, "opens")
    told.sync(None)
    told.model.edit(ONE, "stops")
    told.sync()
    assert told.read_told() == {("NCT00000001", "stopped", None): 1}


def test_night_without_news_runs_no_command(told):
    """The command does not run where nothing happened, and where only dates changed."""
    told.sync()
    told.model.edit(101, "closes")
    summary = told.sync("fails")
    assert (summary["updated"], summary["news_told"], summary["alert_failure"]) == (1, 0, None)


@pytest.mark.parametrize("command", ["is killed", "fails", "is not there"])
@pytest.mark.quick(1)
def test_news_of_a_failed_command_are_told_by_the_next_sync(told, command):
    """A command that fails leaves the run well and the news untold, also where the next night brings nothing new."""
    told.sync()
    told.model.edit(ONE, "opens")
    failed = told.sync(command)
    assert (failed["outcome"], failed["news_told"]) == ("published", 0)
    assert failed["alert_failure"].startswith(f"the command of {ON_CHANGE} ended with exit code ")
    assert told.read_told()["NCT00000001", "joined", None] == 0
    assert told.sync_without_news()["news_told"] == 1
    assert told.sync_without_news()["news_told"] == 0
    assert told.read_told() == told.model.events


@pytest.mark.slow
def test_a_whole_history_is_told_once(told):
    """Through failed nights and commands, a rebuild, --full, a backfill and a return: each event once."""
    told.sync()
    told.model.edit(ONE, "opens")
    told.fail_before_load()
    told.model.edit(TWO, "two sites")
    told.sync()  # both join
    told.model.edit(ONE, "leaves")
    told.fail_to_publish()
    told.model.edit(ONE, "results")
    told.backfill(ONE)  # it is not in the set now, so its results are no news
    told.model.edit(TWO, "stops")
    told.sync("is killed")
    told.rebuild()
    told.model.edit(ONE, "returns")
    told.model.edit(ONE, "two sites")
    told.backfill(TWO)
    told.sync(full=True)
    told.model.edit(TWO, "opens")
    told.backfill(TWO)
    told.sync_without_news()
    told.sync(full=True)
    assert told.read_told() == told.model.events
    assert told.model.events == {
        (None, "began", 12): 1,
        ("NCT00000001", "joined", None): 2,
        ("NCT00000002", "joined", None): 1,
        ("NCT00000002", "stopped", None): 1,
        ("NCT00000001", "sites", 2): 1,
        ("NCT00000002", "opened", None): 1,
    }


NUMBERS = st.sampled_from([ONE, TWO, 3])
NIGHT = st.tuples(
    st.lists(st.tuples(NUMBERS, st.sampled_from(sorted(EDITS))), max_size=4),
    st.one_of(
        st.tuples(st.just("sync"), st.sampled_from([*sorted(COMMANDS), None]), st.booleans()),
        st.tuples(st.sampled_from(["fail before load", "fail to publish", "rebuild", "without news"])),
        st.tuples(st.just("backfill"), NUMBERS),
    ),
)


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(nights=st.lists(NIGHT, min_size=3, max_size=7))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_is_told_once(make_warehouse, tmp_path_factory, nights):
    """Whatever happened, the command has been told exactly what the model says, once a sync and it have ended well."""
    told = ToldNews(make_warehouse(), tmp_path_factory.mktemp("any") / "told")
    told.sync()
    for edits, (what, *details) in nights:
        for number, edit in edits:
            told.model.edit(number, edit)
        match what:
            case "sync":
                told.sync(details[0], full=details[1])
            case "fail before load":
                told.fail_before_load()
            case "fail to publish":
                told.fail_to_publish()
            case "rebuild":
                told.rebuild()
            case "without news":
                told.sync_without_news()
            case "backfill" if details[0] in told.model.served:
                told.backfill(details[0])
    told.sync()
    assert told.read_told() == told.model.events
    assert told.sync_without_news()["news_told"] == 0


def sync_with(warehouse, command, **options):
    """Run a sync with this command, and return its summary."""
    with mock.patch.dict(os.environ, {ON_CHANGE: command}):
        return warehouse.sync(**options)


def test_only_wanted_events_are_told(warehouse, tmp_path):
    """--alert names the events; the others count as told, and an entry has only the wanted ones."""
    told, command = tmp_path / "told", f"cat > {tmp_path / 'told'}"
    warehouse.serve(*make_five_members())
    assert sync_with(warehouse, command, alert="sites")["news_told"] == 0
    assert not told.exists()
    site = [{"facility": "Made Clinic", "city": "Oslo"}]
    changed = with_value(make_member_study(1), STATUS, "TERMINATED")
    changed = with_value(changed, "protocolSection.contactsLocationsModule.locations", site)
    joining = make_member_study(6)
    warehouse.serve(*make_five_members(joining)[1:], changed)
    assert sync_with(warehouse, command, alert="sites", full=True)["news_told"] == 1
    assert "* 1 site added: A trial (NCT00000001)\n" in told.read_text()
    assert "NCT00000006" not in told.read_text()
    assert sync_with(warehouse, command)["news_told"] == 0


def test_the_digest_is_a_mail(warehouse, tmp_path):
    """The text has the night, what happened to which trial, what changed, the link, and the source."""
    warehouse.serve(*make_five_members())
    sync_with(warehouse, "true")
    warehouse.serve(*make_five_members()[1:], with_value(make_member_study(1), STATUS, "SUSPENDED"))
    sync_with(warehouse, f"cat > {tmp_path / 'mail'}; cp $ACLF_DIGEST {tmp_path / 'json'}", full=True)
    ((moment,),) = warehouse.rows("select max(changed_at) from news")
    assert (tmp_path / "mail").read_text().splitlines() == [
        f"{moment:%Y-%m-%d %H:%M} UTC",
        "",
        "* Stopped: A trial (NCT00000001)",
        "    overall status: Recruiting → Suspended",
        "    https://clinicaltrials.gov/study/NCT00000001",
        "",
        "Source: U.S. National Library of Medicine, ClinicalTrials.gov",
    ]
    (entry,) = json.loads((tmp_path / "json").read_bytes())
    assert (entry["nct_id"], entry["events"], entry["condition_sets"]) == ("NCT00000001", ["stopped"], ["made"])
    assert [(each["path"], each["new_value"]) for each in entry["changes"]] == [(STATUS, "SUSPENDED")]


def test_no_line_of_the_digest_is_a_command_of_a_mail_program(warehouse, tmp_path):
    """Some programs run a line that begins with ~ or end at a dot; a record's text never begins a line."""
    warehouse.serve(*make_five_members())
    sync_with(warehouse, "true")
    title = "~! touch owned\n~| sh\n.\nFrom: me\x1b[31m\u202e"
    hostile = with_value(make_member_study(6, title=title), "protocolSection.conditionsModule.keywords", [title])
    warehouse.serve(*make_five_members(hostile))
    sync_with(warehouse, f"cat > {tmp_path / 'mail'}")
    text = (tmp_path / "mail").read_text()
    assert "touch owned" in text
    assert text.replace("\n", "").isprintable()
    assert {line[:4] for line in text.splitlines() if "touch" in line} <= {"* Jo", "    "}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (f"false {SECRET}", "ended with exit code 1"),
        (f"echo {SECRET} >&2; exit 3", "ended with exit code 3"),
        (f"\0{SECRET}", "could not be started"),
    ],
    ids=["fails", "prints it", "not a line"],
)
def test_a_failed_command_is_not_repeated(capfd, command, reason):
    """How the command ended is told; the command, and what it says of itself, is not."""
    assert run_operator_command(command, "news") == reason
    assert SECRET not in "".join(capfd.readouterr())


def test_a_command_that_hangs_is_stopped_with_all_that_it_started(monkeypatch, tmp_path):
    """After its time the command and its children are gone."""
    monkeypatch.setattr(operator_command, "LONGEST_SECONDS", 0.5)
    os.mkfifo(tmp_path / "line")
    line = os.open(tmp_path / "line", os.O_RDONLY | os.O_NONBLOCK)
    assert run_operator_command(f"sleep 1000 > {tmp_path / 'line'} & wait", "news").startswith("was stopped")
    # The line ends when the last process that can write to it is gone.
    os.set_blocking(line, True)
    assert os.read(line, 1) == b""
    os.close(line)


def test_the_command_writes_beside_the_document(warehouse, capfd):
    """What the command prints goes to standard error: standard output may be one JSON document."""
    warehouse.serve(*make_five_members())
    sync_with(warehouse, "echo heard")
    assert capfd.readouterr() == ("", "heard\n")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"run_id": "x"}'])
def test_unreadable_memory_tells_nothing(warehouse, content):
    """Where it is not known what was told, nothing is told, and the sentence says which file to delete."""
    warehouse.serve(*make_five_members())
    sync_with(warehouse, "true")
    file = warehouse.folder / ".aclf" / "told.json"
    file.write_bytes(content)
    warehouse.serve(*make_five_members(make_member_study(6)))
    summary = sync_with(warehouse, "exit 9")
    assert summary["outcome"] == "published"
    assert f"{file} cannot be read" in summary["alert_failure"]


def test_a_fault_of_ours_does_not_harm_the_night(warehouse, monkeypatch):
    """Whatever goes wrong while news are made, the run is published, and a sentence says what happened."""
    warehouse.serve(*make_five_members())
    monkeypatch.setattr(alerts, "make_text", mock.Mock(side_effect=RuntimeError("a fault")))
    summary = sync_with(warehouse, "true", feed=str(warehouse.folder / "feed.xml"))
    assert (summary["outcome"], summary["feed_failure"]) == ("published", None)
    assert "RuntimeError: a fault" in summary["alert_failure"]
    monkeypatch.undo()
    assert sync_with(warehouse, "true")["news_told"] == 1
