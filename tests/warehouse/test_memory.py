"""DuckDB holds no more memory than the setting says, and by default no more than suits the machine."""

from __future__ import annotations

import os

import pytest

from extract.errors import BadSetting
from warehouse import memory
from warehouse.connect import fetch_value, limit_memory, open_to_write
from warehouse.memory import MEMORY, get_memory_limit
from warehouse.paths import Paths


@pytest.mark.parametrize(
    ("text", "limit"),
    [("2GB", 2_000_000_000), ("800 mb", 800_000_000), (" 1.5GB ", 1_500_000_000), ("200MB", 200_000_000)],
)
def test_a_size_is_read(monkeypatch, text, limit):
    """A size is a number with MB or GB, in any case, with a space or none."""
    monkeypatch.setenv(MEMORY, text)
    assert get_memory_limit() == limit


@pytest.mark.parametrize("text", ["2", "2TB", "GB", "-1GB", "1e9MB", "nan GB", "199MB", "0.1GB", "2GB; drop"])
def test_what_is_not_a_size_is_refused(monkeypatch, text):
    """A number without a unit, another unit, and less than a run needs are refused in a sentence."""
    monkeypatch.setenv(MEMORY, text)
    with pytest.raises(BadSetting, match="ACLF_MEMORY must be a size of at least 200 MB"):
        get_memory_limit()


@pytest.mark.parametrize(
    ("gigabytes", "limit"), [(64, 550_000_000), (2, 500_000_000), (1, 250_000_000), (0.5, 200_000_000)]
)
def test_the_default_suits_the_machine(monkeypatch, gigabytes, limit):
    """Without the setting it is 550 MB, on a small machine a quarter of its memory, and never too little for a run."""
    monkeypatch.delenv(MEMORY, raising=False)
    pages = {"SC_PAGE_SIZE": 4000, "SC_PHYS_PAGES": int(gigabytes * 250_000)}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    assert get_memory_limit() == limit


def test_a_system_that_does_not_tell_has_the_usual_limit(monkeypatch):
    """Windows has no `sysconf`."""
    monkeypatch.delenv(MEMORY, raising=False)
    monkeypatch.delattr(memory.os, "sysconf")
    assert get_memory_limit() == 550_000_000


def test_a_connection_that_writes_has_the_limit(tmp_path, monkeypatch):
    """A store is opened with the limit. A load can lower it to a share, and raise it again."""
    monkeypatch.setenv(MEMORY, "900MB")
    paths = Paths.of(tmp_path / "aclf.duckdb")
    with open_to_write(tmp_path / "store.duckdb", paths) as connection:
        read_limit = "select current_setting('memory_limit')"
        assert fetch_value(connection, read_limit) == "858.3 MiB"
        limit_memory(connection, share=0.5)
        assert fetch_value(connection, read_limit) == "429.1 MiB"
        limit_memory(connection)
        assert fetch_value(connection, read_limit) == "858.3 MiB"
