"""Where the pages listen is the operator's choice, and what cannot be is refused before anything starts."""

from __future__ import annotations

import pytest

from extract.errors import BadSetting
from flows.schedule.pages_address import PagesSettings, get_address, listen


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:PORT"),
        ("::1", None, "http://[::1]:PORT"),
        ("localhost", None, "http://localhost:PORT"),
        ("0.0.0.0", None, "http://127.0.0.1:PORT"),
        ("127.0.0.1", "https://trials.example.org/", "https://trials.example.org"),
    ],
)
def test_the_address_is_one_that_a_browser_opens(host, address, expected):
    """It has the port that was taken, or is what the operator says."""
    settings = PagesSettings(host, 0, address)
    with listen(settings) as listener:
        assert get_address(settings, listener) == expected.replace("PORT", str(listener.getsockname()[1]))


def test_a_port_that_is_taken_is_refused(registry):
    """The sentence names the address and what to do."""
    port = int(registry.url.split(":")[2].split("/")[0])
    with (
        pytest.raises(BadSetting, match=f"already answers at 127.0.0.1:{port}") as refused,
        listen(PagesSettings("127.0.0.1", port)),
    ):
        pass
    assert "--port" in refused.value.next_step


def test_a_host_that_is_not_of_this_machine_is_refused():
    """An address of another machine cannot be listened at."""
    with pytest.raises(BadSetting, match=r"cannot listen at 192\.0\.2\.1:0"), listen(PagesSettings("192.0.2.1", 0)):
        pass


@pytest.mark.parametrize(
    "address", ["trials.example.org", "ftp://x.example", "https://", "http://x.example/path", "http://[", "http://x?y"]
)
def test_an_address_that_is_none_is_refused(address):
    """Links to it would lead nowhere."""
    with pytest.raises(BadSetting, match="the address of the pages"):
        PagesSettings("127.0.0.1", 0, address)


def test_only_on_loopback_the_names_are_known():
    """Who listens for others is reached under names that this program does not know."""
    assert PagesSettings("127.0.0.1", 0).names == {"127.0.0.1", "localhost", "::1"}
    assert PagesSettings("0.0.0.0", 0).names is None
    assert PagesSettings("127.0.0.1", 0, "https://trials.example.org/").origins == ("https://trials.example.org",)
