"""What a run writes can be read by those whom the umask lets read, and written by nobody else."""

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
    """Sets the umask; the one before comes back."""
    before = os.umask(READABLE)
    yield os.umask
    os.umask(before)


def modes(folder):
    """The permissions of everything in a folder, links aside."""
    return {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if not path.is_symlink()}


@pytest.mark.quick(1)
@pytest.mark.parametrize(("mask", "others"), [(READABLE, 0o055), (PRIVATE, 0)], ids=["022", "077"])
def test_files_are_what_the_umask_says(aclf, umask, mask, others):
    """Under 022 everybody reads and nobody else writes; under 077 nobody else sees anything, the published file too."""
    umask(mask)
    assert aclf("sync", "--direct").code == 0
    found = modes(aclf.folder / ".aclf") | {aclf.folder / ".aclf": stat.S_IMODE((aclf.folder / ".aclf").stat().st_mode)}
    assert not {path: oct(mode) for path, mode in found.items() if mode & 0o077 & ~others}
    assert stat.S_IMODE(aclf.warehouse.stat().st_mode) == 0o444 & ~mask


def test_the_past_is_made_in_a_private_folder_and_leaves_nothing(first_night, monkeypatch, tmp_path):
    """The temporary folder of `--as-of` is its owner's alone, and is gone afterwards, also after a fault."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def asked():
        with open_as_of(first_night / "aclf.duckdb", date(2100, 1, 1)) as connection:
            (folder,) = tmp_path.iterdir()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            connection.execute("select * from no_such_table")

    with pytest.raises(Exception, match="no_such_table"):
        asked()
    assert list(tmp_path.iterdir()) == []
