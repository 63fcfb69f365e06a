"""Change a made study as people change their records: one thing, and the date of the last update."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

_FIRST_DAY = date(2026, 1, 1)
_STATUSES = ("RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "UNKNOWN")

Study = dict[str, Any]


def change_study(study: Study, day: date, chance: random.Random) -> None:
    """Change one thing of the study, in place: a status, a date, the enrollment, one more site, or a text.

    Args:
        study: the study.
        day: the day of the update.
        chance: what chooses the change.
    """
    protocol = study["protocolSection"]
    change_protocol = chance.choice(_CHANGES)
    change_protocol(protocol, chance)
    protocol["statusModule"]["lastUpdatePostDateStruct"] = {"date": f"{day:%Y-%m-%d}", "type": "ACTUAL"}


# Each function changes one thing of a study's protocol section.


def _change_status(protocol: Study, chance: random.Random) -> None:
    protocol["statusModule"]["overallStatus"] = chance.choice(_STATUSES)


def _change_date(protocol: Study, chance: random.Random) -> None:
    day = _FIRST_DAY + timedelta(days=chance.randrange(2000))
    protocol["statusModule"]["completionDateStruct"] = {"date": f"{day:%Y-%m}", "type": "ESTIMATED"}


def _change_enrollment(protocol: Study, chance: random.Random) -> None:
    enrollment = protocol.setdefault("designModule", {}).setdefault("enrollmentInfo", {"type": "ESTIMATED"})
    enrollment["count"] = chance.randrange(1000)


def _add_site(protocol: Study, chance: random.Random) -> None:
    sites = protocol.setdefault("contactsLocationsModule", {}).setdefault("locations", [])
    site = {"facility": f"Made Clinic {chance.randrange(10**6)}", "city": "Seaport", "country": "France"}
    sites.insert(chance.randrange(len(sites) + 1), site)


def _change_text(protocol: Study, chance: random.Random) -> None:
    description = protocol.setdefault("descriptionModule", {})
    description["briefSummary"] = f"{description.get('briefSummary', '')} Amended {chance.randrange(10**6)}."


_CHANGES = (_change_status, _change_date, _change_enrollment, _add_site, _change_text)
