"""Make made studies from their parts, in the order in which the registry writes the parts."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tests.benchmarks.made.account import make_description, make_eligibility, make_references, make_sharing_statement
from tests.benchmarks.made.derived import make_annotations, make_derived_section, make_documents
from tests.benchmarks.made.design import make_arms_and_interventions, make_design, make_outcomes
from tests.benchmarks.made.dice import Dice, Made, drop_missing
from tests.benchmarks.made.identity import (
    REDACTED,
    make_conditions,
    make_identification,
    make_oversight,
    make_sponsors,
    make_status,
)
from tests.benchmarks.made.outline import NIGHT, WITH_EVERY_KEY, Outline, format_date, make_outline
from tests.benchmarks.made.places import make_contacts_and_locations
from tests.benchmarks.made.results import make_results_section
from tests.benchmarks.made.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_studies(seed: int) -> Iterator[Made]:
    """Yield studies without end, always the same for the same seed.

    The first studies have all statuses, and the first four have every key that their type can have. So a small number
    of studies has most of the registry's fields.
    """
    dice = Dice(seed)
    words = Words(dice)
    for number in count():
        dice.generous = number < WITH_EVERY_KEY
        yield _make_study(make_outline(number, words), words)


def _make_study(made: Outline, words: Words) -> Made:
    if made.study_type is None:
        return _make_withheld(made, words)
    return drop_missing(
        {
            "protocolSection": _make_protocol(made, words),
            "resultsSection": make_results_section(made, words) if made.has_results else None,
            "annotationSection": None
            if made.has_results and not words.dice.generous
            else make_annotations(made, words),
            "documentSection": make_documents(made, words),
            "derivedSection": make_derived_section(made, words),
            "hasResults": made.has_results,
        }
    )


def _make_protocol(made: Outline, words: Words) -> Made:
    return drop_missing(
        {
            "identificationModule": make_identification(made, words),
            "statusModule": make_status(made, words),
            "sponsorCollaboratorsModule": make_sponsors(made, words),
            "oversightModule": make_oversight(made, words),
            "descriptionModule": make_description(words),
            "conditionsModule": make_conditions(words),
            "designModule": make_design(made, words),
            "armsInterventionsModule": make_arms_and_interventions(made, words),
            "outcomesModule": None if made.is_access else make_outcomes(words),
            "eligibilityModule": make_eligibility(made, words),
            "contactsLocationsModule": make_contacts_and_locations(made, words),
            "referencesModule": make_references(words),
            "ipdSharingStatementModule": make_sharing_statement(words) if words.dice.chance(0.66) else None,
        }
    )


def _make_withheld(made: Outline, words: Words) -> Made:
    """Make a study of a device that is not approved yet; it has little more than number, status and dates."""
    title = "[Trial of device that is not approved or cleared by the U.S. FDA]"
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": made.nct_id,
                "orgStudyIdInfo": {"id": REDACTED},
                "organization": {"fullName": REDACTED},
                "briefTitle": title,
            },
            "statusModule": make_status(made, words),
            "sponsorCollaboratorsModule": make_sponsors(made, words),
            "oversightModule": {},
            "descriptionModule": {},
            "conditionsModule": {},
            "designModule": {},
            "eligibilityModule": {},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": format_date(NIGHT)}},
        "hasResults": False,
    }
