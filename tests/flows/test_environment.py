"""A direct run needs no Prefect server, and a flow run names the address that it tried."""

from __future__ import annotations

import httpx
import pytest
from requests.utils import should_bypass_proxies

from flows.orchestration.environment import format_no_proxy

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


@pytest.mark.parametrize(
    ("current", "kept"),
    [
        ("", ""),
        ("example.org,.intern.example.org, 10.1.2.3", "example.org,.intern.example.org,10.1.2.3,"),
        ("10.0.0.0/8,fd00::1", "10.0.0.0/8,fd00::1,"),
        ("host:8080,*", "host:8080,*,"),
        ("[::1],fe80::/10,[fd00::1]:80,a b,http://x,*.example.org,ex*mple,;,\u00e9,,127.0.0.1", ""),
    ],
)
def test_this_machine_is_left_out_of_proxies(monkeypatch, current, kept):
    """Whatever NO_PROXY holds, both clients start, and ask this machine directly; what they understand is kept."""
    formatted = format_no_proxy(current)
    assert formatted == f"{kept}127.0.0.1,localhost,::1"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, formatted)
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    with httpx.Client() as client:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            proxies = [
                transport
                for pattern, transport in client._mounts.items()
                if pattern.matches(httpx.URL(f"http://{host}"))
            ]
            assert proxies == [] or proxies[0] is None
    assert should_bypass_proxies("http://127.0.0.1:4200/api", None)


@pytest.mark.slow
def test_a_company_machine_needs_no_settings(aclf):
    """With a proxy, odd entries in NO_PROXY and no home folder, a sync starts its own server and publishes."""
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    run = aclf("sync", "--json", **proxy, NO_PROXY="[::1],fe80::/10,10.0.0.0/8", HOME="/dev/null", PREFECT_HOME="")
    assert (run.code, run.err, run.document["inserted"]) == (0, "", 73)
    assert (aclf.folder / ".aclf" / "prefect" / "prefect.db").exists()
