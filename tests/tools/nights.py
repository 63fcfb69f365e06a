"""Make the nights of a registry from a file of studies, with everything that a load can meet.

On the second and the third night studies come, change, leave, are merged, return, and break or heal. Which studies
these are depends on their place in the file, so the same file always makes the same nights.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from extract.sample.contents import Contents
from tests.benchmarks.generate import SEED
from tests.benchmarks.made.changes import change_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CONDITION_SET = """name = "nights"
title = "Every study that was last updated before 2031"
advanced = "AREA[LastUpdatePostDate]RANGE[1990-01-01,2030-12-31]"
"""
_OUT_OF_THE_SET = "2031-01-01"
_FIRST_RELEASE = datetime(2026, 9, 11, 9, 0, 4)  # noqa: DTZ001 - the registry's times have no zone
_MARK = "Half of a character: (here)"

Study = dict[str, Any]
Flaw = Callable[[Study], bytes]


@dataclass(slots=True)
class Night:
    """One night: what the registry has, and the command that is run.

    Attributes:
        title: what it is for, in a few words.
        command: the words of the `aclf` command.
        studies: the sound studies by NCT number.
        broken: the bytes that the registry sends for some of them in place of the sound study.
    """

    title: str
    command: tuple[str, ...]
    studies: dict[str, Study]
    broken: dict[str, bytes] = field(default_factory=dict)

    def make_contents(self, number: int) -> Contents:
        """Make what a registry serves on the night with this number, from 0."""
        release = (_FIRST_RELEASE + timedelta(days=number)).isoformat()
        lines = (orjson.dumps(study) for study in self.studies.values())
        contents = _BrokenContents.from_ndjson(lines, data_timestamp=release)
        contents.broken = self.broken
        return contents


class _BrokenContents(Contents):
    """A registry that sends other bytes for some studies; its listings have the sound study's dates and statuses."""

    broken: Mapping[str, bytes]

    def get_study(self, nct_id: str, fields: str | None = None) -> bytes:
        if fields is None and nct_id in self.broken:
            return self.broken[nct_id]
        return super().get_study(nct_id, fields)


def make_nights(lines: Iterable[bytes]) -> list[Night]:
    """Make the nights from studies, one study a line, with a rebuild of the tables at the end."""
    studies = [orjson.loads(line) for line in lines if line.strip()]
    numbers = [study["protocolSection"]["identificationModule"]["nctId"] for study in studies]
    all_studies = dict(zip(numbers, studies, strict=True))
    first = {number: study for index, (number, study) in enumerate(all_studies.items()) if index % 20 != 7}
    second = Night("studies come, change, leave, merge and break", ("sync",), dict(all_studies))
    _change(second, numbers, date(2026, 9, 12), remainder=1)
    _let_leave(second, numbers)
    _break(second, numbers, date(2026, 9, 12), _FLAWS, remainder=5)
    third = Night("some return, some heal, others change again", ("sync",), dict(second.studies), dict(second.broken))
    _change(third, numbers, date(2026, 9, 13), remainder=2)
    _let_return(third, numbers, all_studies)
    _heal(third, date(2026, 9, 13))
    _break(third, numbers, date(2026, 9, 13), _LATE_FLAWS, remainder=26)
    return [
        Night("first sync", ("sync",), first),
        second,
        third,
        Night("nothing new, --full", ("sync", "--full"), third.studies, third.broken),
        Night("backfill of three", ("backfill", *numbers[:3]), third.studies, third.broken),
        Night("rebuild", ("rebuild",), third.studies, third.broken),
    ]


def _change(night: Night, numbers: list[str], day: date, remainder: int) -> None:
    """Change every tenth study in one thing, and every second of these in its first outcome too."""
    chance = random.Random(f"{SEED} {day}")
    for index, number in enumerate(numbers):
        if index % 10 == remainder and number in night.studies and number not in night.broken:
            study = night.studies[number] = deepcopy(night.studies[number])
            change_study(study, day, chance)
            outcomes = study["protocolSection"].setdefault("outcomesModule", {}).setdefault("primaryOutcomes", [{}])
            if index % 20 < 10:
                outcomes[0]["measure"] = f"Amended measure {chance.randrange(10**6)}"


def _let_leave(night: Night, numbers: list[str]) -> None:
    """Remove studies, move some out of the set by their date, and merge some into the study after them."""
    for index, number in enumerate(numbers[:-1]):
        if index % 50 == 13:
            del night.studies[number]
        elif index % 50 == 23:
            _set_date(night, number, _OUT_OF_THE_SET)
        elif index % 50 == 34:
            del night.studies[number]
            successor = numbers[index + 1]
            _set_date(night, successor, "2026-09-12")
            identification = night.studies[successor]["protocolSection"]["identificationModule"]
            identification["nctIdAliases"] = [*identification.get("nctIdAliases", ()), number]


def _let_return(night: Night, numbers: list[str], studies: Mapping[str, Study]) -> None:
    """Bring back every second study that has gone, left or been merged."""
    for index, number in enumerate(numbers[:-1]):
        if index % 100 in {13, 23, 34}:
            night.studies[number] = studies[number]
            _set_date(night, number, "2026-09-13")
        if index % 100 == 34:
            successor = numbers[index + 1]
            night.studies[successor] = studies[successor]
            _set_date(night, successor, "2026-09-13")


def _break(night: Night, numbers: list[str], day: date, flaws: Sequence[Flaw], *, remainder: int) -> None:
    """Break every thirtieth study, each in the next of these ways."""
    for index, number in enumerate(numbers):
        if index % 30 == remainder and number in night.studies:
            _set_date(night, number, day.isoformat())
            add_flaw = flaws[index // 30 % len(flaws)]
            night.broken[number] = add_flaw(deepcopy(night.studies[number]))


def _heal(night: Night, day: date) -> None:
    """Heal every second broken study, which are those with the first, third … of the flaws; the others stay broken."""
    for number in list(night.broken)[::2]:
        del night.broken[number]
        _set_date(night, number, day.isoformat())


def _set_date(night: Night, number: str, day: str) -> None:
    study = night.studies[number] = deepcopy(night.studies[number])
    study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}


# Each function adds one flaw to a study and returns the bytes that a registry would send.


def _put_list_for_object(study: Study) -> bytes:
    study["protocolSection"]["designModule"] = [study["protocolSection"].get("designModule")]
    return orjson.dumps(study)


def _put_text_for_list(study: Study) -> bytes:
    study["protocolSection"].setdefault("conditionsModule", {})["conditions"] = "one text"
    return orjson.dumps(study)


def _put_key_twice(study: Study) -> bytes:
    return orjson.dumps(study).replace(b"{", b'{"hasResults":null,', 1)


def _put_odd_values(study: Study) -> bytes:
    """Put numbers and truth where texts belong, and texts and too large numbers where numbers belong."""
    protocol = study["protocolSection"]
    protocol["identificationModule"]["briefTitle"] = 12
    protocol["identificationModule"]["acronym"] = True
    protocol.setdefault("designModule", {})["enrollmentInfo"] = {"count": "about forty", "type": "ACTUAL"}
    protocol.setdefault("armsInterventionsModule", {})["armGroups"] = [{"label": 1.5}, {"label": None}, {"label": ""}]
    protocol["contactsLocationsModule"] = {"locations": [{"geoPoint": {"lat": "north", "lon": 3}}, {"city": False}]}
    return orjson.dumps(study).replace(b'"count":"about forty"', b'"count":123456789012345678901234567890')


def _put_unknown(study: Study) -> bytes:
    """Put codes and keys that this version does not know, an empty text, and dates that are none."""
    protocol = study["protocolSection"]
    protocol["statusModule"] |= {"overallStatus": "RESTING", "whyStopped": "", "newFlag": {"deep": [1]}}
    protocol["statusModule"]["startDateStruct"] = {"date": "2024-02-31", "type": "GUESSED"}
    protocol["statusModule"]["completionDateStruct"] = {"date": "soon"}
    protocol.setdefault("designModule", {})["phases"] = ["PHASE7", "PHASE1"]
    return orjson.dumps(study | {"newSection": {"newKey": None}})


def _put_half_character(study: Study) -> bytes:
    study["protocolSection"]["identificationModule"]["briefTitle"] = _MARK
    return orjson.dumps(study).replace(b"(here)", b"\\ud83d")


def _put_nulls(study: Study) -> bytes:
    """Put null in place of objects, lists and elements of lists, and a NUL into a text."""
    protocol = study["protocolSection"]
    protocol["descriptionModule"] = None
    protocol.setdefault("conditionsModule", {})["keywords"] = ["one", None, "", "nul \x00 inside"]
    protocol.setdefault("outcomesModule", {})["secondaryOutcomes"] = [{"measure": "A measure"}, None, {}]
    return orjson.dumps(study)


_FLAWS: tuple[Flaw, ...] = (
    *(_put_unknown, _put_list_for_object, _put_key_twice),
    *(_put_text_for_list, _put_odd_values, _put_nulls),
)
_LATE_FLAWS: tuple[Flaw, ...] = (_put_half_character,)
"""Flaws of a night without keys that come twice: a reply with both is requested again and again, for minutes."""
