"""A folder gets whole files or none, and is refused where a web server would show too much."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import timedelta

import pytest

from extract.errors import BadSetting
from tests.support.web_copies import read_files
from warehouse.errors import TargetFailed
from warehouse.targets.folder import open_folder

NAME = "run-000021.duckdb"


@pytest.fixture
def file(tmp_path):
    """Return a file to put into a folder."""
    made = tmp_path / "made"
    made.write_bytes(b"content")
    return made


def test_missing_folder_is_made_by_the_first_file(tmp_path, file):
    """To look at it makes nothing."""
    place = open_folder(str(tmp_path / "web"))
    place.clean()
    assert (place.read("latest.json"), place.list()) == (None, {})
    assert not (tmp_path / "web").exists()
    place.write(file, NAME)
    assert (tmp_path / "web" / NAME).read_bytes() == b"content"


def test_path_from_the_working_directory(tmp_path, file, monkeypatch):
    """A path without a slash is a folder in the working directory."""
    monkeypatch.chdir(tmp_path)
    place = open_folder("web")
    assert place.name == str(tmp_path / "web")
    place.write(file, NAME)
    assert (tmp_path / "web" / NAME).exists()


def test_only_the_last_folder_is_made(tmp_path):
    """A share that is not mounted is not taken for an empty folder."""
    with pytest.raises(BadSetting, match=r"there is no folder .*share.*mount"):
        open_folder(str(tmp_path / "share" / "web"))


def test_file_is_refused(file):
    """A file is not a folder."""
    with pytest.raises(BadSetting, match="is not a folder"):
        open_folder(str(file))


@pytest.mark.parametrize("folder", [".", ".aclf", ".aclf/published", "link"])
def test_folder_of_a_warehouse_is_refused(tmp_path, folder):
    """A web server would show the private state, and the copies would be among the published files."""
    (tmp_path / ".aclf" / "published").mkdir(parents=True)
    (tmp_path / "link").symlink_to(".aclf/published")
    with pytest.raises(BadSetting, match="must not show"):
        open_folder(str(tmp_path / folder))


def test_only_latest_file_may_be_written_again(tmp_path, file):
    """Files of runs are read-only, also in their folders."""
    place = open_folder(str(tmp_path / "web"))
    for name in ("latest.json", NAME, "run-000021/main.trials.parquet"):
        place.write(file, name)
        mode = stat.S_IMODE((tmp_path / "web" / name).stat().st_mode)
        assert bool(mode & 0o222) == (name == "latest.json")


def test_names_have_their_age(tmp_path, file):
    """The list has the files of runs, and nothing that a link leads to."""
    place = open_folder(str(tmp_path / "web"))
    for name in (NAME, "run-000021/main.trials.parquet", "index.html"):
        place.write(file, name)
    shutil.copytree(tmp_path / "web" / "run-000021", tmp_path / "elsewhere")
    (tmp_path / "web" / "run-000020").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "web" / "run-000019.duckdb").symlink_to(file)
    written = (tmp_path / "web" / NAME).stat().st_mtime
    os.utime(tmp_path / "web" / NAME, (written, written - 86_400))
    names = place.list()
    assert names.keys() == {NAME, "run-000021/main.trials.parquet"}
    assert timedelta(days=1) <= names[NAME] < timedelta(days=1, minutes=5)


def test_left_parts_are_removed(tmp_path, file):
    """Only the temporary files of publishes are removed, and what a folder's last file leaves."""
    place = open_folder(str(tmp_path / "web"))
    kept = ("run-000021/main.trials.parquet", "run-000021.duckdb.part", ".hidden.part")
    for name in (
        *kept,
        ".run-000021.duckdb.7.8.part",
        ".latest.json.7.8.part",
        "run-000021/.main.trials.parquet.7.8.part",
    ):
        place.write(file, name)
    place.clean()
    assert read_files(tmp_path / "web").keys() == set(kept)
    place.delete(kept[0])
    assert not (tmp_path / "web" / "run-000021").exists()


def test_failure_is_one_sentence(tmp_path, file):
    """A folder that cannot be written, or is gone, is named with the reason."""
    place = open_folder(str(tmp_path / "web"))
    (tmp_path / "web").write_text("a file by now")
    with pytest.raises(TargetFailed, match=rf"{NAME} could not be written there \(.*\); the warehouse file is"):
        place.write(file, NAME)
    with pytest.raises(TargetFailed, match=r"could not be read \(.*\)"):
        place.read("latest.json")
