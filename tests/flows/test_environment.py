"""Without a Prefect server a direct run goes on; a flow run says which address it tried."""

from __future__ import annotations

import pytest

NOBODY = "http://127.0.0.1:9/api"
SEED = "NCT03863002"


@pytest.mark.quick(1)
@pytest.mark.fault(60)
@pytest.mark.parametrize("command", [["sync"], ["backfill", SEED]], ids=["sync", "backfill"])
def test_a_direct_run_needs_no_server(aclf, command):
    """With a server configured that is not there, `--direct` publishes."""
    ended = aclf(*command, "--direct", "--json", PREFECT_API_URL=NOBODY)
    assert (ended.code, ended.err, ended.document["outcome"]) == (0, "", "published")


@pytest.mark.quick(1)
@pytest.mark.fault(60)
@pytest.mark.parametrize("command", [["sync"], ["backfill", SEED]], ids=["sync", "backfill"])
def test_a_flow_run_names_the_address_that_it_tried(held, registry, command):
    """With the server down a flow run ends in one sentence: the address, what still stands, and the way without it."""
    before = held.published()
    ended = held(*command, "--json", PREFECT_API_URL=NOBODY)
    assert (ended.code, ended.document["outcome"]) == (1, "failed")
    assert ended.err == f"aclf: {ended.document['message']}\n"
    assert ended.err.startswith(f"aclf: Prefect's API at {NOBODY} cannot be reached; nothing was published and ")
    assert "or run the command with --direct" in ended.err
    assert (held.published(), registry.requests) == (before, [])


@pytest.mark.fault(60)
def test_a_flow_run_without_any_server_says_so(held, registry):
    """With no address and Prefect's own server forbidden, Prefect's words are told in the sentence."""
    ended = held("sync", "--orchestrate", PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false")
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "No Prefect API URL provided" in ended.err
    assert "or run the command with --direct" in ended.err
    assert registry.requests == []
