"""The sample that ships with the package: two nights that differ as `nights.toml` says."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import requests

from extract.condition_set import ConditionSet
from extract.sample.nights import night, sample_registry

if TYPE_CHECKING:
    from extract.sample.contents import Contents

SEED = "NCT03863002"
SHIPPED = files("extract.sample")
NIGHTS = tomllib.loads(SHIPPED.joinpath("nights.toml").read_text(encoding="utf-8"))
MERGED: dict[str, str] = NIGHTS["second"]["merged"]


def shipped(name: str) -> dict[str, dict[str, Any]]:
    studies = map(orjson.loads, SHIPPED.joinpath(name).read_bytes().splitlines())
    return {study["protocolSection"]["identificationModule"]["nctId"]: study for study in studies}


def found(contents: Contents) -> set[str]:
    return set(contents.matching(ConditionSet.load("aclf").search or "", ""))


def status(contents: Contents, nct_id: str) -> dict[str, Any]:
    return orjson.loads(contents.study(nct_id))["protocolSection"]["statusModule"]


def test_the_first_night_holds_its_file_and_no_more() -> None:
    """Every study of the first file is held on the first night, under its own id."""
    first = shipped("first_night.ndjson")
    assert len(night(1)) == len(first)
    assert all(night(1).current_id(nct_id) == nct_id for nct_id in first)


def test_the_second_night_replaces_what_its_file_holds() -> None:
    """The second night holds both files' studies without the merged and the gone."""
    both = shipped("first_night.ndjson") | shipped("second_night.ndjson")
    left_out = {*MERGED, *NIGHTS["second"]["gone"]}
    assert len(night(2)) == len(both.keys() - left_out)
    for nct_id, study in shipped("second_night.ndjson").items():
        assert orjson.loads(night(2).study(nct_id))["protocolSection"] == study["protocolSection"]


def test_every_night_after_the_second_is_like_it() -> None:
    """Nothing changes any more after the second night."""
    assert night(7).data_timestamp == night(2).data_timestamp
    assert len(night(7)) == len(night(2))


def test_there_is_no_night_before_the_first() -> None:
    """Night 0 is refused."""
    with pytest.raises(ValueError, match="nights 1 and 2, not 0"):
        night(0)


@pytest.mark.parametrize(("number", "name"), [(1, "first"), (2, "second")])
def test_every_record_carries_its_night(number: int, name: str) -> None:
    """A night's date stands in `/version` and as the version holder of every record."""
    contents = night(number)
    assert contents.data_timestamp == NIGHTS[name]["data_timestamp"]
    holders = {
        orjson.loads(contents.study(nct_id))["derivedSection"]["miscInfoModule"]["versionHolder"]
        for nct_id in contents.matching("", "")
    }
    assert holders == {contents.data_timestamp[:10]}


def test_the_seed_trial_becomes_unknown() -> None:
    """NCT03863002 is not yet recruiting on the first night and unknown on the second."""
    assert status(night(1), SEED)["overallStatus"] == "NOT_YET_RECRUITING"
    second = status(night(2), SEED)
    assert (second["overallStatus"], second["lastKnownStatus"]) == ("UNKNOWN", "NOT_YET_RECRUITING")


@pytest.mark.parametrize(("obsolete", "current"), MERGED.items())
def test_a_merged_trial_leads_to_the_other_on_the_second_night(obsolete: str, current: str) -> None:
    """A merged trial has a record of its own first; on the second night it redirects to one that lists it."""
    with sample_registry(1) as registry:
        first = requests.get(f"{registry.url}/studies/{obsolete}", timeout=10)
        registry.contents = night(2)
        second = requests.get(f"{registry.url}/studies/{obsolete}", timeout=10)
    assert first.json()["protocolSection"]["identificationModule"]["nctId"] == obsolete
    identification = second.json()["protocolSection"]["identificationModule"]
    assert [reply.status_code for reply in second.history] == [301]
    assert identification["nctId"] == current
    assert obsolete in identification["nctIdAliases"]


def test_the_condition_set_finds_its_trials_on_both_nights() -> None:
    """The shipped condition set finds enough trials to be believed on either night."""
    minimum = ConditionSet.load("aclf").minimum_trials
    assert len(found(night(1))) >= minimum
    assert len(found(night(2))) >= minimum


def test_a_trial_leaves_the_set_on_the_second_night() -> None:
    """At least one trial is no longer found on the second night and still answers under its own id."""
    left = found(night(1)) - found(night(2)) - MERGED.keys() - set(NIGHTS["second"]["gone"])
    assert left
    assert all(night(2).current_id(nct_id) == nct_id for nct_id in left)
