"""No password and no key is shown: not on a terminal, not in `ops.runs`, not in Prefect, not in a file."""

from __future__ import annotations

import pytest

from extract.client.address import check_address
from extract.errors import BadSetting

SECRET = "hunter2"

ADDRESSES = [
    f"https://user:{SECRET}@registry.example/api/v2",
    f"https://{SECRET}@registry.example/api/v2",
    f"http://user:{SECRET}@registry.example/api/v2",
    f"ftp://user:{SECRET}@registry.example",
    f"https://user:{SECRET}@registry.example:99999",
    f"https://user:{SECRET}@registry .example",
    f"https://user:{SECRET}@[::1",
    f"https://user:{SECRET}@",
    f"https:user:{SECRET}@registry.example",
    f"user:{SECRET}@registry.example",
    f"https://registry.example/api/v2?key={SECRET}",
    f"https://registry.example/api/v2#{SECRET}",
    f"ftp://registry.example/?key={SECRET}@x",
    f"\n?{SECRET}",
]
PROXIES = [
    f"http://user:{SECRET}@127.0.0.1:9",
    f"http://user:{SECRET}@127.0.0.1:port",
    f"http://user:{SECRET}@[::1",
    f"http://user:{SECRET}@",
    f"http://user:{SECRET}@:9",
    f"socks5://user:{SECRET}@127.0.0.1:9",
    f"nothing://user:{SECRET}@127.0.0.1:9",
    f"user:{SECRET}@127.0.0.1:9",
    *(
        f"http://user:{SECRET}{odd}{SECRET}@127.0.0.1:9"
        for odd in ("/", "#", "?", "@", ":", "[", "]", "\\", " ", "://", "€")
    ),
    f"http://user:12/{SECRET}@127.0.0.1:9",
    f"http://{SECRET}/x:y@127.0.0.1:9",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_may_hold_a_secret_is_not_repeated(address):
    """The message that refuses such an address does not show it, also if something else is wrong with the address."""
    with pytest.raises(BadSetting) as refused:
        check_address(address)
    assert SECRET not in str(refused.value)
    assert "not repeated" in str(refused.value)


@pytest.mark.quick(2)
@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxys_password_is_not_shown(aclf, proxy):
    """A sync whose proxy cannot be reached or read ends with one sentence, without the proxy's password."""
    arguments = ["sync", "--direct", "--registry", "https://registry.invalid/api/v2", "--patience", "0.2"]
    ended = aclf(*arguments, HTTPS_PROXY=proxy, https_proxy=proxy, NO_PROXY="", no_proxy="")
    assert ended.code in {1, 2}, ended
    assert ended.err.count("\n") == 1
    assert "proxy" in ended.err.lower()
    assert SECRET not in ended.out + ended.err
    assert not [file for file in aclf.folder.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]


@pytest.mark.quick(1)
@pytest.mark.parametrize("command", [["sync"], ["backfill", "--orchestrate", "NCT03863002"]], ids=["sync", "backfill"])
def test_prefects_password_and_key_are_not_shown(aclf, command):
    """Where Prefect's API cannot be reached, the message has neither the password in its address nor its key."""
    prefect = {"PREFECT_API_URL": f"http://user:{SECRET}@127.0.0.1:9/api", "PREFECT_API_KEY": f"pnu_{SECRET}"}
    ended = aclf(*command, **prefect)
    assert ended.code == 1
    assert "Prefect's API at http://127.0.0.1:9/api cannot be reached" in ended.err
    assert SECRET not in ended.out + ended.err


def test_a_run_leaves_no_secret_behind(aclf):
    """A run with secrets in its environment writes them into no file."""
    secrets = {
        "PREFECT_API_KEY": SECRET,
        "ALL_PROXY": f"http://user:{SECRET}@127.0.0.1:9",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    ended = aclf("sync", "--direct", "--registry", "sample", **secrets)
    assert ended.code == 0, ended
    written = [path.read_bytes() for path in aclf.folder.rglob("*") if path.is_file()]
    assert len(written) > 2
    assert not [text for text in written if SECRET.encode() in text]
    assert SECRET not in ended.out + ended.err
