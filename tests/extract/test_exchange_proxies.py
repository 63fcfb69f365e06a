"""A proxy that refuses is asked once, and the message says what to correct without the proxy's password."""

from __future__ import annotations

import importlib.util
import socket
from contextlib import contextmanager

import pytest

from extract.client import exchange
from extract.client.registry import Registry
from extract.client.transport import MAX_ATTEMPTS
from extract.errors import BadSetting, ProxyRefused, RegistryUnreachable
from tests.support.clock import Clock
from tests.support.raw_server import serve_clients

PASSWORD = "last-month"
REGISTRY = "https://registry.invalid/api/v2"
LOGIN_STEP = "correct the user name and password in HTTPS_PROXY"
ALLOW_STEP = "ask who runs the proxy to allow the registry"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Remove every proxy from the environment."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def serve_proxy(*answers):
    """Run a proxy that gives each client these answers, one for each message; yield its port and its clients."""
    clients = []

    def greet(client):
        clients.append([])
        for answer in answers:
            clients[-1].append(client.recv(1 << 16))
            client.sendall(answer)

    with serve_clients(greet) as port:
        yield port, clients


def make_http_answer(status, phrase="A phrase"):
    return f"HTTP/1.1 {status} {phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def ask_through(monkeypatch, proxy, variable="https_proxy"):
    """Ask a registry through a proxy; return the error that ends the request, and how often it was sent."""
    monkeypatch.setenv(variable, proxy)
    clock = Clock()
    registry = Registry(REGISTRY, requests_per_second=None, patience=120, sleep=clock.sleep, clock=clock)
    with registry, pytest.raises((ProxyRefused, RegistryUnreachable)) as caught:
        registry.fetch_version()
    assert PASSWORD not in str(caught.value)
    return caught.value, registry.requests_sent


@pytest.mark.fault(59)
@pytest.mark.parametrize(
    ("status", "next_step"), [(407, LOGIN_STEP), (400, ALLOW_STEP), (403, ALLOW_STEP), (451, ALLOW_STEP)]
)
def test_a_proxy_that_refuses_is_asked_once(monkeypatch, status, next_step):
    """A refusal of CONNECT ends the request at once: a few wrong passwords lock an account in many companies."""
    with serve_proxy(make_http_answer(status)) as (port, clients):
        error, sent = ask_through(monkeypatch, f"http://anna:{PASSWORD}@127.0.0.1:{port}")
    assert isinstance(error, ProxyRefused)
    assert (sent, len(clients)) == (1, 1)
    assert f"Tunnel connection failed: {status}" in error.happened
    assert error.next_step.startswith(next_step)


@pytest.mark.fault(59)
@pytest.mark.parametrize("status", [408, 429, 502, 503])
def test_a_proxy_that_fails_is_asked_again(monkeypatch, status):
    """A failure of the proxy may pass, so the request is sent again, and the message has the status."""
    with serve_proxy(make_http_answer(status)) as (port, _):
        error, sent = ask_through(monkeypatch, f"http://anna:{PASSWORD}@127.0.0.1:{port}")
    assert isinstance(error, RegistryUnreachable)
    assert sent == MAX_ATTEMPTS
    assert f"no connection through the proxy: Tunnel connection failed: {status}" in error.happened


@pytest.mark.fault(59)
@pytest.mark.parametrize(
    ("scheme", "answers", "next_step"),
    [
        ("socks5h", [b"\x05\xff"], LOGIN_STEP),
        ("socks5h", [b"\x05\x02", b"\x01\x01"], LOGIN_STEP),
        ("socks5h", [b"\x05\x00", b"\x05\x02\x00\x01" + bytes(6)], ALLOW_STEP),
        ("socks4a", [b"\x00\x5b" + bytes(6)], ALLOW_STEP),
        ("socks4a", [b"\x00\x5d" + bytes(6)], LOGIN_STEP),
    ],
    ids=["no method", "password", "ruleset", "socks4", "socks4 user"],
)
def test_a_socks_proxy_that_refuses_is_asked_once(monkeypatch, scheme, answers, next_step):
    """The refusal of a SOCKS proxy ends the request at once too, in either variable."""
    pytest.importorskip("socks")
    with serve_proxy(*answers) as (port, _):
        error, sent = ask_through(monkeypatch, f"{scheme}://anna:{PASSWORD}@127.0.0.1:{port}", "all_proxy")
    assert isinstance(error, ProxyRefused)
    assert sent == 1
    assert error.next_step.startswith(next_step)


@pytest.mark.fault(59)
def test_an_unknown_proxy_is_named(monkeypatch):
    """If the name server does not know the proxy, the message has the name of the proxy's host."""

    def fail_to_resolve(host, *_args, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail_to_resolve)
    error, sent = ask_through(monkeypatch, f"http://anna:{PASSWORD}@proxy.invalid:3128")
    assert sent == MAX_ATTEMPTS
    assert "no connection through the proxy" in error.happened
    assert "Failed to resolve 'proxy.invalid'" in error.happened


@pytest.mark.parametrize(
    ("proxy", "problem"),
    [
        (f"http://anna:{PASSWORD}@:9", "in https_proxy does not have a host"),
        (f"http://anna:{PASSWORD}@", "in https_proxy does not have a host"),
        (f"http://anna:{PASSWORD}/x@127.0.0.1:9", "in https_proxy has a character"),
        (f"http://anna:12/{PASSWORD}@127.0.0.1:9", "in https_proxy has a character"),
        (f"http://anna:12?{PASSWORD}@127.0.0.1:9", "in https_proxy has a character"),
        (f"http://anna:12#{PASSWORD}@127.0.0.1:9", "in https_proxy has a character"),
        (f"http://anna:{PASSWORD}@127.0.0.1:port", "in https_proxy is not an address"),
        (f"ftp://anna:{PASSWORD}@127.0.0.1:9", "in https_proxy is of none of the kinds http, https, socks4"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_without_a_request(monkeypatch, proxy, problem):
    """The message names the variable and what is wrong, and repeats nothing of the address."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(BadSetting, match=problem) as refused:
        Registry(REGISTRY, requests_per_second=None, patience=1)
    assert PASSWORD not in str(refused.value)
    assert "anna" not in str(refused.value)


def test_a_socks_proxy_needs_its_package(monkeypatch):
    """Without PySocks the message names the package."""
    monkeypatch.setattr(exchange, "find_spec", lambda name: None if name == "socks" else importlib.util.find_spec(name))
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(BadSetting, match="names in all_proxy is a SOCKS proxy, which needs the package PySocks"):
        Registry(REGISTRY, requests_per_second=None, patience=1)


@pytest.mark.parametrize("hosts", ["registry.invalid", "::1,registry.invalid", ".invalid", "*"])
def test_a_proxy_that_is_not_used_is_not_refused(monkeypatch, hosts):
    """A registry that NO_PROXY names is asked directly, whatever the proxy is."""
    monkeypatch.setenv("https_proxy", "http://@")
    monkeypatch.setenv("no_proxy", hosts)
    Registry(REGISTRY, requests_per_second=None, patience=1).close()
