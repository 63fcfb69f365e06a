"""A copy for the web answers over HTTP as the warehouse does, with fewer requests than the published file needs."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from tests.support.ranges import make_web_reader, serve_ranges
from warehouse.targets.folder import open_folder
from warehouse.targets.web_copies import publish_copy

QUESTIONS = {
    "status by phase": "select overall_status, phase, count(*) from main.trials group by all order by all",
    "sites of a trial": "from ctgov.facilities where nct_id = 'NCT03863002' order by all",
    "a record": "select document from raw.studies where nct_id = 'NCT03863002'",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def web(tmp_path_factory, aclf_after_all_nights):
    """Return a folder with a copy, `latest.json`, Parquet, and the published file as it is on the disk."""
    folder = tmp_path_factory.mktemp("web")
    publish_copy(aclf_after_all_nights.warehouse, open_folder(str(folder)), folder / "scratch", as_parquet=True)
    shutil.copy(aclf_after_all_nights.warehouse, folder / "published.duckdb")
    return folder


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Return a DuckDB that reads over HTTP."""
    return make_web_reader(tmp_path_factory.mktemp("reader"))


def ask_over_http(reader, folder, name):
    """Attach a file by its address, and return the answers and the number of requests for each question."""
    answers, counts = {}, {}
    with serve_ranges(folder) as (url, requests), reader.open_session() as session:
        steps = {"attach": f"attach '{url}/{name}' as aclf (read_only)", "use": "use aclf", **QUESTIONS}
        for step, statement in steps.items():
            before = len(requests)
            answers[step] = session.fetch_rows(statement)
            counts[step] = len(requests) - before
    return {question: answers[question] for question in QUESTIONS}, counts


def test_answers_are_those_of_the_warehouse_with_fewer_requests(web, reader, aclf_after_all_nights, record_property):
    """Three questions have the same answers, and neither to attach it nor any of them takes more requests."""
    (copy,) = web.glob("run-*.duckdb")
    copied, few = ask_over_http(reader, web, copy.name)
    published, many = ask_over_http(reader, web, "published.duckdb")
    local = {question: aclf_after_all_nights.rows(query) for question, query in QUESTIONS.items()}
    assert copied == published == json.loads(json.dumps(local, default=str))
    assert all(few[step] <= many[step] for step in few)
    assert sum(few.values()) < sum(many.values()) / 2
    record_property("requests", f"copy {few}, published file {many}")


def test_newest_name_is_found_by_sql(web, reader):
    """`latest.json` is a table of one row, and the name in it can be attached."""
    with serve_ranges(web) as (url, _), reader.open_session() as session:
        ((file, run),) = session.fetch_rows(f"select file, run_id from read_json('{url}/latest.json')")
        session.fetch_rows(f"attach '{url}/{file}' as aclf (read_only)")
        assert session.fetch_rows("select max(run_id) from aclf.ops.runs") == [[run]]


def test_macros_answer_after_use(web, reader):
    """With the file as the default catalog, `trials_as_of` and `see_also_of` find their tables."""
    (copy,) = web.glob("run-*.duckdb")
    with serve_ranges(web) as (url, _), reader.open_session() as session:
        session.fetch_rows(f"attach '{url}/{copy.name}' as aclf (read_only)")
        session.fetch_rows("use aclf")
        trials = session.fetch_rows("select count(*) from trials")
        assert session.fetch_rows("select count(*) from trials_as_of(date '2100-01-01')") == trials
        assert session.fetch_rows("from see_also_of('NCT03863002')")


def test_parquet_is_read_by_its_address(web, reader):
    """The names in `latest.json` are addresses beside it."""
    names = json.loads((web / "latest.json").read_text())["parquet"]
    (name,) = (name for name in names if name.endswith("/main.trials.parquet"))
    with duckdb.connect() as connection:
        rows = connection.execute(f"select nct_id from '{web}/{name}' order by all").fetchall()
    with serve_ranges(web) as (url, _), reader.open_session() as session:
        assert session.fetch_rows(f"select nct_id from read_parquet('{url}/{name}') order by all") == [
            [*row] for row in rows
        ]
