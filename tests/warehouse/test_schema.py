"""The published warehouse explains itself: everything has a comment, names follow types, and promised columns exist."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from tests.support.warehouses import fetch_records
from warehouse import schema
from warehouse.connect import open_newest
from warehouse.paths import Paths
from warehouse.runs import read_newest_runs
from warehouse.schema import create_derived_tables, create_tables, migrate

DATED = ("start_date", "primary_completion_date", "completion_date")
PROMISED = {
    "main.trials": [
        *("nct_id", "brief_title", "official_title", "acronym", "study_type"),
        *("overall_status", "status_label", "status_group", "last_known_status", "why_stopped"),
        *("phase", "phase_label", "phase_min", "phase_max"),
        *(name + part for name in DATED for part in ("", "_precision", "_type", "_raw")),
        *("first_submit_date", "first_post_date", "results_first_post_date"),
        *("last_update_submit_date", "last_update_post_date", "verified_date"),
        *("enrollment", "enrollment_type", "lead_sponsor", "lead_sponsor_class"),
        *("contact_name", "contact_phone", "contact_email"),
        *("conditions", "keywords", "mesh_conditions", "interventions", "intervention_types", "countries"),
        *("site_count", "sex", "minimum_age_years", "maximum_age_years", "healthy_volunteers", "has_results"),
        *("brief_summary", "in_condition_set", "source_url", "version"),
        *("first_seen_at", "last_changed_at", "last_checked_at"),
    ],
    "main.condition_set_members": [
        *("nct_id", "matched_by", "matched_text", "member_since", "member_until", "left_reason"),
    ],
    "main.trial_versions": ["nct_id", "version", "valid_from", "valid_to", "content_hash", "run_id"],
    "main.trial_changes": ["nct_id", "version", "changed_at", "path", "weight", "old_value", "new_value"],
    "main.see_also": [
        *("nct_id", "rank", "other_nct_id", "status_label", "brief_title", "phase_label", "score", "shared"),
    ],
    "ops.runs": [
        *("run_id", "outcome", "registry", "condition_set", "data_timestamp", "listed", "planned", "fetched"),
        *("inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems", "drift", "requests"),
        *("seconds", "warehouse", "message"),
    ],
    "ops.run_trials": ["run_id", "nct_id", "outcome"],
    "ops.quarantine": ["nct_id", "reason", "path", "raw", "content_hash", "run_id", "first_seen_at"],
    "ops.problems": [
        *("nct_id", "table_name", "column_name", "path", "raw_value", "reason", "run_id", "first_seen_at"),
    ],
    "ops.checks": ["run_id", "name", "severity", "failures", "example"],
    "raw.studies": ["nct_id", "document"],
}
POSTGRES_CATALOG = ("ctgov.pg_stat_user_tables", "ctgov.information_schema_columns")
LISTS = ("conditions", "keywords", "mesh_conditions", "interventions", "intervention_types", "countries")
TYPES = {
    ("suffix", "_date"): {"DATE"},
    ("suffix", "_at"): {"TIMESTAMP"},
    ("suffix", "_count"): {"INTEGER", "BIGINT"},
    ("prefix", "is_"): {"BOOLEAN"},
    ("prefix", "has_"): {"BOOLEAN"},
    ("prefix", "in_"): {"BOOLEAN"},
}


@pytest.fixture
def columns(published):
    """Every column of the warehouse, with its table, name, type and comment."""
    return fetch_records(
        published,
        "select schema_name || '.' || table_name as in_table, column_name as name, data_type as type, comment "
        "from duckdb_columns() where not internal order by all",
    )


@pytest.fixture
def own_columns(columns):
    """The columns without those of PostgreSQL's catalog, whose names are PostgreSQL's."""
    return [column for column in columns if column["in_table"] not in POSTGRES_CATALOG]


def test_every_table_states_its_grain(published):
    """Every table and view has a comment, and its last sentence says what one row is."""
    relations = published.execute(
        "select schema_name || '.' || table_name, comment from duckdb_tables() where not internal "
        "union all select schema_name || '.' || view_name, comment from duckdb_views() where not internal"
    ).fetchall()
    assert len(relations) > 20
    without = [name for name, comment in relations if "Grain: one row per " not in (comment or "")]
    assert without == []


def test_every_column_has_a_comment(columns):
    """Each column has a comment that ends with a full stop."""
    unexplained = [
        f"{column['in_table']}.{column['name']}" for column in columns if not (column["comment"] or "").endswith(".")
    ]
    assert unexplained == []


@pytest.mark.parametrize(("rule", "types"), TYPES.items(), ids=[name for _, name in TYPES])
def test_name_implies_type(own_columns, rule, types):
    """`_date` is a DATE, `_at` a TIMESTAMP, `_count` an integer, and `is_`, `has_` and `in_` are BOOLEAN."""
    kind, part = rule
    named = [c for c in own_columns if (c["name"].endswith if kind == "suffix" else c["name"].startswith)(part)]
    assert [column for column in named if column["type"] not in types] == []


def test_type_implies_name(own_columns):
    """A DATE is `*_date`; a time is `*_at` (`*_time` if its zone is unknown), `*_since`, `*_until` or `valid_*`."""
    misnamed = [
        column
        for column in own_columns
        if (column["type"] == "DATE" and not column["name"].endswith("_date"))
        or (
            column["type"].startswith("TIMESTAMP")
            and not column["name"].endswith(("_at", "_time", "_since", "_until"))
            and not column["name"].startswith("valid_")
        )
    ]
    assert misnamed == []


READ_ALL = """
import sys
sys.modules["pytz"] = None  # as where it is not installed
import duckdb
published = duckdb.connect(sys.argv[1], read_only=True)
published.execute("set timezone = 'Asia/Tokyo'")
for schema, name in published.execute(
    "select table_schema, table_name from information_schema.tables order by all"
).fetchall():
    published.execute(f'select * from "{schema}"."{name}" limit 3').fetchall()
published.execute("from trials_as_of('2999-01-01')").fetchall()
published.execute("select ctgov.now(), ctgov.to_timestamp(0), ctgov.to_timestamp('2019', 'YYYY')").fetchall()
(newest,) = published.execute("select max(started_at) from ops.runs").fetchone()
print(newest.isoformat())
"""


def test_every_table_opens_with_duckdb_alone(synced_warehouse):
    """Python reads every table, view and macro without pytz, and the times are UTC in a session of any time zone."""
    command = [sys.executable, "-c", READ_ALL, str(synced_warehouse.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with open_newest(Paths.of(synced_warehouse.path)) as newest:
        (run,) = read_newest_runs(newest, 1)
    assert f"{done.stdout.strip()}+00:00" == run["started_at"].isoformat()


def test_no_column_has_a_time_zone(columns):
    """Every time is a TIMESTAMP in UTC, as AACT has them."""
    assert [column for column in columns if "ZONE" in column["type"]] == []


@pytest.mark.parametrize("table", PROMISED)
def test_promised_columns_exist(columns, table):
    """Every column that scripts and dashboards rely on exists under its name."""
    there = {column["name"] for column in columns if column["in_table"] == table}
    assert [name for name in PROMISED[table] if name not in there] == []


def test_list_columns_of_trials_are_lists(columns):
    """A column of `trials` with several values per trial is a list of texts, not one text with separators."""
    types = {column["name"]: column["type"] for column in columns if column["in_table"] == "main.trials"}
    assert {types[name] for name in LISTS} == {"VARCHAR[]"}


def test_code_lists_are_tables(published, columns):
    """Every code list is a filled table of code, label, group, order and description, and has each code once."""
    tables = {column["in_table"] for column in columns if column["in_table"].startswith("codes.")}
    assert {"codes.overall_status", "codes.phase", "codes.agency_class", "codes.intervention_type"} <= tables
    for table in tables:
        names = [column["name"] for column in columns if column["in_table"] == table]
        assert sorted(names) == ["code", "description", "group", "label", "order"]
        counts = "select count(*) > 1, count(*) = count(distinct code), count(*) = count(description)"
        assert published.execute(f"{counts} from {table}").fetchall() == [(True, True, True)]


@pytest.mark.parametrize(
    ("code", "label", "group"),
    [
        ("NOT_YET_RECRUITING", "Not yet recruiting", "planned"),
        ("ENROLLING_BY_INVITATION", "Enrolling by invitation", "open"),
        ("ACTIVE_NOT_RECRUITING", "Active, not recruiting", "active"),
        ("SUSPENDED", "Suspended", "stopped"),
        ("UNKNOWN", "Unknown status", "unknown"),
        ("WITHHELD", "Withheld", "withheld"),
    ],
)
def test_row_of_a_code_list_is_whole(published, code, label, group):
    """`codes.overall_status` has the registry's wording, and the group that analysts count the code in."""
    query = 'select label, "group" from codes.overall_status where code = $1'
    assert published.execute(query, [code]).fetchall() == [(label, group)]


def test_making_the_tables_leaves_the_optimizer_on():
    """The tables are made without the optimizer, and the queries after them, such as a load's, have it again."""
    with duckdb.connect() as connection:
        create_tables(connection)
        migrate(connection, 1)
        query = "explain select nct_id from ops.problems where 1 = 2"
        before = connection.execute(query).fetchall()
        create_derived_tables(connection)
        assert connection.execute(query).fetchall() == before
        connection.execute("pragma disable_optimizer")
        assert connection.execute(query).fetchall() != before


def test_other_weights_are_another_digest(monkeypatch):
    """If the file of weights changes, the next run makes the tables again, so that every old change is weighed anew."""
    compute_digest = schema.compute_derived_digest.__wrapped__
    before = compute_digest()
    assert compute_digest() == before
    monkeypatch.setattr(schema, "read_weights", lambda: b"path,weight,reason\nhasResults,minor,test\n")
    assert compute_digest() != before
