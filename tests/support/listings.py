"""Listings and known trials for tests of the plan and of doubtful listings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from extract.client.listing import Listing
from extract.client.pages import ListedStudy
from extract.condition_set import ConditionSet
from extract.nct import NctId
from extract.plan import KnownTrial

NOW = datetime(2026, 9, 11, 14, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
A, B, C = (NctId(f"NCT0000000{number}") for number in (1, 2, 3))
SET = ConditionSet("test", "Test", search="ACLF")


def make_ids(count: int) -> list[NctId]:
    return [NctId(f"NCT{number:08}") for number in range(1, count + 1)]


def make_listing(*nct_ids, date="2024-01-31", status="RECRUITING"):
    return Listing(len(nct_ids), {nct_id: ListedStudy(date, status) for nct_id in nct_ids})


def make_known(nct_id, *, date="2024-01-31", status="RECRUITING", checked=YESTERDAY, member=True):
    return KnownTrial(nct_id, date, status, checked, [SET.name] if member else [])


def list_updates(*nct_ids):
    """Return a listing of what was updated, which says nothing about the other trials."""
    return replace(make_listing(*nct_ids, date="2024-02-02"), since=date(2024, 2, 1))
