"""A made study: all its parts in the order in which the registry writes them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tests.benchmarks.made.account import description, eligibility, references, sharing
from tests.benchmarks.made.derived import derived, documents, notes
from tests.benchmarks.made.design import arms_and_interventions, design, outcomes
from tests.benchmarks.made.dice import Dice, Made, kept
from tests.benchmarks.made.identity import REDACTED, conditions, identification, oversight, sponsors, status
from tests.benchmarks.made.outline import NIGHT, WITH_EVERY_KEY, Outline, iso, outline
from tests.benchmarks.made.places import contacts_and_locations
from tests.benchmarks.made.results import results
from tests.benchmarks.made.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator


def studies(seed: int) -> Iterator[Made]:
    """Studies without end, always the same for the same seed.

    The first ones go through all statuses, and the first four have every key that their kind can have, so that few
    studies suffice to see most of the registry's fields.
    """
    dice = Dice(seed)
    words = Words(dice)
    for number in count():
        dice.generous = number < WITH_EVERY_KEY
        yield _study(outline(number, words), words)


def _study(made: Outline, words: Words) -> Made:
    if made.study_type is None:
        return _withheld(made, words)
    return kept(
        {
            "protocolSection": _protocol(made, words),
            "resultsSection": results(made, words) if made.has_results else None,
            "annotationSection": None if made.has_results and not words.dice.generous else notes(made, words),
            "documentSection": documents(made, words),
            "derivedSection": derived(made, words),
            "hasResults": made.has_results,
        }
    )


def _protocol(made: Outline, words: Words) -> Made:
    return kept(
        {
            "identificationModule": identification(made, words),
            "statusModule": status(made, words),
            "sponsorCollaboratorsModule": sponsors(made, words),
            "oversightModule": oversight(made, words),
            "descriptionModule": description(words),
            "conditionsModule": conditions(words),
            "designModule": design(made, words),
            "armsInterventionsModule": arms_and_interventions(made, words),
            "outcomesModule": None if made.is_access else outcomes(words),
            "eligibilityModule": eligibility(made, words),
            "contactsLocationsModule": contacts_and_locations(made, words),
            "referencesModule": references(words),
            "ipdSharingStatementModule": sharing(words) if words.dice.chance(0.66) else None,
        }
    )


def _withheld(made: Outline, words: Words) -> Made:
    """A study of a device that is not approved yet: little but its number, status and dates is shown."""
    title = "[Trial of device that is not approved or cleared by the U.S. FDA]"
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": made.nct_id,
                "orgStudyIdInfo": {"id": REDACTED},
                "organization": {"fullName": REDACTED},
                "briefTitle": title,
            },
            "statusModule": status(made, words),
            "sponsorCollaboratorsModule": sponsors(made, words),
            "oversightModule": {},
            "descriptionModule": {},
            "conditionsModule": {},
            "designModule": {},
            "eligibilityModule": {},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": iso(NIGHT)}},
        "hasResults": False,
    }
