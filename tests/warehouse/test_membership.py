"""The warehouse knows which trials are in the condition set, by what, since when, and why a trial left.

A trial that leaves keeps all its rows.
"""

from __future__ import annotations

import pytest

from tests.support.made_studies import make_study
from tests.support.warehouses import CONDITION_SET, make_member_study

SEVEN = "NCT00000007"
MATCHES = "select matched_by, matched_text from condition_set_members where nct_id = $1"
MATCHED = [
    # what a study has, what it is matched by
    ({"conditions": ["Acute made disease, other"]}, ("condition", "Acute made disease, other")),
    ({"conditions": ["MADE-DISEASE"]}, ("condition", "MADE-DISEASE")),
    ({"conditions": ["B made disease", "A made disease"]}, ("condition", "A made disease")),
    ({"keywords": ["made disease"], "meshes": ["Made Disease"]}, ("mesh term", "Made Disease")),
    ({"keywords": ["made disease"], "title": "Made disease"}, ("keyword", "made disease")),
    ({"title": "On made disease", "ancestors": ["Made Disease"]}, ("title", "On made disease")),
    ({"conditions": ["X"], "ancestors": ["Made Disease"]}, ("mesh ancestor", "Made Disease")),
    ({"conditions": ["Unmade diseases"], "ancestors": ["Another made disease"]}, ("search only", None)),
]
IN_SET = "select nct_id, in_condition_set from trials order by nct_id"


def make_eight_members(*others):
    """Return eight sound studies and others: enough that one may leave."""
    return [*(make_member_study(number) for number in range(11, 19)), *others]


def make_cured_study(number):
    """Return the same study without the condition that puts it into the set."""
    return make_study(number, conditions=["Another illness"])


@pytest.fixture(scope="module")
def nine(make_warehouse):
    """A warehouse with eight trials and number 7."""
    warehouse = make_warehouse()
    warehouse.serve(*make_eight_members(make_member_study(7)))
    warehouse.sync()
    return warehouse


@pytest.fixture
def copied_warehouse(nine, tmp_path):
    """A copy of this warehouse."""
    return nine.copy_to(tmp_path)


def read_state(warehouse):
    """Return whether number 7 is in the set, why it left, and how many rows it has in the tables."""
    ((in_set,),) = warehouse.rows("select in_condition_set from trials where nct_id = $1", SEVEN)
    ((is_member, reason),) = warehouse.rows(
        "select member_until is null, left_reason from condition_set_members where nct_id = $1", SEVEN
    )
    assert in_set == is_member
    tables = ("ctgov.studies", "ctgov.conditions", "raw.studies")
    ((rows,),) = warehouse.rows(
        "select " + " + ".join(f"(select count(*) from {table} where nct_id = '{SEVEN}')" for table in tables)
    )
    return in_set, reason, rows


@pytest.fixture(scope="module")
def matched(make_warehouse):
    """A warehouse with a trial for each of `MATCHED`, numbered from 1."""
    warehouse = make_warehouse()
    warehouse.serve(*(with_mesh_ids(make_study(number, **parts)) for number, (parts, _) in enumerate(MATCHED, 1)))
    warehouse.sync()
    return warehouse


def with_mesh_ids(study):
    """Return the study with the set's MeSH id for the set's MeSH term, and another id for other terms."""
    browse = study["derivedSection"]["conditionBrowseModule"]
    for mesh in browse.get("meshes", []) + browse.get("ancestors", []):
        mesh["id"] = "D900001" if mesh["term"] == "Made Disease" else "D900099"
    return study


@pytest.mark.parametrize(("number", "expected"), [(number, match) for number, (_, match) in enumerate(MATCHED, 1)])
def test_member_has_its_nearest_match(matched, number, expected):
    """Conditions come before MeSH terms, keywords, titles and MeSH ancestors. Only whole words match."""
    nct_id = f"NCT{number:08}"
    assert matched.rows(MATCHES, nct_id) == [expected]
    assert matched.rows("select in_condition_set from trials where nct_id = $1", nct_id) == [(True,)]


def test_trial_listed_by_hand_is_matched_by_that(warehouse):
    """A trial that a person listed is matched by that before anything else, whether the search finds it or not."""
    warehouse.use_condition_set(f'{CONDITION_SET}include = ["{SEVEN}", "NCT00000008"]\n')
    warehouse.serve(make_cured_study(7), make_member_study(8), make_member_study(9))
    warehouse.sync()
    query = "select nct_id, matched_by, matched_text from condition_set_members order by nct_id"
    assert warehouse.rows(query) == [
        (SEVEN, "listed by hand", SEVEN),
        ("NCT00000008", "listed by hand", "NCT00000008"),
        ("NCT00000009", "condition", "Made disease"),
    ]


def test_match_follows_the_record(copied_warehouse):
    """If the record of a member changes, its match changes too."""
    copied_warehouse.serve(*make_eight_members(make_study(7, keywords=["made disease"], updated="2024-02-01")))
    copied_warehouse.sync()
    assert copied_warehouse.rows(MATCHES, SEVEN) == [("keyword", "made disease")]


def test_backfilled_trial_is_not_a_member(copied_warehouse):
    """A backfill loads a trial without adding it to the set, and no trial leaves the set."""
    copied_warehouse.serve(*make_eight_members(make_member_study(7)), make_cured_study(1))
    summary = copied_warehouse.backfill("NCT00000001")
    assert (summary["inserted"], summary["left"]) == (1, 0)
    assert copied_warehouse.rows(IN_SET)[0] == ("NCT00000001", False)
    assert copied_warehouse.rows("select count(*) from condition_set_members where member_until is null") == [(9,)]


@pytest.mark.fault(32)
def test_trial_that_left_the_search_stays_in_the_warehouse(copied_warehouse):
    """A trial that is missing from the listing but found by its number has left. Its rows are updated and stay."""
    copied_warehouse.serve(*make_eight_members(make_cured_study(7)))
    summary = copied_warehouse.sync()
    assert (summary["outcome"], summary["left"], summary["updated"]) == ("published", 1, 1)
    assert read_state(copied_warehouse) == (False, "left the search", 3)
    assert copied_warehouse.rows("select name from ctgov.conditions where nct_id = $1", SEVEN) == [("Another illness",)]
    assert copied_warehouse.rows("select outcome from ops.run_trials where run_id = 2 order by all") == [
        ("left",),
        ("updated",),
    ]


@pytest.mark.fault(32)
def test_trial_gone_from_the_registry_stays_in_the_warehouse(copied_warehouse):
    """A trial that is missing from the listing and not found by its number is gone. Its last rows stay."""
    copied_warehouse.serve(*make_eight_members())
    summary = copied_warehouse.sync()
    assert (summary["left"], summary["merged"], summary["fetched"]) == (1, 0, 0)
    assert read_state(copied_warehouse) == (False, "gone from the registry", 3)


def test_merged_trial_names_its_successor(copied_warehouse):
    """A trial that was merged into another has left. The reason has the other's number, and the other is loaded."""
    copied_warehouse.serve(*make_eight_members(make_member_study(8, aliases=[SEVEN])))
    summary = copied_warehouse.sync()
    assert (summary["merged"], summary["left"], summary["inserted"]) == (1, 0, 1)
    assert read_state(copied_warehouse) == (False, "merged into NCT00000008", 3)
    assert ("NCT00000008", True) in copied_warehouse.rows(IN_SET)


def test_trial_with_its_own_record_is_not_merged(copied_warehouse):
    """A trial that the registry still serves stays in the set, even if another record lists its number as obsolete."""
    copied_warehouse.serve(*make_eight_members(make_member_study(7), make_member_study(8, aliases=[SEVEN])))
    summary = copied_warehouse.sync(full=True)
    assert (summary["merged"], summary["left"], summary["inserted"]) == (0, 0, 1)
    assert read_state(copied_warehouse)[0] is True


@pytest.mark.fault(33)
def test_withheld_trial_has_left_as_withheld(copied_warehouse):
    """A trial that its sponsor withholds has left for that reason. Its shortened record is its newest version."""
    copied_warehouse.serve(*make_eight_members({**make_cured_study(7), "protocolSection": make_withheld_sections(7)}))
    summary = copied_warehouse.sync()
    assert (summary["left"], summary["updated"]) == (1, 1)
    assert read_state(copied_warehouse)[:2] == (False, "withheld by its sponsor")
    assert copied_warehouse.rows("select outcome from ops.run_trials where run_id = 2 order by all") == [
        ("updated",),
        ("withheld",),
    ]
    query = "select version, overall_status from trial_history where nct_id = $1 order by version"
    assert copied_warehouse.rows(query, SEVEN) == [(1, "RECRUITING"), (2, "WITHHELD")]


def make_withheld_sections(number):
    """Return what the registry still says about a trial that its sponsor withholds."""
    return {
        "identificationModule": {"nctId": f"NCT{number:08}", "briefTitle": "[Trial of device that is not approved]"},
        "statusModule": {"overallStatus": "WITHHELD"},
    }


def test_obsolete_number_leads_to_the_current_number(copied_warehouse):
    """Each former number of a trial that was merged twice leads to its last number, in the warehouse or not."""
    copied_warehouse.serve(*make_eight_members(make_member_study(8, aliases=[SEVEN, "NCT00000001"])))
    copied_warehouse.sync()
    copied_warehouse.serve(*make_eight_members(make_member_study(9, aliases=["NCT00000008"])))
    copied_warehouse.sync()
    aliases = [("NCT00000001", "NCT00000009"), (SEVEN, "NCT00000009"), ("NCT00000008", "NCT00000009")]
    assert copied_warehouse.rows("from trial_aliases order by nct_id") == aliases


def test_changed_match_alone_is_published(copied_warehouse):
    """If only the condition set's file changes the match of a trial, that is published too."""
    copied_warehouse.use_condition_set(f'{CONDITION_SET}include = ["{SEVEN}"]\n')
    assert copied_warehouse.sync()["outcome"] == "published"
    assert copied_warehouse.rows(MATCHES, SEVEN) == [("listed by hand", SEVEN)]


def test_trial_excluded_by_hand_leaves_without_a_request(copied_warehouse):
    """A trial that a person excludes leaves the set. No request is sent for it, and its rows stay."""
    copied_warehouse.use_condition_set(f'{CONDITION_SET}exclude = ["{SEVEN}"]\n')
    copied_warehouse.serve(*make_eight_members(make_member_study(7)))
    summary = copied_warehouse.sync()
    assert (summary["left"], summary["requests"]) == (1, 2)
    assert read_state(copied_warehouse) == (False, "excluded by hand", 3)


@pytest.mark.fault(34)
def test_returning_trial_keeps_its_first_member_since(copied_warehouse):
    """A trial that is back in the listing has no `left_reason`, and keeps its first `member_since`."""
    since = "select member_since from condition_set_members where nct_id = $1"
    first = copied_warehouse.rows(since, SEVEN)
    copied_warehouse.serve(*make_eight_members(make_cured_study(7)))
    copied_warehouse.sync()
    copied_warehouse.serve(*make_eight_members(make_member_study(7, updated="2024-03-01")))
    copied_warehouse.sync()
    assert read_state(copied_warehouse) == (True, None, 3)
    assert copied_warehouse.rows(since, SEVEN) == first
    assert copied_warehouse.rows(MATCHES, SEVEN) == [("condition", "Made disease")]
    assert copied_warehouse.rows("select version from trials where nct_id = $1", SEVEN) == [(3,)]


@pytest.mark.fault(34)
def test_return_alone_is_published(copied_warehouse):
    """A trial that returns with an unchanged record is in the set in the published warehouse too."""
    copied_warehouse.use_condition_set(f'{CONDITION_SET}exclude = ["{SEVEN}"]\n')
    copied_warehouse.sync()
    copied_warehouse.use_condition_set(CONDITION_SET)
    copied_warehouse.sync()
    assert read_state(copied_warehouse) == (True, None, 3)


@pytest.mark.fault(32)
def test_trial_that_left_is_not_asked_for_again(copied_warehouse):
    """The run after a trial has left sends no request for it."""
    copied_warehouse.serve(*make_eight_members(make_cured_study(7)))
    copied_warehouse.sync()
    copied_warehouse.serve(*make_eight_members(make_cured_study(7)))
    assert copied_warehouse.sync()["requests"] == 2
