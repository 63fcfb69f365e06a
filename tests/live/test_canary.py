"""`make test-live` finds the sample as we take the registry, in fewer than 20 requests, and says what is otherwise."""

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


def sung(target, *arguments):
    """How the canary ends against a registry, and what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(
        [*CANARY, *arguments],
        cwd=ROOT,
        env=environment | {"ACLF_LIVE_REGISTRY": target},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_the_sample_is_as_we_take_the_registry():
    """Every assumption holds of the sample, and is tried with fewer than 20 requests."""
    code, out = sung("sample")
    assert code == 0, out
    assert " passed" in out
    assert " skipped" not in out
    (requests,) = re.findall(r"^(\d+) requests to http://127", out, re.MULTILINE)
    assert 10 < int(requests) < 20


@pytest.mark.slow
def test_what_is_otherwise_is_named_with_its_place():
    """A key and a code that we do not know fail the canary, each with the place in the code that would change."""
    study = with_value(make_member_study(1), "protocolSection.designModule", {"phases": ["PHASE9"], "newKey": 1})
    study = with_value(study, "protocolSection.conditionsModule.conditions", ["ACLF", "Acute-On-Chronic Liver Failure"])
    with RegistryServer(make_contents(study)) as server:
        code, out = sung(server.url, "-k", "records or counted")
    assert code == 1
    assert "protocolSection.designModule.newKey" in out
    assert "Change transform.fields:load_fields." in out
    assert "it counts 1. Change extract.client.api:TOTAL_COUNT." in out


def test_without_a_network_it_says_so():
    """Where the registry cannot be reached, all is skipped and the reason told."""
    code, out = sung("http://127.0.0.1:9/api/v2")
    assert code == 0, out
    assert re.search(r"14 skipped", out)
    assert "http://127.0.0.1:9/api/v2 cannot be reached (ConnectionError)" in out
