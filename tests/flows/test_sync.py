"""The same replies give the same tables; what changed, and nothing else, is a new version."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.support.warehouses import TIMES, ill, put, written_studies

CHECKED = frozenset({"last_checked_at", "last_seen_at"})
VERSION_HOLDER = "derivedSection.miscInfoModule.versionHolder"
LOCATIONS = "protocolSection.contactsLocationsModule.locations"
TITLE = "protocolSection.identificationModule.briefTitle"
VERSIONS = "select nct_id, version from trials order by nct_id"


def backwards(value):
    """The same JSON with the keys of every object in reverse order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def once(new_warehouse):
    """A warehouse that was synced once."""
    warehouse = new_warehouse()
    warehouse.serve(*written_studies().values())
    warehouse.sync()
    return warehouse


@pytest.fixture
def held(once, tmp_path):
    """A copy of it, with its tables and its published file as they are."""
    warehouse = once.copied(tmp_path)
    warehouse.before = warehouse.tables()
    warehouse.file = warehouse.path.resolve()
    return warehouse


def test_the_same_night_asks_for_nothing(held):
    """The same data release is one request, no row is touched, and nothing is published."""
    report = held.sync()
    assert (report["outcome"], report["requests"], report["fetched"]) == ("unchanged", 1, 0)
    assert held.path.resolve() == held.file
    assert held.tables() == held.before


def test_a_new_night_with_the_same_records_fetches_none(held, studies):
    """A data release that lists the same dates and statuses is a listing and no more."""
    held.serve(*studies.values())
    report = held.sync()
    assert (report["outcome"], report["planned"], report["fetched"]) == ("unchanged", 0, 0)
    assert held.path.resolve() == held.file


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "same",
    [deepcopy, backwards, lambda study: put(study, VERSION_HOLDER, "2026-12-24")],
    ids=["as they were", "other order of keys", "other night's date"],
)
def test_a_full_run_finds_every_record_unchanged(held, studies, same):
    """Fetched again, a record with other keys' order or another night's date is no new version; its check is noted."""
    held.serve(*map(same, studies.values()))
    report = held.sync(full=True)
    counts = {name: report[name] for name in ("fetched", "unchanged", "inserted", "updated", "problems")}
    listed = len(studies) - 1  # the withheld record has no condition that the search could find
    assert counts == {"fetched": listed, "unchanged": listed, "inserted": 0, "updated": 0, "problems": 0}
    assert report["outcome"] == "unchanged"
    assert held.path.resolve() == held.file
    newest = "select count(distinct last_checked_at), max(version) from main.trials"
    assert held.stored(newest) == [(1, 1)]
    assert held.stored("select last_checked_at > first_seen_at from main.trials limit 1") == [(True,)]


@pytest.mark.slow
def test_another_warehouse_of_the_same_replies_is_the_same(held, new_warehouse, studies):
    """Two warehouses that were given the same replies, in whatever order, hold the same rows but for their times."""
    twin = new_warehouse()
    twin.serve(*reversed(studies.values()))
    twin.sync()
    assert twin.tables(without=TIMES) == held.tables(without=TIMES)


def test_a_changed_leaf_is_version_two_of_its_trial_alone(held, studies):
    """One changed title is one new version: its rows are replaced, every other trial's rows stay as they were."""
    changed = put(studies["a_whole_record"], TITLE, "Tidal Albumin, Revised")
    held.serve(*{**studies, "a_whole_record": changed}.values())
    report = held.sync(full=True)
    assert (report["outcome"], report["updated"], report["unchanged"]) == ("published", 1, 9)
    after = held.tables(without=CHECKED)
    changed_rows = {
        *("main.trials", "main.trial_history", "main.trial_versions", "main.trial_changes", "main.changes"),
        *("main.membership_changes", "ctgov.studies", "raw.studies", "archive.study_versions", "main.trial_summary"),
    }
    related_was, related = held.before.pop("main.see_also"), after.pop("main.see_also")
    assert _without_titles(related) == _without_titles(related_was)  # a title stands with related trials too
    for table, rows in held.before.items():
        was = [{name: value for name, value in row.items() if name not in CHECKED} for row in rows]
        others_was, others = (
            [row for row in side if row.get("nct_id") != "NCT90000001"] for side in (was, after[table])
        )
        assert others == others_was
        assert (after[table] == was) is (table not in changed_rows)
    (row,) = [row for row in after["main.trials"] if row["nct_id"] == "NCT90000001"]
    (was,) = [row for row in held.before["main.trials"] if row["nct_id"] == "NCT90000001"]
    assert (row["brief_title"], row["version"]) == ("Tidal Albumin, Revised", 2)
    assert row["first_seen_at"] == was["first_seen_at"]
    assert row["last_changed_at"] > was["last_changed_at"]


def test_what_left_the_record_leaves_the_tables(warehouse):
    """A site, a contact or a phase that the new version lacks has no row and no value any more."""
    site = {"facility": "A", "country": "Chad"}
    full = put(put(ill(1), LOCATIONS, [site, {"facility": "B"}]), "protocolSection.designModule.phases", ["PHASE1"])
    warehouse.serve(full, ill(2))
    warehouse.sync()
    assert warehouse.rows("select count(*) from ctgov.facilities") == [(2,)]
    warehouse.serve(put(ill(1), LOCATIONS, [site]), ill(2))
    warehouse.sync(full=True)
    assert warehouse.rows("select id, name from ctgov.facilities") == [(10000001, "A")]
    assert warehouse.rows("select phase, site_count from trials order by nct_id") == [(None, 1), (None, 0)]
    assert warehouse.rows(VERSIONS) == [("NCT00000001", 2), ("NCT00000002", 1)]


def test_a_record_that_goes_back_is_a_version_of_its_own(warehouse):
    """A content that comes back is version 3, for versions count what was seen one after another."""
    first, second = ill(1), put(ill(1), TITLE, "Another")
    for study in (first, second, first):
        warehouse.serve(study)
        warehouse.sync(full=True)
    assert warehouse.rows(VERSIONS) == [("NCT00000001", 3)]
    assert warehouse.rows("select brief_title from trials") == [("A trial",)]


def test_a_backfill_of_what_is_held_changes_nothing(held):
    """A backfill of an unchanged trial is fetched, compared and not published."""
    report = held.backfill("NCT90000001")
    assert (report["outcome"], report["fetched"], report["unchanged"]) == ("unchanged", 1, 1)
    assert held.path.resolve() == held.file


def _without_titles(relations):
    return [{name: value for name, value in row.items() if name != "brief_title"} for row in relations]
