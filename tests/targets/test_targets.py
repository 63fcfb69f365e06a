"""A run publishes to its targets after the file; a target that fails is told, and changes nothing else of the run."""

# ruff: noqa: PLC0415 - Prefect reads its settings at its import, which takes seconds

from __future__ import annotations

import json
import logging
from dataclasses import asdict

import pytest

from extract.printable import hide_passwords
from flows.settings import HANDED_OVER, Settings
from tests.support.command_line import CommandLine
from tests.support.database_server import PASSWORD
from tests.support.prefect_server import open_prefect_server
from tests.support.warehouses import make_five_members, make_member_study, with_value

NOWHERE = "postgresql://aact@127.0.0.1:9/nowhere"
IMPOSSIBLE_DATE = with_value(
    make_member_study(7), "protocolSection.statusModule.startDateStruct", {"date": "2024-02-30"}
)
PUBLISHED, SET_ASIDE = 0, 3


@pytest.fixture
def aclf(warehouse) -> CommandLine:
    """Return the command line in the folder of a warehouse, as a user has it who publishes to a database."""
    settings = {"ACLF_REGISTRY": warehouse.server.url, "ACLF_CONDITION_SET": "made.toml", "PGPASSWORD": PASSWORD}
    return CommandLine(warehouse.folder, **settings)


def test_a_target_that_fails_keeps_no_other_from_its_run(team_database, warehouse, aclf):
    """The other one is written, the sentence is on standard error, and the exit code is the data's."""
    warehouse.serve(*make_five_members())
    ended = aclf("sync", "--direct", "--json", "--publish-to", NOWHERE, "--publish-to", team_database.address)
    assert ended.code == PUBLISHED, ended
    failed, written = ended.document["targets"]
    assert (failed["target"], failed["run_id"], written["run_id"], written["failure"]) == (NOWHERE, None, 1, None)
    assert ended.err == f"aclf: {failed['failure']}\n"
    assert "the warehouse file is published, and the target is as it was" in failed["failure"]
    assert team_database.differs_from(warehouse) == {}


def test_the_exit_code_is_that_of_the_data(team_database, warehouse, aclf):
    """Something newly set aside ends with 3, whatever becomes of the targets; the summary names both."""
    warehouse.serve(*make_five_members(IMPOSSIBLE_DATE))
    targets = f"{team_database.address},{NOWHERE}"
    ended = aclf("sync", "--direct", ACLF_PUBLISH_TO=targets)
    assert ended.code == SET_ASIDE
    told = " ".join(ended.out.split())
    assert f"{hide_passwords(team_database.address)}: run 1, everything" in told
    assert "127.0.0.1:9/nowhere: failed" in told
    assert ended.err.count("Connection refused") == 1
    assert team_database.differs_from(warehouse) == {}
    # A night without news publishes to the targets too: one of them may have missed a run.
    ended = aclf("sync", "--direct", "--json", ACLF_PUBLISH_TO=targets)
    assert (ended.code, ended.document["outcome"]) == (PUBLISHED, "unchanged")
    held, failed = ended.document["targets"]
    assert (held["run_id"], held["previous_run"], held["rows"]) == (1, 1, 0)
    assert "Connection refused" in failed["failure"]


def test_a_backfill_publishes_too(team_database, warehouse, aclf):
    """The trial that somebody asked for is in the database as well."""
    warehouse.serve(*make_five_members())
    ended = aclf("backfill", "NCT00000003", "--direct", "--json", "--publish-to", team_database.address)
    assert (ended.code, [target["rows"] > 0 for target in ended.document["targets"]]) == (PUBLISHED, [True])
    assert team_database.fetch("select nct_id from main.trials") == [("NCT00000003",)]
    assert team_database.differs_from(warehouse) == {}


def test_a_run_that_fails_publishes_nowhere(team_database, warehouse, aclf):
    """Without a published file there is nothing to publish, and the failure is the run's alone."""
    warehouse.serve()
    ended = aclf("sync", "--direct", "--json", "--publish-to", team_database.address)
    assert ended.code == 1
    assert ended.document.get("targets", []) == []
    assert team_database.fetch("select to_regclass('ops.target')") == [(None,)]


@pytest.fixture(scope="module")
def prefect(tmp_path_factory):
    """One Prefect server for the tests of this file that need one."""
    with open_prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.mark.flow
@pytest.mark.timeout(240)
def test_a_flow_run_tells_of_its_targets(prefect, team_database, warehouse, monkeypatch):
    """Its artifact names each target; one that fails is an error in the log of a run that is completed."""
    from flows.sync import sync

    warehouse.serve(*make_five_members())
    settings = Settings(
        warehouse=str(warehouse.path),
        registry=warehouse.server.url,
        condition_sets=[str(warehouse.folder / "made.toml")],
        publish_to=[team_database.address, NOWHERE],
    )
    monkeypatch.setenv(HANDED_OVER, json.dumps(asdict(settings)))
    written, failed = sync()["targets"]
    assert (written["run_id"], failed["run_id"]) == (1, None)
    flow_run = prefect.last_flow_run()
    assert flow_run["state_name"] == "Completed"
    summary = prefect.artifacts(flow_run)["summary"]["data"]
    assert "| also published to |" in summary
    assert "127.0.0.1:9/nowhere: failed" in summary
    errors = [line["message"] for line in prefect.read_log(flow_run) if line["level"] == logging.ERROR]
    assert errors == [failed["failure"]]
    assert team_database.differs_from(warehouse) == {}
