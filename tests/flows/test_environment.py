"""A direct run needs no Prefect server, and a flow run names the address that it tried."""

from __future__ import annotations

import pytest

NO_SERVER = "http://127.0.0.1:9/api"
SEED = "NCT03863002"


@pytest.mark.quick(1)
@pytest.mark.fault(60)
@pytest.mark.parametrize("command", [["sync"], ["backfill", SEED]], ids=["sync", "backfill"])
def test_a_direct_run_needs_no_server(aclf, command):
    """`--direct` publishes although the configured server is down."""
    ended = aclf(*command, "--direct", "--json", PREFECT_API_URL=NO_SERVER)
    assert (ended.code, ended.err, ended.document["outcome"]) == (0, "", "published")


@pytest.mark.quick(1)
@pytest.mark.fault(60)
@pytest.mark.parametrize("command", [["sync"], ["backfill", SEED]], ids=["sync", "backfill"])
def test_a_flow_run_names_the_address_that_it_tried(synced_aclf, registry, command):
    """With the server down, a flow run ends in one sentence: the address, what still stands, and `--direct`."""
    before = synced_aclf.published()
    ended = synced_aclf(*command, "--json", PREFECT_API_URL=NO_SERVER)
    assert (ended.code, ended.document["outcome"]) == (1, "failed")
    assert ended.err == f"aclf: {ended.document['message']}\n"
    assert ended.err.startswith(f"aclf: Prefect's API at {NO_SERVER} cannot be reached; nothing was published and ")
    assert "or run the command with --direct" in ended.err
    assert (synced_aclf.published(), registry.requests) == (before, [])


@pytest.mark.fault(60)
def test_a_flow_run_without_any_server_says_so(synced_aclf, registry):
    """With no address, and with Prefect's own server forbidden, the sentence quotes Prefect."""
    ended = synced_aclf("sync", "--orchestrate", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false")
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "No Prefect API URL provided" in ended.err
    assert "or run the command with --direct" in ended.err
    assert registry.requests == []
