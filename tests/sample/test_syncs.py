"""Four syncs of the sample registry load its first night, then the changes of two nights, then nothing."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.command_line import CommandLine

SEED, HEPACURE, LEAVES, GROWS = "NCT03863002", "NCT05989958", "NCT00614146", "NCT05985863"
MERGED, APPEARS = "NCT09900001", "NCT07329036"
STARTS, SLIPS, HAS_SITES, HAS_RESULTS = "NCT06890039", "NCT04975490", "NCT04613921", "NCT02669680"
FIRST, SECOND, THIRD = "2026-09-10T09:00:04", "2026-09-11T09:00:04", "2026-09-12T09:00:04"
COUNTED = (
    "listed",
    "planned",
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "left",
    "merged",
    "quarantined",
    "problems",
)


class Night:
    """One sync of the sample, and what could be read directly after it."""

    def __init__(self, aclf: CommandLine) -> None:
        self.ended = aclf("sync", "--registry", "sample", "--direct", "--json")
        self.summary = self.ended.document
        self.counts = {name: self.summary[name] for name in COUNTED if self.summary[name]}
        self.published = aclf.published()
        columns = "status_label, overall_status, last_known_status"
        self.status = aclf.rows(f"select {columns} from trials where nct_id = '{SEED}'")


@pytest.fixture(scope="module")
def aclf(tmp_path_factory):
    """Return the command line, in one folder for all four syncs."""
    return CommandLine(tmp_path_factory.mktemp("nights") / "here")


@pytest.fixture(scope="module")
def nights(aclf):
    """Run the four syncs."""
    return [Night(aclf) for _ in range(4)]


def read_outcomes(aclf, run_id):
    """Return what a run did with the trials, as `{outcome: ids}`."""
    ids = "select outcome, list(nct_id order by nct_id) from ops.run_trials"
    return dict(aclf.stored(f"{ids} where run_id = {run_id} group by outcome"))


def test_every_sync_succeeds(nights):
    """Each of the four ends with 0 and prints only its summary; the runs are numbered from 1."""
    assert [(night.ended.code, night.ended.err) for night in nights] == [(0, "")] * 4
    assert [night.summary["run_id"] for night in nights] == [1, 2, 3, 4]
    assert {night.summary["registry"] for night in nights} == {"sample"}


def test_the_first_sync_loads_the_whole_first_night(nights, aclf):
    """The 73 studies of the first night are listed, fetched and new."""
    first = nights[0]
    assert (first.summary["outcome"], first.summary["data_timestamp"]) == ("published", FIRST)
    assert first.counts == {"listed": 73, "planned": 73, "fetched": 73, "inserted": 73}
    assert {outcome: len(ids) for outcome, ids in read_outcomes(aclf, 1).items()} == {"inserted": 73}


def test_the_second_sync_loads_only_the_changes(nights, aclf):
    """One trial is new, four changed, one of them left and one was merged; the other 67 are not fetched."""
    second = nights[1]
    assert (second.summary["outcome"], second.summary["data_timestamp"]) == ("published", SECOND)
    assert second.counts == {
        "listed": 72,
        "planned": 5,  # new, changed (the seed's status and HepaCure's date) and the two that are not listed any more
        "fetched": 5,
        "inserted": 1,
        "updated": 4,
        "left": 1,
        "merged": 1,
    }
    assert read_outcomes(aclf, 2) == {
        "inserted": [APPEARS],
        "updated": [LEAVES, SEED, GROWS, HEPACURE],
        "left": [LEAVES],
        "merged": [MERGED],
    }


def test_the_third_sync_loads_what_changed_that_night(nights, aclf):
    """One trial starts to recruit, one slips by a year, one has sites, and one posts results."""
    third = nights[2]
    assert (third.summary["outcome"], third.summary["data_timestamp"]) == ("published", THIRD)
    assert third.counts == {"listed": 72, "planned": 4, "fetched": 4, "updated": 4}
    assert read_outcomes(aclf, 3) == {"updated": [HAS_RESULTS, HAS_SITES, SLIPS, STARTS]}
    assert aclf.rows(f"select old_status, new_status from status_changes where nct_id = '{STARTS}'") == [
        ("NOT_YET_RECRUITING", "RECRUITING")
    ]
    assert aclf.rows(f"select distinct days_moved from date_slips where nct_id = '{SLIPS}'") == [(365,)]
    near = "select country, distance_in_km from sites_near(48.2082, 16.3738, 600)"
    assert aclf.rows(f"{near} where nct_id = '{HAS_SITES}'") == [("Austria", 0.0), ("Germany", 523.5)]
    assert aclf.rows(f"select has_results, results_overdue from trials where nct_id = '{HAS_RESULTS}'") == [
        (True, False)
    ]


def test_the_fourth_sync_asks_once_and_changes_nothing(nights, aclf):
    """Without new data a sync sends one request, and the published file stays the same, byte for byte."""
    fourth = nights[3]
    assert (fourth.summary["outcome"], fourth.summary["requests"]) == ("unchanged", 1)
    assert fourth.counts == {}
    assert read_outcomes(aclf, 4) == {}
    assert fourth.published == nights[2].published != nights[1].published


def test_the_seed_trial_is_normalised(nights, aclf):
    """NCT03863002 is as the project's first page shows it; between the nights only its status changes."""
    assert [night.status for night in nights] == [
        [("Not yet recruiting", "NOT_YET_RECRUITING", None)],
        *[[("Unknown status", "UNKNOWN", "NOT_YET_RECRUITING")]] * 3,
    ]
    columns = "phase_label, start_date, start_date_precision, start_date_type, completion_date, lead_sponsor"
    assert aclf.rows(f"select {columns}, conditions, mesh_conditions from trials where nct_id = '{SEED}'") == [
        (
            "Phase 1/Phase 2",
            date(2019, 10, 1),
            "day",
            "ESTIMATED",
            date(2022, 10, 1),
            "Tianjin Weikai Bioeng., Ltd.",
            ["Liver Failure, Acute on Chronic"],
            ["Acute-On-Chronic Liver Failure"],
        )
    ]


def test_a_changed_trial_shows_its_later_version(nights, aclf):
    """NCT05989958 has the title, phases, enrolment and interventions of its second version."""
    rows = aclf.rows(
        "select brief_title, phase_label, enrollment, interventions, last_update_post_date, version "
        f"from trials where nct_id = '{HEPACURE}'"
    )
    title = "The Safety ,Tolerability and Efficacy Study of HepaCure in Chinese Subjects with "
    assert rows == [
        (
            f"{title}Acute-On-Chronic Liver Failure",
            "Phase 1/Phase 2",
            92,
            ["HepaCure", "DPMAS and LPE"],
            date(2025, 2, 18),
            2,
        )
    ]


def test_a_trial_that_left_is_kept_with_the_reason(nights, aclf):
    """The trial that left and the merged trial stay in the warehouse, outside the set, each with the reason."""
    rows = aclf.rows(
        "select nct_id, in_condition_set, left_reason, member_until is not null "
        "from trials join condition_set_members using (nct_id) where not in_condition_set order by nct_id"
    )
    assert rows == [(LEAVES, False, "left the search", True), (MERGED, False, f"merged into {GROWS}", True)]
    assert aclf.rows("select count(*), count(*) filter (in_condition_set) from trials") == [(74, 72)]


def test_every_record_received_is_accounted_for(nights):
    """On every night, the fetched records are the inserted, updated, unchanged and quarantined ones together."""
    for night in nights:
        summary = night.summary
        parts = ("inserted", "updated", "unchanged", "quarantined")
        assert summary["fetched"] == sum(summary[name] for name in parts)
