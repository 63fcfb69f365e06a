"""`see_also`: for each trial the trials of the set that share the most with it, the rare counting more, and why."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest

from tests.support.made_studies import made_study, nct_id
from tests.support.warehouses import EVERYTHING, put

SPONSOR = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
STATUS = "protocolSection.statusModule.overallStatus"
PHASES = "protocolSection.designModule.phases"
RELATED = "select other_nct_id from see_also where nct_id = $1 order by rank"
SCORES = "select other_nct_id, score from see_also where nct_id = $1 order by rank"
WHY = "select other_nct_id, shared from see_also where nct_id = $1 order by rank"


@pytest.fixture
def follow(warehouse):
    """Serves studies as a registry of which every study is in the set, and syncs."""
    warehouse.follow(EVERYTHING)

    def synced(*studies):
        warehouse.serve(*studies)
        warehouse.sync()
        return warehouse

    return synced


def given(number, *names, **parts):
    """A study with these interventions."""
    return put(made_study(number, **parts), INTERVENTIONS, [{"type": "DRUG", "name": name} for name in names])


def sponsored(number, name, **parts):
    """A study of this lead sponsor."""
    return put(made_study(number, **parts), SPONSOR, {"name": name, "class": "OTHER"})


def related(warehouse, number):
    """The numbers of the trials related to one, the nearest first."""
    return [int(other[3:]) for (other,) in warehouse.rows(RELATED, nct_id(number))]


def why(warehouse, number):
    """What a trial shares with each of those related to it, by their number."""
    return {int(other[3:]): shared for other, shared in warehouse.rows(WHY, nct_id(number))}


def test_a_rare_condition_counts_more_than_common_ones(follow):
    """Of two trials that share one condition each, the one that shares what few trials have comes first."""
    crowd = [made_study(number, conditions=["Common"]) for number in range(10, 20)]
    warehouse = follow(
        made_study(1, conditions=["Common", "Rare"]),
        made_study(2, conditions=["Common"]),
        made_study(3, conditions=["Rare"]),
        *crowd,
    )
    assert related(warehouse, 1) == [3, 2, *range(10, 20)]


def test_more_in_common_is_nearer(follow):
    """Each further term that is shared brings a trial nearer."""
    warehouse = follow(
        made_study(1, conditions=["A", "B", "C"]),
        made_study(2, conditions=["A"]),
        made_study(3, conditions=["A", "B", "C"]),
        made_study(4, conditions=["A", "B"]),
    )
    assert related(warehouse, 1) == [3, 4, 2]


def test_every_kind_of_term_relates_and_is_told(follow):
    """Conditions, keywords, MeSH terms, broader ones, interventions and sponsors relate, and `shared` names them."""
    warehouse = follow(
        *(made_study(number, conditions=["Jaundice"]) for number in (1, 2)),
        *(made_study(number, keywords=["bile"]) for number in (3, 4)),
        *(made_study(number, meshes=["Ascites"]) for number in (5, 6)),
        *(made_study(number, ancestors=["Ducts"]) for number in (7, 8)),
        *(given(number, "Lactulose") for number in (9, 10)),
        *(sponsored(number, "Liver House") for number in (11, 12)),
        *(made_study(13, conditions=["Fever"]), made_study(14, meshes=["Fever"])),
    )
    assert [why(warehouse, number) for number in range(1, 15, 2)] == [
        {2: "condition: Jaundice"},
        {4: "keyword: bile"},
        {6: "MeSH term: Ascites"},
        {8: "broader MeSH term: Ducts"},
        {10: "intervention: Lactulose"},
        {12: "sponsor: Liver House"},
        {14: "condition: Fever"},
    ]


def test_the_same_words_are_the_same_term(follow):
    """Case, accents, marks, order, plural or a note in brackets make no other term; each list has its own words."""
    alike = [
        ("Liver Failure, Acute on Chronic", "Acute-On-Chronic Liver Failure"),
        ("Hepatorenal syndrome (HRS)", "HEPATORENAL SYNDROME"),
        ("Mesenchymal Stem Cell", "mesenchymal stem cells"),
        ("Behcet syndrome", "Behçet's Syndrome"),
        ("急性肝衰竭", "急性肝衰竭"),
    ]
    warehouse = follow(*(made_study(number, conditions=[name]) for number, name in enumerate(chain(*alike), start=1)))
    for number, (one, other) in zip(range(1, 10, 2), alike, strict=True):
        assert why(warehouse, number) == {number + 1: f"condition: {one}"}
        assert why(warehouse, number + 1) == {number: f"condition: {other}"}


def test_other_words_are_another_term(follow):
    """Nothing is related because some of its words or letters are the same."""
    names = ["Acute hepatitis", "Chronic hepatitis", "Hepatitis B", "Hepatitis C", "Hepatic", "Hepatitis", "HRS (B)"]
    warehouse = follow(*(made_study(number, conditions=[name]) for number, name in enumerate(names, start=1)))
    assert warehouse.rows("from see_also") == []


def test_a_broader_term_weighs_less(follow):
    """Who shares the MeSH term itself is nearer than who shares what stands above it, however much that is."""
    above = ["Liver Failure", "Liver Diseases", "Digestive System Diseases"]
    warehouse = follow(
        made_study(1, meshes=["Ascites"], ancestors=above),
        made_study(2, meshes=["Jaundice"], ancestors=above),
        made_study(3, meshes=["Ascites"]),
    )
    assert related(warehouse, 1) == [3, 2]


def test_a_broader_term_is_not_counted_beside_its_narrower_one(follow):
    """It is implied: who shares both is as near as who shares the narrower term, and only that is told."""
    warehouse = follow(
        made_study(1, meshes=["Ascites"], ancestors=["Liver Diseases"]),
        made_study(2, meshes=["Ascites"], ancestors=["Liver Diseases"]),
        made_study(3, conditions=["Ascites"]),
    )
    scores = warehouse.rows("select score from see_also where nct_id = $1", nct_id(1))
    assert len(scores) == 2
    assert len(set(scores)) == 1
    assert why(warehouse, 1) == {2: "MeSH term: Ascites", 3: "MeSH term: Ascites"}


def test_what_everyone_compares_with_relates_nobody(follow):
    """Two trials with a placebo, a sham or usual care are not related by that."""
    warehouse = follow(*(given(number, "Placebo", "Standard of Care", "sham") for number in (1, 2)))
    assert related(warehouse, 1) == []


def test_what_is_shared_is_told_weightiest_first_and_at_most_five(follow):
    """`shared` begins with what weighs most: rare before common, an intervention before a keyword and a sponsor."""
    crowd = [made_study(number, conditions=["Common"]) for number in range(10, 50)]
    twins = [
        put(given(number, "Lactulose", conditions=["Common", "Rare"], keywords=["bile"]), SPONSOR, {"name": "House"})
        for number in (1, 2)
    ]
    many = [made_study(number, conditions=["A", "B", "C", "D", "E", "F"]) for number in (3, 4)]
    warehouse = follow(*twins, *many, *crowd)
    told = "condition: Rare; intervention: Lactulose; keyword: bile; sponsor: House; condition: Common"
    assert why(warehouse, 1)[2] == told
    assert why(warehouse, 3)[4].count("; ") == 4


def test_of_equals_the_open_come_first(follow):
    """With as much in common, open trials come before the others, stopped and unknown ones last, each by number."""
    statuses = ["UNKNOWN", "COMPLETED", "WITHDRAWN", "RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION"]
    others = [
        put(made_study(number, conditions=["A"]), STATUS, status) for number, status in enumerate(statuses, start=2)
    ]
    assert related(follow(made_study(1, conditions=["A"]), *others), 1) == [5, 7, 3, 6, 2, 4]


def test_a_row_shows_the_other_trial(follow):
    """Each row has the related trial's status, title and phase in the registry's wording; no phase is NULL."""
    other = made_study(2, title="Lactulose or Not", conditions=["A"])
    warehouse = follow(made_study(1, conditions=["A"]), put(put(other, PHASES, ["PHASE2", "PHASE1"]), STATUS, "NEW"))
    row = "select rank, other_nct_id, status_label, brief_title, phase_label from see_also where nct_id = $1"
    assert warehouse.rows(row, nct_id(1)) == [(1, nct_id(2), "NEW", "Lactulose or Not", "Phase 1/Phase 2")]
    assert warehouse.rows(row, nct_id(2)) == [(1, nct_id(1), "Recruiting", "A trial", None)]


def test_who_left_the_set_has_relations_and_is_nobodys(follow):
    """A trial that is not in the set any more is in no list, makes no term common, and keeps its own list."""
    warehouse = follow(*(made_study(number, conditions=["A"]) for number in (1, 2, 3)))
    rarity = "select score from see_also where nct_id = $1 limit 1"
    before = warehouse.rows(rarity, nct_id(1))
    warehouse.follow(f'{EVERYTHING}exclude = ["{nct_id(3)}"]\n')
    warehouse.sync()
    assert related(warehouse, 1) == [2]
    assert related(warehouse, 3) == [1, 2]
    assert warehouse.rows(rarity, nct_id(1)) == before  # still all of the set have it


def test_a_backfilled_trial_has_relations_and_is_nobodys(warehouse):
    """The same is true of a trial that was asked for by hand and is not in the set."""
    warehouse.serve(made_study(1, conditions=["Made disease", "A"]), made_study(2, conditions=["A"]))
    warehouse.sync()
    warehouse.backfill(nct_id(2))
    assert (related(warehouse, 1), related(warehouse, 2)) == ([], [1])


def test_relations_follow_the_records(follow):
    """When a record changes, the lists of all that are or were related to it change with it."""
    warehouse = follow(*(made_study(number, conditions=["A"]) for number in (1, 2)), made_study(3, conditions=["B"]))
    assert (related(warehouse, 1), related(warehouse, 3)) == ([2], [])
    warehouse = follow(
        made_study(1, conditions=["A"]),
        made_study(2, conditions=["B"], title="Now of B", updated="2024-02-01"),
        made_study(3, conditions=["B"]),
    )
    assert (related(warehouse, 1), related(warehouse, 3)) == ([], [2])
    assert warehouse.rows("select brief_title from see_also where nct_id = $1", nct_id(3)) == [("Now of B",)]


@pytest.mark.slow
def test_the_way_to_a_state_makes_no_difference(follow, new_warehouse):
    """What was loaded night by night is related as what was loaded at once, in another order."""
    names = ["A", "B", "C", "D", "E"]
    studies = [
        made_study(number, conditions=[names[number % 5], names[number % 3]], keywords=[names[number % 2]])
        for number in range(1, 30)
    ]
    grown = follow(*studies[:10])
    for end in (20, 29):
        grown.serve(*studies[:end])
        grown.sync()
    at_once = new_warehouse()
    at_once.follow(EVERYTHING)
    at_once.serve(*reversed(studies))
    at_once.sync()
    everything = "from see_also order by all"
    assert grown.rows(everything) == at_once.rows(everything)
    assert len(grown.rows(everything)) > 500


def test_a_crowd_that_shares_one_term_is_bounded(follow):
    """Where more share a term than are looked at, each trial still has 50, in one order, and the rarer terms count."""
    studies = [made_study(number, conditions=["Common"], keywords=[f"pair {number // 2}"]) for number in range(2, 402)]
    warehouse = follow(*studies)
    lists = warehouse.rows("select count(*), min(rank), max(rank), count(distinct rank) from see_also group by nct_id")
    assert lists == [(50, 1, 50, 50)] * 400
    assert related(warehouse, 300)[:3] == [301, 2, 3]
    assert related(warehouse, 2)[:3] == [3, 4, 5]


def test_no_trial_is_related_to_itself_and_scores_fall(follow):
    """A list never names its own trial, nor another twice, and its scores never rise."""
    warehouse = follow(*(made_study(n, conditions=[f"C{n % 3}", f"C{n % 4}"]) for n in range(1, 20)))
    assert warehouse.rows("from see_also where nct_id = other_nct_id") == []
    for number in range(1, 20):
        rows = warehouse.rows(SCORES, nct_id(number))
        assert len({other for other, _ in rows}) == len(rows) > 0
        assert all(before >= after for (_, before), (_, after) in pairwise(rows))
