"""A failure on the way to the registry is retried, and then explained with the settings to check."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from extract.client.registry import Registry
from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryRefused, RegistryUnreachable
from tests.support.clock import Clock
from tests.support.raw_server import serve_clients

HINT = "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later"


def read_final_message(base_url):
    """Return what happened, in the words of a client that asks an address until it gives up."""
    clock = Clock()
    registry = Registry(base_url, requests_per_second=None, patience=120, sleep=clock.sleep, clock=clock)
    with registry, pytest.raises(RegistryUnreachable) as caught:
        registry.fetch_version()
    assert registry.requests_sent == MAX_ATTEMPTS
    message = str(caught.value)
    assert message.isprintable()
    assert message.endswith(f"; nothing was published and the warehouse is as it was; {HINT}.")
    return caught.value.happened


@pytest.fixture
def _no_proxy(monkeypatch):
    """Remove every proxy from the environment."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.fault(59)
@pytest.mark.usefixtures("_no_proxy")
def test_an_unknown_host_is_named(monkeypatch):
    """If the name server does not know the host, the message says so and names the host."""

    def fail_to_resolve(host, *_args, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail_to_resolve)
    happened = read_final_message("https://registry.invalid/api/v2")
    assert "Failed to resolve 'registry.invalid'" in happened
    assert "Name or service not known" in happened


@pytest.mark.fault(59)
@pytest.mark.usefixtures("_no_proxy")
def test_a_proxy_that_does_not_answer_is_named(monkeypatch):
    """If nobody listens at the proxy's address, the message names the proxy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    happened = read_final_message("https://registry.example/api/v2")
    assert f"no connection through the proxy: HTTPSConnection(host='127.0.0.1', port={port})" in happened
    assert "Connection refused" in happened


def make_untrusted_tls(folder, *, ends_in=timedelta(days=1)):
    """Make a TLS context with a certificate that no authority has signed, and its file `certificate.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + ends_in)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.fault(59)
def test_an_untrusted_certificate_is_refused(tmp_path):
    """The client does not talk to a server whose certificate it cannot verify, and the message says why."""
    context = make_untrusted_tls(tmp_path)

    def greet(client):
        with suppress(OSError):  # the client does not trust the certificate, and leaves
            context.wrap_socket(client, server_side=True).close()

    with serve_clients(greet) as port:
        assert "CERTIFICATE_VERIFY_FAILED" in read_final_message(f"https://127.0.0.1:{port}/api/v2")


@pytest.mark.fault(45, 59)
def test_an_expired_certificate_may_be_the_clock(tmp_path, monkeypatch):
    """Where a certificate seems to have expired, the next step is the clock of this machine."""
    context = make_untrusted_tls(tmp_path, ends_in=timedelta(days=-1))
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "certificate.pem"))

    def greet(client):
        with suppress(OSError):  # the client does not trust the certificate, and leaves
            context.wrap_socket(client, server_side=True).close()

    clock = Clock()
    with serve_clients(greet) as port:
        address = f"https://127.0.0.1:{port}/api/v2"
        registry = Registry(address, requests_per_second=None, patience=120, sleep=clock.sleep, clock=clock)
        with registry, pytest.raises(RegistryUnreachable, match="certificate has expired") as caught:
            registry.fetch_version()
    assert caught.value.next_step == "check this machine's clock and run the command again"


@pytest.mark.fault(59)
def test_a_server_without_tls_is_refused():
    """If the server at an https address does not speak TLS, the message says so."""

    def greet(client):
        client.recv(1 << 16)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serve_clients(greet) as port:
        happened = read_final_message(f"https://127.0.0.1:{port}/api/v2")
    assert "no connection" in happened
    assert "SSL" in happened


@pytest.mark.parametrize("wrong", ["", "/api", "/api/v1"])
def test_an_address_without_the_api_is_refused(registry, wrong):
    """If the server is right and the path is wrong, the first answer ends the request; the message names --registry."""
    address = registry.url.removesuffix("/api/v2") + wrong
    with (
        Registry(address, requests_per_second=None, patience=120) as client,
        pytest.raises(RegistryRefused) as caught,
    ):
        client.fetch_version()
    assert client.requests_sent == 1
    assert str(caught.value) == (
        f"there is nothing at {address}/version (HTTP 404); nothing was published and the warehouse is as it was; "
        "check --registry (the live service is at https://clinicaltrials.gov/api/v2)."
    )
