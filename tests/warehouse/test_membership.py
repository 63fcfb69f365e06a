"""Who is in the condition set, by what, since when, and why no longer; a trial that leaves keeps all its rows."""

from __future__ import annotations

import pytest

from tests.support.made_studies import made_study
from tests.support.warehouses import CONDITION_SET, ill

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


def eight(*others):
    """Eight sound studies and others: enough for one to leave."""
    return [*(ill(number) for number in range(11, 19)), *others]


def cured(number):
    """The same study, without the condition that put it into the set."""
    return made_study(number, conditions=["Another illness"])


@pytest.fixture(scope="module")
def nine(new_warehouse):
    """A warehouse that holds eight trials and number 7."""
    warehouse = new_warehouse()
    warehouse.serve(*eight(ill(7)))
    warehouse.sync()
    return warehouse


@pytest.fixture
def held(nine, tmp_path):
    """A copy of it."""
    return nine.copied(tmp_path)


def state(warehouse):
    """Whether number 7 is in the set, why it left, and how many rows it has in the tables."""
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
def matched(new_warehouse):
    """A warehouse with a trial for each of `MATCHED`, numbered from 1."""
    warehouse = new_warehouse()
    warehouse.serve(*(with_mesh_ids(made_study(number, **parts)) for number, (parts, _) in enumerate(MATCHED, 1)))
    warehouse.sync()
    return warehouse


def with_mesh_ids(study):
    """The study with the set's MeSH id for the set's MeSH term, and another one for other terms."""
    browse = study["derivedSection"]["conditionBrowseModule"]
    for mesh in browse.get("meshes", []) + browse.get("ancestors", []):
        mesh["id"] = "D900001" if mesh["term"] == "Made Disease" else "D900099"
    return study


@pytest.mark.parametrize(("number", "expected"), [(number, match) for number, (_, match) in enumerate(MATCHED, 1)])
def test_a_member_is_matched_by_what_is_nearest(matched, number, expected):
    """Conditions come before MeSH terms, keywords, titles and MeSH ancestors; whole words count, not parts of them."""
    nct_id = f"NCT{number:08}"
    assert matched.rows(MATCHES, nct_id) == [expected]
    assert matched.rows("select in_condition_set from trials where nct_id = $1", nct_id) == [(True,)]


def test_a_trial_listed_by_hand_is_a_member_by_that(warehouse):
    """What a person listed is matched by that before anything else, found by the search or not."""
    warehouse.follow(f'{CONDITION_SET}include = ["{SEVEN}", "NCT00000008"]\n')
    warehouse.serve(cured(7), ill(8), ill(9))
    warehouse.sync()
    query = "select nct_id, matched_by, matched_text from condition_set_members order by nct_id"
    assert warehouse.rows(query) == [
        (SEVEN, "listed by hand", SEVEN),
        ("NCT00000008", "listed by hand", "NCT00000008"),
        ("NCT00000009", "condition", "Made disease"),
    ]


def test_a_match_follows_the_record(held):
    """When a member's record changes, so does what it is matched by."""
    held.serve(*eight(made_study(7, keywords=["made disease"], updated="2024-02-01")))
    held.sync()
    assert held.rows(MATCHES, SEVEN) == [("keyword", "made disease")]


def test_a_backfilled_trial_is_no_member(held):
    """A trial that was asked for by hand is loaded and does not join the set; nobody leaves by a backfill either."""
    held.serve(*eight(ill(7)), cured(1))
    report = held.backfill("NCT00000001")
    assert (report["inserted"], report["left"]) == (1, 0)
    assert held.rows(IN_SET)[0] == ("NCT00000001", False)
    assert held.rows("select count(*) from condition_set_members where member_until is null") == [(9,)]


@pytest.mark.fault(32)
def test_a_trial_that_left_the_search_stays_in_the_warehouse(held):
    """Missing from the listing and found by its number, it has left; its rows stay, brought up to date."""
    held.serve(*eight(cured(7)))
    report = held.sync()
    assert (report["outcome"], report["left"], report["updated"]) == ("published", 1, 1)
    assert state(held) == (False, "left the search", 3)
    assert held.rows("select name from ctgov.conditions where nct_id = $1", SEVEN) == [("Another illness",)]
    assert held.rows("select outcome from ops.run_trials where run_id = 2 order by all") == [("left",), ("updated",)]


@pytest.mark.fault(32)
def test_a_trial_gone_from_the_registry_stays_in_the_warehouse(held):
    """Missing from the listing and not found by its number, it is gone; its last rows stay."""
    held.serve(*eight())
    report = held.sync()
    assert (report["left"], report["merged"], report["fetched"]) == (1, 0, 0)
    assert state(held) == (False, "gone from the registry", 3)


def test_a_merged_trial_names_its_successor(held):
    """Merged into another, it has left with the other's number as the reason, and the other is loaded."""
    held.serve(*eight(ill(8, aliases=[SEVEN])))
    report = held.sync()
    assert (report["merged"], report["left"], report["inserted"]) == (1, 0, 1)
    assert state(held) == (False, "merged into NCT00000008", 3)
    assert ("NCT00000008", True) in held.rows(IN_SET)


def test_a_number_with_a_record_of_its_own_is_not_merged(held):
    """Where another record lists it as an obsolete one and it is served all the same, it stays in the set."""
    held.serve(*eight(ill(7), ill(8, aliases=[SEVEN])))
    report = held.sync(full=True)
    assert (report["merged"], report["left"], report["inserted"]) == (0, 0, 1)
    assert state(held)[0] is True


@pytest.mark.fault(33)
def test_a_withheld_trial_left_for_that_reason(held):
    """Missing from the listing because its sponsor withholds it, it left for that; its stub is its newest version."""
    held.serve(*eight({**cured(7), "protocolSection": withheld(7)}))
    report = held.sync()
    assert (report["left"], report["updated"]) == (1, 1)
    assert state(held)[:2] == (False, "withheld by its sponsor")
    assert held.rows("select outcome from ops.run_trials where run_id = 2 order by all") == [
        ("updated",),
        ("withheld",),
    ]
    query = "select version, overall_status from trial_history where nct_id = $1 order by version"
    assert held.rows(query, SEVEN) == [(1, "RECRUITING"), (2, "WITHHELD")]


def withheld(number):
    """What the registry still says of a trial that its sponsor withholds."""
    return {
        "identificationModule": {"nctId": f"NCT{number:08}", "briefTitle": "[Trial of device that is not approved]"},
        "statusModule": {"overallStatus": "WITHHELD"},
    }


def test_an_obsolete_number_leads_to_the_trial_it_is_now(held):
    """Merged twice, a trial is found under its last number by each of its former ones, in the warehouse or not."""
    held.serve(*eight(ill(8, aliases=[SEVEN, "NCT00000001"])))
    held.sync()
    held.serve(*eight(ill(9, aliases=["NCT00000008"])))
    held.sync()
    aliases = [("NCT00000001", "NCT00000009"), (SEVEN, "NCT00000009"), ("NCT00000008", "NCT00000009")]
    assert held.rows("from trial_aliases order by nct_id") == aliases


def test_another_match_alone_is_published(held):
    """What puts a trial in the set is another thing by the set's file, not by a record: that is news too."""
    held.follow(f'{CONDITION_SET}include = ["{SEVEN}"]\n')
    assert held.sync()["outcome"] == "published"
    assert held.rows(MATCHES, SEVEN) == [("listed by hand", SEVEN)]


def test_a_trial_excluded_by_hand_leaves_unasked(held):
    """A person's word is proof enough: no request is sent for it, and its rows stay."""
    held.follow(f'{CONDITION_SET}exclude = ["{SEVEN}"]\n')
    held.serve(*eight(ill(7)))
    report = held.sync()
    assert (report["left"], report["requests"]) == (1, 2)
    assert state(held) == (False, "excluded by hand", 3)


@pytest.mark.fault(34)
def test_a_trial_that_returns_is_a_member_since_it_first_was(held):
    """Back in the listing it is in the set again, with no reason to have left and the first `member_since`."""
    since = "select member_since from condition_set_members where nct_id = $1"
    first = held.rows(since, SEVEN)
    held.serve(*eight(cured(7)))
    held.sync()
    held.serve(*eight(ill(7, updated="2024-03-01")))
    held.sync()
    assert state(held) == (True, None, 3)
    assert held.rows(since, SEVEN) == first
    assert held.rows(MATCHES, SEVEN) == [("condition", "Made disease")]
    assert held.rows("select version from trials where nct_id = $1", SEVEN) == [(3,)]


@pytest.mark.fault(34)
def test_a_return_alone_is_published(held):
    """A trial that returns without a change of its record is in the set in the published warehouse too."""
    held.follow(f'{CONDITION_SET}exclude = ["{SEVEN}"]\n')
    held.sync()
    held.follow(CONDITION_SET)
    held.sync()
    assert state(held) == (True, None, 3)


@pytest.mark.fault(32)
def test_who_left_is_not_asked_for_again(held):
    """A trial that has left is no reason for a request the night after."""
    held.serve(*eight(cured(7)))
    held.sync()
    held.serve(*eight(cured(7)))
    assert held.sync()["requests"] == 2
