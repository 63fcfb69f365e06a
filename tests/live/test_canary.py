"""The tests of `make test-live` pass with the sample in fewer than 20 requests, and name what a registry changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from extract.sample.server import RegistryServer
from tests.support.folders import ROOT
from tests.support.made_studies import make_contents
from tests.support.warehouses import make_member_study, with_value

CANARY = [sys.executable, "-m", "pytest", "-m", "live", "-rs", "-s", "-p", "no:xdist", "tests/live"]


def run_canary(target, *arguments):
    """Run the tests of `make test-live` against a registry; return their exit code and their output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(
        [*CANARY, *arguments],
        cwd=ROOT,
        env=environment | {"ACLF_LIVE_REGISTRY": target},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout


def test_every_assumption_holds_for_the_sample():
    """Every assumption about the registry holds for the sample, and fewer than 20 requests test them."""
    code, out = run_canary("sample")
    assert code == 0, out
    assert " passed" in out
    assert " skipped" not in out
    (requests,) = re.findall(r"^(\d+) requests to http://127", out, re.MULTILINE)
    assert 10 < int(requests) < 20


@pytest.mark.slow
def test_a_changed_registry_is_reported_with_the_code_to_change():
    """An unknown key and an unknown code fail the canary; each message names the part of the code to change."""
    study = with_value(make_member_study(1), "protocolSection.designModule", {"phases": ["PHASE9"], "newKey": 1})
    study = with_value(study, "protocolSection.conditionsModule.conditions", ["ACLF", "Acute-On-Chronic Liver Failure"])
    with RegistryServer(make_contents(study)) as server:
        code, out = run_canary(server.url, "-k", "records or counted")
    assert code == 1
    assert "protocolSection.designModule.newKey" in out
    assert "Change transform.fields:load_fields." in out
    assert "it counts 1. Change extract.client.api:TOTAL_COUNT." in out


def test_without_a_network_the_canary_is_skipped():
    """Where the registry cannot be reached, all tests are skipped with the reason."""
    code, out = run_canary("http://127.0.0.1:9/api/v2")
    assert code == 0, out
    assert re.search(r"16 skipped", out)
    assert "http://127.0.0.1:9/api/v2 cannot be reached (ConnectionError)" in out
