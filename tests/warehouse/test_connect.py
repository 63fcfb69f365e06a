"""A file that somebody prepared cannot make a command read another file of the machine."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from extract.errors import AclfError
from flows import pipeline
from flows.cli.changes import print_changes
from flows.cli.health import check_warehouse
from flows.pages.report import write_report
from flows.status import read_status
from tests.support.warehouses import make_five_members
from warehouse.connect import open_newest, open_read_only, open_to_compact, open_to_export, open_to_write
from warehouse.errors import NoWarehouse
from warehouse.paths import Paths
from warehouse.reading.as_of import open_as_of
from warehouse.reading.export import export_tables
from warehouse.runs import read_newest_runs
from warehouse.targets.folder import open_folder
from warehouse.targets.web_copies import publish_copy

SECRET = "what only the operator may read"
READ_SECRET = "(select content from read_text('{file}'))"
PREPARED = {
    "archive": """
        alter table archive.study_versions rename to kept;
        create view archive.study_versions as select * replace ({secret} as nct_id) from archive.kept
    """,
    "runs": """
        alter table ops.runs rename to kept;
        create view ops.runs as select * replace ({secret} as message) from ops.kept
    """,
    "trials": """
        drop table main.trials;
        create view main.trials as select {secret} as nct_id, {secret} as brief_title, true as in_condition_set
    """,
    "a view more": "create view main.more as select {secret} as content",
}


@pytest.fixture(scope="module")
def one_run(make_warehouse):
    """Return a warehouse with one run."""
    warehouse = make_warehouse()
    warehouse.serve(*make_five_members())
    warehouse.sync()
    return warehouse


@pytest.fixture(params=PREPARED)
def prepared(one_run, tmp_path, request):
    """Return a warehouse that has nothing but a prepared file, and a set to sync it with."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    copied = one_run.copy_to(tmp_path)
    content = copied.path.read_bytes()
    copied.path.unlink()
    Paths.of(copied.path).state.rename(tmp_path / "elsewhere")
    copied.path.write_bytes(content)
    with duckdb.connect(str(copied.path)) as connection:
        connection.execute(PREPARED[request.param].format(secret=READ_SECRET.format(file=secret)))
    return copied


@pytest.mark.quick(2)
def test_no_command_reads_another_file_for_a_prepared_warehouse(prepared, capsys):
    """Each command that meets the view ends with a sentence; the secret is in no output and in no file."""
    file, paths = prepared.path, Paths.of(prepared.path)

    def ask_as_of():
        with open_as_of(file, datetime.now(UTC).date()) as connection:
            return connection.execute("select * from trials").fetchall()

    def show_runs():
        with open_newest(paths) as connection:
            return read_newest_runs(connection, 10)

    commands = [
        ask_as_of,
        show_runs,
        lambda: print_changes(file, (), None, as_json=True),
        lambda: export_tables(file, prepared.folder / "out", "csv"),
        lambda: write_report(file, prepared.folder / "report.html"),
        lambda: check_warehouse(paths),
        lambda: read_status(paths, 36),
        lambda: publish_copy(
            file, open_folder(str(prepared.folder / "web")), prepared.folder / "temporary", as_parquet=True
        ),
        lambda: pipeline.rebuild(prepared.job("rebuild")),
        lambda: prepared.sync(full=True),
    ]
    told, refused = [], []
    for command in commands:
        try:
            told.append(repr(command()))
        except AclfError as error:
            refused.append(str(error))
    assert refused
    assert SECRET not in "".join([*told, *refused, *capsys.readouterr()])
    written = [path for path in prepared.folder.rglob("*") if path.is_file() and path.name != "secret.txt"]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_every_way_in_is_shut_off(one_run, tmp_path):
    """No reader, export, run or copy for the web can read another file, even beside the warehouse, or attach one."""
    secret, paths = tmp_path / "secret.txt", Paths.of(tmp_path / "aclf.duckdb")
    secret.write_text(SECRET)
    paths.state.mkdir()
    ways_in = (
        lambda: open_read_only(one_run.path),
        lambda: open_to_export(one_run.path, [tmp_path / "out.parquet"], tmp_path / "scratch"),
        lambda: open_to_write(paths.store, paths, {"published": one_run.path}),
        lambda: open_to_compact(one_run.path, tmp_path / "copy.duckdb", tmp_path / "scratch"),
    )
    statements = (f"from read_text('{secret}')", f"attach '{secret}.duckdb'", f"copy (select 1) to '{secret}.csv'")
    for open_file in ways_in:
        for statement in statements:
            with pytest.raises(NoWarehouse, match="it may not"), open_file() as connection:
                connection.execute(statement)
            with pytest.raises(duckdb.Error), open_file() as connection:
                connection.execute("set enable_external_access = true")
