"""A path that cannot be a warehouse ends a run before it begins: one sentence, exit 2, no request."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def make_read_only(folder):
    """Make a folder read-only for the block. Root ignores permissions, so for root it is mounted read-only."""
    if os.geteuid():
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], capture_output=True, check=False).returncode:
        pytest.skip("root ignores permissions and may not mount here, so no folder can be made read-only")
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def refuse(aclf, registry, *arguments):
    """Return the message of a sync that is refused as it should be."""
    ended = aclf("sync", "--direct", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("aclf: ")
    assert ended.err.count("\n") == 1
    assert "; no request was sent; " in ended.err
    assert registry.requests == []
    return ended.err


@pytest.mark.fault(47)
def test_a_socket_is_not_a_warehouse(aclf, registry, monkeypatch):
    """The message names the path, and the socket stays there."""
    monkeypatch.chdir(aclf.folder)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("aclf.duckdb")
        assert f"the warehouse's path {aclf.warehouse} is not a file" in refuse(aclf, registry)
    assert aclf.warehouse.is_socket()


@pytest.mark.fault(47)
def test_a_file_instead_of_the_private_folder_is_named(aclf, registry):
    """The message names a file called `.aclf`, and the file stays there."""
    (aclf.folder / ".aclf").write_text("notes")
    assert f"{aclf.folder / '.aclf'} cannot be written to (File exists)" in refuse(aclf, registry)
    assert (aclf.folder / ".aclf").read_text() == "notes"


@pytest.mark.fault(47)
def test_a_folder_without_permission_is_refused(aclf, registry):
    """If the folder of the private state cannot be made, the message names it and the reason."""
    with make_read_only(aclf.folder):
        assert f"the folder {aclf.folder / '.aclf'} cannot be written to (" in refuse(aclf, registry)
    assert aclf.files() == set()


@pytest.mark.fault(47)
def test_a_warehouse_in_a_read_only_folder_can_be_read(synced_aclf, registry):
    """Queries and checks of a read-only warehouse work; a sync is refused, and the file does not change."""
    before = synced_aclf.published()
    with make_read_only(synced_aclf.folder), make_read_only(synced_aclf.folder / ".aclf"):
        assert synced_aclf("query", "--json", "select count(*) as trials from trials").document == [{"trials": 73}]
        assert synced_aclf("check").code == 0
        assert "cannot be written to (" in refuse(synced_aclf, registry)
    assert synced_aclf.published() == before
