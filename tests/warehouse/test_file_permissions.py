"""The umask decides who can read the files of a run, and nobody else can write them."""

from __future__ import annotations

import os
import stat
import tempfile
from datetime import date

import pytest

from warehouse.reading.as_of import open_as_of

READABLE, PRIVATE = 0o022, 0o077


@pytest.fixture
def umask():
    """A function that sets the umask; the earlier umask is restored afterwards."""
    before = os.umask(READABLE)
    yield os.umask
    os.umask(before)


def read_modes(folder):
    """Return the permissions of every file and folder in a folder, except links."""
    return {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if not path.is_symlink()}


@pytest.mark.quick(1)
@pytest.mark.parametrize(("mask", "others"), [(READABLE, 0o055), (PRIVATE, 0)], ids=["022", "077"])
def test_files_follow_the_umask(aclf, umask, mask, others):
    """With 022 everybody may read and only the owner may write. With 077 nobody else may read anything."""
    umask(mask)
    assert aclf("sync", "--direct").code == 0
    found = read_modes(aclf.folder / ".aclf") | {
        aclf.folder / ".aclf": stat.S_IMODE((aclf.folder / ".aclf").stat().st_mode)
    }
    assert not {path: oct(mode) for path, mode in found.items() if mode & 0o077 & ~others}
    assert stat.S_IMODE(aclf.warehouse.stat().st_mode) == 0o444 & ~mask


def test_as_of_uses_a_private_folder_and_leaves_nothing(first_night_folder, monkeypatch, tmp_path):
    """Only the owner may open the temporary folder of `--as-of`, and it is removed afterwards, also after an error."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def ask_a_bad_query():
        with open_as_of(first_night_folder / "aclf.duckdb", date(2100, 1, 1)) as connection:
            (folder,) = tmp_path.iterdir()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            connection.execute("select * from no_such_table")

    with pytest.raises(Exception, match="no_such_table"):
        ask_a_bad_query()
    assert list(tmp_path.iterdir()) == []
