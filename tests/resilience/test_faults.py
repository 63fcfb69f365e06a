"""Each fault of `tests.support.faults` breaks a reply in the way it says, and the registry goes on after it."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
import requests

from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.made_studies import make_contents, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extract.sample.server import Fault, RegistryHandler


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """Yield a registry of one study."""
    with RegistryServer(make_contents(make_study(1))) as server:
        yield server


def get(registry: RegistryServer, fault: Fault | None = None, timeout: float = 10) -> requests.Response:
    registry.faults.append(fault)
    return requests.get(f"{registry.url}/studies", allow_redirects=False, timeout=timeout)


def test_faults_come_in_their_order_and_then_no_more(registry: RegistryServer) -> None:
    """Each request takes the first fault of the queue; None lets a request through, and so does an empty queue."""
    registry.faults.extend([faults.status(503), None, faults.status(429)])
    with requests.Session() as session:
        codes = [session.get(f"{registry.url}/version", timeout=10).status_code for _ in range(4)]
    assert codes == [503, 200, 429, 200]
    assert len(registry.requests) == 4


def test_a_status_comes_with_its_text_and_headers(registry: RegistryServer) -> None:
    """`status` answers a code with plain text and the given headers, even a code that HTTP does not name."""
    reply = get(registry, faults.status(429, "slow down", {"Retry-After": "7"}))
    assert (reply.status_code, reply.text, reply.headers["Retry-After"]) == (429, "slow down", "7")
    assert get(registry, faults.status(599)).status_code == 599


def test_a_maintenance_page_is_html(registry: RegistryServer) -> None:
    """`html` answers 200 with a page that is not JSON."""
    reply = get(registry, faults.html())
    assert (reply.status_code, reply.headers["Content-Type"], reply.text[:6]) == (200, "text/html", "<html>")


def test_json_of_another_shape_is_sound_json(registry: RegistryServer) -> None:
    """`json` answers any JSON value."""
    assert get(registry, faults.json({"studies": None})).json() == {"studies": None}


def test_a_redirect_names_its_target(registry: RegistryServer) -> None:
    """`redirect` answers the given code and location."""
    reply = get(registry, faults.redirect("http://169.254.169.254/", 302))
    assert (reply.status_code, reply.headers["Location"]) == (302, "http://169.254.169.254/")


def test_an_edited_answer_has_its_right_length(registry: RegistryServer) -> None:
    """`edited_answer` changes the registry's own body and announces the new length."""
    reply = get(registry, faults.edited_answer(lambda body: body.replace(b"A trial", b"\xff")))
    assert reply.content == get(registry).content.replace(b"A trial", b"\xff")


def test_cut_json_looks_whole_to_http(registry: RegistryServer) -> None:
    """`cut_json` arrives without a transport error, but does not parse."""
    reply = get(registry, faults.cut_json())
    assert reply.status_code == 200
    assert "Content-Length" not in reply.headers
    assert get(registry).content.startswith(reply.content)
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


@pytest.mark.parametrize("fault", [faults.short_body, faults.cut_chunked, faults.reset_mid_body])
def test_a_body_that_breaks_off_is_a_transport_error(registry: RegistryServer, fault: type) -> None:
    """A short body, cut chunks and a reset each end the reading of the body with an error."""
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        get(registry, fault())
    assert get(registry).status_code == 200


def test_a_reset_is_not_an_orderly_end(registry: RegistryServer) -> None:
    """`reset_mid_body` ends in the operating system's error for a reset connection."""
    with pytest.raises(requests.RequestException) as caught:
        get(registry, faults.reset_mid_body())
    assert "ConnectionResetError" in repr(caught.value)


def test_raw_bytes_are_all_that_is_written(registry: RegistryServer) -> None:
    """`raw_bytes` writes only the given bytes; without bytes it closes the connection without an answer."""
    with pytest.raises(requests.ConnectionError):
        get(registry, faults.raw_bytes(b""))
    assert get(registry, faults.raw_bytes(b"HTTP/1.1 204 No Content\r\n\r\n")).status_code == 204


def test_a_drip_never_trips_a_read_timeout(registry: RegistryServer) -> None:
    """`drip` sends one byte at a time, each well within the time-out for one read."""
    reply = get(registry, faults.drip(0.0005), timeout=5)
    assert reply.content == get(registry).content


def test_a_drip_ends_when_its_time_is_over(registry: RegistryServer) -> None:
    """`drip` stops after its longest time, in the middle of the body that it announced."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(registry, faults.drip(0.001, longest=0.01))


def test_a_stall_ends_with_its_event(registry: RegistryServer) -> None:
    """`stall_until` sends nothing until its event is set, and then answers as usual."""
    event = threading.Event()
    with pytest.raises(requests.ReadTimeout):
        get(registry, faults.stall_until(event), timeout=0.05)
    event.set()
    assert get(registry, faults.stall_until(event)).status_code == 200


@pytest.mark.parametrize("fault", [faults.drip(60), faults.stall_until(threading.Event())])
def test_a_server_that_closes_ends_its_faults(fault: Fault) -> None:
    """Closing the server ends a fault that would go on for a minute."""
    begun, ended = threading.Event(), threading.Event()

    def note_fault(handler: RegistryHandler) -> None:
        begun.set()
        fault(handler)
        ended.set()

    with RegistryServer(make_contents(make_study(1)), faults=[note_fault]) as server:
        with socket.create_connection(server.server_address) as client:
            client.sendall(b"GET /api/v2/studies HTTP/1.1\r\n\r\n")
            assert begun.wait(10)
        assert not ended.is_set()
    assert ended.wait(10)
