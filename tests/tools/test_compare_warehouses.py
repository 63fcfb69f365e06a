"""The comparison of two warehouses reports every planted difference, and none where there is none."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.support.clock import clock_stands_at
from tests.support.warehouses import Warehouse, make_member_study, with_value
from tests.tools.compare_warehouses import find_differences

PLACE = "protocolSection.contactsLocationsModule.locations"
pytestmark = pytest.mark.slow

EMPTY_TEXT = "update ctgov.facilities set city = '' where nct_id = 'NCT00000003'"

PLANTED = {
    "a changed cell": (
        "update ctgov.studies set acronym = 'CHANGED' where nct_id = 'NCT00000001'",
        "ctgov.studies: rows only in the old warehouse 1, only in the new 1; for example in (nct_id 'NCT00000001'",
        "acronym is 'CHANGED', was NULL",
    ),
    "a lost row": (
        "delete from ctgov.conditions where nct_id = 'NCT00000002'",
        "ctgov.conditions: rows only in the old warehouse 1, only in the new 0; for example",
        "'NCT00000002'",
    ),
    "a doubled row": (
        "insert into ctgov.keywords from ctgov.keywords where nct_id = 'NCT00000002'",
        "ctgov.keywords: rows only in the old warehouse 0, only in the new 1; for example",
        "'NCT00000002'",
    ),
    "a swapped pair of cells": (
        """
        update ctgov.brief_summaries set description = case nct_id
          when 'NCT00000001' then 'Summary 2' when 'NCT00000002' then 'Summary 1' else description end
        """,
        "ctgov.brief_summaries: rows only in the old warehouse 2, only in the new 2; for example",
        "Summary 2",
    ),
    "a changed type": (
        "alter table ctgov.eligibilities alter criteria type blob using encode(criteria)",
        "ctgov.eligibilities.criteria: type is 'BLOB', was 'VARCHAR'",
    ),
    "a missing table": ("drop table ctgov.links", "ctgov.links: only in the old warehouse"),
    "another table": ("create table main.extra as select 1 as one", "main.extra: only in the new warehouse"),
    "a changed comment": (
        "comment on column ctgov.countries.name is 'Another comment.'",
        "ctgov.countries.name: comment is 'Another comment.', was ",
    ),
    "one row of history": (
        "delete from main.trial_history where nct_id = 'NCT00000004'",
        "main.trial_history: rows only in the old warehouse 1, only in the new 0; for example",
        "'NCT00000004'",
    ),
    "NULL for an empty text": (
        "update ctgov.facilities set city = null where nct_id = 'NCT00000003'",
        "ctgov.facilities: rows only in the old warehouse 1, only in the new 1; for example",
        "city is NULL, was ''",
    ),
    "another macro": (
        "create or replace macro ctgov.btrim(string) as rtrim(string)",
        "ctgov.btrim(string): definition is ",
    ),
    "another number in a document": (
        """
        update archive.study_versions set document = replace(document::varchar, 'Summary 5', '1e+29')
        where nct_id = 'NCT00000005'
        """,
        "archive.study_versions: rows only in the old warehouse 1, only in the new 1; for example",
        "NCT00000005",
    ),
    "another example of a check": (
        "insert into ops.checks (run_id, name, severity, failures, example) values (1, 'planted', 'warn', 1, '{}')",
        "ops.checks: rows only in the old warehouse 0, only in the new 1; for example",
        "planted",
    ),
    "a time that is of no run": (
        "update archive.memberships set seen_at = seen_at + interval 1 second where nct_id = 'NCT00000001'",
        "archive.memberships: rows only in the old warehouse 1, only in the new 1; for example",
        "seen_at is '2026-10-02 03:00:01', was 'start of run 1'",
    ),
}


@pytest.fixture(scope="module")
def two_files(make_warehouse, tmp_path_factory):
    """Two warehouses that were made from the same night on two days."""
    first = make_warehouse()
    second = Warehouse(tmp_path_factory.mktemp("second"), first.server)
    studies = [make_member_study(number, keywords=["made"]) for number in range(1, 9)]
    studies = [
        with_value(study, "protocolSection.descriptionModule", {"briefSummary": f"Summary {number}"})
        for number, study in enumerate(studies, start=1)
    ]
    studies = [with_value(study, PLACE, [{"city": "Lisbon", "country": "Portugal"}]) for study in studies]
    for warehouse, moment in ((first, "2026-10-01 03:00"), (second, "2026-10-02 03:00")):
        first.serve(*studies)
        first.contents.data_timestamp = "2026-09-11T09:00:04"
        with clock_stands_at(moment):
            warehouse.sync()
    return first.path, second.path


@pytest.fixture(scope="module")
def reported(two_files, tmp_path_factory):
    """The differences between the first file, and the second with every planted difference."""
    folder = tmp_path_factory.mktemp("planted")
    files = [folder / name for name in ("old.duckdb", "new.duckdb")]
    for source, file in zip(two_files, files, strict=True):
        shutil.copyfile(source, file)
        with duckdb.connect(str(file)) as connection:
            connection.execute(EMPTY_TEXT)
    with duckdb.connect(str(files[1])) as connection:
        for statement, *_ in PLANTED.values():
            connection.execute(statement)
    return find_differences(*files)


def test_two_warehouses_of_the_same_night_are_equal(two_files):
    """The two runs have other times, durations and folders, and nothing else differs."""
    assert find_differences(*two_files) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_difference_is_reported(reported, planted):
    """Each planted difference has its own sentence with an example."""
    _, beginning, *parts = PLANTED[planted]
    (sentence,) = [sentence for sentence in reported if sentence.startswith(beginning)]
    assert [part for part in parts if part not in sentence] == []
