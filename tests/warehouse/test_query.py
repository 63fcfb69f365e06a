"""Statements run in memory: they cannot change the warehouse, touch a file, load code or change a setting."""

from __future__ import annotations

import re

import duckdb
import pytest

from warehouse.connect import open_newest, open_read_only
from warehouse.errors import BadQuery, NoWarehouse
from warehouse.paths import Paths
from warehouse.reading.query import _FUNCTIONS_WITH_EFFECTS, run_query

REFUSED = {
    # a statement, and the part of the message that says why it is refused
    "insert into trials (nct_id) values ('NCT00000001')": "only queries can be run",
    "update trials set brief_title = 'x'": "only queries can be run",
    "delete from trials": "only queries can be run",
    "drop table trials": "only queries can be run",
    "create table mine as select 1 as x": "only queries can be run",
    "create temp table mine as select 1 as x": "only queries can be run",
    "create view mine as select 1 as x": "only queries can be run",
    "attach '{folder}/other.duckdb' as other": "only queries can be run",
    "detach aclf": "only queries can be run",
    "copy trials to '{folder}/out.csv'": "only queries can be run",
    "export database '{folder}/out'": "only queries can be run",
    "install httpfs": "only queries can be run",
    "load httpfs": "only queries can be run",
    "set memory_limit = '1GB'": "only queries can be run",
    "reset memory_limit": "only queries can be run",
    "set variable x = 1": "only queries can be run",
    "pragma disable_verification": "only queries can be run",
    "checkpoint": "only queries can be run",
    "begin": "only queries can be run",
    "call force_checkpoint()": "only queries can be run",
    "select 1; create table mine as select 1 as x": "only queries can be run",
    "select 1; drop table trials": "only queries can be run",
    "select 1; set threads = 1; select 2": "only queries can be run",
    "insert into trials (nct_id) values ('NCT00000001'); select 1": "read-only",
    "drop table trials; select 1": "read-only",
    "drop schema main cascade; select 1": "only queries can be run",
    "delete from trials; select 1": "only queries can be run",
    "create table main.mine as select 1 as x; select 1": "has no schema",
    "create schema mine; select 1": "only queries can be run",
    "create secret (type s3); select 1": "only queries can be run",
    "create macro mine() as 1; select 1": "only queries can be run",
    "create table mine as select 1 as x; copy mine to '{folder}/out.csv'; select 1": "only queries can be run",
    "create table mine as from read_text('{folder}/secret.csv'); from mine": "disabled",
    "create view mine as from read_text('{folder}/secret.csv'); from mine": "disabled",
    "select * into mine from read_text('{folder}/secret.csv'); from mine": "disabled",
    "create table mine as from enable_logging(); select 1": "only queries can be run",
    "create view mine as from enable_logging(); select 1": "only queries can be run",
    "create table mine (x int); insert into mine from checkpoint(); select 1": "only queries can be run",
    "create table mine as delete from trials returning *; select 1": "DuckDB says",
    "explain analyze select 1; attach '{folder}/other.duckdb'; select 1": "only queries can be run",
    "": "only queries can be run",
    "-- nothing": "only queries can be run",
    "select * from read_csv('{folder}/secret.csv')": "disabled",
    "select * from read_text('{folder}/secret.csv')": "disabled",
    "select * from '{folder}/secret.csv'": "disabled",
    "select * from glob('{folder}/*')": "disabled",
    "explain analyze select * from read_csv('{folder}/secret.csv')": "disabled",
    "select * from read_blob('{folder}/secret.csv')": "disabled",
    "select * from read_json('{folder}/secret.csv')": "disabled",
    "select * from read_parquet('{folder}/secret.csv')": "disabled",
    "select * from sniff_csv('{folder}/secret.csv')": "disabled",
    "select * from read_duckdb('{folder}/other.duckdb')": "disabled",
    "select * from query('from read_text(''{folder}/secret.csv'')')": "disabled",
    "select * from 'https://registry.example/trials.csv'": "disabled",
    "select * from duckdb_secrets()": "disabled",
    "select * from duckdb_extensions()": "disabled",
    "select current_setting('s3_secret_access_key')": "disabled",
    "select * from sqlite_scan('{folder}/secret.csv', 'x')": "disabled",
    "select getenv('HOME')": "getenv does not exist",
    "select * from connection": "connection does not exist",
    "explain analyze copy trials to '{folder}/out.csv'": "only queries can be run",
    "explain analyze insert into trials (nct_id) values ('NCT00000001')": "only queries can be run",
    "explain analyze delete from trials": "only queries can be run",
    "explain (analyze, format json) create table mine as select 1 as x": "only queries can be run",
    "explain analyze set threads = 1": "only queries can be run",
    "explain analyze pragma threads = 1": "only queries can be run",
    "explain analyze install httpfs": "only queries can be run",
    "explain analyze call force_checkpoint()": "only queries can be run",
    "explain explain select 1": "syntax error",
    "from checkpoint()": "only queries can be run",
    "from force_checkpoint()": "only queries can be run",
    "from enable_logging(storage_path = '{folder}/log')": "only queries can be run",
    "from disable_logging()": "only queries can be run",
    "from truncate_duckdb_logs()": "only queries can be run",
    "from enable_profiling(format = 'json', save_location = '{folder}/profile.json')": "only queries can be run",
    "from disable_profiling()": "only queries can be run",
    "from query('from enable_' || 'logging()')": "only queries can be run",
    "select 1 where exists (from system.main.enable_logging())": "only queries can be run",
    "with effect as (from enable_logging()) select count(*) from trials, effect": "only queries can be run",
    "/* é */ explain /* é */ analyze from enable_logging()": "only queries can be run",
    "explain (analyze) from enable_logging()": "only queries can be run",
    "select * from no_such_table": "no_such_table",
    "select 'unfinished": "DuckDB says",
    "selct 1": "DuckDB says",
}
READING = (
    # names of table functions that only read: the catalog, a list, or a file (which is refused)
    r"(duckdb|pragma|read|parquet|test|json|sniff|pg|icu|python_map|arrow_scan|pandas_scan|seq_scan)(_|$)|range|repeat|summary"
    r"|generate_series|unnest|glob|query|which_secret"
)
READS = {
    "select count(*) from trials": [(11,)],
    "from trials select nct_id order by all limit 1": [("NCT90000001",)],
    "with one as (select 1 as x) select * from one": [(1,)],
    "select 'a;b'": [("a;b",)],
    "select 1;": [(1,)],
    "select 1; -- done": [(1,)],
    "select 1; /* done */ ; ": [(1,)],
    "-- two results, of which the last is shown\nselect 1; select 2": [(2,)],
    "create table mine as select 1 as x; from mine": [(1,)],
    "create or replace temp table mine as select 2 as x; select x from mine -- done": [(2,)],
    "create view mine as select nct_id from trials; select count(*) from mine": [(11,)],
    "create table mine (x int, y text); insert into mine values (1, ';'); from mine": [(1, ";")],
    "create table mine -- a comment\n as -- and another\n select 1 as x; from mine": [(1,)],
    "select nct_id into temp mine from trials; select count(*) from mine": [(11,)],
    "with a as (select 1 as x) select x into mine from a union select 2; from mine order by x": [(1,), (2,)],
    "create table mine as select 1 as x; drop table mine; drop view if exists mine; select 3": [(3,)],
    "create unlogged table mine as select 1 as x; create materialized view other as from mine; from other": [(1,)],
    "select count(*) > 50 from (describe trials)": [(True,)],
    "select count(*) > 50 from (summarize trials)": [(True,)],
    "select current_setting('timezone')": [("UTC",)],
    "values (1), (2)": [(1,), (2,)],
    "select 'from enable_logging()' from range(1)": [("from enable_logging()",)],
}


@pytest.fixture
def connection(synced_warehouse):
    """A new reader of the warehouse of the made studies."""
    with open_read_only(synced_warehouse.path) as opened:
        yield opened


@pytest.mark.parametrize("query", REFUSED)
def test_statement_that_does_more_than_read_is_refused(connection, tmp_path, synced_warehouse, query):
    """The query is refused in one sentence, no file is written, and the warehouse stays unchanged."""
    (tmp_path / "secret.csv").write_text("password\nhunter2\n")
    before = synced_warehouse.path.read_bytes()
    with pytest.raises(BadQuery) as refused:
        run_query(connection, query.format(folder=tmp_path))[1]
    assert REFUSED[query] in str(refused.value)
    assert refused.value.exit_code == 2
    assert [file.name for file in tmp_path.iterdir()] == ["secret.csv"]
    assert synced_warehouse.path.read_bytes() == before


@pytest.mark.parametrize("query", READS)
def test_statement_that_only_reads_is_answered(connection, query):
    """Select, from, with, values, describe and summarize return their rows, also after tables and views in memory."""
    assert run_query(connection, query)[1] == READS[query]


@pytest.mark.parametrize(
    "query",
    [
        *("describe trials", "summarize trials", "show tables", "show all tables", "explain select 1"),
        *("/* é */ explain analyze select 'é'", "explain (analyze, format json) (select 1)", "explain show tables"),
    ],
)
def test_statement_about_the_data_is_answered(connection, query):
    """Describe, summarize, explain and show only read too."""
    assert len(run_query(connection, query)[1]) > 0


def test_functions_with_effects_are_all_known(connection):
    """The list names every table function of DuckDB that changes something; a new function fails this test."""
    query = "select distinct function_name from duckdb_functions() where internal and function_type = 'table'"
    functions = {name for (name,) in connection.execute(query).fetchall()}
    with_effects = {name for name in functions if not re.match(READING, name)}
    assert {name.upper() for name in with_effects} == _FUNCTIONS_WITH_EFFECTS


def test_locked_setting_cannot_be_changed(connection):
    """Even code that holds the connection cannot open it to other files."""
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("set enable_external_access = true")


def test_missing_warehouse_is_refused(tmp_path):
    """Before the first publish the message says to run sync, and no file is created."""
    with pytest.raises(NoWarehouse, match="aclf sync"), open_read_only(tmp_path / "aclf.duckdb"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 8192])
def test_file_that_is_not_a_database_is_refused(tmp_path, content):
    """An empty file, a text and a block of zeros are refused, with the name of the file and the next step."""
    file = tmp_path / "aclf.duckdb"
    file.write_bytes(content)
    with pytest.raises(NoWarehouse, match=r"aclf\.duckdb cannot be opened .*aclf check"), open_read_only(file):
        pass


def test_truncated_file_is_refused(tmp_path, synced_warehouse):
    """Half of a published file is refused; it is not read as half of the trials."""
    file = tmp_path / "aclf.duckdb"
    data = synced_warehouse.path.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises((NoWarehouse, BadQuery)), open_read_only(file) as opened:
        run_query(opened, "select bit_xor(hash(trials)) from trials")[1]


def test_newest_state_comes_from_the_store_if_it_can_be_read(warehouse, synced_warehouse):
    """`open_newest` reads the store, and the warehouse if there is no store."""
    with open_newest(Paths.of(synced_warehouse.path)) as opened:
        assert opened.execute("select count(*) from trials").fetchall() == [(11,)]
    warehouse.path.symlink_to(synced_warehouse.path.resolve())
    Paths.of(warehouse.path).store.unlink()
    with open_newest(Paths.of(warehouse.path)) as opened:
        assert opened.execute("select count(*) from trials").fetchall() == [(11,)]
