"""The client identifies itself, keeps its pace, counts its requests and uses only addresses that are allowed."""

from __future__ import annotations

import itertools

import pytest

from extract.client import api
from extract.client.address import check_address, get_default_rate
from extract.client.registry import Registry
from extract.errors import BadSetting
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.clock import Clock
from tests.support.made_studies import NIGHT, make_contents, make_study

CONTENTS = make_contents(make_study(1))


def test_the_client_identifies_itself():
    """The User-Agent names this program and its HTTP library; the client accepts JSON and gzip."""
    with (
        RegistryServer(CONTENTS, compress=True) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
    ):
        registry.fetch_version()
        headers = server.requests[0].headers
    agent = headers["User-Agent"]
    assert agent.startswith("aclf-trials/0.")
    assert "(+python-requests/2." in agent
    assert "Mozilla" not in agent
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Encoding"] == "gzip"


def test_requests_keep_the_pace():
    """At two a second, all requests and retries begin at least half a second apart."""
    clock, started_at = Clock(), []

    def answer(handler):
        started_at.append(clock.now)
        handler.reply(handler.make_registry_answer())

    def ask_to_wait(handler):
        started_at.append(clock.now)
        faults.status(429, headers={"Retry-After": "0"})(handler)

    with (
        RegistryServer(CONTENTS, faults=[answer, ask_to_wait, ask_to_wait, answer, answer]) as server,
        Registry(server.url, requests_per_second=2, patience=60, sleep=clock.sleep, clock=clock) as registry,
    ):
        registry.fetch_version()
        registry.fetch_study(NctId("NCT00000001"))
        registry.fetch_studies([NctId("NCT00000001")])
    assert [after - before for before, after in itertools.pairwise(started_at)] == [0.5] * 4


def test_elapsed_time_counts_for_the_pace():
    """A client that was busy for longer than the pace demands sends its next request at once."""
    clock = Clock()
    with (
        RegistryServer(CONTENTS) as server,
        Registry(server.url, requests_per_second=1, patience=60, sleep=clock.sleep, clock=clock) as registry,
    ):
        registry.fetch_version()
        clock.now += 5
        registry.fetch_version()
        assert clock.slept == []


def test_there_is_no_wait_without_a_limit():
    """On loopback a hundred requests need no wait."""
    clock = Clock()
    with (
        RegistryServer(CONTENTS) as server,
        Registry(
            server.url,
            requests_per_second=get_default_rate(server.url),
            patience=60,
            sleep=clock.sleep,
            clock=clock,
        ) as registry,
    ):
        for _ in range(100):
            registry.fetch_version()
        assert clock.slept == []
        assert registry.requests_sent == len(server.requests) == 100


@pytest.mark.parametrize(
    ("base_url", "rate"),
    [
        (api.BASE_URL, 1.0),
        ("https://registry.example", 1.0),
        ("http://127.0.0.1:8000/api/v2", None),
        ("http://127.9.9.9/api/v2", None),
        ("http://localhost:8000", None),
        ("http://[::1]:8000", None),
        ("https://127.0.0.1.example.com", 1.0),
        ("https://localhost.example.com", 1.0),
        ("https://10.0.0.1", 1.0),
    ],
)
def test_other_machines_are_asked_once_a_second(base_url, rate):
    """The client asks the live service, or any other machine, once a second, and this machine without a limit."""
    assert check_address(base_url) == base_url
    assert get_default_rate(base_url) == rate


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "clinicaltrials.gov/api/v2",
        "ftp://clinicaltrials.gov/api/v2",
        "file:///etc/passwd",
        "https://",
        "https:///api/v2",
        "http://clinicaltrials.gov/api/v2",
        "http://10.0.0.1/api/v2",
        "http://127.0.0.1.example.com/api/v2",
        "http://localhost@registry.example/api/v2",
        "https://user:secret@clinicaltrials.gov/api/v2",
        "https://clinicaltrials.gov/api/v2?x=1",
        "https://clinicaltrials.gov/api/v2?",
        "https://clinicaltrials.gov/api/v2#",
        "https://clinicaltrials.gov/api/v2\r\nHost: elsewhere",
        "https://clinicaltrials.gov/api/v2\n",
        "https://clinicaltrials.gov/api\t/v2",
        " https://clinicaltrials.gov/api/v2",
        "https://clinicaltrials.gov\\@elsewhere.example",
        "https://clinicaltrials.gov:port",
        "https://clinicaltrials.gov:99999",
        "https://[::1",
        "https://clinicaltriаls.gov/api/v2",
    ],
)
def test_an_unsafe_address_is_refused(base_url):
    """Other schemes, plain http to another machine, passwords, queries and line breaks are refused."""
    with pytest.raises(BadSetting) as caught:
        Registry(base_url, requests_per_second=1, patience=60)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_address_may_end_with_a_slash():
    """The base URL may be written with a slash at its end."""
    with (
        RegistryServer(CONTENTS) as server,
        Registry(server.url + "/", requests_per_second=None, patience=20) as registry,
    ):
        assert registry.fetch_version().data_timestamp == NIGHT


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_an_impossible_rate_or_patience_is_refused(wrong):
    """Zero, negative and infinite values of rate and patience are refused."""
    with pytest.raises(BadSetting, match="rate"):
        Registry(api.BASE_URL, requests_per_second=wrong, patience=60)
    with pytest.raises(BadSetting, match="patience"):
        Registry(api.BASE_URL, requests_per_second=1, patience=wrong)


def test_a_registry_on_this_machine_is_reached_without_a_proxy(monkeypatch):
    """With a proxy in the environment, a registry on loopback is still reached directly."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with (
        RegistryServer(CONTENTS) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
    ):
        assert registry.fetch_version().data_timestamp == NIGHT


def test_another_machine_is_reached_through_the_proxy(monkeypatch):
    """With a proxy in the environment, another machine is reached through it, and only through it."""
    with RegistryServer(CONTENTS) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.removesuffix("/api/v2"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        clock = Clock()
        with (
            Registry(
                "https://registry.example/api/v2",
                requests_per_second=None,
                patience=20,
                sleep=clock.sleep,
                clock=clock,
            ) as registry,
            pytest.raises(Exception, match="Tunnel connection failed: 501"),
        ):
            registry.fetch_version()
