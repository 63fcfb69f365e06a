"""A place where a warehouse cannot be ends a run before it begins: one sentence, exit 2, no request."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def read_only(folder):
    """A folder in which nothing can be written: mounted so for root, whom no permission stops."""
    if os.geteuid():
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    if subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], capture_output=True, check=False).returncode:
        pytest.skip("root may not mount here")
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def refused(aclf, registry, *arguments):
    """The sentence of a sync that is refused."""
    ended = aclf("sync", "--direct", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("aclf: ")
    assert ended.err.count("\n") == 1
    assert "; no request was sent; " in ended.err
    assert registry.requests == []
    return ended.err


@pytest.mark.fault(47)
def test_a_socket_is_no_warehouse(aclf, registry, monkeypatch):
    """What stands at the path is named, and stays."""
    monkeypatch.chdir(aclf.folder)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("aclf.duckdb")
        assert f"the warehouse's path {aclf.warehouse} is not a file" in refused(aclf, registry)
    assert aclf.warehouse.is_socket()


@pytest.mark.fault(47)
def test_a_file_in_place_of_the_private_folder_is_named(aclf, registry):
    """A file called `.aclf` is named, and stays."""
    (aclf.folder / ".aclf").write_text("notes")
    assert f"{aclf.folder / '.aclf'} cannot be written to (File exists)" in refused(aclf, registry)
    assert (aclf.folder / ".aclf").read_text() == "notes"


@pytest.mark.fault(47)
def test_a_folder_without_permission_is_refused(aclf, registry):
    """Where no folder for the private state can be made, the sentence names it and the reason."""
    with read_only(aclf.folder):
        assert f"the folder {aclf.folder / '.aclf'} cannot be written to (" in refused(aclf, registry)
    assert aclf.files() == set()


@pytest.mark.fault(47)
def test_a_warehouse_in_a_read_only_place_can_be_read(held, registry):
    """Who may only read asks it anything; a sync of it is refused, and the file is as it was."""
    before = held.published()
    with read_only(held.folder), read_only(held.folder / ".aclf"):
        assert held("query", "--json", "select count(*) as trials from trials").document == [{"trials": 73}]
        assert held("check").code == 0
        assert "cannot be written to (" in refused(held, registry)
    assert held.published() == before
