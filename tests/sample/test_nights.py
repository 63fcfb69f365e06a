"""The sample that ships with the package has two nights, which differ as `nights.toml` says."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import requests

from extract.condition_set import ConditionSet
from extract.sample.nights import find_next_night, load_night, make_sample_registry

if TYPE_CHECKING:
    from extract.sample.contents import Contents

SEED = "NCT03863002"
SHIPPED = files("extract.sample") / "data"
NIGHTS = tomllib.loads(SHIPPED.joinpath("nights.toml").read_text(encoding="utf-8"))
MERGED: dict[str, str] = NIGHTS["second"]["merged"]


def read_shipped(name: str) -> dict[str, dict[str, Any]]:
    studies = map(orjson.loads, SHIPPED.joinpath(name).read_bytes().splitlines())
    return {study["protocolSection"]["identificationModule"]["nctId"]: study for study in studies}


def find_members(contents: Contents) -> set[str]:
    return set(contents.find_studies(ConditionSet.load("aclf").search or "", ""))


def read_status(contents: Contents, nct_id: str) -> dict[str, Any]:
    return orjson.loads(contents.get_study(nct_id))["protocolSection"]["statusModule"]


def test_the_first_night_holds_its_file() -> None:
    """The first night holds exactly the studies of the first file, each under its own id."""
    first = read_shipped("first_night.ndjson")
    assert len(load_night(1)) == len(first)
    assert all(load_night(1).find_current_id(nct_id) == nct_id for nct_id in first)


def test_the_second_night_replaces_studies_of_the_first() -> None:
    """The second night holds the studies of both files, without the merged and the gone ones."""
    both = read_shipped("first_night.ndjson") | read_shipped("second_night.ndjson")
    left_out = {*MERGED, *NIGHTS["second"]["gone"]}
    assert len(load_night(2)) == len(both.keys() - left_out)
    for nct_id, study in read_shipped("second_night.ndjson").items():
        assert orjson.loads(load_night(2).get_study(nct_id))["protocolSection"] == study["protocolSection"]


def test_every_night_after_the_third_is_like_it() -> None:
    """After the third night nothing changes."""
    assert load_night(7).data_timestamp == load_night(3).data_timestamp
    assert len(load_night(7)) == len(load_night(3))


@pytest.mark.parametrize(
    ("data_timestamp", "number"),
    [("2026-09-09T09:00:04", 1), ("2026-09-10T09:00:04", 2), ("2026-09-11T09:00:04", 3), ("2026-09-12T09:00:04", 4)],
)
def test_the_next_night_is_the_one_after_the_data(data_timestamp: str, number: int) -> None:
    """Data that is older than the sample is followed by its first night."""
    assert find_next_night(data_timestamp) == number


def test_there_is_no_night_before_the_first() -> None:
    """Night 0 is refused."""
    with pytest.raises(ValueError, match="nights 1 to 3, not 0"):
        load_night(0)


@pytest.mark.parametrize(("number", "name"), [(1, "first"), (2, "second"), (3, "third")])
def test_every_record_carries_its_night(number: int, name: str) -> None:
    """The date of a night is in `/version`, and is the version holder of every record."""
    contents = load_night(number)
    assert contents.data_timestamp == NIGHTS[name]["data_timestamp"]
    holders = {
        orjson.loads(contents.get_study(nct_id))["derivedSection"]["miscInfoModule"]["versionHolder"]
        for nct_id in contents.find_studies("", "")
    }
    assert holders == {contents.data_timestamp[:10]}


def test_the_seed_trial_becomes_unknown() -> None:
    """NCT03863002 is not yet recruiting on the first night and unknown on the second."""
    assert read_status(load_night(1), SEED)["overallStatus"] == "NOT_YET_RECRUITING"
    second = read_status(load_night(2), SEED)
    assert (second["overallStatus"], second["lastKnownStatus"]) == ("UNKNOWN", "NOT_YET_RECRUITING")


@pytest.mark.parametrize(("obsolete", "current"), MERGED.items())
def test_a_merged_trial_leads_to_the_other_on_the_second_night(obsolete: str, current: str) -> None:
    """A merged trial first has its own record; on the second night it redirects to a record that lists it."""
    with make_sample_registry(1) as registry:
        first = requests.get(f"{registry.url}/studies/{obsolete}", timeout=10)
        registry.contents = load_night(2)
        second = requests.get(f"{registry.url}/studies/{obsolete}", timeout=10)
    assert first.json()["protocolSection"]["identificationModule"]["nctId"] == obsolete
    identification = second.json()["protocolSection"]["identificationModule"]
    assert [reply.status_code for reply in second.history] == [301]
    assert identification["nctId"] == current
    assert obsolete in identification["nctIdAliases"]


def test_the_condition_set_finds_its_trials_on_both_nights() -> None:
    """On both nights the shipped condition set finds enough trials for a listing that is believed."""
    minimum = ConditionSet.load("aclf").minimum_trials
    assert len(find_members(load_night(1))) >= minimum
    assert len(find_members(load_night(2))) >= minimum


def test_a_trial_leaves_the_set_on_the_second_night() -> None:
    """On the second night at least one trial is not found, but still answers under its own id."""
    left = find_members(load_night(1)) - find_members(load_night(2)) - MERGED.keys() - set(NIGHTS["second"]["gone"])
    assert left
    assert all(load_night(2).find_current_id(nct_id) == nct_id for nct_id in left)
