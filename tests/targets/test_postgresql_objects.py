"""The views and functions of the warehouse answer in a real PostgreSQL as they do in the published file.

The texts of that PostgreSQL are sorted as in English and its search path is empty, so no answer depends on either.
"""

from __future__ import annotations

import json
from decimal import Decimal

import duckdb
import pytest

from extract.sample.nights import load_night
from flows import pipeline
from tests.support.clock import clock_stands_at
from tests.support.postgres import ENGLISH, publish_to_postgres
from tests.support.three_nights import NIGHTS
from tests.support.warehouses import fetch_rows
from warehouse.known_sets import read_followed_sets
from warehouse.sql.files import list_sql
from warehouse.sql.objects import list_object_files
from warehouse.targets.postgresql_objects import list_database_objects

NOTHING = ""
"""A search path without schemas."""

LIVER_SET = 'name = "liver-failure"\ntitle = "Liver failure"\nsearch = "liver failure"\n'
EVERYTHING_SET = 'name = "everything"\ntitle = "Every study"\nadvanced = "ALL"\n'
SETS = ['sets."aclf"', 'sets."everything"', 'sets."liver-failure"']

OBJECTS = list_database_objects([])
VIEWS = [made.qualified_name for made in OBJECTS if made.kind == "view"]

WITHOUT = {
    # a view or macro of the file that PostgreSQL does not get, and why
    "ctgov.aact_row_counts": "only pg_stat_user_tables reads it",
    "ctgov.pg_stat_user_tables": "PostgreSQL has its own",
    "ctgov.information_schema_columns": "PostgreSQL has its own",
    "raw.is_asked": "PostgreSQL takes a filter by a list of numbers to the tables by itself",
}


@pytest.fixture(scope="module")
def sample_nights(make_warehouse):
    """A warehouse after the sample's three nights on three days, with three condition sets."""
    warehouse = make_warehouse()
    sets = ["aclf"]
    for text in (LIVER_SET, EVERYTHING_SET):
        file = warehouse.folder / f"{len(sets)}.toml"
        file.write_text(text)
        sets.append(str(file))
    for number, moment in enumerate(NIGHTS, start=1):
        warehouse.server.contents = load_night(number)
        with clock_stands_at(moment):
            pipeline.sync(warehouse.job("sync", condition_sets=sets))
    return warehouse


@pytest.fixture(scope="module")
def target(database_server, sample_nights):
    """A PostgreSQL to which that warehouse is published."""
    with publish_to_postgres(database_server, sample_nights, NOTHING, options=ENGLISH) as published:
        yield published


@pytest.fixture(scope="module")
def aact_target(database_server, aact_warehouse):
    """The same for the warehouse of the golden studies."""
    with publish_to_postgres(database_server, aact_warehouse, NOTHING, options=ENGLISH) as published:
        yield published


def list_objects(warehouse):
    """Return the objects of PostgreSQL for a warehouse."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        return list_database_objects(read_followed_sets(connection))


def normalise(value):
    """Return a value in the form in which it is compared: numbers to nine digits, documents parsed."""
    if isinstance(value, list | tuple):
        return [normalise(item) for item in value]
    if isinstance(value, float | Decimal):
        return int(value) if value == int(value) else f"{float(value):.9g}"
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(json.loads(value), sort_keys=True)
    return value


def sort_rows(rows):
    """Return rows in the form in which they are compared, sorted."""
    return sorted((normalise(row) for row in rows), key=repr)


def assert_same(warehouse, server, query, in_file=None):
    """Assert that a query has the same columns and rows in PostgreSQL and in the file; return the rows.

    Args:
        warehouse: the file's.
        server: the PostgreSQL.
        query: the query.
        in_file: the query in DuckDB's words, if they differ.
    """
    names, found = server.fetch(query)
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        expected = fetch_rows(connection, in_file or query)
        assert names == [column[0] for column in connection.description]
    assert sort_rows(found) == sort_rows(expected)
    return found


@pytest.mark.parametrize("view", [*VIEWS, *SETS])
def test_view_has_the_rows_of_the_file(sample_nights, target, view):
    """Each view has the columns and rows that it has in the file, after three nights of three sets."""
    assert_same(sample_nights, target, f"select * from {view}")


@pytest.mark.parametrize("view", [view for view in VIEWS if view.startswith("ctgov.")])
def test_view_of_aact_has_the_rows_of_the_file(aact_warehouse, aact_target, view):
    """Each of AACT's views has the columns and rows that it has in the file, for the golden studies."""
    assert_same(aact_warehouse, aact_target, f"select * from {view}")


def test_sample_fills_the_views(sample_nights):
    """The sample's three nights give rows to every view that can have rows, so the comparison says something."""
    empty = ["ctgov.search_results", "ctgov.categories", "ctgov.covid_19_studies", "raw.unranked_terms"]
    counts = [f"select '{view}' as view, count(*) as number from {view}" for view in [*VIEWS, *SETS]]
    without_rows = sample_nights.rows(f"select view from ({' union all '.join(counts)}) where number = 0")
    assert sorted(view for (view,) in without_rows) == sorted(empty)


def test_each_view_and_macro_is_there_or_has_a_reason(sample_nights):
    """Every view of the file, and every macro of `main` and `raw`, is in PostgreSQL too, or there is a reason."""
    views = "select schema_name || '.' || view_name from duckdb_views() where not internal and schema_name <> 'sets'"
    macros = (
        "select distinct schema_name || '.' || function_name from duckdb_functions() "
        "where not internal and schema_name in ('main', 'raw')"
    )
    there = {made.qualified_name.partition("(")[0] for made in OBJECTS if made.kind != "index"}
    in_file = {name for (name,) in sample_nights.rows(f"{views} union all {macros}")}
    assert in_file - there == WITHOUT.keys()
    assert there <= in_file


@pytest.mark.parametrize("functions", ["macros", "postgresql"])
def test_every_file_is_used(functions):
    """Every file of views is in the order, and every file of macros, each beside one of PostgreSQL's functions."""
    named = list_object_files(functions)
    assert {name for folder, name in named if folder == "views"} == set(list_sql("views"))
    assert {name for folder, name in named if folder == functions} == set(list_sql(functions)) - {"indexes"}


def test_comments_are_those_of_the_file(sample_nights, target):
    """Each view and each of its columns has the comment that it has in the file."""
    in_postgres = """
    select n.nspname || '.' || c.relname, coalesce(a.attname, ''), d.description
    from pg_description as d
    join pg_class as c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass and c.relkind = 'v'
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
    where n.nspname in ('main', 'raw', 'ctgov', 'sets')
    """
    views = "select schema_name || '.' || view_name as name, comment from duckdb_views() where not internal"
    in_file = (
        f"select name, '', comment from ({views}) union all select views.name, column_name, columns.comment "
        f"from duckdb_columns() as columns join ({views}) as views on schema_name || '.' || table_name = views.name"
    )
    expected = [row for row in sample_nights.rows(in_file) if row[0] not in WITHOUT]
    assert sorted(target.fetch(in_postgres)[1]) == sorted(expected)
    assert len(expected) > 500


@pytest.mark.parametrize("day", ["2026-09-30", *(night[:10] for night in NIGHTS), "2026-10-04", "2999-01-01"])
def test_trials_as_of_a_day_are_those_of_the_file(sample_nights, target, day):
    """`trials_as_of(day)` has the columns of `trials`, and the rows of the file, on each day."""
    rows = assert_same(sample_nights, target, f"select * from main.trials_as_of('{day}')")
    assert bool(rows) == (day >= NIGHTS[0][:10])


def test_sites_near_a_place_are_those_of_the_file(sample_nights, target):
    """`sites_near` has the rows and distances of the file, the nearest first."""
    query = "select * from main.sites_near(48.2082, 16.3738, 600)"
    rows = assert_same(sample_nights, target, query)
    assert rows
    assert [row[0] for row in rows] == [row[0] for row in sample_nights.rows(query)]
    places = "(0, 0, 0, 1), (90, 0, -90, 7), (0, 179.5, 0, -179.5), (48.2, 16.4, null, 16)"
    distances = f"select main.distance_km(a, b, c, d) as km from (values {places}) as places(a, b, c, d)"
    assert_same(sample_nights, target, distances)


RANK_WHEN_READ = "delete from raw.kept_relations;\n"
"""What makes of the sample a large set, whose related trials are ranked when they are read."""


@pytest.mark.parametrize("kept", ["", RANK_WHEN_READ], ids=["kept", "ranked when read"])
def test_related_trials_are_those_of_the_file(sample_nights, target, kept):
    """`see_also` and `see_also_of` one trial, two or all have the file's rows, kept by the load or ranked when read."""
    one, two = (nct_id for (nct_id,) in sample_nights.rows("select nct_id from main.trials order by 1 limit 2"))
    asked = {
        "select * from main.see_also": "select * from main.see_also",
        f"select * from main.see_also where nct_id = '{two}'": f"from main.see_also where nct_id = '{two}'",
        f"select * from main.see_also_of('{one}')": f"from main.see_also_of('{one}')",
        f"select * from main.see_also_of(array['{two}', '{one}'])": f"from main.see_also_of(['{two}', '{one}'])",
        "select * from main.see_also_of(array(select nct_id from main.trials))": "from main.see_also",
    }
    for in_postgres, in_file in asked.items():
        assert assert_same(sample_nights, target, kept + in_postgres, in_file)
    assert target.fetch("select * from main.see_also_of(cast(null as text))")[1] == []


@pytest.mark.parametrize("filtered", ["main.see_also where nct_id = '{0}'", "main.see_also_of('{0}')"])
def test_only_the_trial_that_is_asked_for_is_ranked(sample_nights, target, filtered):
    """Where the ranking is made when it is read, a question for one trial ranks this trial alone."""
    ((nct_id,),) = sample_nights.rows("select nct_id from main.trials order by 1 limit 1")
    explain = f"{RANK_WHEN_READ}explain (analyze, format json) select * from {filtered.format(nct_id)}"
    ((plan,),) = target.fetch(explain)[1]
    ranked = [step for step in list_steps(json.loads(plan)[0]["Plan"]) if step.get("Subplan Name") == "CTE terms"]
    assert [step["Actual Loops"] for step in ranked] == [1]


def list_steps(step):
    """Return a step of a plan, and all steps below it."""
    return [step, *(below for each in step.get("Plans", []) for below in list_steps(each))]


def test_date_label_is_that_of_the_file(sample_nights, target):
    """A date has the same label in both, for every month, one and two digits of the day, and an early year."""
    days = [*(f"2024-{month:02}-{month + 8:02}" for month in range(1, 13)), "0999-02-01"]
    values = ", ".join(f"(date '{day}', '{part}')" for day in days for part in ("day", "month", "year", "other"))
    labels = f"select main.date_label(day, known, 'raw') as label from (values {values}) as days(day, known)"
    rows = assert_same(sample_nights, target, labels)
    assert [label for (label,) in rows[:4]] == ["January 9, 2024", "January 2024", "2024", "raw"]


def test_objects_are_dropped_in_the_reverse_order(sample_nights, target):
    """What was made in the order can be dropped in the reverse without `cascade`, and made again."""
    objects = list_objects(sample_nights)
    dropped = [f"drop {made.kind} {made.qualified_name}" for made in reversed(objects)]
    target.execute("begin")
    try:
        for statement in [*dropped, *(made.statements for made in objects)]:
            target.execute(statement)
    finally:
        target.execute("rollback")
