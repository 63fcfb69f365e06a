"""`see_also` lists for each trial the trials of the set that share the most with it, and what they share."""

from __future__ import annotations

import shutil
from itertools import chain, pairwise

import duckdb
import pytest

from tests.support.made_studies import make_nct_id, make_study
from tests.support.ranked_nights import make_ranked_night
from tests.support.warehouses import EVERYTHING, with_value
from warehouse.loading import related_trials

SPONSOR = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
STATUS = "protocolSection.statusModule.overallStatus"
PHASES = "protocolSection.designModule.phases"
RELATED = "select other_nct_id from see_also where nct_id = $1 order by rank"
SCORES = "select other_nct_id, score from see_also where nct_id = $1 order by rank"
WHY = "select other_nct_id, shared from see_also where nct_id = $1 order by rank"


@pytest.fixture
def sync_studies(warehouse):
    """A function that serves studies, all of them in the condition set, syncs, and returns the warehouse."""
    warehouse.use_condition_set(EVERYTHING)

    def sync_all(*studies):
        warehouse.serve(*studies)
        warehouse.sync()
        return warehouse

    return sync_all


def make_study_with(number, *names, **parts):
    """Make a study with these interventions."""
    return with_value(make_study(number, **parts), INTERVENTIONS, [{"type": "DRUG", "name": name} for name in names])


def make_study_of_sponsor(number, name, **parts):
    """Make a study of this lead sponsor."""
    return with_value(make_study(number, **parts), SPONSOR, {"name": name, "class": "OTHER"})


def read_related(warehouse, number):
    """Return the numbers of the related trials, the nearest first."""
    return [int(other[3:]) for (other,) in warehouse.rows(RELATED, make_nct_id(number))]


def read_shared(warehouse, number):
    """Return what a trial shares with each related trial, by the number of that trial."""
    return {int(other[3:]): shared for other, shared in warehouse.rows(WHY, make_nct_id(number))}


def test_rare_condition_counts_more_than_a_common_one(sync_studies):
    """A trial that shares a rare condition comes before one that shares a common condition."""
    crowd = [make_study(number, conditions=["Common"]) for number in range(10, 20)]
    warehouse = sync_studies(
        make_study(1, conditions=["Common", "Rare"]),
        make_study(2, conditions=["Common"]),
        make_study(3, conditions=["Rare"]),
        *crowd,
    )
    assert read_related(warehouse, 1) == [3, 2, *range(10, 20)]


def test_more_in_common_is_nearer(sync_studies):
    """Each additional shared term brings a trial nearer."""
    warehouse = sync_studies(
        make_study(1, conditions=["A", "B", "C"]),
        make_study(2, conditions=["A"]),
        make_study(3, conditions=["A", "B", "C"]),
        make_study(4, conditions=["A", "B"]),
    )
    assert read_related(warehouse, 1) == [3, 4, 2]


def test_every_kind_of_term_relates_and_is_named(sync_studies):
    """Conditions, keywords, MeSH terms, broader ones, interventions and sponsors relate trials, and are in `shared`."""
    warehouse = sync_studies(
        *(make_study(number, conditions=["Jaundice"]) for number in (1, 2)),
        *(make_study(number, keywords=["bile"]) for number in (3, 4)),
        *(make_study(number, meshes=["Ascites"]) for number in (5, 6)),
        *(make_study(number, ancestors=["Ducts"]) for number in (7, 8)),
        *(make_study_with(number, "Lactulose") for number in (9, 10)),
        *(make_study_of_sponsor(number, "Liver House") for number in (11, 12)),
        *(make_study(13, conditions=["Fever"]), make_study(14, meshes=["Fever"])),
    )
    assert [read_shared(warehouse, number) for number in range(1, 15, 2)] == [
        {2: "condition: Jaundice"},
        {4: "keyword: bile"},
        {6: "MeSH term: Ascites"},
        {8: "broader MeSH term: Ducts"},
        {10: "intervention: Lactulose"},
        {12: "sponsor: Liver House"},
        {14: "condition: Fever"},
    ]


def test_same_words_are_the_same_term(sync_studies):
    """Case, accents, punctuation, order, plural and notes in brackets do not matter. A list has its trial's words."""
    alike = [
        ("Liver Failure, Acute on Chronic", "Acute-On-Chronic Liver Failure"),
        ("Hepatorenal syndrome (HRS)", "HEPATORENAL SYNDROME"),
        ("Mesenchymal Stem Cell", "mesenchymal stem cells"),
        ("Behcet syndrome", "Behçet's Syndrome"),
        ("急性肝衰竭", "急性肝衰竭"),
    ]
    warehouse = sync_studies(
        *(make_study(number, conditions=[name]) for number, name in enumerate(chain(*alike), start=1))
    )
    for number, (one, other) in zip(range(1, 10, 2), alike, strict=True):
        assert read_shared(warehouse, number) == {number + 1: f"condition: {one}"}
        assert read_shared(warehouse, number + 1) == {number: f"condition: {other}"}


def test_other_words_are_another_term(sync_studies):
    """Terms are not the same because some of their words or letters are."""
    names = ["Acute hepatitis", "Chronic hepatitis", "Hepatitis B", "Hepatitis C", "Hepatic", "Hepatitis", "HRS (B)"]
    warehouse = sync_studies(*(make_study(number, conditions=[name]) for number, name in enumerate(names, start=1)))
    assert warehouse.rows("from see_also") == []


def test_broader_term_weighs_less(sync_studies):
    """A trial that shares the MeSH term itself is nearer than one that shares any number of its broader terms."""
    above = ["Liver Failure", "Liver Diseases", "Digestive System Diseases"]
    warehouse = sync_studies(
        make_study(1, meshes=["Ascites"], ancestors=above),
        make_study(2, meshes=["Jaundice"], ancestors=above),
        make_study(3, meshes=["Ascites"]),
    )
    assert read_related(warehouse, 1) == [3, 2]


def test_broader_term_is_not_counted_beside_its_narrower_term(sync_studies):
    """A trial that shares both is as near as one that shares only the narrower term, which `shared` names alone."""
    warehouse = sync_studies(
        make_study(1, meshes=["Ascites"], ancestors=["Liver Diseases"]),
        make_study(2, meshes=["Ascites"], ancestors=["Liver Diseases"]),
        make_study(3, conditions=["Ascites"]),
    )
    scores = warehouse.rows("select score from see_also where nct_id = $1", make_nct_id(1))
    assert len(scores) == 2
    assert len(set(scores)) == 1
    assert read_shared(warehouse, 1) == {2: "MeSH term: Ascites", 3: "MeSH term: Ascites"}


def test_usual_comparators_relate_no_trials(sync_studies):
    """Two trials are not related because both have a placebo, a sham or usual care."""
    warehouse = sync_studies(*(make_study_with(number, "Placebo", "Standard of Care", "sham") for number in (1, 2)))
    assert read_related(warehouse, 1) == []


def test_shared_names_at_most_five_terms_weightiest_first(sync_studies):
    """`shared` begins with the weightiest term: rare before common, an intervention before a keyword and a sponsor."""
    crowd = [make_study(number, conditions=["Common"]) for number in range(10, 50)]
    twins = [
        with_value(
            make_study_with(number, "Lactulose", conditions=["Common", "Rare"], keywords=["bile"]),
            SPONSOR,
            {"name": "House"},
        )
        for number in (1, 2)
    ]
    many = [make_study(number, conditions=["A", "B", "C", "D", "E", "F"]) for number in (3, 4)]
    warehouse = sync_studies(*twins, *many, *crowd)
    expected = "condition: Rare; intervention: Lactulose; keyword: bile; sponsor: House; condition: Common"
    assert read_shared(warehouse, 1)[2] == expected
    assert read_shared(warehouse, 3)[4].count("; ") == 4


def test_open_trials_come_first_among_equals(sync_studies):
    """Of trials that share as much, open ones come first and stopped or unknown ones last; then the number decides."""
    statuses = ["UNKNOWN", "COMPLETED", "WITHDRAWN", "RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION"]
    others = [
        with_value(make_study(number, conditions=["A"]), STATUS, status)
        for number, status in enumerate(statuses, start=2)
    ]
    assert read_related(sync_studies(make_study(1, conditions=["A"]), *others), 1) == [5, 7, 3, 6, 2, 4]


def test_row_shows_the_other_trial(sync_studies):
    """Each row has the related trial's status, title and phase in the registry's wording. A missing phase is NULL."""
    other = make_study(2, title="Lactulose or Not", conditions=["A"])
    warehouse = sync_studies(
        make_study(1, conditions=["A"]), with_value(with_value(other, PHASES, ["PHASE2", "PHASE1"]), STATUS, "NEW")
    )
    row = "select rank, other_nct_id, status_label, brief_title, phase_label from see_also where nct_id = $1"
    assert warehouse.rows(row, make_nct_id(1)) == [(1, make_nct_id(2), "NEW", "Lactulose or Not", "Phase 1/Phase 2")]
    assert warehouse.rows(row, make_nct_id(2)) == [(1, make_nct_id(1), "Recruiting", "A trial", None)]


def test_trial_that_left_the_set_has_a_list_and_is_in_none(sync_studies):
    """A trial that left the set is in no list, does not make terms more common, and keeps its own list."""
    warehouse = sync_studies(*(make_study(number, conditions=["A"]) for number in (1, 2, 3)))
    rarity = "select score from see_also where nct_id = $1 limit 1"
    before = warehouse.rows(rarity, make_nct_id(1))
    warehouse.use_condition_set(f'{EVERYTHING}exclude = ["{make_nct_id(3)}"]\n')
    warehouse.sync()
    assert read_related(warehouse, 1) == [2]
    assert read_related(warehouse, 3) == [1, 2]
    assert warehouse.rows(rarity, make_nct_id(1)) == before  # still all of the set have it


def test_backfilled_trial_has_a_list_and_is_in_none(warehouse):
    """A trial that was fetched by hand and is not in the set has its own list, and is in no list."""
    warehouse.serve(make_study(1, conditions=["Made disease", "A"]), make_study(2, conditions=["A"]))
    warehouse.sync()
    warehouse.backfill(make_nct_id(2))
    assert (read_related(warehouse, 1), read_related(warehouse, 2)) == ([], [1])


def test_related_trials_follow_the_records(sync_studies):
    """If a record changes, the lists of all trials that are or were related to it change too."""
    warehouse = sync_studies(
        *(make_study(number, conditions=["A"]) for number in (1, 2)), make_study(3, conditions=["B"])
    )
    assert (read_related(warehouse, 1), read_related(warehouse, 3)) == ([2], [])
    warehouse = sync_studies(
        make_study(1, conditions=["A"]),
        make_study(2, conditions=["B"], title="Now of B", updated="2024-02-01"),
        make_study(3, conditions=["B"]),
    )
    assert (read_related(warehouse, 1), read_related(warehouse, 3)) == ([], [2])
    assert warehouse.rows("select brief_title from see_also where nct_id = $1", make_nct_id(3)) == [("Now of B",)]


@pytest.mark.slow
def test_order_of_loading_makes_no_difference(sync_studies, make_warehouse):
    """Trials that were loaded night by night have the same lists as trials loaded at once in another order."""
    names = ["A", "B", "C", "D", "E"]
    studies = [
        make_study(number, conditions=[names[number % 5], names[number % 3]], keywords=[names[number % 2]])
        for number in range(1, 30)
    ]
    grown = sync_studies(*studies[:10])
    for end in (20, 29):
        grown.serve(*studies[:end])
        grown.sync()
    at_once = make_warehouse()
    at_once.use_condition_set(EVERYTHING)
    at_once.serve(*reversed(studies))
    at_once.sync()
    everything = "from see_also order by all"
    assert grown.rows(everything) == at_once.rows(everything)
    assert len(grown.rows(everything)) > 500


def test_number_of_trials_with_a_common_term_is_bounded(sync_studies):
    """If more trials share a term than are compared, each list still has 50 trials in order, and rarer terms count."""
    studies = [make_study(number, conditions=["Common"], keywords=[f"pair {number // 2}"]) for number in range(2, 402)]
    warehouse = sync_studies(*studies)
    lists = warehouse.rows("select count(*), min(rank), max(rank), count(distinct rank) from see_also group by nct_id")
    assert lists == [(50, 1, 50, 50)] * 400
    assert read_related(warehouse, 300)[:3] == [301, 2, 3]
    assert read_related(warehouse, 2)[:3] == [3, 4, 5]


def test_list_never_has_its_own_trial_and_scores_never_rise(sync_studies):
    """A list never names its own trial, never names a trial twice, and its scores never rise."""
    warehouse = sync_studies(*(make_study(n, conditions=[f"C{n % 3}", f"C{n % 4}"]) for n in range(1, 20)))
    assert warehouse.rows("from see_also where nct_id = other_nct_id") == []
    for number in range(1, 20):
        rows = warehouse.rows(SCORES, make_nct_id(number))
        assert len({other for other, _ in rows}) == len(rows) > 0
        assert all(before >= after for (_, before), (_, after) in pairwise(rows))


@pytest.mark.slow
@pytest.mark.parametrize("kept_up_to", [2000, 21, 0])
def test_nightly_ranking_equals_a_ranking_of_all(sync_studies, tmp_path, monkeypatch, kept_up_to):
    """After nights of updates, joins and leavers, the view and the macro give what ranking all gives, cell for cell.

    The second warehouse grows past the limit, and the third is above it from the start.
    """
    everything = "from see_also order by all"
    copy = tmp_path / "copy.duckdb"
    for night in range(4):
        monkeypatch.setattr(related_trials, "KEPT_UP_TO", kept_up_to)
        warehouse = sync_studies(*make_ranked_night(night))
        rows = warehouse.rows(everything)
        assert len(rows) > 100
        shutil.copyfile(warehouse.path, copy)
        copy.chmod(0o600)
        monkeypatch.setattr(related_trials, "KEPT_UP_TO", 2000)
        with duckdb.connect(str(copy)) as connection:
            related_trials.rank_related_trials(connection)
            assert connection.execute(everything).fetchall() == rows
    trials = warehouse.rows("select count(*) from main.trials")[0][0]
    assert warehouse.rows("select exists (from raw.kept_relations)") == [(trials <= kept_up_to,)]
    macro = "from main.see_also_of($1)"
    numbers = [make_nct_id(number) for number in range(1, 30)]
    assert sorted(chain(*(warehouse.rows(macro, number) for number in numbers))) == sorted(rows)
    assert sorted(warehouse.rows(macro, numbers)) == sorted(rows)
    assert warehouse.rows(macro, numbers[:5]) == sorted(row for row in rows if row[0] in numbers[:5])
    assert warehouse.rows(macro, None) == []
