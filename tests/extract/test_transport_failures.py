"""What fails before the registry is even reached is tried again, and then explained with a hint where to look."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from extract.client.registry import Registry
from extract.client.transport import MAX_ATTEMPTS
from extract.errors import RegistryRefused, RegistryUnreachable
from tests.support.clock import Clock

HINT = "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later"


def given_up(base_url):
    """The sentence of a client that asks an address until it gives up."""
    clock = Clock()
    registry = Registry(base_url, requests_per_second=None, patience=120, sleep=clock.sleep, clock=clock)
    with registry, pytest.raises(RegistryUnreachable) as caught:
        registry.version()
    assert registry.requests_sent == MAX_ATTEMPTS
    message = str(caught.value)
    assert message.isprintable()
    assert message.endswith(f"; nothing was published and the warehouse is as it was; {HINT}.")
    return caught.value.happened


@pytest.fixture
def _no_proxy(monkeypatch):
    """An environment without a proxy."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.fault(59)
@pytest.mark.usefixtures("_no_proxy")
def test_a_name_that_nobody_knows(monkeypatch):
    """Where the name server knows no such host, the sentence says so, and names the host."""

    def unknown(host, *_args, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    happened = given_up("https://registry.invalid/api/v2")
    assert "Failed to resolve 'registry.invalid'" in happened
    assert "Name or service not known" in happened


@pytest.mark.fault(59)
@pytest.mark.usefixtures("_no_proxy")
def test_a_proxy_that_is_not_there(monkeypatch):
    """A proxy that nobody serves is named as what failed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    happened = given_up("https://registry.example/api/v2")
    assert f"no way through the proxy: HTTPSConnection(host='127.0.0.1', port={port})" in happened
    assert "Connection refused" in happened


@contextmanager
def greeting(greet):
    """A server on loopback that meets each client so; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def meet():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:  # the test is over
                    return
                with client:
                    greet(client)

        Thread(target=meet, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def nobodys_certificate(folder):
    """TLS under a certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
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
def test_a_certificate_that_nobody_signed(tmp_path):
    """A server whose certificate cannot be verified is not spoken to, and the sentence says why."""
    context = nobodys_certificate(tmp_path)

    def greet(client):
        with suppress(OSError):  # the client does not trust the certificate, and leaves
            context.wrap_socket(client, server_side=True).close()

    with greeting(greet) as port:
        assert "CERTIFICATE_VERIFY_FAILED" in given_up(f"https://127.0.0.1:{port}/api/v2")


@pytest.mark.fault(59)
def test_a_server_without_tls():
    """A server that does not speak TLS where https was asked for is told as that."""

    def greet(client):
        client.recv(1 << 16)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with greeting(greet) as port:
        happened = given_up(f"https://127.0.0.1:{port}/api/v2")
    assert "no connection" in happened
    assert "SSL" in happened


@pytest.mark.parametrize("wrong", ["", "/api", "/api/v1"])
def test_an_address_with_no_api_behind_it(registry, wrong):
    """Where the server is right and the path is not, the first answer tells, and the sentence names --registry."""
    address = registry.url.removesuffix("/api/v2") + wrong
    with (
        Registry(address, requests_per_second=None, patience=120) as client,
        pytest.raises(RegistryRefused) as caught,
    ):
        client.version()
    assert client.requests_sent == 1
    assert str(caught.value) == (
        f"there is nothing at {address}/version (HTTP 404); nothing was published and the warehouse is as it was; "
        "check --registry, which the live service has as https://clinicaltrials.gov/api/v2."
    )
