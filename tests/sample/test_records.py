"""The sample's records have the registry's form, and what is invented can be recognised."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.sample_records import find_leaves, get_value, read_night

if TYPE_CHECKING:
    from tests.support.sample_records import Study

STATUSES = {"ACTIVE_NOT_RECRUITING", "COMPLETED", "NOT_YET_RECRUITING", "RECRUITING"}
STATUSES |= {"SUSPENDED", "TERMINATED", "UNKNOWN", "WITHDRAWN"}
PHASES = {"NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4"}


@pytest.mark.parametrize("night", ["first", "second", "third"])
def test_records_are_compact_unique_and_sorted(night: str) -> None:
    """Each line is one compact study, and the NCT numbers rise from line to line."""
    text, studies = read_night(night)
    compact = [json.dumps(s, ensure_ascii=False, separators=(",", ":")) for s in studies.values()]
    assert text == "".join(f"{line}\n" for line in compact)
    assert list(studies) == sorted(studies)
    assert [number for number in studies if not re.fullmatch(r"NCT\d{8}", number)] == []


def test_keys_are_omitted_rather_than_empty(every: list[Study]) -> None:
    """As in the registry, a key never holds null or empty text. The files hold no night's date."""
    found = [(key, value) for study in every for key, value in find_leaves(study)]
    assert [key for key, value in found if value is None or value == ""] == []
    assert "versionHolder" not in {key for key, _ in found}


def test_contacts_can_be_recognised_as_invented(every: list[Study]) -> None:
    """Every e-mail address ends in @example.org, and every phone number has the invented form."""
    texts = [value for study in every for _, value in find_leaves(study) if isinstance(value, str)]
    addresses = [word for text in texts for word in text.split() if "@" in word]
    phones = [value for study in every for key, value in find_leaves(study) if key == "phone"]
    phones += [number for text in texts for number in re.findall(r"\+\d[\d ()-]{6,}", text)]
    assert min(len(addresses), len(phones)) > 0
    assert [address for address in addresses if not address.endswith("@example.org")] == []
    assert [phone for phone in phones if not re.fullmatch(r"\+00 000 55501\d\d", phone)] == []


def test_codes_are_known(every: list[Study]) -> None:
    """Statuses, phases and types are the registry's codes; only an unknown status has a last known status."""
    for study in every:
        status = get_value(study, "statusModule.overallStatus")
        assert status in STATUSES
        assert (get_value(study, "statusModule.lastKnownStatus") in STATUSES) == (status == "UNKNOWN")
        assert set(get_value(study, "designModule.phases") or ["NA"]) <= PHASES
        assert get_value(study, "designModule.studyType") in {"INTERVENTIONAL", "OBSERVATIONAL"}


def test_record_keeping_dates_are_in_order(every: list[Study]) -> None:
    """A record is submitted, checked, posted and last updated in that order, by the third night."""
    for study in every:
        status = get_value(study, "statusModule")
        first_posted, updated = (status[f"{n}PostDateStruct"]["date"] for n in ("studyFirst", "lastUpdate"))
        dates = [status["studyFirstSubmitDate"], status["studyFirstSubmitQcDate"], first_posted, updated]
        assert [*dates, "2026-09-12"] == sorted([*dates, "2026-09-12"])
        assert status["studyFirstSubmitDate"] <= status["lastUpdateSubmitDate"] <= updated


def test_every_summary_says_that_it_is_a_sample(every: list[Study]) -> None:
    """Each summary ends with a sentence that its wording is not the registry's."""
    end = "Sample record of aclf-trials; the wording is not the registry's."
    assert [s for s in every if not get_value(s, "descriptionModule.briefSummary").endswith(f". {end}")] == []


def test_posted_results_agree_with_the_flag(every: list[Study]) -> None:
    """`hasResults` is always present, and true only where results are known, or staged on the third night."""
    assert {get_value(s, "identificationModule.nctId") for s in every if s["hasResults"]} == {
        "NCT02457637",
        "NCT02669680",
    }
    assert all(("resultsSection" in study) == study["hasResults"] for study in every)
