"""A path that cannot be a warehouse is refused with what to do instead."""

from __future__ import annotations

import os

import pytest

from extract.errors import BadSetting
from flows import pipeline
from tests.support.warehouses import make_five_members
from warehouse.paths import Paths
from warehouse.store import open_store


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("no folder/aclf.duckdb", "run `mkdir -p '{folder}/no folder'`, or correct --warehouse"),
        ("a?b.duckdb", "use a path without one"),
    ],
)
def test_path_is_refused_with_advice(tmp_path, path, advice):
    """A missing folder comes with its `mkdir`. DuckDB takes a question mark in a path for the start of options."""
    with pytest.raises(BadSetting) as refused:
        Paths.of(tmp_path / path)
    assert refused.value.next_step == advice.format(folder=tmp_path)


@pytest.mark.parametrize("name", ["a[b]", "a*b", "a'b", "a#b c", "{a}"])
def test_odd_names_of_folders_work(tmp_path, name):
    """DuckDB takes none of the other odd characters in a folder's name for a pattern."""
    folder = tmp_path / name
    folder.mkdir()
    paths = Paths.of(folder / "aclf.duckdb")
    with open_store(paths) as store:
        paths.landing.mkdir()
        (paths.landing / "lines.ndjson").write_text('{"a": 1}')
        assert store.execute("from read_ndjson($1)", [str(paths.landing / "lines.ndjson")]).fetchall() == [(1,)]
    assert paths.store.exists()


@pytest.mark.parametrize("name", ["aclf.duckdb", "other.duckdb"])
def test_link_that_leads_to_itself_is_no_obstacle(tmp_path, name):
    """A loop of links, at the warehouse's path or beside it, ends nothing by itself."""
    (tmp_path / ".aclf" / "published").mkdir(parents=True)
    (tmp_path / name).symlink_to(name)
    assert Paths.of(tmp_path / "aclf.duckdb").warehouse == tmp_path / "aclf.duckdb"


@pytest.mark.fault(47)
def test_folder_without_symbolic_links_is_refused_before_a_request(make_warehouse, monkeypatch):
    """A share that has no symbolic links is named as the cause, and the registry is not asked."""

    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    warehouse = make_warehouse()
    warehouse.serve(*make_five_members())
    monkeypatch.setattr(os, "symlink", refuse)
    for run in (pipeline.sync, pipeline.dry_run):
        with pytest.raises(BadSetting, match="cannot hold symbolic links"):
            run(warehouse.job("sync"))
    assert warehouse.server.requests == []
